"""Puts a server's certificate before the judgement, with the folder as it is at that moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlparse

from gridops.errors import CertificateRefused
from gridops.ports import Endpoint
from opcua_bridge.security.certificates import Presented, fingerprint_of, name_of, presented
from opcua_bridge.security.judgement import Believed, Demands, Verdict, judge
from opcua_bridge.security.offers import Chosen
from opcua_bridge.security.own_certificate import Own
from opcua_bridge.security.pki import Pki

SHOWN_FLAWS = 3
SHORT = 16
"""Digits of a fingerprint that stand in a message: enough to name one certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """A server that may be spoken to, and what we show it."""

    own: Own
    server: Presented
    expires: datetime
    """When the first of the certificates ends on which this link rests, ours included."""
    warnings: tuple[str, ...]


def believed_of(pki: Pki) -> Believed:
    """Raises: CertificateStoreError."""
    return Believed(
        trusted=pki.trusted(),
        issuers=pki.issuers(),
        banned=pki.banned(),
        revocation_lists=pki.revocation_lists(),
        unreadable=pki.unreadable(),
    )


def trust_server(endpoint: Endpoint, chosen: Chosen, *, at: datetime) -> Trusted:
    """Reads files; makes the own certificate on first use. A server that nobody vouches for is
    kept in rejected/, for an engineer to look at.

    Raises: CertificateRefused, CertificateStoreError.
    """
    security = endpoint.security
    pki = Pki(security.pki_folder)
    own = pki.own(security.application_uri, at=at)
    try:
        shown = presented(chosen.offer.ServerCertificate)
    except ValueError as error:
        raise CertificateRefused(
            f"the server's certificate cannot be read: {str(error)[:100]}", where=endpoint.url
        ) from error
    demands = Demands(
        at=at,
        application_uri=chosen.offer.Server.ApplicationUri or "",
        host=urlparse(endpoint.url).hostname if security.check_host else None,
        require_revocation_list=security.require_revocation_list,
        warn_before=timedelta(days=security.expiry_warning_days),
    )
    verdict = judge(shown, believed_of(pki), demands=demands)
    if not verdict.is_trusted:
        if verdict.is_unknown:
            pki.keep_unknown(shown.leaf)
        raise _refused(endpoint.url, shown, verdict=verdict)
    own_ends = own.certificate.not_valid_after_utc
    return Trusted(
        own=own,
        server=shown,
        expires=min(verdict.expires, own_ends),
        warnings=(*verdict.warnings, *_about_own(own_ends, demands)),
    )


def _about_own(ends: datetime, demands: Demands) -> list[str]:
    """An own certificate that has expired is for the servers to refuse; some do not care."""
    if ends >= demands.at + demands.warn_before:
        return []
    if ends <= demands.at:
        return [f"our own certificate has expired on {ends:%Y-%m-%d}"]
    return [f"our own certificate expires in {(ends - demands.at).days} days ({ends:%Y-%m-%d})"]


def _refused(url: str, shown: Presented, *, verdict: Verdict) -> CertificateRefused:
    name = fingerprint_of(shown.leaf)
    flaws = "; ".join(verdict.flaws[:SHOWN_FLAWS])
    remedy = "let the server have a certificate that fits"
    if verdict.is_unknown:
        remedy = f"compare it with the server's own, then `gridops opcua trust {name[:SHORT]}`"
    return CertificateRefused(
        f"its certificate {name[:SHORT]} ({name_of(shown.leaf.subject)[:60]}) is not believed:"
        f" {flaws}",
        where=url,
        remedy=remedy,
        fingerprint=name,
    )
