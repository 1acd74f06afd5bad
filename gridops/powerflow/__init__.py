"""AC power flow as the planner and the guard ask for it."""

from gridops.powerflow.protocol import (
    NO_GENERATORS,
    FlowResult,
    LoadPower,
    PowerFlow,
    Violation,
    ViolationKind,
    no_solution,
    violations,
)
from gridops.powerflow.radial_sweep import RadialSweep

__all__ = [
    "NO_GENERATORS",
    "FlowResult",
    "LoadPower",
    "PowerFlow",
    "RadialSweep",
    "Violation",
    "ViolationKind",
    "no_solution",
    "violations",
]
