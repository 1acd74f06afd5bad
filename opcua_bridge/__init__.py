"""The only code that speaks OPC UA: the field link (client) and virtual RTUs (servers).

`gridops` finds both by entry point and never imports this package by name.
"""

from opcua_bridge.field_link import OpcUaFieldLink, open_field_link
from opcua_bridge.field_server.virtual_field_server import VirtualRtus, serve_virtual_field
from opcua_bridge.field_server.virtual_rtu import VirtualRtu
from opcua_bridge.limits import DEFAULT_LIMITS, LinkLimits

__all__ = [
    "DEFAULT_LIMITS",
    "LinkLimits",
    "OpcUaFieldLink",
    "VirtualRtu",
    "VirtualRtus",
    "open_field_link",
    "serve_virtual_field",
]
