"""AC power flow as the planner and the guard ask for it."""

from gridops.powerflow.protocol import (
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
    "FlowResult",
    "LoadPower",
    "PowerFlow",
    "RadialSweep",
    "Violation",
    "ViolationKind",
    "no_solution",
    "violations",
]
