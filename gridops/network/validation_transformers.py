"""Transformers: impedance, losses, taps, and the voltages that they join."""

from collections.abc import Iterator, Mapping, Sequence

from gridops.ids import NodeId
from gridops.network.components import Transformer
from gridops.network.flaws import GridFlaw, Place, gathered

RATIO_TOLERANCE = 0.15
"""The rated voltages may differ this much from those of the nodes."""
SHORT_CIRCUIT_PU_MIN, SHORT_CIRCUIT_PU_MAX = 0.01, 0.4
IDEAL_PU_MIN = 1e-6
"""Test feeders have substations and regulators of next to no impedance; of regulators that is
no wonder, because only their tapped turns have leakage."""
TAP_STEP_PU_MAX = 0.1
NO_LOAD_CURRENT_PU_MAX = 0.2
LOSS_PU_MIN: Mapping[str, float] = {"iron_loss_w": 2e-5, "copper_loss_w": 2e-4}
"""Of the rating; below, kW were written as W."""
IRON_LOSS_PU_MAX = 0.05


def transformer_errors(
    index: int, transformer: Transformer, *, voltage: Mapping[NodeId, float]
) -> Iterator[GridFlaw]:
    at = Place("transformers", index, (transformer.id,))
    yield from _rating_flaws(at, transformer)
    yield from _impedance_flaws(at, transformer)
    yield from _setting_flaws(at, transformer)
    if _is_exchanged(transformer, voltage):
        yield at.error(
            "transformer-sides-exchanged",
            f"transformer {transformer.id} is rated {transformer.voltage_v_from:g} V to "
            f"{transformer.voltage_v_to:g} V, its nodes are the other way round",
            remedy="exchange from_node and to_node; from_node is the high-voltage side",
        )
    else:
        yield from _ratio_flaws(index, transformer, voltage=voltage)


def _check(unit: str) -> str:
    return f"check value and unit ({unit})"


def _rating_flaws(at: Place, transformer: Transformer) -> Iterator[GridFlaw]:
    rated_va = transformer.power_va_rated
    if rated_va <= 0:
        what = f"transformer {transformer.id} has no rating"
        yield at.error("rating-missing", what, remedy=_check("VA, not MVA"))
    elif rated_va < 1e4:
        what = f"transformer {transformer.id} is rated {rated_va:g} VA"
        yield at.warning("rating-suspect", what, remedy=_check("VA, not MVA"))


def _impedance_flaws(at: Place, transformer: Transformer) -> Iterator[GridFlaw]:
    ident, rated_va = transformer.id, transformer.power_va_rated
    value = transformer.short_circuit_voltage_pu
    what = f"transformer {ident} has a short-circuit voltage of {value:g} pu"
    if not IDEAL_PU_MIN <= value <= SHORT_CIRCUIT_PU_MAX:
        yield at.error("impedance-absurd", what, remedy=_check("pu, not %"))
    elif value < SHORT_CIRCUIT_PU_MIN and not _regulates(transformer):
        yield at.warning("impedance-absurd", what, remedy="check it, unless it is meant as ideal")
    if min(transformer.copper_loss_w, transformer.iron_loss_w) < 0:
        what = f"transformer {ident} has negative losses"
        yield at.error("losses-absurd", what, remedy=_check("W"))
    elif transformer.copper_loss_w > value * rated_va:
        what = f"transformer {ident} has more copper loss than its short-circuit voltage allows"
        yield at.error("losses-absurd", what, remedy=_check("W"))
    elif transformer.iron_loss_w > rated_va:
        what = f"transformer {ident} loses more in its iron than it is rated for"
        yield at.error("losses-absurd", what, remedy=_check("W"))


def _setting_flaws(at: Place, transformer: Transformer) -> Iterator[GridFlaw]:
    ident = transformer.id
    if not transformer.tap_min <= transformer.tap_position <= transformer.tap_max:
        what = f"transformer {ident} stands at tap {transformer.tap_position}"
        yield at.error("tap-out-of-range", what, remedy=_check("tap_min to tap_max"))
    if not 0 <= transformer.tap_step_pu <= TAP_STEP_PU_MAX:
        what = f"a tap of transformer {ident} changes the voltage by {transformer.tap_step_pu:g} pu"
        yield at.error("tap-step-absurd", what, remedy=_check("pu, not %"))
    if transformer.clock not in range(12):
        what = f"transformer {ident} has clock number {transformer.clock}"
        yield at.error("clock-out-of-range", what, remedy=_check("0 to 11"))


