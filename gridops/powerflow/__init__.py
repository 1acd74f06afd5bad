"""AC power flow as the planner and the guard ask for it."""

from gridops.powerflow.load_powers import LoadPowers
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
from gridops.powerflow.results import ByNumber

__all__ = [
    "NO_GENERATORS",
    "ByNumber",
    "FlowResult",
    "LoadPower",
    "LoadPowers",
    "PowerFlow",
    "RadialSweep",
    "Violation",
    "ViolationKind",
    "no_solution",
    "violations",
]
