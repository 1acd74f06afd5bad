"""Impedances, ratings, voltages: what no power flow would forgive.

The bounds are wide: they catch wrong units and slipped digits, not odd equipment.
"""

import math
from collections.abc import Iterator

from gridops.errors.severity import Severity
from gridops.network.components import Branch, Load, Source, Switch
from gridops.network.flaws import GridFlaw, Place
from gridops.network.network import Components
from gridops.network.validation_transformers import transformer_errors

OHM_PER_KM_MIN = 0.01
OHM_PER_KM_MAX = 10.0
"""Series impedance of medium- and high-voltage lines and cables lies well inside."""
LENGTH_M_MIN, LENGTH_M_MAX = 1.0, 200_000.0
VOLTAGE_V_MIN, VOLTAGE_V_MAX = 100.0, 500_000.0
SOURCE_PU_MIN, SOURCE_PU_MAX = 0.85, 1.15
LOAD_W_MAX = 100e6
SHARES_TOLERANCE = 1e-9
"""Shares that make a whole may miss it by rounding."""
POWER_PER_CUSTOMER_W_MIN = 10.0
"""Less than this per customer smells of kW written as W."""


def electrics_flaws(components: Components) -> Iterator[GridFlaw]:
    voltage = {node.id: node.voltage_v_nominal for node in components.nodes}
    yield from _limit_flaws(components)
    for index, node in enumerate(components.nodes):
        if not VOLTAGE_V_MIN <= node.voltage_v_nominal <= VOLTAGE_V_MAX:
            at = Place("nodes", index, (node.id,))
            what = f"node {node.id} has a nominal voltage of {node.voltage_v_nominal:g} V"
            yield at.error("voltage-absurd", what, remedy=_check("V, not kV"))
    for index, branch in enumerate(components.branches):
        yield from _branch_flaws(index, branch)
        one, other = voltage.get(branch.from_node), voltage.get(branch.to_node)
        if one is not None and other is not None and one != other:
            yield _mismatch(Place("branches", index, (branch.id,)), one, other_v=other)
    for index, transformer in enumerate(components.transformers):
        yield from transformer_errors(index, transformer, voltage=voltage)
    for index, switch in enumerate(components.switches):
        yield from _switch_flaws(index, switch)
        one, other = voltage.get(switch.node_a), voltage.get(switch.node_b)
        if one is not None and other is not None and one != other:
            yield _mismatch(Place("switches", index, (switch.id,)), one, other_v=other)
    for index, source in enumerate(components.sources):
        yield from _source_flaws(index, source)
    for index, load in enumerate(components.loads):
        yield from _load_flaws(index, load)


def _check(unit: str) -> str:
    return f"check value and unit ({unit})"


def _mismatch(at: Place, one_v: float, *, other_v: float) -> GridFlaw:
    return at.error(
        "voltage-mismatch",
        f"{at.ids[0]} joins {one_v:g} V to {other_v:g} V",
        remedy="only a transformer joins two voltages: mend an end or the node's voltage",
    )


def _limit_flaws(components: Components) -> Iterator[GridFlaw]:
    limits = components.limits
    low, high, loading = limits.voltage_pu_min, limits.voltage_pu_max, limits.loading_pct_max
    band_is_off = low is not None and high is not None and not 0.5 <= low < high <= 1.5
    if band_is_off or (loading is not None and not 1 < loading <= 300):
        yield GridFlaw(
            code="limits-absurd",
            severity=Severity.ERROR,
            table="network",
            message=f"limits are {low} to {high} pu and {loading} %",
            remedy="voltages in per unit (0.95), loading in percent (100)",
        )
    if not 10 <= components.frequency_hz <= 100:
        yield GridFlaw(
            code="frequency-absurd",
            severity=Severity.ERROR,
            table="network",
            message=f"frequency is {components.frequency_hz:g} Hz",
            remedy="use 50 or 60",
        )


def _branch_flaws(index: int, branch: Branch) -> Iterator[GridFlaw]:
    at, ident = Place("branches", index, (branch.id,)), branch.id
    z_ohm = math.hypot(branch.r_ohm, branch.x_ohm)
    if branch.length_m <= 0 or (branch.length_m > LENGTH_M_MAX and not _length_meant(branch)):
        what = f"branch {ident} is {branch.length_m:g} m long"
        yield at.error("length-absurd", what, remedy=_check("m"))
    if branch.r_ohm < 0 or branch.x_ohm < 0:
        what = f"branch {ident} has a negative impedance"
        yield at.error("impedance-negative", what, remedy=_check("ohm"))
    elif z_ohm == 0:
        what = f"branch {ident} has no impedance"
        yield at.error("impedance-zero", what, remedy=_check("ohm; else join the nodes"))
    elif branch.length_m > 0:
        yield from _per_km_flaws(at, branch, z_ohm=z_ohm)
    if branch.c_f < 0 or branch.c_f > 1e-3:
        what = f"branch {ident} has a capacitance of {branch.c_f:g} F"
        yield at.error("capacitance-absurd", what, remedy=_check("F, not nF"))
    if branch.current_a_max <= 0:
        what = f"branch {ident} has no current rating"
        yield at.error("rating-missing", what, remedy=_check("A, not kA"))
    elif branch.current_a_max < 5:
        what = f"branch {ident} may carry only {branch.current_a_max:g} A"
        yield at.warning("rating-suspect", what, remedy=_check("A, not kA"))


