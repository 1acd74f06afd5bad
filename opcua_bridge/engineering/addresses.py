"""Node ids as people and grid files write them."""

from collections.abc import Sequence

from asyncua import ua

from gridops.errors import SettingsError
from gridops.network import AddressFlaw, NodeAddress, parse_address
from gridops.network.node_addresses import STANDARD_URI, Identifier
from opcua_bridge.session.namespaces import node_of


def written(node: ua.NodeId, uris: Sequence[str]) -> str:
    """By the URI of its namespace, for the index may be another one tomorrow."""
    address = address_of(node, uris)
    return str(address) if address.index != 0 else str(address).removeprefix("ns=0;")


def address_of(node: ua.NodeId, uris: Sequence[str]) -> NodeAddress:
    """By URI; by index only in the standard's namespace, and where `uris` ends before it."""
    index = int(node.NamespaceIndex)
    if 0 < index < len(uris):
        return NodeAddress(identifier=_plain(node.Identifier), uri=uris[index])
    return NodeAddress(identifier=_plain(node.Identifier), index=index)


def _plain(identifier: Identifier) -> Identifier:
    """The library has kinds of its own of numbers, texts and bytes."""
    if isinstance(identifier, int):
        return int(identifier)
    if isinstance(identifier, str):
        return str(identifier)
    return bytes(identifier) if isinstance(identifier, bytes) else identifier


def parsed(text: str, uris: Sequence[str]) -> ua.NodeId:
    """The node of this server: an index is the one that the server gives to the namespace now.
    Raises: SettingsError."""
    try:
        address = parse_address(text)
    except AddressFlaw as flaw:
        raise SettingsError(f"{text[:120]!r} is no node id: {flaw}", remedy=flaw.remedy) from flaw
    if address.uri is not None:
        known = [STANDARD_URI, *uris[1:]]
        if address.uri not in known:
            raise SettingsError(
                f"the server has no namespace {address.uri!r}",
                remedy=f"it has {', '.join(uris[1:])}",
            )
        return node_of(address.identifier, known.index(address.uri))
    if address.index is None:
        raise SettingsError(
            f"{text[:120]!r} is no node id: it names no namespace",
            remedy="write it as ns=2;s=name, i=85 or nsu=URI;s=name",
        )
    return node_of(address.identifier, address.index)
