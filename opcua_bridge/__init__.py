"""The only code that speaks OPC UA: the field link (client) and virtual RTUs (servers).

`gridops` finds both by entry point and never imports this package by name.
"""

from typing import TYPE_CHECKING, Any

from opcua_bridge.field_link import OpcUaFieldLink, open_field_link
from opcua_bridge.limits import DEFAULT_LIMITS, LinkLimits

if TYPE_CHECKING:
    from opcua_bridge.field_server.virtual_field_server import VirtualRtus, serve_virtual_field
    from opcua_bridge.field_server.virtual_rtu import VirtualRtu

__all__ = [
    "DEFAULT_LIMITS",
    "LinkLimits",
    "OpcUaFieldLink",
    "VirtualRtu",
    "VirtualRtus",
    "open_field_link",
    "serve_virtual_field",
]


def __getattr__(name: str) -> Any:
    """The servers of a virtual field, when somebody asks for them: a control room has none, and
    starts sooner without."""
    from opcua_bridge.field_server import virtual_field_server, virtual_rtu  # noqa: PLC0415

    for module in (virtual_field_server, virtual_rtu):
        if name in __all__ and hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
