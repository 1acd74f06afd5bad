"""Lines, transformers, switches and sources: values that do not fit each other."""

from collections.abc import Iterator

from gridops.network.components import (
    Branch,
    BranchKind,
    Source,
    Switch,
    SwitchKind,
    Transformer,
)
from gridops.network.flaws import GridFlaw, Place, gathered
from gridops.network.network import Components
from gridops.network.validation_transformers import no_load_notes, transformer_suspicions

R_TO_X_MIN, R_TO_X_MAX = 0.02, 60.0
"""From a bundled overhead line to a low-voltage service cable."""
CABLE_F_PER_KM_MIN, CABLE_F_PER_KM_MAX = 5e-8, 3e-6
OVERHEAD_F_PER_KM_MAX = 1e-7
"""Cables have about 0.1 to 0.8 uF/km, overhead lines about 0.005 to 0.015 uF/km."""
LENGTH_WITH_C_M = 50.0
"""Of shorter lines the capacitance may well be rounded away."""
PICKUP_OF_RATING_MAX = 1.5
SOURCES_APART_PU_MAX = 0.05


def equipment_flaws(components: Components) -> Iterator[GridFlaw]:
    for index, branch in enumerate(components.branches):
        at = Place("branches", index, (branch.id,))
        yield from _line_flaws(at, branch)
        yield from _capacitance_flaws(at, branch)
    for index, transformer in enumerate(components.transformers):
        yield from transformer_suspicions(index, transformer)
        yield from _transformer_emergency(index, transformer)
    yield from no_load_notes(components.transformers)
    for index, switch in enumerate(components.switches):
        yield from _switch_flaws(Place("switches", index, (switch.id,)), switch)
    yield from _sources_apart(components)
    yield from _without_capacitance(components)


def _line_flaws(at: Place, branch: Branch) -> Iterator[GridFlaw]:
    if branch.x_ohm > 0 and not R_TO_X_MIN <= branch.r_ohm / branch.x_ohm <= R_TO_X_MAX:
        yield at.warning(
            "r-to-x-absurd",
            f"branch {branch.id} has {branch.r_ohm:g} ohm to {branch.x_ohm:g} ohm reactance",
            remedy="check r_ohm and x_ohm: one of them may be exchanged, or of another unit",
        )
    emergency_a = branch.current_a_emergency
    if emergency_a is not None and emergency_a < branch.current_a_max:
        yield at.warning(
            "emergency-below-normal",
            f"branch {branch.id} may carry {branch.current_a_max:g} A always, "
            f"but only {emergency_a:g} A in an emergency",
            remedy="exchange the two, or leave current_a_emergency empty",
        )


def _transformer_emergency(index: int, transformer: Transformer) -> Iterator[GridFlaw]:
    emergency_va = transformer.power_va_emergency
    if emergency_va is not None and emergency_va < transformer.power_va_rated:
        yield Place("transformers", index, (transformer.id,)).warning(
            "emergency-below-normal",
            f"transformer {transformer.id} may carry {transformer.power_va_rated:g} VA always, "
            f"but only {emergency_va:g} VA in an emergency",
            remedy="exchange the two, or leave power_va_emergency empty",
        )


def _capacitance_flaws(at: Place, branch: Branch) -> Iterator[GridFlaw]:
    if branch.length_m < LENGTH_WITH_C_M or branch.c_f <= 0:
        return
    f_per_km = branch.c_f / branch.length_m * 1e3
    if f_per_km > CABLE_F_PER_KM_MAX:
        what = f"c_f of {branch.id} is {f_per_km:.3g} F per km, usual is up to {CABLE_F_PER_KM_MAX}"
        yield at.warning("unit-suspect", what, remedy="check the unit (F of the whole branch)")
        return
    is_cable = branch.kind is BranchKind.CABLE
    if is_cable and f_per_km < CABLE_F_PER_KM_MIN:
        like = "an overhead line"
    elif not is_cable and f_per_km > OVERHEAD_F_PER_KM_MAX:
        like = "a cable"
    else:
        return
    yield at.warning(
        "capacitance-of-other-kind",
        f"{branch.kind} {branch.id} has {f_per_km * 1e6:.3g} uF per km, like {like}",
        remedy="check kind and c_f",
    )


def _switch_flaws(at: Place, switch: Switch) -> Iterator[GridFlaw]:
    pickup_a = switch.pickup_current_a
    if pickup_a is None or switch.kind is SwitchKind.FUSE:
        return
    if pickup_a > PICKUP_OF_RATING_MAX * switch.current_a_rated > 0:
        yield at.warning(
            "pickup-beyond-rating",
            f"{switch.kind} {switch.id} carries {switch.current_a_rated:g} A at most, "
            f"but trips only from {pickup_a:g} A",
            remedy="set the pick-up near the rating, or mend one of the two",
        )


def _sources_apart(components: Components) -> Iterator[GridFlaw]:
    """Sources of one level: closing a tie between them moves power by their difference."""
    voltage = {node.id: node.voltage_v_nominal for node in components.nodes}
    first: dict[float, Source] = {}
    for index, source in enumerate(components.sources):
        level_v = voltage.get(source.node)
        if level_v is None:
            continue
        other = first.setdefault(level_v, source)
        if abs(other.voltage_pu - source.voltage_pu) > SOURCES_APART_PU_MAX:
            yield Place("sources", index, (source.id, other.id)).warning(
                "source-voltages-apart",
                f"source {source.id} holds {source.voltage_pu:g} pu, "
                f"source {other.id} {other.voltage_pu:g} pu",
                remedy="check voltage_pu: sources of one level hold about the same",
            )


def _without_capacitance(components: Components) -> Iterator[GridFlaw]:
    found = [
        Place("branches", index, (branch.id,))
        for index, branch in enumerate(components.branches)
        if branch.kind is BranchKind.CABLE and branch.c_f == 0
    ]
    yield from gathered(
        "capacitance-missing",
        found,
        message="cables without capacitance",
        remedy="give c_f: charging current and earth-fault current depend on it",
    )
