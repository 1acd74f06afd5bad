"""What the command line asks for, as plain data: `gridops opcua map`."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from gridops.errors import LinkError, SettingsError
from gridops.ids import LinkId
from gridops.network import AddressFlaw, Link, Network, Signal, parse_address
from gridops.ports import Endpoint
from opcua_bridge.engineering.addresses import address_of
from opcua_bridge.engineering.bounds import Bounds
from opcua_bridge.engineering.browsing import Seen, browse
from opcua_bridge.engineering.desk import Plain, measured
from opcua_bridge.engineering.mapping import Named, Proposal, Proposed, propose
from opcua_bridge.engineering.reading_names import Target
from opcua_bridge.engineering.variables import Variable, describe
from opcua_bridge.engineering.visit import visiting


def mapped(
    network: Network,
    endpoint: Endpoint,
    *,
    link: str | None = None,
    stated: Mapping[str, tuple[str, str]],
    bounds: Mapping[str, Any],
) -> Plain:
    """Proposed points of the grid for the server at `endpoint`.

    `link`: which of the grid it is; None: the one whose namespace the server has. `stated`: what
    somebody has decided, node id -> element and signal; it is taken as it stands. What points.csv
    has already is proposed to nobody else.

    Raises: LinkError, SettingsError.
    """
    return asyncio.run(_mapped(network, endpoint, link=link, stated=stated, bounds=bounds))


async def _mapped(
    network: Network,
    endpoint: Endpoint,
    *,
    link: str | None,
    stated: Mapping[str, tuple[str, str]],
    bounds: Mapping[str, Any],
) -> Plain:
    async with visiting(endpoint) as (session, uris):
        served = _link_of(network, link, uris=uris, where=endpoint.url)
        found = await browse(session, bounds=Bounds(**bounds))
        foreign = _of_others(network, served, uris=uris)
        variables = [
            seen
            for seen in found.nodes
            if seen.kind == "variable" and seen.node.NamespaceIndex not in foreign
        ]
        described = await describe(session, [seen.node for seen in variables], with_values=False)
    named, unusable = _named(variables, described, link=served, uris=uris)
    decided = {
        _usual(node, served): _target(network, element=element, signal=signal)
        for node, (element, signal) in stated.items()
    }
    known = {each.node_id for each in named}
    _refuse_unknown(set(decided) - known, link=served)
    mapped_before = {
        _usual(p.node_id, served) for p in network.components.points if p.link == served.id
    }
    taken = {(p.element, p.signal) for p in network.components.points} | set(decided.values())
    identity = _usual(served.identity_node_id, served) if served.has_identity else None
    left = [
        each
        for each in named
        if each.node_id not in mapped_before
        and each.node_id not in decided
        and each.node_id != identity
    ]
    proposal = propose(network, left, taken=frozenset(taken))
    return {
        "url": endpoint.url,
        "link": served.id,
        **_plain_proposal(proposal),
        "stated": [_row(node, target) for node, target in decided.items()],
        "mapped_before": sorted(mapped_before & known),
        "missing": sorted(mapped_before - known),
        "not_usable": unusable,
        **measured(found),
    }


def _of_others(network: Network, served: Link, *, uris: Sequence[str]) -> set[int]:
    """Namespaces of this server whose variables are no points of `served`: the standard's, and
    those of other links."""
    others = {link.namespace_uri for link in network.links.values()} - {served.namespace_uri}
    return {0} | {index for index, uri in enumerate(uris) if uri in others}


def _usual(text: str, link: Link) -> str:
    """One text for each node, as `map` writes it. Raises: SettingsError."""
    try:
        address = parse_address(text).by_uri(link.namespace_uri, link.namespaces)
    except AddressFlaw as flaw:
        raise SettingsError(f"{text[:80]!r} is no node id: {flaw}", remedy=flaw.remedy) from flaw
    return address.shortest(link.namespace_uri)


def _named(
    variables: Sequence[Seen],
    described: Sequence[Variable],
    *,
    link: Link,
    uris: Sequence[str],
) -> tuple[list[Named], list[str]]:
    """Those that points.csv can name, and the paths of the others."""
    named, unusable = [], []
    for seen, variable in zip(variables, described, strict=True):
        address = address_of(seen.node, uris)
        text = address.shortest(link.namespace_uri)
        if address.uri is None or not _is_safe(text):
            unusable.append("/".join(seen.path))
            continue
        named.append(
            Named(
                node_id=text,
                path=seen.path,
                shown=seen.shown,
                name=seen.name,
                data_type=variable.data_type,
                is_array=variable.is_array,
                is_writable=variable.is_writable,
            )
        )
    return named, unusable


def _is_safe(text: str) -> bool:
    """In a table that people open: one line, and the same when it is read back."""
    return text.isprintable() and text == text.strip()


def _plain_proposal(proposal: Proposal) -> Plain:
    return {
        "rows": [_proposed(row) for row in proposal.rows],
        "left": [_variable_of(named) for named in proposal.left],
        "wanted": [[element, signal.value] for element, signal in proposal.wanted],
    }


def _proposed(row: Proposed) -> Plain:
    return {
        **_row(row.named.node_id, (row.element, row.signal)),
        "confidence": row.confidence,
        "why": row.why,
        **_variable_of(row.named),
    }


def _row(node_id: str, target: Target) -> Plain:
    return {"element": target[0], "signal": target[1].value, "node_id": node_id}


def _variable_of(named: Named) -> Plain:
    return {
        "node_id": named.node_id,
        "path": "/".join(named.path),
        "type": named.data_type,
        "writable": named.is_writable,
    }


def _link_of(network: Network, wanted: str | None, *, uris: Sequence[str], where: str) -> Link:
    if wanted is not None and LinkId(wanted) not in network.links:
        raise SettingsError(
            f"the grid has no link {wanted!r}",
            remedy=f"links: {', '.join(network.links) or 'none; links.csv must name them first'}",
        )
    links = [
        link
        for link in network.links.values()
        if link.namespace_uri in uris and wanted in (None, link.id)
    ]
    if len(links) == 1:
        return links[0]
    if links:
        names = ", ".join(link.id for link in links)
        raise LinkError(
            "several links have namespaces that the server has",
            where=where,
            remedy=f"say which with --link: {names}",
        )
    raise LinkError(
        f"the server has the namespace of no link; it has {', '.join(u[:80] for u in uris[1:6])}",
        where=where,
        remedy="name one of them as namespace_uri in links.csv",
    )


def _target(network: Network, *, element: str, signal: str) -> Target:
    known: Sequence[str] = list(network.nodes if signal == Signal.VOLTAGE else network.switches)
    if signal not in Signal.__members__.values():
        raise SettingsError(f"there is no signal {signal!r}", remedy=", ".join(Signal))
    if element not in known:
        kind = "node" if signal == Signal.VOLTAGE else "switch"
        raise SettingsError(f"the grid has no {kind} {element!r}", remedy="mend the filled file")
    return element, Signal(signal)


def _refuse_unknown(nodes: set[str], *, link: Link) -> None:
    if nodes:
        raise SettingsError(
            f"the server of {link.id} has no node {min(nodes)[:80]!r}",
            remedy="mend the filled file; `gridops opcua browse` shows what there is",
        )
