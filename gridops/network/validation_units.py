"""Values outside what is usual, most of all by a factor of a thousand.

The ranges are wide on purpose: they are to find a wrong unit, not odd equipment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gridops.network.components import Control, SwitchKind
from gridops.network.flaws import GridFlaw, Place
from gridops.network.network import Components
from gridops.network.validation_electrics import POWER_PER_CUSTOMER_W_MIN

FACTORS = (1e3, 1e6, 1e9, 60.0, 3600.0, 1e-3, 1e-6, 1e-9)
"""k, M, G, minutes, hours; and the other way round, but for times."""
MV_LOAD_W, MV_CUSTOMER_W = 1e4, 2e3
"""Some load of a grid draws more, even where single farms hang on the line."""
MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0


class _Row(Protocol):
    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Usual:
    """Where a value usually lies. Zero and empty are other checks' business."""

    table: str
    attribute: str
    low: float
    high: float
    unit: str


USUAL = (
    Usual("branches", "current_a_max", 0.0, 1e4, "A"),
    Usual("branches", "current_a_emergency", 5.0, 1e4, "A"),
    Usual("branches", "repair_time_s", 10 * MINUTE_S, 90 * DAY_S, "s"),
    Usual("nodes", "repair_time_s", 10 * MINUTE_S, 90 * DAY_S, "s"),
    Usual("switches", "repair_time_s", 10 * MINUTE_S, 90 * DAY_S, "s"),
    Usual("transformers", "repair_time_s", HOUR_S, 100 * DAY_S, "s"),
    Usual("transformers", "replacement_time_s", 10 * MINUTE_S, 720 * DAY_S, "s"),
    Usual("loads", "transformer_repair_time_s", HOUR_S, 100 * DAY_S, "s"),
    Usual("loads", "transformer_replacement_time_s", 10 * MINUTE_S, 180 * DAY_S, "s"),
    Usual("switches", "current_a_rated", 0.0, 1e4, "A"),
    Usual("switches", "making_current_a", 1e3, 5e5, "A"),
    Usual("switches", "breaking_current_a", 5e2, 2e5, "A"),
    Usual("transformers", "power_va_rated", 0.0, 2e9, "VA"),
    Usual("transformers", "power_va_emergency", 1e3, 2e9, "VA"),
    Usual("loads", "transformer_power_va_rated", 1e3, 1e8, "VA"),
    Usual("generators", "power_va_rated", 5e2, 1e9, "VA"),
    Usual("shunts", "q_var", 1e3, 1e8, "var"),
    Usual("sources", "short_circuit_va", 0.0, 2e11, "VA"),
    Usual("sources", "power_va_max", 1e5, 1e10, "VA"),
    Usual("transformers", "tap_step_pu", 1e-3, 0.1, "pu"),
    Usual("switches", "trip_delay_s", 0.01, MINUTE_S, "s"),
    Usual("switches", "stay_wait_s", 0.5, 2 * HOUR_S, "s"),
    Usual("switches", "settle_wait_s", 0.1, HOUR_S, "s"),
)
PICKUP_A = Usual("switches", "pickup_current_a", 5.0, 1e4, "A")
MELTING_A = Usual("switches", "pickup_current_a", 1.0, 1e4, "A")
CREW_S = Usual("switches", "operating_time_s", MINUTE_S, 12 * HOUR_S, "s")
"""A crew has to travel; more than this is an error elsewhere."""


REMOTE_S = Usual("switches", "operating_time_s", 0.05, MINUTE_S, "s")


def unit_flaws(components: Components) -> Iterator[GridFlaw]:
    """Every value outside its usual range, with the value that the right unit would give."""
    for usual in USUAL:
        rows: Sequence[_Row] = getattr(components, usual.table)
        for index, row in enumerate(rows):
            yield from _beyond(index, row, usual=usual)
    for index, switch in enumerate(components.switches):
        usual = MELTING_A if switch.kind is SwitchKind.FUSE else PICKUP_A
        yield from _beyond(index, switch, usual=usual)
        if switch.control is Control.CREW:
            yield from _beyond(index, switch, usual=CREW_S)
        elif switch.control is Control.REMOTE and switch.operating_time_s < REMOTE_S.low:
            yield from _beyond(index, switch, usual=REMOTE_S)
    yield from _high_voltage_transformers(components)
    yield from _small_loads(components)


def _beyond(index: int, row: _Row, *, usual: Usual) -> Iterator[GridFlaw]:
    value: float | None = getattr(row, usual.attribute)
    if not value or usual.low <= abs(value) <= usual.high:
        return
    what = f"{usual.attribute} of {row.id} is {value:g} {usual.unit}"
    if usual.low <= 0:
        what += f", usual is up to {usual.high:g}"
    else:
        what += f", usual is {usual.low:g} to {usual.high:g}"
    yield Place(usual.table, index, (row.id,)).warning(
        "unit-suspect", f"{what}{_meant(value, usual)}", remedy=f"check the unit ({usual.unit})"
    )


def _meant(value: float, usual: Usual) -> str:
    """The first factor of a slip in the unit that makes the value usual."""
    is_time = usual.unit == "s"
    for factor in FACTORS:
        fits_kind = is_time or factor not in (60.0, 3600.0)
        if fits_kind and max(usual.low, 1e-9) <= abs(value) * factor <= usual.high:
            return f"; {value * factor:g} would be"
    return ""


def _high_voltage_transformers(components: Components) -> Iterator[GridFlaw]:
    for index, transformer in enumerate(components.transformers):
        rated_va = transformer.power_va_rated
        if transformer.voltage_v_from >= 60e3 and 1e4 <= rated_va < 5e5:
            yield Place("transformers", index, (transformer.id,)).warning(
                "unit-suspect",
                f"power_va_rated of {transformer.id} is {rated_va:g} VA at "
                f"{transformer.voltage_v_from:g} V; {rated_va * 1e3:g} would be usual",
                remedy="check the unit (VA, not kVA)",
            )


def _small_loads(components: Components) -> Iterator[GridFlaw]:
    """Loads tell their unit only together: kW look like W throughout.

    Left out are those that their customers give away already.
    """
    voltage = {node.id: node.voltage_v_nominal for node in components.nodes}
    drawing = [
        (index, load)
        for index, load in enumerate(components.loads)
        if load.p_w > 0
        and load.p_w >= POWER_PER_CUSTOMER_W_MIN * load.customers
        and voltage.get(load.node, 0.0) >= 1e3
    ]
    usual_w = MV_LOAD_W if all(load.customers <= 0 for _, load in drawing) else MV_CUSTOMER_W
    if len(drawing) < 3 or max(load.p_w for _, load in drawing) >= usual_w:
        return
    index, load = drawing[0]
    yield Place("loads", index, (load.id,)).warning(
        "unit-suspect",
        f"none of {len(drawing)} loads draws {usual_w / 1e3:g} kW at medium voltage; "
        f"{load.id}: {load.p_w:g} W",
        remedy="check the unit of p_w and q_var (W and var, not kW)",
    )
