"""Addresses survive text, the library's node ids, the wire and the files of a grid."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import nodeid_from_binary, nodeid_to_binary
from hypothesis import given
from hypothesis import strategies as st

from gridops.adapters.grid_files import read_components, save_grid
from gridops.ids import LinkId
from gridops.network import AddressFlaw, Link, NodeAddress, draw, parse_address
from gridops.network.node_addresses import INDEX_MAX, NUMBER_MAX
from opcua_bridge.engineering.addresses import address_of, parsed, written
from opcua_bridge.session.namespaces import Namespaces, node_of

IDENTIFIERS = st.one_of(
    st.integers(0, NUMBER_MAX),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.uuids(),
    st.binary(min_size=1, max_size=40),
)
URIS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
ADDRESSES = st.one_of(
    st.builds(NodeAddress, identifier=IDENTIFIERS, uri=URIS),
    st.builds(NodeAddress, identifier=IDENTIFIERS, index=st.integers(0, INDEX_MAX)),
)


@given(ADDRESSES)
def test_text_and_back(address: NodeAddress) -> None:
    assert parse_address(str(address)) == address


@given(st.text() | st.from_regex(r"(ns=[0-9]+;|nsu=[^;]*;)?[isgb]=.*"))
def test_any_text_is_an_address_or_a_flaw_with_a_remedy(text: str) -> None:
    assert said_of(text)


def said_of(text: str) -> str:
    try:
        address = parse_address(text)
    except AddressFlaw as flaw:
        return str(flaw) and flaw.remedy
    assert parse_address(str(address)) == address
    return str(address)


@given(IDENTIFIERS, st.integers(0, INDEX_MAX))
def test_over_the_wire_and_back(identifier: int | str | UUID | bytes, index: int) -> None:
    node = node_of(identifier, index)
    read = nodeid_from_binary(Buffer(bytes(nodeid_to_binary(node))))
    assert (read.Identifier, read.NamespaceIndex) == (identifier, index)
    assert type(read.Identifier) is type(identifier) or isinstance(identifier, int)


@given(IDENTIFIERS, st.lists(URIS, min_size=2, max_size=5, unique=True), st.data())
def test_what_browse_writes_is_what_a_point_finds(
    identifier: int | str | UUID | bytes, uris: list[str], data: st.DataObject
) -> None:
    """In whatever order the namespaces of the server stand."""
    index = data.draw(st.integers(1, len(uris) - 1))
    home = data.draw(st.sampled_from(uris[1:]))
    node = node_of(identifier, index)
    shuffled = [uris[0], *data.draw(st.permutations(uris[1:]))]
    link = Link(id=LinkId("rtu"), name="rtu", namespace_uri=home)
    assert parsed(written(node, uris), uris) == node
    for text in (written(node, uris), address_of(node, uris).shortest(home)):
        found = Namespaces(link, shuffled).node(text)
        assert found == node_of(identifier, shuffled.index(uris[index]))
        assert isinstance(found, ua.NodeId)


PRINTED = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters=";"), min_size=1, max_size=20
)


@given(IDENTIFIERS, st.lists(PRINTED, max_size=3), PRINTED)
def test_files_of_a_grid_hold_them(
    identifier: int | str | UUID | bytes, namespaces: list[str], uri: str
) -> None:
    """But for identifiers that no cell can hold: invisible letters, and spaces around them."""
    if isinstance(identifier, str) and (not identifier.isprintable() or identifier[-1:] == " "):
        return
    parts = draw("S1 [b1] A").components
    text = str(NodeAddress(identifier=identifier, uri=uri))
    changed = replace(
        parts,
        links=tuple(replace(each, namespaces=tuple(namespaces)) for each in parts.links),
        points=(replace(parts.points[0], node_id=text), *parts.points[1:]),
    )
    with TemporaryDirectory() as folder:
        save_grid(changed, Path(folder) / "grid")
        found, flaws = read_components(Path(folder) / "grid")
    assert not [flaw for flaw in flaws if flaw.is_error]
    assert (found.links, found.points) == (changed.links, changed.points)
