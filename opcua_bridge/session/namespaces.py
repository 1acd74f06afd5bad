"""What the namespaces of a server are called in this session, and which node an address means."""

from collections.abc import Sequence
from typing import Any, cast

from asyncua import ua

from gridops.network import AddressFlaw, Link, parse_address
from gridops.network.node_addresses import STANDARD_URI, Identifier
from opcua_bridge.session.wrong_server import WrongServer

NOWHERE = 0xFFFF
"""An index that no server gives to a namespace: it answers that it knows no such node."""


class Namespaces:
    """Bound by URI: indices may be others after a restart, and valid for one session only."""

    def __init__(self, link: Link, uris: Sequence[str]) -> None:
        """`uris` as the server gave them; what has no index is left out.

        Raises: WrongServer if the link's own namespace is not among `uris`.
        """
        self._link = link
        self._index = {STANDARD_URI: 0}
        for index, uri in enumerate(uris[:NOWHERE]):
            self._index.setdefault(uri, index)
        if link.namespace_uri not in self._index:
            raise WrongServer(
                f"the server does not have the namespace {link.namespace_uri!r}",
                where=f"link {link.id}",
                remedy="check the endpoint of this link, and namespace_uri in links.csv",
            )

    def node(self, address: str) -> ua.NodeId:
        """Raises: WrongServer if the server does not have the namespace of `address`."""
        found = self.sought(address)
        if found.NamespaceIndex == NOWHERE:
            raise WrongServer(
                f"the server does not have the namespace of {address[:120]!r}",
                where=f"link {self._link.id}",
                remedy="check the endpoint of this link, and the address in points.csv",
            )
        return found

    def sought(self, address: str) -> ua.NodeId:
        """For reading: where the server does not have the namespace, a node that it does not know,
        so that the other points of the call are not held up."""
        try:
            found = parse_address(address).by_uri(self._link.namespace_uri, self._link.namespaces)
        except AddressFlaw as flaw:
            raise WrongServer(
                f"{address[:120]!r} is no address: {flaw}", where=f"link {self._link.id}"
            ) from flaw
        index = self._index.get(found.uri or "", NOWHERE)
        return node_of(found.identifier, index)


def node_of(identifier: Identifier, index: int) -> ua.NodeId:
    return ua.NodeId(cast(Any, identifier), ua.Int16(index))
