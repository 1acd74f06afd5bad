"""What the city is built of: conductors, transformers, fuses, with failures and repair."""

from collections.abc import Sequence
from dataclasses import dataclass

from gridops.network import BranchKind

HOUR_S = 3600.0
VOLTAGE_V = 22e3
VOLTAGE_V_HIGH = 110e3


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor:
    """Positive sequence, per kilometre; catalogue values, rounded."""

    name: str
    kind: BranchKind
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_f_per_km: float
    current_a_max: float
    current_a_emergency: float
    failures_per_km: float
    repair_time_s: float
    route_factor: float
    """Length of the route over the straight distance."""


CABLE_FAILURES_PER_KM, CABLE_REPAIR_S = 0.04, 30 * HOUR_S
OVERHEAD_FAILURES_PER_KM, OVERHEAD_REPAIR_S = 0.065, 5 * HOUR_S
CABLE_ROUTE, OVERHEAD_ROUTE = 1.3, 1.1

TRUNK_CABLE = Conductor(
    name="Cu/XLPE 3x240",
    kind=BranchKind.CABLE,
    r_ohm_per_km=0.0987,
    x_ohm_per_km=0.108,
    c_f_per_km=0.28e-6,
    current_a_max=445.0,
    current_a_emergency=490.0,
    failures_per_km=CABLE_FAILURES_PER_KM,
    repair_time_s=CABLE_REPAIR_S,
    route_factor=CABLE_ROUTE,
)
BRANCH_CABLE = Conductor(
    name="Cu/XLPE 3x95",
    kind=BranchKind.CABLE,
    r_ohm_per_km=0.247,
    x_ohm_per_km=0.121,
    c_f_per_km=0.2e-6,
    current_a_max=270.0,
    current_a_emergency=295.0,
    failures_per_km=CABLE_FAILURES_PER_KM,
    repair_time_s=CABLE_REPAIR_S,
    route_factor=CABLE_ROUTE,
)
TRUNK_LINE = Conductor(
    name="AC-185",
    kind=BranchKind.OVERHEAD,
    r_ohm_per_km=0.162,
    x_ohm_per_km=0.34,
    c_f_per_km=0.0104e-6,
    current_a_max=510.0,
    current_a_emergency=560.0,
    failures_per_km=OVERHEAD_FAILURES_PER_KM,
    repair_time_s=OVERHEAD_REPAIR_S,
    route_factor=OVERHEAD_ROUTE,
)
BRANCH_LINE = Conductor(
    name="AC-70",
    kind=BranchKind.OVERHEAD,
    r_ohm_per_km=0.43,
    x_ohm_per_km=0.37,
    c_f_per_km=0.0098e-6,
    current_a_max=265.0,
    current_a_emergency=290.0,
    failures_per_km=OVERHEAD_FAILURES_PER_KM,
    repair_time_s=OVERHEAD_REPAIR_S,
    route_factor=OVERHEAD_ROUTE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationTransformer:
    """110/22 kV (115/23 kV rated), 19 taps; usual values of its size."""

    power_va_rated: float
    short_circuit_voltage_pu: float
    copper_loss_w: float
    iron_loss_w: float
    no_load_current_pu: float
    incomer_current_a: float
    """Rating of the breakers on the 22 kV side."""


VOLTAGE_V_RATED_HIGH, VOLTAGE_V_RATED_LOW = 115e3, 23e3
TAPS, TAP_STEP_PU = 9, 0.0178
STATION_TRANSFORMERS = (
    StationTransformer(
        power_va_rated=40e6,
        short_circuit_voltage_pu=0.11,
        copper_loss_w=160e3,
        iron_loss_w=24e3,
        no_load_current_pu=0.002,
        incomer_current_a=2000.0,
    ),
    StationTransformer(
        power_va_rated=63e6,
        short_circuit_voltage_pu=0.12,
        copper_loss_w=230e3,
        iron_loss_w=35e3,
        no_load_current_pu=0.002,
        incomer_current_a=2500.0,
    ),
)
STATION_TRANSFORMER_FAILURES, STATION_TRANSFORMER_REPAIR_S = 0.015, 15 * HOUR_S

BREAKER_FAILURES, BREAKER_REPAIR_S = 0.006, 4 * HOUR_S
BUSBAR_FAILURES, BUSBAR_REPAIR_S = 0.001, 2 * HOUR_S
SERVICE_FAILURES, SERVICE_REPAIR_S, SERVICE_REPLACEMENT_S = 0.015, 200 * HOUR_S, 10 * HOUR_S

SERVICE_KVA = (50, 100, 160, 250, 320, 400, 560, 630, 750, 1000, 1250, 1600, 2000, 2500)
FUSE_A = (16.0, 25.0, 40.0, 65.0, 100.0, 140.0, 200.0)
BREAKER_A, SWITCH_A, FUSE_BODY_A = 1250.0, 630.0, 200.0


def smallest(sizes: Sequence[float], *, at_least: float) -> float:
    """The smallest of rising `sizes` that suffices; the largest if none does."""
    return next((size for size in sizes if size >= at_least), sizes[-1])
