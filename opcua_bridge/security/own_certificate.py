"""The certificate that GridOps shows to servers: made once, on first use."""

import ipaddress
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from opcua_bridge.security.certificates import certificates_of, der_of, uris_of

KEY_BITS = 2048
"""What every device of the three policies can reckon with; they allow 2048 to 4096."""
VALID_FOR = timedelta(days=3 * 365)
CLOCKS_DIFFER_BY = timedelta(hours=1)
"""A device whose clock is slow must not find the new certificate not yet valid."""


@dataclass(frozen=True, slots=True)
class Own:
    """A certificate with its private key. Printing it shows no key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def application_uri(self) -> str:
        return next(iter(uris_of(self.certificate)), "")

    @property
    def certificate_der(self) -> bytes:
        return der_of(self.certificate)

    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def default_uri() -> str:
    return f"urn:{socket.gethostname()}:gridops:control-room"


def make_own(
    application_uri: str,
    *,
    at: datetime,
    name: str = "GridOps",
    hosts: tuple[str, ...] = (),
    valid_for: timedelta = VALID_FOR,
    key: rsa.RSAPrivateKey | None = None,
) -> Own:
    """A self-signed application instance certificate (OPC UA Part 6, 6.2.2), for a client and a
    server alike, signed with SHA-256. `hosts`: names and addresses of this machine, its host name
    if there are none."""
    key = key or rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS)
    hosts = hosts or (socket.gethostname(),)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"{name}@{hosts[0]}"[:64]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "GridOps"),
        ]
    )
    alternatives = [x509.UniformResourceIdentifier(application_uri), *map(_host, hosts)]
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .not_valid_before(at - CLOCKS_DIFFER_BY)
        .not_valid_after(at + valid_for)
        .serial_number(x509.random_serial_number())
        .public_key(public)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
            ),
            critical=False,
        )
    )
    return Own(builder.sign(key, hashes.SHA256()), key)


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,  # Part 6 asks it of self-signed ones
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def load_own(certificate: bytes, key: bytes) -> Own:
    """Raises: ValueError for what cannot be read, is no RSA key, or does not belong together."""
    loaded = certificates_of(certificate)[0]
    try:
        private = load_pem_private_key(key, None)
    except TypeError as error:  # it is encrypted
        raise ValueError("the key is locked with a password") from error
    if not isinstance(private, rsa.RSAPrivateKey):
        raise ValueError("the key is no RSA key")  # noqa: TRY004 - a file, not an argument
    if private.public_key() != loaded.public_key():
        raise ValueError("the key does not belong to the certificate")
    return Own(loaded, private)
