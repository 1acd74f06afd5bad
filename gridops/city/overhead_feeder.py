"""An overhead feeder: a line of poles with reclosers and load-break switches, fused laterals.

    busbar [head] .out -- 7.a [-7] P1 -- ... P5 [LBS1] P6 ... [REC1] ... P12 (tie) ... P20 (tie)
                                   [F1] --P--P--P

It leaves the station as a cable and is separated from it by the disconnector 471-7.
"""

from dataclasses import dataclass

from gridops.city.equipment import BRANCH_LINE, SWITCH_A, TRUNK_CABLE, TRUNK_LINE
from gridops.city.feeder import Automation, FeederWorks, TieEnd
from gridops.city.layout import Place
from gridops.ids import NodeId, SwitchId
from gridops.measurement import Position
from gridops.network import Control, NodeKind, Switch, SwitchKind

EXIT_M = 200.0
SWAY_SHARE = 0.2
"""How far the line sways inside its sector."""
LATERAL_SHARE = 0.9
LATERAL_M_MIN, LATERAL_M_MAX = 250.0, 1200.0
LATERAL_POLES = (2, 7, 11, 15, 4, 18, 9, 13, 17, 3)
"""In the order in which laterals are granted."""
SWITCH_AFTER, RECLOSER_AFTER, SECOND_SWITCH_AFTER, LAST_AFTER = 5, 9, 13, 17
SIDE_TIE_POLE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remote:
    first: bool
    recloser: bool
    second: bool
    last: bool


_REMOTE = {
    Automation.FULL: _Remote(first=True, recloser=True, second=True, last=True),
    Automation.PARTIAL: _Remote(first=False, recloser=True, second=True, last=False),
    Automation.END: _Remote(first=False, recloser=True, second=False, last=False),
    Automation.NONE: _Remote(first=False, recloser=False, second=False, last=False),
}


def build_overhead_feeder(works: FeederWorks) -> tuple[TieEnd, TieEnd]:
    """Returns where ties may begin: half way, and at the end."""
    plan, dice, site = works.yard.plan, works.yard.dice, works.site
    laterals = LATERAL_POLES[: dice.whole("laterals", *site.key, span=plan.laterals)]
    near = _exit(works)
    poles: list[NodeId] = []
    for pole in range(1, plan.trunk_poles + 1):
        place = _pole_place(works, pole)
        here = _pole(works, place)
        works.line((near, here), of=TRUNK_LINE)
        if works.share("transformer", pole) < plan.transformer_pole_share:
            works.served.append(here)
        if pole in laterals:
            _lateral(works, here, pole=pole)
        poles.append(here)
        near = _device_after(works, here, pole=pole)
    remote = _REMOTE[site.automation]
    side, end = poles[SIDE_TIE_POLE - 1], poles[-1]
    is_remote = site.automation is not Automation.NONE
    return (
        TieEnd(works=works, node=side, is_ring_main_unit=False, is_remote=remote.second),
        TieEnd(works=works, node=end, is_ring_main_unit=False, is_remote=is_remote),
    )


def _exit(works: FeederWorks) -> NodeId:
    """Cable out of the station, and the disconnector 471-7 where the line begins."""
    site = works.site
    out = works.head()
    place = site.at(EXIT_M, 0.0)
    ident = f"{site.prefix}-7"
    near = works.terminal(ident, place, side="a")
    works.line((out, near), of=TRUNK_CABLE)
    far = works.terminal(ident, place, side="b")
    works.yard.switch(
        Switch(
            id=SwitchId(ident),
            name=f"DCL {site.line_number}-7 {site.station_name}",
            kind=SwitchKind.DISCONNECTOR,
            node_a=near,
            node_b=far,
            normal_position=Position.CLOSED,
            control=Control.CREW,
            operating_time_s=site.seconds_crew,
            current_a_rated=SWITCH_A,
        ),
        link=site.area_link,
    )
    return far


def _pole_place(works: FeederWorks, pole: int) -> Place:
    site = works.site
    out_m = EXIT_M + (site.reach_m - EXIT_M) * pole / works.yard.plan.trunk_poles
    sway = SWAY_SHARE * site.half_width_m(out_m) * (2 * works.share("sway", pole) - 1)
    return site.at(out_m, sway)


def _pole(works: FeederWorks, place: Place) -> NodeId:
    return works.node(place, kind=NodeKind.POLE, letter="P", name="Cột")


def _device_after(works: FeederWorks, near: NodeId, *, pole: int) -> NodeId:
    """The switch that divides the line after this pole, if one does; returns its far side."""
    plan, site, remote = works.yard.plan, works.site, _REMOTE[works.site.automation]
    if pole not in (SWITCH_AFTER, RECLOSER_AFTER, SECOND_SWITCH_AFTER, LAST_AFTER):
        return near
    two = works.share("second-recloser") < plan.second_recloser_share
    is_recloser = pole == RECLOSER_AFTER or (pole == LAST_AFTER and two)
    letter = "REC" if is_recloser else "LBS"
    ident = f"{site.prefix}-{letter}{works.counted.get(letter, 0) + 1}"
    far = works.terminal(ident, works.yard.place_of[near], side="b")
    if is_recloser:
        delay_s = plan.recloser_delays_s[int(pole == LAST_AFTER)]
        is_remote = remote.recloser if pole == RECLOSER_AFTER else remote.last
        works.recloser((near, far), delay_s=delay_s, remote=is_remote)
        return far
    works.number("LBS")
    which = {SWITCH_AFTER: remote.first, SECOND_SWITCH_AFTER: remote.second}
    works.load_break_switch(ident, (near, far), remote=which.get(pole, remote.last))
    return far


def _lateral(works: FeederWorks, near: NodeId, *, pole: int) -> None:
    """Poles with transformers, aside from the line, behind a fuse."""
    plan, dice, site = works.yard.plan, works.yard.dice, works.site
    out_m = EXIT_M + (site.reach_m - EXIT_M) * pole / plan.trunk_poles
    wide_m = LATERAL_SHARE * site.half_width_m(out_m)
    length_m = min(max(wide_m, LATERAL_M_MIN), LATERAL_M_MAX)
    side = 1.0 if pole % 2 else -1.0
    count = dice.whole("lateral", *site.key, pole, span=plan.served_per_lateral)
    here = works.terminal(works.next_fuse(), works.yard.place_of[near], side="b")
    fuse = works.fuse((near, here))
    first = len(works.served)
    for number in range(count + 1):
        aside = side * length_m * (number + 0.5) / (count + 0.5)
        sway = 40.0 * (2 * works.share("lateral-sway", pole, number) - 1)
        there = _pole(works, site.at(out_m + sway, aside))
        works.line((here, there), of=BRANCH_LINE)
        if number > 0:
            works.served.append(there)
        here = there
    works.fused.append((fuse, range(first, len(works.served))))
