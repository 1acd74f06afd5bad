"""The grid as built: components, sections, validation, drawing."""

from gridops.network.components import (
    Branch,
    BranchKind,
    Control,
    IndicatorKind,
    Limits,
    Link,
    Load,
    LoadClass,
    Node,
    NodeKind,
    Point,
    Signal,
    Source,
    Switch,
    SwitchKind,
    Transformer,
)
from gridops.network.drawing import draw
from gridops.network.network import AnyBranch, Components, Network, Section, build_network

__all__ = [
    "AnyBranch",
    "Branch",
    "BranchKind",
    "Components",
    "Control",
    "IndicatorKind",
    "Limits",
    "Link",
    "Load",
    "LoadClass",
    "Network",
    "Node",
    "NodeKind",
    "Point",
    "Section",
    "Signal",
    "Source",
    "Switch",
    "SwitchKind",
    "Transformer",
    "build_network",
    "draw",
]
