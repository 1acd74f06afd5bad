"""Certificates of every kind, with keys that are made once for all tests."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gridops.adapters.clocks import SystemClock
from opcua_bridge.security.own_certificate import Own, make_own

CLOCK = SystemClock()
DAY = timedelta(days=1)


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """The same for the same name, through all tests: making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@cache
def own(name: str, uri: str, *, begins: timedelta = -DAY, ends: timedelta = 300 * DAY) -> Own:
    """Self-signed, for 127.0.0.1, valid from `begins` to `ends` after now."""
    at = CLOCK.now() + begins
    return make_own(
        uri, at=at, name=name, hosts=("127.0.0.1",), valid_for=ends - begins, key=key(name)
    )


def files_of(own_one: Own, folder: Path, *, name: str) -> dict[str, str]:
    """Certificate and key as other makes read them: PEM."""
    certificate, private = folder / f"{name}.cert.pem", folder / f"{name}.key.pem"
    certificate.write_bytes(own_one.certificate.public_bytes(Encoding.PEM))
    private.write_bytes(own_one.key_pem())
    private.chmod(0o600)
    return {"certificate_file": str(certificate), "key_file": str(private)}


@dataclass(frozen=True)
class Authority:
    """An issuer of certificates, as a utility runs one."""

    name: str

    @property
    def subject(self) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])

    def own(self) -> x509.Certificate:
        return self.sign(
            self.subject, key(self.name).public_key(), issuer_of=self.subject, is_issuer=True
        )

    def issue(self, name: str, uri: str, *, serial: int = 1) -> Own:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signed = self.sign(subject, key(name).public_key(), uri=uri, serial=serial)
        return Own(signed, key(name))

    def sign(
        self,
        subject: x509.Name,
        public: rsa.RSAPublicKey,
        *,
        uri: str = "",
        serial: int = 1,
        is_issuer: bool = False,
        issuer_of: x509.Name | None = None,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .not_valid_before(CLOCK.now() - DAY)
            .not_valid_after(CLOCK.now() + 300 * DAY)
            .serial_number(serial)
            .public_key(public)
            .add_extension(x509.BasicConstraints(ca=is_issuer, path_length=None), critical=True)
        )
        if uri:
            names = [x509.UniformResourceIdentifier(uri), x509.DNSName("localhost")]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
            purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
            builder = builder.add_extension(purposes, critical=False)
        return builder.sign(key(self.name), hashes.SHA256())

    def revocations(
        self, *serials: int, ends: timedelta = DAY, signer: str | None = None
    ) -> x509.CertificateRevocationList:
        now = CLOCK.now()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.subject)
            .last_update(now - 2 * DAY)
            .next_update(now + ends)
        )
        for serial in serials:
            entry = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(entry.revocation_date(now - DAY).build())
        return builder.sign(key(signer or self.name), hashes.SHA256())
