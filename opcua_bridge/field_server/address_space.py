"""The standard part of a server's address space, built once and lent.

The library needs two seconds to build it and 20 MB to hold it; every virtual RTU has one.
"""

import asyncio
import threading
from collections.abc import Iterator, MutableMapping
from copy import copy
from pathlib import Path
from typing import cast

from asyncua import ua
from asyncua.server.address_space import (
    AddressSpace,
    AttributeValue,
    NodeData,
    NodeManagementService,
)
from asyncua.server.standard_address_space import standard_address_space

from opcua_bridge.security.server_side import StrictInternalServer

_template: AddressSpace | None = None
_building = threading.Lock()


class RtuInternalServer(StrictInternalServer):
    """An OPC UA server whose standard nodes are lent by one template."""

    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        if shelf_file is not None:
            await super().load_standard_address_space(shelf_file)
            return
        lent = LentNodes(await asyncio.to_thread(_standard_nodes))
        self.aspace._nodes = cast(dict[ua.NodeId, NodeData], lent)  # noqa: SLF001


class LentNodes(MutableMapping[ua.NodeId, NodeData]):
    """Own nodes, and those of a template: the first look at one of these copies it.

    Whoever holds a node may change it; what nobody ever looks at (types, mostly) is shared by
    all servers of the process.
    """

    def __init__(self, template: AddressSpace) -> None:
        self._template = template
        self._lent = template.keys()
        self._own: dict[ua.NodeId, NodeData] = {}
        self._gone: set[ua.NodeId] = set()

    def __getitem__(self, key: ua.NodeId) -> NodeData:
        found = self._own.get(key)
        if found is None:
            if key in self._gone:
                raise KeyError(key)
            found = self._own[key] = _copied(self._template[key])
        return found

    def __setitem__(self, key: ua.NodeId, value: NodeData) -> None:
        self._own[key] = value

    def __delitem__(self, key: ua.NodeId) -> None:
        if key not in self:
            raise KeyError(key)
        self._own.pop(key, None)
        self._gone.add(key)

    def __contains__(self, key: object) -> bool:
        return key in self._own or (key in self._lent and key not in self._gone)

    def __iter__(self) -> Iterator[ua.NodeId]:
        yield from self._own
        for key in self._lent:
            if key not in self._own and key not in self._gone:
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def copied(self) -> int:
        """Nodes of its own."""
        return len(self._own)


def _standard_nodes() -> AddressSpace:
    global _template  # noqa: PLW0603 - built at most once per process, never changed after
    with _building:
        if _template is None:
            built = AddressSpace()
            standard_address_space.fill_address_space(  # type: ignore[no-untyped-call]
                NodeManagementService(built)
            )
            _template = built
        return _template


def _copied(node: NodeData) -> NodeData:
    """Values are shared: a server replaces them, it does not change them."""
    twin = NodeData(node.nodeid)
    twin.references = [copy(reference) for reference in node.references]
    twin.call = node.call
    for attribute, held in node.attributes.items():
        if held.value is not None:
            twin.attributes[attribute] = AttributeValue(held.value)
    return twin