def _is_exchanged(transformer: Transformer, voltage: Mapping[NodeId, float]) -> bool:
    """Whether the rated voltages fit the nodes, but only the other way round."""
    one_v, other_v = voltage.get(transformer.from_node), voltage.get(transformer.to_node)
    if one_v is None or other_v is None:
        return False
    from_v, to_v = transformer.voltage_v_from, transformer.voltage_v_to
    is_crossed = _is_near(from_v, other_v) and _is_near(to_v, one_v)
    return is_crossed and not (_is_near(from_v, one_v) or _is_near(to_v, other_v))


def _regulates(transformer: Transformer) -> bool:
    return _is_near(transformer.voltage_v_to, transformer.voltage_v_from)


def _is_near(rated_v: float, nominal_v: float) -> bool:
    return abs(rated_v - nominal_v) <= RATIO_TOLERANCE * abs(nominal_v)


def _ratio_flaws(
    index: int, transformer: Transformer, *, voltage: Mapping[NodeId, float]
) -> Iterator[GridFlaw]:
    ends = (
        (transformer.from_node, transformer.voltage_v_from),
        (transformer.to_node, transformer.voltage_v_to),
    )
    for node, rated_v in ends:
        nominal_v = voltage.get(node)
        if nominal_v is not None and not _is_near(rated_v, nominal_v):
            yield Place("transformers", index, (transformer.id, node)).error(
                "voltage-mismatch",
                f"{transformer.id} is rated {rated_v:g} V at node {node} of {nominal_v:g} V",
                remedy="check the rated voltages; from_node is the high-voltage side",
            )


def transformer_suspicions(index: int, transformer: Transformer) -> Iterator[GridFlaw]:
    at, ident = Place("transformers", index, (transformer.id,)), transformer.id
    if transformer.voltage_v_from < transformer.voltage_v_to and not _regulates(transformer):
        yield at.warning(
            "transformer-upside-down",
            f"transformer {ident} steps up from {transformer.voltage_v_from:g} V "
            f"to {transformer.voltage_v_to:g} V",
            remedy="from_node is the high-voltage side: exchange the sides",
        )
    if transformer.tap_step_pu == 0 and transformer.tap_position != transformer.tap_neutral:
        yield at.warning(
            "tap-without-step",
            f"transformer {ident} stands at tap {transformer.tap_position}, which changes nothing",
            remedy="give tap_step_pu, or set the tap to neutral",
        )
    if transformer.power_va_rated > 0 and not _regulates(transformer):
        yield from _loss_suspicions(at, transformer)


def _loss_suspicions(at: Place, transformer: Transformer) -> Iterator[GridFlaw]:
    ident, rated_va = transformer.id, transformer.power_va_rated
    for name, low_pu in LOSS_PU_MIN.items():
        loss_w: float = getattr(transformer, name)
        if 0 < loss_w < low_pu * rated_va:
            what = f"{name} of transformer {ident} is {loss_w:g} W of {rated_va:g} VA"
            yield at.warning("losses-suspect", what, remedy="check the unit (W, not kW)")
    if IRON_LOSS_PU_MAX * rated_va < transformer.iron_loss_w <= rated_va:
        what = f"transformer {ident} of {rated_va:g} VA loses {transformer.iron_loss_w:g} W idle"
        yield at.warning("losses-suspect", what, remedy="check iron_loss_w (W)")
    no_load_pu = transformer.no_load_current_pu
    if not 0 <= no_load_pu <= NO_LOAD_CURRENT_PU_MAX:
        what = f"transformer {ident} has a no-load current of {no_load_pu:g} pu"
        yield at.warning("no-load-current-suspect", what, remedy="check the unit (pu, not %)")


def no_load_notes(transformers: Sequence[Transformer]) -> Iterator[GridFlaw]:
    """Iron losses are part of the no-load power, so they cannot exceed it."""
    found = [
        Place("transformers", index, (t.id,))
        for index, t in enumerate(transformers)
        if 0 <= t.no_load_current_pu * t.power_va_rated < t.iron_loss_w * 0.999
    ]
    yield from gathered(
        "no-load-current-low",
        found,
        message="transformers whose iron losses exceed their no-load power",
        remedy="check no_load_current_pu (pu, not %) and iron_loss_w (W)",
    )
