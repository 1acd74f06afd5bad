"""Addresses: does each name one node, and no two the same?"""

from collections.abc import Iterator, Mapping

from gridops.network.components import Link, Point
from gridops.network.flaws import GridFlaw, Place
from gridops.network.network import Components
from gridops.network.node_addresses import (
    PREFIXES,
    STANDARD_URI,
    AddressFlaw,
    NodeAddress,
    parse_address,
)


def address_flaws(components: Components) -> Iterator[GridFlaw]:
    links: Mapping[str, Link] = {link.id: link for link in components.links}
    for index, link in enumerate(components.links):
        if link.has_identity:
            try:
                _resolved(link.identity_node_id, link)
            except AddressFlaw as flaw:
                what = f"link {link.id} has the identity_node_id {link.identity_node_id!r}: {flaw}"
                yield Place("links", index, (link.id,)).error(
                    "link-identity-invalid", what, remedy=flaw.remedy
                )
    taken: dict[tuple[str, NodeAddress], str] = {}
    for index, point in enumerate(components.points):
        place = Place("points", index, (point.id, point.element))
        for name in ("node_id", "object_id", "open_node_id"):
            text = getattr(point, name)
            if name != "node_id" and not text:
                continue
            try:
                address = _resolved(text, links.get(point.link))
            except AddressFlaw as flaw:
                what = f"point {point.id} has the {name} {text[:120]!r}: {flaw}"
                yield place.error("point-address-invalid", what, remedy=flaw.remedy)
                continue
            if name == "object_id":
                continue
            if (point.link, address) in taken:
                other = taken[point.link, address]
                what = f"point {point.id} has the {name} {text!r}, an address of point {other}"
                remedy = f"one variable carries one signal: mend {name}"
                yield place.error("duplicate-point-address", what, remedy=remedy)
            taken.setdefault((point.link, address), point.id)


def address_suspicions(components: Components) -> Iterator[GridFlaw]:
    links: Mapping[str, Link] = {link.id: link for link in components.links}
    for index, point in enumerate(components.points):
        for what, remedy in _suspicions(point, links.get(point.link)):
            yield Place("points", index, (point.id,)).warning(
                "point-address-suspect",
                f"point {point.id} has the address {point.node_id!r}{what}",
                remedy=remedy,
            )


def _suspicions(point: Point, link: Link | None) -> Iterator[tuple[str, str]]:
    text = point.node_id
    if text != text.strip():
        yield "", "leave no spaces around it"
    if text.casefold().startswith(PREFIXES) and not text.startswith(PREFIXES):
        yield ", a name as it stands", "write the prefixes in small letters"
    try:
        address = _resolved(text, link)
    except AddressFlaw:
        return
    if address.uri == STANDARD_URI:
        uri = "URI" if link is None else link.namespace_uri
        yield (
            ", which is in the standard's own namespace",
            f"write nsu={uri};{text.rpartition(';')[2]} if it is the server's",
        )


def _resolved(text: str, link: Link | None) -> NodeAddress:
    """Raises: AddressFlaw."""
    address = parse_address(text)
    return address if link is None else address.by_uri(link.namespace_uri, link.namespaces)
