"""The standard part of a server's address space, built once and copied.

The library needs two seconds to build it; every virtual RTU has one of its own.
"""

import asyncio
import threading
from copy import copy
from pathlib import Path

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
    """An OPC UA server whose standard nodes are copies of one template."""

    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        if shelf_file is not None:
            await super().load_standard_address_space(shelf_file)
            return
        template = await asyncio.to_thread(_standard_nodes)
        for node_id in template.keys():  # noqa: SIM118 - it is no mapping
            self.aspace[node_id] = _copied(template[node_id])


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
