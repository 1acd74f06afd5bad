"""Whether a certificate may be believed: by whom it is vouched for, when, for what and for whom.

After OPC UA Part 4, 6.1.3, with two differences: an issuer without a revocation list is a
warning unless the site demands one, and what an engineer has banned stays banned.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from opcua_bridge.security.certificates import (
    CHAIN_MAX,
    UNREADABLE,
    Presented,
    fingerprint_of,
    hosts_of,
    is_self_signed,
    name_of,
    uris_of,
)

KEY_BITS_MIN, KEY_BITS_MAX = 2048, 4096
"""What the three policies allow (OPC UA Part 7)."""
SOUND_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

Extension = TypeVar("Extension", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """Whom a site believes, as `Pki` has read it."""

    trusted: Sequence[x509.Certificate]
    issuers: Sequence[x509.Certificate] = ()
    banned: Sequence[x509.Certificate] = ()
    revocation_lists: Sequence[tuple[str, x509.CertificateRevocationList]] = ()
    unreadable: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What this certificate must be good for, now."""

    at: datetime
    application_uri: str | None = None
    """None: of whom it is does not matter."""
    host: str | None = None
    """None: where it is does not matter."""
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH
    require_revocation_list: bool = False
    warn_before: timedelta = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`flaws` empty: it may be believed. All flaws at once, the weightiest first."""

    flaws: tuple[str, ...]
    warnings: tuple[str, ...]
    expires: datetime
    """Of the certificate of the chain that ends first."""
    is_unknown: bool = False
    """Nobody vouches for it: an engineer may look at it and trust it."""

    @property
    def is_trusted(self) -> bool:
        return not self.flaws


def judge(shown: Presented, believed: Believed, *, demands: Demands) -> Verdict:
    """Never raises: what cannot be read is a flaw."""
    try:
        return _judge(shown, believed, demands=demands)
    except UNREADABLE as error:
        flaw = f"it cannot be read: {str(error)[:100]}"
        return Verdict(flaws=(flaw,), warnings=(), expires=demands.at)


def _judge(shown: Presented, believed: Believed, *, demands: Demands) -> Verdict:
    leaf = shown.leaf
    chain, broken = _chain_of(shown, believed)
    trusted = {fingerprint_of(each) for each in believed.trusted}
    banned = {fingerprint_of(each) for each in believed.banned}
    vouched = any(fingerprint_of(each) in trusted for each in chain)
    flaws = [f"{_who(each, leaf)} is banned" for each in chain if fingerprint_of(each) in banned]
    if broken:
        flaws.append(broken)
    if not vouched:
        flaws.append("nobody who is trusted vouches for it")
    revoked, unsure = _revocations(chain, believed, demands=demands)
    flaws += revoked
    if demands.require_revocation_list:
        flaws, unsure = flaws + unsure, []
    for each in chain:
        flaws += [f"{_who(each, leaf)} {flaw}" for flaw in _weaknesses(each, leaf)]
        flaws += [f"{_who(each, leaf)} {flaw}" for flaw in _out_of_date(each, demands.at)]
    flaws += _misuse(leaf, demands.purpose)
    flaws += _somebody_else(leaf, demands)
    expires = min(each.not_valid_after_utc for each in chain)
    warnings = unsure + [f"{name} is no certificate" for name in believed.unreadable]
    if demands.at <= expires < demands.at + demands.warn_before:
        left = expires - demands.at
        warnings.insert(0, f"the certificate expires in {left.days} days ({expires:%Y-%m-%d})")
    return Verdict(
        flaws=tuple(flaws),
        warnings=tuple(warnings),
        expires=expires,
        is_unknown=not vouched and not banned.intersection(map(fingerprint_of, chain)),
    )


def _who(certificate: x509.Certificate, leaf: x509.Certificate) -> str:
    return "it" if certificate == leaf else f"its issuer {name_of(certificate.subject)!r}"


def _chain_of(shown: Presented, believed: Believed) -> tuple[list[x509.Certificate], str]:
    """From the leaf up to a self-signed end, and what keeps the chain from reaching one."""
    chain = [shown.leaf]
    known = [*believed.trusted, *believed.issuers, *shown.issuers]
    while not is_self_signed(chain[-1]):
        below = chain[-1]
        above = [each for each in known if each.subject == below.issuer and _issued(each, below)]
        if not above:
            return chain, f"its issuer {name_of(below.issuer)!r} is not known"
        if above[0] in chain or len(chain) >= CHAIN_MAX:
            return chain, "its chain of issuers has no end"
        flaw = _unfit_issuer(above[0], depth=len(chain) - 1)
        chain.append(above[0])
        if flaw:
            return chain, f"{_who(above[0], shown.leaf)} {flaw}"
    if not _issued(chain[-1], chain[-1]):
        return chain, f"{_who(chain[-1], shown.leaf)} has a signature that does not fit"
    return chain, ""


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def _unfit_issuer(certificate: x509.Certificate, *, depth: int) -> str:
    """`depth`: issuers between it and the leaf."""
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        return "is no issuer"
    if constraints.path_length is not None and constraints.path_length < depth:
        return "may not have issuers below it"
    usage = _extension(certificate, x509.KeyUsage)
    return "" if usage is None or usage.key_cert_sign else "may not sign certificates"


def _revocations(
    chain: Sequence[x509.Certificate], believed: Believed, *, demands: Demands
) -> tuple[list[str], list[str]]:
    """What is revoked, and what could be without our knowing."""
    revoked, unsure = [], []
    leaf = chain[0]
    for below, issuer in pairwise(chain):
        lists = [each for _, each in believed.revocation_lists if is_signed_by(each, issuer)]
        if any(
            each.get_revoked_certificate_by_serial_number(below.serial_number) for each in lists
        ):
            revoked.append(f"{_who(below, leaf)} is revoked by {name_of(issuer.subject)!r}")
        if not lists:
            unsure.append(f"there is no revocation list of {name_of(issuer.subject)!r}")
        elif not any(_is_current(each, demands.at) for each in lists):
            unsure.append(f"the revocation list of {name_of(issuer.subject)!r} is out of date")
    return revoked, unsure


def is_signed_by(revocation_list: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    if revocation_list.issuer != issuer.subject:
        return False
    try:
        return isinstance(key, rsa.RSAPublicKey) and revocation_list.is_signature_valid(key)
    except UNREADABLE:
        return False


def _is_current(revocation_list: x509.CertificateRevocationList, at: datetime) -> bool:
    next_one = revocation_list.next_update_utc
    return next_one is None or at <= next_one


def _weaknesses(certificate: x509.Certificate, leaf: x509.Certificate) -> list[str]:
    found = []
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        found.append("has no RSA key")
    elif not KEY_BITS_MIN <= key.key_size <= KEY_BITS_MAX:
        found.append(f"has a key of {key.key_size} bits, not {KEY_BITS_MIN} to {KEY_BITS_MAX}")
    is_root = certificate != leaf and is_self_signed(certificate)  # nothing rests on its signature
    if not is_root and not isinstance(certificate.signature_hash_algorithm, SOUND_HASHES):
        used = certificate.signature_hash_algorithm
        found.append(f"is signed with {used.name if used else 'no hash'}, which can be forged")
    return found


def _out_of_date(certificate: x509.Certificate, at: datetime) -> list[str]:
    if at > certificate.not_valid_after_utc:
        return [f"has expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"]
    if at < certificate.not_valid_before_utc:
        return [f"is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"]
    return []


def _misuse(leaf: x509.Certificate, purpose: x509.ObjectIdentifier) -> list[str]:
    """A certificate that does not say what it is for may be used for everything."""
    found = []
    usage = _extension(leaf, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        found.append("it may not sign")
    if usage is not None and not (usage.key_encipherment or usage.data_encipherment):
        found.append("it may not encrypt")
    purposes = _extension(leaf, x509.ExtendedKeyUsage)
    if purposes is not None and not {purpose, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(
        purposes
    ):
        side = "server" if purpose == ExtendedKeyUsageOID.SERVER_AUTH else "client"
        found.append(f"it is not for a {side}")
    return found


def _somebody_else(leaf: x509.Certificate, demands: Demands) -> list[str]:
    found = []
    uris, hosts = uris_of(leaf), hosts_of(leaf)
    if demands.application_uri is not None and demands.application_uri not in uris:
        found.append(
            f"it is of {_some(uris)}, and the other end says that it is "
            f"{demands.application_uri[:100]!r}"
        )
    if demands.host is not None and _plain(demands.host) not in hosts:
        found.append(f"it is for the host {_some(hosts)}, not for {demands.host[:100]!r}")
    return found


def _plain(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower()


def _some(names: Sequence[str]) -> str:
    return ", ".join(repr(name[:100]) for name in names[:3]) or "nobody"


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
