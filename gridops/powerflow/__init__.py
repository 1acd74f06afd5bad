"""AC power flow as the planner and the guard ask for it."""

from gridops.powerflow.candidates import Candidates, Judgement, Outcome
from gridops.powerflow.capacity import carries_a, emergency_pct, source_va
from gridops.powerflow.fault_places import FaultPlaces, FaultSpan, fault_places
from gridops.powerflow.fault_supply import FaultSupply, Reach
from gridops.powerflow.load_cases import LoadCases
from gridops.powerflow.load_powers import LoadPowers
from gridops.powerflow.phase_verdict import PhaseVerdict, at_phase
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
from gridops.powerflow.radial_flow import RadialFlow, Trees
from gridops.powerflow.results import ByNumber
from gridops.powerflow.short_circuit import (
    FaultCurrents,
    FaultKind,
    FaultPath,
    Level,
    ShortCircuit,
)
from gridops.powerflow.short_circuit_radial import RadialCurrents, RadialShortCircuit
from gridops.powerflow.upper_loads import carried_on, loads_ahead, picked_up

__all__ = [
    "NO_GENERATORS",
    "ByNumber",
    "Candidates",
    "FaultCurrents",
    "FaultKind",
    "FaultPath",
    "FaultPlaces",
    "FaultSpan",
    "FaultSupply",
    "FlowResult",
    "Judgement",
    "Level",
    "LoadCases",
    "LoadPower",
    "LoadPowers",
    "Outcome",
    "PhaseVerdict",
    "PowerFlow",
    "RadialCurrents",
    "RadialFlow",
    "RadialShortCircuit",
    "Reach",
    "ShortCircuit",
    "Trees",
    "Violation",
    "ViolationKind",
    "at_phase",
    "carried_on",
    "carries_a",
    "emergency_pct",
    "fault_places",
    "loads_ahead",
    "no_solution",
    "picked_up",
    "source_va",
    "violations",
]
