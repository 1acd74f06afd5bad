"""X.509 certificates as this package needs them: read, named and described. Nothing is judged."""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding

CERTIFICATE_BYTES_MAX = 65_536
CHAIN_MAX = 10
"""Certificates of one presented chain, and of one file."""

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What reading and checking a certificate of anybody's making can raise."""

_SEQUENCE = 0x30
_PEM = b"-----BEGIN"


@dataclass(frozen=True, slots=True)
class Presented:
    """What the other end shows: its own certificate, and issuers that it sent along."""

    leaf: x509.Certificate
    issuers: tuple[x509.Certificate, ...] = ()


def presented(der: bytes | None) -> Presented:
    """`der`: one certificate, or several end to end, the own one first (OPC UA Part 6, 6.2.6).

    Raises: ValueError for what is none, or is longer than anybody needs.
    """
    if not der:
        raise ValueError("there is no certificate")
    if len(der) > CERTIFICATE_BYTES_MAX:
        raise ValueError(f"it is {len(der)} bytes long, at most {CERTIFICATE_BYTES_MAX} are read")
    found = []
    while der:
        length = _length_of_first(der)
        try:
            found.append(x509.load_der_x509_certificate(der[:length]))
        except UNREADABLE as error:
            raise ValueError(str(error)) from error
        der = der[length:]
        if len(found) > CHAIN_MAX:
            raise ValueError(f"it is a chain of more than {CHAIN_MAX}")
    return Presented(found[0], tuple(found[1:]))


def _length_of_first(der: bytes) -> int:
    """Of the first ASN.1 sequence, its head included (X.690, 8.1.3)."""
    if len(der) < 2 or der[0] != _SEQUENCE:
        raise ValueError("it is not a certificate")
    if der[1] < 0x80:
        return 2 + der[1]
    octets = der[1] & 0x7F
    length = 2 + octets + int.from_bytes(der[2 : 2 + octets], "big")
    if not 0 < octets <= 4 or length > len(der):
        raise ValueError("it ends before its end")
    return length


def certificates_of(content: bytes) -> list[x509.Certificate]:
    """Of a file, PEM or DER. Raises: ValueError."""
    if _PEM in content[:CERTIFICATE_BYTES_MAX]:
        try:
            return x509.load_pem_x509_certificates(content)[:CHAIN_MAX]
        except UNREADABLE as error:
            raise ValueError(str(error)) from error
    whole = presented(content)
    return [whole.leaf, *whole.issuers]


def read_certificate(file: Path) -> x509.Certificate:
    """Raises: ValueError, OSError."""
    return certificates_of(file.read_bytes())[0]


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256, 64 small hexadecimal digits: the name of a certificate in this package."""
    return certificate.fingerprint(SHA256()).hex()


def thumbprint_of(certificate: x509.Certificate) -> str:
    """SHA-1, as OPC UA tools show it. For people to compare, never for a judgement."""
    return certificate.fingerprint(SHA1()).hex()  # noqa: S303 - OPC UA Part 4 names it so


def uris_of(certificate: x509.Certificate) -> list[str]:
    names = _alternative_names(certificate)
    return [] if names is None else names.get_values_for_type(x509.UniformResourceIdentifier)


def hosts_of(certificate: x509.Certificate) -> list[str]:
    """DNS names in small letters, and addresses."""
    names = _alternative_names(certificate)
    if names is None:
        return []
    dns = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    return [*dns, *(str(ip) for ip in names.get_values_for_type(x509.IPAddress))]


def _alternative_names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return None
    return found.value


def name_of(name: x509.Name) -> str:
    return name.rfc4514_string()[:200] or "(no name)"


def is_self_signed(certificate: x509.Certificate) -> bool:
    return certificate.subject == certificate.issuer


def described(certificate: x509.Certificate) -> dict[str, object]:
    """For people and for JSON. Names that cannot be read are left out: a judgement says so."""
    try:
        uris, hosts = uris_of(certificate), hosts_of(certificate)
    except UNREADABLE:
        uris, hosts = [], []
    return {
        "fingerprint": fingerprint_of(certificate),
        "thumbprint_sha1": thumbprint_of(certificate),
        "subject": name_of(certificate.subject),
        "issuer": name_of(certificate.issuer),
        "serial": f"{certificate.serial_number:x}",
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
        "application_uris": uris,
        "hosts": hosts,
    }