def _per_km_flaws(at: Place, branch: Branch, *, z_ohm: float) -> Iterator[GridFlaw]:
    ohm_per_km = z_ohm / branch.length_m * 1e3
    if OHM_PER_KM_MIN <= ohm_per_km <= OHM_PER_KM_MAX:
        return
    what = f"branch {branch.id} has {ohm_per_km:.3g} ohm per km"
    meant_m = _length_meant(branch)
    if meant_m is None:
        yield at.warning("impedance-absurd", what, remedy=_check("ohm, m"))
        return
    what += f"; with a length of {meant_m:g} m it would be usual"
    is_too_short = meant_m > branch.length_m
    yield at.error("length-unit", what, remedy=_check(f"m, not {'km' if is_too_short else 'mm'}"))


def _length_meant(branch: Branch) -> float | None:
    """The length that explains the impedance, if the stated one is of another unit.

    None for a jumper of next to no impedance: it may well be a metre long.
    """
    ohm_per_km = math.hypot(branch.r_ohm, branch.x_ohm) / branch.length_m * 1e3
    for factor in (1e3, 1e-3):
        meant_m = branch.length_m / factor
        is_line = meant_m > branch.length_m or meant_m >= LENGTH_M_MIN
        if is_line and OHM_PER_KM_MIN * 5 <= ohm_per_km * factor <= OHM_PER_KM_MAX / 5:
            return meant_m
    return None


def _switch_flaws(index: int, switch: Switch) -> Iterator[GridFlaw]:
    at, ident = Place("switches", index, (switch.id,)), switch.id
    if switch.current_a_rated <= 0:
        what = f"switch {ident} has no current rating"
        yield at.error("rating-missing", what, remedy=_check("A, not kA"))
    elif switch.current_a_rated < 5:
        what = f"switch {ident} is rated {switch.current_a_rated:g} A"
        yield at.warning("rating-suspect", what, remedy=_check("A, not kA"))


def _source_flaws(index: int, source: Source) -> Iterator[GridFlaw]:
    at = Place("sources", index, (source.id,))
    if not SOURCE_PU_MIN <= source.voltage_pu <= SOURCE_PU_MAX:
        what = f"source {source.id} holds {source.voltage_pu:g} pu"
        yield at.error("voltage-absurd", what, remedy=_check("pu"))
    if source.short_circuit_va <= 0:
        what = f"source {source.id} has no short-circuit power"
        yield at.error("rating-missing", what, remedy=_check("VA, not MVA"))
    elif source.short_circuit_va < 1e6:
        what = f"source {source.id} has {source.short_circuit_va:g} VA of short-circuit power"
        yield at.warning("rating-suspect", what, remedy=_check("VA, not MVA"))
    if source.r_to_x < 0:
        what = f"source {source.id} has a negative r_to_x"
        yield at.error("impedance-negative", what, remedy=_check("ratio"))


def _load_flaws(index: int, load: Load) -> Iterator[GridFlaw]:
    at = Place("loads", index, (load.id,))
    if load.p_w < 0:
        what = f"load {load.id} feeds in {-load.p_w:g} W"
        yield at.warning("load-negative", what, remedy=_check("consumed is positive"))
    if abs(load.p_w) > LOAD_W_MAX or abs(load.q_var) > LOAD_W_MAX:
        what = f"load {load.id} draws {load.p_w:g} W and {load.q_var:g} var"
        yield at.error("load-absurd", what, remedy=_check("W and var"))
    elif 0 < load.p_w < POWER_PER_CUSTOMER_W_MIN * load.customers:
        what = f"load {load.id} draws {load.p_w:g} W for {load.customers} customers"
        yield at.warning("load-unit", what, remedy=_check("W, not kW"))
    if load.constant_current_share or load.constant_impedance_share:
        yield from _share_flaws(at, load)


def _share_flaws(at: Place, load: Load) -> Iterator[GridFlaw]:
    current, impedance = load.constant_current_share, load.constant_impedance_share
    outside = False
    for name, share in (("current", current), ("impedance", impedance)):
        if not 0 <= share <= 1:
            outside = True
            yield at.error(
                "load-share-outside",
                f"constant_{name}_share of load {load.id} is {share:g}",
                remedy="give a share from 0 to 1, not percent",
            )
    if not outside and current + impedance > 1 + SHARES_TOLERANCE:
        yield at.error(
            "load-shares-beyond-whole",
            f"load {load.id} is {current:g} constant current and {impedance:g} constant impedance",
            remedy="together they are at most 1; what is left is constant power",
        )
