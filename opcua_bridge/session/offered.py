"""What a server offers, for people: `gridops opcua endpoints`."""

import asyncio
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlparse

from asyncua import ua

from gridops.errors import LinkError
from gridops.ports import Clock
from opcua_bridge.limits import DEFAULT_LIMITS
from opcua_bridge.security.certificates import UNREADABLE, described, presented
from opcua_bridge.security.judgement import Demands, judge
from opcua_bridge.security.offers import Offer
from opcua_bridge.security.pki import Pki
from opcua_bridge.security.policies import POLICY_OF, short_name
from opcua_bridge.security.trust import believed_of
from opcua_bridge.session.opening import discover

Plain = dict[str, object]


def offered(url: str, *, pki_folder: Path, clock: Clock) -> Plain:
    """Endpoints and certificate of the server at `url`, and what a link would say to them now.

    Nothing of it is proven: discovery is not protected. The certificate of a server that nobody
    vouches for is kept in rejected/, for `gridops opcua trust`.

    Raises: SettingsError for a wrong address, LinkError if nobody answers, CertificateStoreError.
    """
    try:
        offers = asyncio.run(discover(url, DEFAULT_LIMITS))
    except (OSError, TimeoutError, ua.UaError) as error:
        said = f"{type(error).__name__}: {error}"[:200]
        raise LinkError(
            f"no OPC UA server answers ({said})", where=url, remedy="check the address"
        ) from error
    found: Plain = {"url": url, "endpoints": [_plain(offer) for offer in offers]}
    with_certificate = [offer for offer in offers if offer.ServerCertificate]
    if with_certificate:
        found["certificate"] = _judged(with_certificate[0], url, pki=Pki(pki_folder), clock=clock)
    return found


def _plain(offer: Offer) -> Plain:
    tokens = offer.UserIdentityTokens or ()
    return {
        "endpoint_url": str(offer.EndpointUrl)[:200],
        "policy": short_name(offer.SecurityPolicyUri),
        "mode": offer.SecurityMode.name.rstrip("_"),
        "server_uri": str(offer.Server.ApplicationUri)[:200],
        "identities": sorted({token.TokenType.name for token in tokens}),
        "is_secure": offer.SecurityPolicyUri in POLICY_OF
        and offer.SecurityMode != ua.MessageSecurityMode.None_,
    }


def _judged(offer: Offer, url: str, *, pki: Pki, clock: Clock) -> Plain:
    try:
        shown = presented(offer.ServerCertificate)
        plain = described(shown.leaf)
    except UNREADABLE as error:
        return {"trusted": False, "flaws": [f"it cannot be read: {error}"[:100]], "warnings": []}
    demands = Demands(
        at=clock.now(),
        application_uri=offer.Server.ApplicationUri or "",
        host=urlparse(url).hostname,
        warn_before=timedelta(days=60),
    )
    verdict = judge(shown, believed_of(pki), demands=demands)
    if verdict.is_unknown:
        pki.keep_unknown(shown.leaf)
    return {
        **plain,
        "trusted": verdict.is_trusted,
        "flaws": list(verdict.flaws),
        "warnings": list(verdict.warnings),
    }
