"""AC power flow as the planner and the guard ask for it."""

from gridops.powerflow.protocol import (
    FlowResult,
    LoadPower,
    PowerFlow,
    Violation,
    ViolationKind,
    violations,
)

__all__ = ["FlowResult", "LoadPower", "PowerFlow", "Violation", "ViolationKind", "violations"]
