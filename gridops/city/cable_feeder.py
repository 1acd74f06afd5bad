"""An underground feeder: ring main units on a trunk cable, stations looped in between them.

    busbar [head] .out --T--J--T-- R1.1 [R1-1] R1 [R1-2] R1.2 --T-- ... Rn   (tie)
                                               [F1] --T--T

Ring main units have a load-break switch on both sides; the last one has its tie in place of
the second. Stations between them have no switchgear in the model.
"""

from gridops.city.equipment import BRANCH_CABLE, TRUNK_CABLE, Conductor
from gridops.city.feeder import Automation, FeederWorks, TieEnd
from gridops.city.layout import Place, placed
from gridops.ids import NodeId
from gridops.network import NodeKind

FIRST_M = 250.0
"""From the station to where the first ring main unit may stand."""
ASIDE_SHARE = 0.8
"""How far the trunk swings to the sides of its sector, to serve both."""
BRANCH_SHARE = 0.9
"""How far a fused branch goes, of half the sector's width."""
BRANCH_M_MIN = 160.0
STREET_M = 35.0


def build_cable_feeder(works: FeederWorks) -> tuple[TieEnd, TieEnd]:
    """Returns where ties may begin: half way, and at the end."""
    plan, dice, key = works.yard.plan, works.yard.dice, works.site.key
    count = dice.whole("units", *key, span=plan.ring_main_units)
    motorised = _motorised(works.site.automation, count)
    branches = _main_units(count)[: dice.whole("branches", *key, span=plan.fused_branches)]
    near, place = works.head(), works.site.origin
    units: list[NodeId] = []
    for number in range(1, count + 1):
        goal = _unit_place(works, number, count=count)
        near = _span(works, near, way=(place, goal))
        remote = number in motorised
        unit = _unit(works, near, place=goal, remote=remote)
        units.append(unit)
        if number in branches:
            _fused_branch(works, unit, number=number)
        if number < count:
            near = works.terminal(unit, goal, side="2")
            works.load_break_switch(f"{unit}-2", (unit, near), remote=remote)
            place = goal
    side, tail = (
        TieEnd(
            works=works,
            node=units[number - 1],
            is_ring_main_unit=True,
            is_remote=number in motorised,
        )
        for number in _main_units(count)[:2]
    )
    return side, tail


def _main_units(count: int) -> tuple[int, ...]:
    """Where branches leave and telecontrol comes first: they divide the feeder evenly."""
    middle = count // 2 + 1
    return middle, count, middle - 2


def _motorised(automation: Automation, count: int) -> tuple[int, ...]:
    middle, last, first = _main_units(count)
    match automation:
        case Automation.FULL:
            return first, middle, last
        case Automation.PARTIAL:
            return middle, last
        case Automation.END:
            return (last,)
        case Automation.NONE:
            return ()


def _unit_place(works: FeederWorks, number: int, *, count: int) -> Place:
    site = works.site
    out_m = FIRST_M + (site.reach_m - FIRST_M) * number / count
    swing = ASIDE_SHARE * site.half_width_m(out_m) * (0.6 + 0.4 * works.share("swing", number))
    side = 1.0 if (number + site.position) % 2 else -1.0
    return site.at(out_m, 0.0 if number == count else side * swing)


def _span(works: FeederWorks, near: NodeId, *, way: tuple[Place, Place]) -> NodeId:
    """Stations and joints from one unit to the next; returns the terminal before it."""
    plan, dice, key = works.yard.plan, works.yard.dice, works.site.key
    span = works.number("span")
    stops = dice.whole("stops", *key, span, span=plan.stations_per_span)
    for stop in range(1, stops + 1):
        here = _between(works, way, share=stop / (stops + 1))
        near = _station(works, near, place=here, of=TRUNK_CABLE)
    unit = f"{works.site.prefix}-R{works.counted.get('R', 0) + 1}"
    terminal = works.terminal(unit, way[1], side="1")
    works.line((near, terminal), of=TRUNK_CABLE)
    return terminal


def _between(works: FeederWorks, way: tuple[Place, Place], *, share: float) -> Place:
    (east, north), (to_east, to_north) = way
    number = works.number("stop")
    aside = STREET_M * (2 * works.share("street", number) - 1)
    return placed(
        east + (to_east - east) * share + aside, north + (to_north - north) * share - aside
    )


def _station(works: FeederWorks, near: NodeId, *, place: Place, of: Conductor) -> NodeId:
    """The next station on a cable, perhaps with a joint on the way to it."""
    number = works.counted.get("T", 0) + 1
    if works.share("joint", number) < works.yard.plan.joint_share:
        at = works.yard.place_of[near]
        middle = placed((at[0] + place[0]) / 2, (at[1] + place[1]) / 2)
        joint = works.node(middle, kind=NodeKind.JOINT, letter="J", name="Mối nối")
        works.line((near, joint), of=of)
        near = joint
    station = works.node(place, kind=NodeKind.STATION, letter="T", name=f"TBA {works.site.ward}")
    works.line((near, station), of=of)
    works.served.append(station)
    return station


def _unit(works: FeederWorks, near: NodeId, *, place: Place, remote: bool) -> NodeId:
    """A ring main unit behind its incoming switch, with a transformer of its own."""
    plan = works.yard.plan
    number = works.number("R")
    ident = f"{works.site.prefix}-R{number}"
    unit = works.yard.node(
        ident,
        place,
        kind=NodeKind.RING_MAIN_UNIT,
        name=f"RMU {works.site.ward} {number} {works.site.line_number}",
        station=ident,
    )
    works.load_break_switch(f"{ident}-1", (near, unit), remote=remote)
    if works.share("fused-transformer", number) < plan.fused_transformer_share:
        behind = works.terminal(works.next_fuse(), place, side="t")
        fuse = works.fuse((unit, behind))
        works.fused.append((fuse, range(len(works.served), len(works.served) + 1)))
        works.served.append(behind)
    else:
        works.served.append(unit)
    return unit


def _fused_branch(works: FeederWorks, unit: NodeId, *, number: int) -> None:
    """Stations on a thinner cable, aside from the trunk, behind a fuse."""
    plan, dice, site = works.yard.plan, works.yard.dice, works.site
    place = works.yard.place_of[unit]
    near = works.terminal(works.next_fuse(), place, side="b")
    fuse = works.fuse((unit, near))
    first = len(works.served)
    east, north = site.at(0.0, 1.0)
    east, north = east - site.origin[0], north - site.origin[1]
    length_m = max(BRANCH_M_MIN, BRANCH_SHARE * site.half_width_m(site.reach_m))
    side = -1.0 if (number + site.position) % 2 else 1.0
    stops = dice.whole("branch-stops", *site.key, number, span=plan.stations_per_branch)
    for stop in range(1, stops + 1):
        aside = side * length_m * stop / stops
        here = placed(place[0] + aside * east, place[1] + aside * north)
        near = _station(works, near, place=here, of=BRANCH_CABLE)
    works.fused.append((fuse, range(first, len(works.served))))
