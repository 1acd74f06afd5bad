"""What the security tests share: keys made once, certificates of every kind, secured servers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from opcua_setting import CLOCK, RTU

from gridops.network import Link, Point
from gridops.ports import Endpoint, Identity, LinkSecurity, SecurityMode, SecurityPolicy
from gridops.virtual_field import OrderAnswer
from opcua_bridge import VirtualRtu
from opcua_bridge.security.certificates import fingerprint_of
from opcua_bridge.security.own_certificate import Own, make_own
from opcua_bridge.security.pki import Pki
from opcua_bridge.security.server_side import Guests, ServerSecurity, these_users

SERVER_URI = "urn:test:rtu"
USER, PASSWORD = "reader", "Straße-7 is wet"
DAY = timedelta(days=1)
POLICIES = (
    SecurityPolicy.BASIC256_SHA256,
    SecurityPolicy.AES128_SHA256_RSA_OAEP,
    SecurityPolicy.AES256_SHA256_RSA_PSS,
)
MODES = tuple(SecurityMode)


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


@dataclass(frozen=True)
class Site:
    """Two folders: the control room's and the server's, and the files of its users."""

    folder: Path

    @property
    def room(self) -> Pki:
        return Pki(self.folder / "room")

    @property
    def server(self) -> Pki:
        return Pki(self.folder / "server")

    def believe_each_other(self, server: Own) -> None:
        self.server.trust(self.room.own(at=CLOCK.now()).certificate)
        self.room.trust(server.certificate)

    def password_file(self, password: str = PASSWORD) -> Path:
        file = self.folder / "password"
        file.write_text(f"{password}\n")
        file.chmod(0o600)
        return file

    def user_certificate(self, user: Own) -> tuple[Path, Path]:
        certificate, private = self.folder / "user.der", self.folder / "user.pem"
        certificate.write_bytes(user.certificate_der)
        private.write_bytes(user.key_pem())
        private.chmod(0o600)
        return certificate, private

    def identity(self, kind: str) -> Identity:
        """`anonymous`, `password` or `certificate`."""
        if kind == "password":
            return Identity(user=USER, password_file=self.password_file())
        if kind == "certificate":
            certificate, private = self.user_certificate(own("user", "urn:test:user"))
            return Identity(certificate_file=certificate, key_file=private)
        return Identity()

    def endpoint(self, url: str, **security: object) -> Endpoint:
        """Secured with the room's folder."""
        kept = {"policy": SecurityPolicy.STRONGEST, "pki_folder": self.room.folder, **security}
        return Endpoint(url=url, security=LinkSecurity(**kept))  # type: ignore[arg-type]


def every_guest() -> Guests:
    user = own("user", "urn:test:user").certificate
    return Guests(
        anonymous=True,
        check_password=these_users({USER: PASSWORD}),
        certificates={fingerprint_of(user): USER},
    )


@asynccontextmanager
async def secured_rtu(
    server: Own, pki: Pki | None, *, points: list[Point], guests: Guests | None = None
) -> AsyncIterator[VirtualRtu]:
    security = ServerSecurity(own=server, clock=CLOCK, guests=guests or every_guest(), pki=pki)
    link = Link(id=RTU, name="rtu", namespace_uri="urn:gridops:drawing")
    rtu = VirtualRtu(
        link,
        points,
        host="127.0.0.1",
        port=0,
        order=lambda switch, position: OrderAnswer.ACCEPTED,
        security=security,
    )
    await rtu.start()
    try:
        yield rtu
    finally:
        await rtu.stop()
