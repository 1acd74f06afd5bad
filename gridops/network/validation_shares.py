"""Values far too small or too large beside another value of their row: one is of another unit.

Each bound lies between what is usual and a thousandth (or a thousand times) of it.
"""

from collections.abc import Iterator

from gridops.network.components import (
    Branch,
    BranchKind,
    Generator,
    Load,
    Profile,
    Shunt,
    Switch,
)
from gridops.network.flaws import GridFlaw, Place
from gridops.network.network import Components

GENERATOR_LOADING_MIN = 0.005
REACTIVE_SHARE_MIN = 0.001
AVERAGE_SHARE_MIN = 0.005
VOLTAGE_SHARE_MIN = 0.002
"""Less of a load that depends on voltage is not worth a cell."""
SHUNT_LOSS_SHARE_MIN = 1e-5
OVERHEAD_F_PER_KM_MIN = 1e-9
FACTOR_MIN = 0.01
RECLOSE_DELAY_S_MIN = 0.05


def share_flaws(components: Components) -> Iterator[GridFlaw]:
    for index, branch in enumerate(components.branches):
        yield from _capacitance(Place("branches", index, (branch.id,)), branch)
    for index, switch in enumerate(components.switches):
        yield from _dead_times(Place("switches", index, (switch.id,)), switch)
    for index, load in enumerate(components.loads):
        yield from _load(Place("loads", index, (load.id,)), load)
    for index, generator in enumerate(components.generators):
        yield from _generator(Place("generators", index, (generator.id,)), generator)
    for index, shunt in enumerate(components.shunts):
        yield from _shunt(Place("shunts", index, (shunt.id,)), shunt)
    for index, profile in enumerate(components.profiles):
        yield from _profile(Place("profiles", index, (profile.id,)), profile)


def _suspect(at: Place, what: str, *, unit: str) -> GridFlaw:
    return at.warning("unit-suspect", what, remedy=f"check the unit ({unit})")


def _capacitance(at: Place, branch: Branch) -> Iterator[GridFlaw]:
    if branch.kind is not BranchKind.OVERHEAD or branch.length_m <= 0:
        return
    f_per_km = branch.c_f / branch.length_m * 1e3
    if 0 < f_per_km < OVERHEAD_F_PER_KM_MIN:
        what = f"c_f of {branch.id} is {f_per_km:.3g} F per km, usual is about 1e-08"
        yield _suspect(at, what, unit="F")


def _dead_times(at: Place, switch: Switch) -> Iterator[GridFlaw]:
    shortest_s = min(switch.reclose_delays_s, default=RECLOSE_DELAY_S_MIN)
    if 0 < shortest_s < RECLOSE_DELAY_S_MIN:
        yield _suspect(at, f"{switch.id} recloses after {shortest_s:g} s", unit="s, not min")


def _load(at: Place, load: Load) -> Iterator[GridFlaw]:
    if 0 < abs(load.q_var) < REACTIVE_SHARE_MIN * abs(load.p_w):
        what = f"q_var of {load.id} is {load.q_var:g} var beside {load.p_w:g} W"
        yield _suspect(at, what, unit="var, not kvar")
    if 0 < (load.p_w_average or 0.0) < AVERAGE_SHARE_MIN * load.p_w:
        what = f"p_w_average of {load.id} is {load.p_w_average:g} W beside {load.p_w:g} W"
        yield _suspect(at, what, unit="W, not kW")
    for name in ("constant_current_share", "constant_impedance_share"):
        share = getattr(load, name)
        if 0 < share < VOLTAGE_SHARE_MIN:
            what = f"{name} of {load.id} is {share:g}"
            yield _suspect(at, what, unit="a fraction of 1")


def _generator(at: Place, generator: Generator) -> Iterator[GridFlaw]:
    if 0 < abs(generator.p_w) < GENERATOR_LOADING_MIN * generator.power_va_rated:
        what = f"{generator.id} of {generator.power_va_rated:g} VA feeds in {-generator.p_w:g} W"
        yield _suspect(at, what, unit="W and VA")


def _shunt(at: Place, shunt: Shunt) -> Iterator[GridFlaw]:
    if 0 < shunt.p_w < SHUNT_LOSS_SHARE_MIN * abs(shunt.q_var):
        what = f"p_w of {shunt.id} is {shunt.p_w:g} W beside {shunt.q_var:g} var"
        yield _suspect(at, what, unit="W, not kW")


def _profile(at: Place, profile: Profile) -> Iterator[GridFlaw]:
    highest = max(profile.factors, default=0.0)
    if 0 < highest < FACTOR_MIN:
        what = f"profile {profile.id} never exceeds {highest:g}"
        yield _suspect(at, what, unit="factors of the stated power")
