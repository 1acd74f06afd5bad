"""What a server offers, and which of it is taken: never less than was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from asyncua import ua

from gridops.errors import LinkInsecure
from gridops.ports import LinkSecurity, SecurityMode, SecurityPolicy
from opcua_bridge.security.policies import CLASS_OF, MODE_OF, NONE_URI, POLICY_OF, short_name

OFFERS_MAX = 100
TOKENS_MAX = 20
_SHOWN = 8

Offer = ua.EndpointDescription
Tokens = frozenset[tuple[str, int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the link will use, and everything that was offered beside it."""

    policy: SecurityPolicy
    mode: SecurityMode
    offer: Offer
    all_offers: frozenset[tuple[str, int, Tokens]]


def choose(offers: Sequence[Offer], asked: LinkSecurity, *, where: str) -> Chosen:
    """The offer of exactly the asked mode, and of the asked policy, or the strongest.

    Raises: LinkInsecure naming what is offered instead.
    """
    offers = _bounded(offers, where)
    wanted = _wanted(asked.policy)
    for policy in wanted:
        for offer in offers:
            if _is(offer, policy, mode=asked.mode) and _uri_fits(offer, asked.server_uris):
                return Chosen(
                    policy=policy, mode=asked.mode, offer=offer, all_offers=_summary(offers)
                )
    named = sorted({f"{short_name(o.SecurityPolicyUri)}/{o.SecurityMode.name}" for o in offers})
    told = ", ".join(each.replace("None_", "None") for each in named[:_SHOWN]) or "nothing"
    names = " or ".join(repr(uri) for uri in sorted(asked.server_uris))
    of_whom = f" as {names}" if names else ""
    raise LinkInsecure(
        f"it does not offer {' or '.join(wanted)} with {asked.mode}{of_whom}; it offers {told}",
        where=where,
        remedy="enable it in the server; or ask for what it offers, if that is strong enough",
    )


def refuse_changed_offers(chosen: Chosen, offers: Sequence[Offer], *, where: str) -> Offer:
    """The offer of `chosen` as the session, which nobody on the way can forge, repeats it.

    Discovery is not protected: whoever sits on the way can take strong offers out of it, or
    have passwords sent more openly. So both lists must be the same (OPC UA Part 4, 5.6.2).

    Raises: LinkInsecure.
    """
    offers = _bounded(offers, where)
    if _summary(offers) != chosen.all_offers:
        raise LinkInsecure(
            "what it offers inside the session is not what discovery has shown: somebody on the "
            "way may have weakened it",
            where=where,
            remedy="look at the network between; `gridops opcua endpoints URL` shows discovery",
        )
    uri = chosen.offer.Server.ApplicationUri
    for offer in offers:
        if _is(offer, chosen.policy, mode=chosen.mode) and offer.Server.ApplicationUri == uri:
            return offer
    raise LinkInsecure(f"inside the session it is no longer {str(uri)[:100]!r}", where=where)


def _wanted(policy: SecurityPolicy) -> list[SecurityPolicy]:
    if policy in CLASS_OF:
        return [policy]
    return list(CLASS_OF)[::-1]


def _bounded(offers: Sequence[Offer] | None, where: str) -> Sequence[Offer]:
    offers = offers or []
    if len(offers) > OFFERS_MAX or any(
        len(o.UserIdentityTokens or ()) > TOKENS_MAX for o in offers
    ):
        raise LinkInsecure("it offers more endpoints than anybody needs", where=where)
    return offers


def _is(offer: Offer, policy: SecurityPolicy, *, mode: SecurityMode) -> bool:
    """Over TCP in binary, whatever host it thinks it has: we stay with the address that we were
    given, which may be on this side of an address translation."""
    url = offer.EndpointUrl or ""
    is_ours = url.startswith("opc.tcp://") and offer.SecurityMode == MODE_OF[mode]
    return is_ours and POLICY_OF.get(offer.SecurityPolicyUri or "") is policy


def _uri_fits(offer: Offer, server_uris: frozenset[str]) -> bool:
    return not server_uris or offer.Server.ApplicationUri in server_uris


def _summary(offers: Sequence[Offer]) -> frozenset[tuple[str, int, Tokens]]:
    return frozenset(
        (
            offer.SecurityPolicyUri or NONE_URI,
            int(offer.SecurityMode),
            frozenset(
                (token.PolicyId or "", int(token.TokenType), token.SecurityPolicyUri or "")
                for token in offer.UserIdentityTokens or ()
            ),
        )
        for offer in offers
        if (offer.EndpointUrl or "").startswith("opc.tcp://")
    )
