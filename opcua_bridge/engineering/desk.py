"""What the command line asks for, as plain data: `gridops opcua browse` and `check`."""

import asyncio
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from gridops.errors import SettingsError
from gridops.errors.severity import Severity
from gridops.ids import LinkId
from gridops.network import Network
from gridops.ports import Endpoint
from opcua_bridge.engineering.addresses import parsed, written
from opcua_bridge.engineering.bounds import Bounds
from opcua_bridge.engineering.browsing import OBJECTS, Found, Seen, browse
from opcua_bridge.engineering.live_check import look
from opcua_bridge.engineering.variables import Variable, describe
from opcua_bridge.engineering.visit import visiting
from opcua_bridge.wire.statuses import name_of, quality_of

Plain = dict[str, Any]


def browsed(
    endpoint: Endpoint,
    *,
    under: str | None = None,
    only: str | None = None,
    with_values: bool = False,
    with_standard: bool = False,
    bounds: Mapping[str, Any],
) -> Plain:
    """The tree of a server. `bounds` are named as in `Bounds`.

    `only`: a part of a node's path, name or id, or a pattern with `*` and `?`; capitals do not
    matter. What is above a node that is shown is shown too.

    Raises: LinkError, SettingsError.
    """
    return asyncio.run(
        _browsed(
            endpoint,
            under=under,
            only=only,
            with_values=with_values,
            with_standard=with_standard,
            bounds=Bounds(**bounds),
        )
    )


async def _browsed(
    endpoint: Endpoint,
    *,
    under: str | None,
    only: str | None,
    with_values: bool,
    with_standard: bool,
    bounds: Bounds,
) -> Plain:
    async with visiting(endpoint) as (session, uris):
        start = OBJECTS if under is None else parsed(under, uris)
        found = await browse(session, start=start, bounds=bounds, with_standard=with_standard)
        shown = found.nodes if only is None else _with_parents(found.nodes, only, uris=uris)
        variables = [seen.node for seen in shown if seen.kind == "variable"]
        described = await describe(session, variables, with_values=with_values)
        by_node = dict(zip(variables, described, strict=True))
    return {
        "url": endpoint.url,
        "namespaces": uris,
        "nodes": [
            _plain(seen, by_node.get(seen.node), uris=uris, with_values=with_values)
            for seen in shown
        ],
        **measured(found),
    }


def measured(found: Found) -> Plain:
    return {
        "met": len(found.nodes),
        "references": found.references,
        "unusable": found.unusable,
        "stopped": list(found.stopped),
    }


def _with_parents(nodes: Sequence[Seen], only: str, *, uris: Sequence[str]) -> list[Seen]:
    pattern = only.casefold()
    if not any(sign in pattern for sign in "*?["):
        pattern = f"*{pattern}*"
    kept: set[tuple[str, ...]] = set()
    for seen in nodes:
        texts = ("/".join(seen.path), seen.name, written(seen.node, uris))
        if any(fnmatchcase(text.casefold(), pattern) for text in texts):
            kept.update(seen.path[:length] for length in range(1, seen.depth + 1))
    return [seen for seen in nodes if seen.path in kept]


def _plain(
    seen: Seen, variable: Variable | None, *, uris: Sequence[str], with_values: bool
) -> Plain:
    plain: Plain = {
        "path": list(seen.path),
        "name": seen.name,
        "kind": seen.kind,
        "node_id": written(seen.node, uris),
    }
    if variable is None:
        return plain
    plain |= {
        "type": variable.data_type + ("[]" if variable.is_array else ""),
        "readable": variable.is_readable,
        "writable": variable.is_writable,
    }
    if with_values:
        sample = variable.sample
        stamp = sample.source_time
        plain |= {
            "value": variable.shown,
            "status": name_of(sample.status),
            "quality": quality_of(sample.status).value,
            "source_time": None if stamp is None else f"{stamp:%Y-%m-%dT%H:%M:%S.%f}Z",
        }
    return plain


def checked(network: Network, endpoints: Mapping[LinkId, Endpoint | Sequence[Endpoint]]) -> Plain:
    """Flaws between points.csv, the grid and the servers that run, every one of a link that has
    several. Writes nothing to any server.

    Raises: SettingsError for an endpoint of no link.
    """
    for link in endpoints:
        if link not in network.links:
            raise SettingsError(
                f"endpoint for {link!r}, which is no link of the grid",
                remedy=f"links: {', '.join(network.links) or 'none'}",
            )
    servers = {
        link: [stated] if isinstance(stated, Endpoint) else stated
        for link, stated in endpoints.items()
    }
    looked = asyncio.run(look(network, servers))
    return {
        "grid": network.components.name,
        "ok": not any(flaw.severity is Severity.ERROR for flaw in looked.flaws),
        "links": looked.links,
        "servers": looked.servers,
        "points": looked.points,
        "flaws": [flaw.to_plain() for flaw in looked.flaws],
    }
