"""Load transfer as a mixed-integer programme: who is fed by which switch, at what least cost.

Every state that AC power flow would accept, and that a course of movements can lead to, is a
solution, and costs no more here than in truth: its optimum is a bound.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gridops.network import SwitchSet
from gridops.restoration.objective import minutes_counted
from gridops.restoration.transfer_power import Arc, Power
from gridops.restoration.transfer_rows import Answer, Programme
from gridops.restoration.transfer_scope import Group, Line, Region, load_may_relieve
from gridops.restoration.transfer_terms import Flows

MOVEMENT_COST = 1e-3
"""Weighted minutes: so that nothing is moved for nothing. Taken off the bound again."""


@dataclass(slots=True)
class Model:
    """`arcs[arc]` is the column that says that the line feeds that way."""

    region: Region
    flows: Flows
    programme: Programme = field(default_factory=Programme)
    arcs: dict[Arc, int] = field(default_factory=dict)
    served: dict[int, int] = field(default_factory=dict)
    """By dark group."""
    power: Power = field(init=False)

    def solve(self, *, below: float, nodes_max: int, gap: float) -> Answer:
        """Only what costs less than `below`."""
        self.programme.below(below + self.slack)
        found = self.programme.solve(nodes_max=nodes_max, gap=gap)
        if found.values is not None:
            self.power.sharpen(found.values)
        return Answer(values=found.values, bound=found.bound - self.slack)

    @property
    def slack(self) -> float:
        """What all movements could have cost."""
        return MOVEMENT_COST * len(self.region.lines)

    def chosen(self, answer: Answer) -> frozenset[Arc]:
        values = answer.values
        if values is None:
            return frozenset()
        return frozenset(arc for arc, column in self.arcs.items() if values[column] > 0.5)

    def forbid_all_of(self, arcs: Iterable[Arc]) -> None:
        """Not all of these together."""
        columns = [self.arcs[arc] for arc in arcs]
        self.programme.row(dict.fromkeys(columns, 1.0), high=len(columns) - 1.0)

    def forbid(self, arcs: frozenset[Arc]) -> None:
        """Not exactly this."""
        terms = {column: -1.0 if arc in arcs else 1.0 for arc, column in self.arcs.items()}
        self.programme.row(terms, low=1.0 - len(arcs))


def model_of(region: Region, flows: Flows) -> Model:
    model = Model(region, flows)
    clock, kept = _Clock.of(region), _kept(region)
    for k, line in enumerate(region.lines):
        cost = -MOVEMENT_COST * _costs_to_open(region, line) + MOVEMENT_COST * (not line.closed)
        for way in (0, 1):
            high = _arc_bound(region, k, child=line.groups[1 - way], kept=kept)
            low = 1.0 if high < 0 else 0.0
            column = model.programme.column(low, abs(high), cost=cost, is_binary=True)
            model.arcs[k, way] = column
    model.programme.constant = MOVEMENT_COST * sum(
        _costs_to_open(region, line) for line in region.lines
    )
    returns = _serve(model, clock)
    _single_parents(model)
    _returns(model, clock, returns=returns)
    if not load_may_relieve(region.situation):
        _last(model, clock, returns=returns)
    _transfers(model, clock)
    model.power = Power(region, flows, model.programme, model.arcs, model.served)
    return model


def final_state(region: Region, arcs: frozenset[Arc]) -> SwitchSet:
    """The switches that are closed in the end. Between dark groups what is closed stays so."""
    fed = {region.lines[k].groups[1 - way] for k, way in arcs}
    used = {k for k, _ in arcs}
    opened, closed = set(), set()
    for k, line in enumerate(region.lines):
        if k in used:
            closed.add(line.switch)
        elif line.closed and any(_has_supply(region, g, fed=fed) for g in line.groups):
            opened.add(line.switch)
    for number in fed:
        opened.update(region.groups[number].cuts)
    return (region.ground.closed - opened) | closed


def _has_supply(region: Region, group: int, *, fed: set[int]) -> bool:
    return group in fed or not region.groups[group].is_dark


def _costs_to_open(region: Region, line: Line) -> bool:
    return line.closed and not any(region.groups[g].is_dark for g in line.groups)


def _arc_bound(region: Region, line: int, *, child: int, kept: frozenset[int]) -> float:
    """1: free; 0: never; -1: always, since what hangs on it must stay as it is."""
    if region.groups[child].is_root:
        return 0.0
    if line in kept:
        return -1.0 if region.fed_by[child] == line else 0.0
    return 1.0


def _kept(region: Region) -> frozenset[int]:
    """The lines on the way to what stays as it is."""
    found: set[int] = set()
    for number, group in enumerate(region.groups):
        at = number
        while group.stays and region.fed_by[at] >= 0 and region.fed_by[at] not in found:
            found.add(region.fed_by[at])
            at = region.child_of(at)
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """The times of docs/restoration.md, each at least."""

    fence_s: float
    closing_s: float
    """The quickest closing."""
    most_s: float
    gap_s: float
    dark_s: float
    repair_s: float

    @classmethod
    def of(cls, region: Region) -> "_Clock":
        situation = region.situation
        switches = situation.network.switches
        fence_s = sum(switches[s].operating_time_s for s in region.ground.fence.to_open)
        closings = [line.takes_s for line in region.lines if not line.closed]
        gap_s = situation.settings.closing_gap_s
        every = sum(line.takes_s + gap_s for line in region.lines)
        cuts = [s for group in region.groups for s in group.cuts]
        return cls(
            fence_s=fence_s,
            closing_s=min(closings, default=0.0),
            most_s=fence_s + every + sum(switches[s].operating_time_s for s in cuts),
            gap_s=gap_s,
            dark_s=situation.dark_s,
            repair_s=situation.settings.repair_s,
        )

    def first_s(self, region: Region, group: Group) -> float:
        """When the group can be back at the earliest."""
        switches = region.situation.network.switches
        cuts_s = sum(switches[s].operating_time_s for s in group.cuts)
        return self.fence_s + cuts_s + self.closing_s


def _serve(model: Model, clock: _Clock) -> dict[int, int]:
    """Columns: served or not, and when the group is back."""
    returns: dict[int, int] = {}
    programme = model.programme
    for number, group in enumerate(model.region.groups):
        if not group.is_dark:
            continue
        first_s = clock.first_s(model.region, group)
        dark = group.weight * minutes_counted(clock.repair_s, dark_s=clock.dark_s)
        jumps = minutes_counted(first_s, dark_s=clock.dark_s) - first_s / 60.0
        programme.constant += dark
        model.served[number] = programme.column(0.0, 1.0, cost=group.weight * jumps - dark)
        most = max(clock.most_s, first_s)
        returns[number] = programme.column(0.0, most, cost=group.weight / 60.0)
    return returns


def _single_parents(model: Model) -> None:
    into: dict[int, dict[int, float]] = {}
    for (k, way), column in model.arcs.items():
        line = model.region.lines[k]
        parent, child = line.groups[way], line.groups[1 - way]
        into.setdefault(child, {})[column] = 1.0
        if parent in model.served:
            model.programme.row({column: 1.0, model.served[parent]: -1.0}, high=0.0)
        if way == 0:
            model.programme.row({column: 1.0, model.arcs[k, 1]: 1.0}, high=1.0)
    for number, group in enumerate(model.region.groups):
        arcs = into.get(number, {})
        if group.is_root:
            continue
        if group.is_dark:
            model.programme.row({**arcs, model.served[number]: -1.0}, low=0.0, high=0.0)
        elif arcs:
            model.programme.row(arcs, low=1.0, high=1.0)


def _returns(model: Model, clock: _Clock, *, returns: Mapping[int, int]) -> None:
    """What must be opened at a group comes before its closing; what hangs on a group that is
    still dark is dark."""
    region, programme, most = model.region, model.programme, clock.most_s
    switches = region.situation.network.switches
    for number, column in returns.items():
        group = region.groups[number]
        least_s = clock.fence_s + sum(switches[s].operating_time_s for s in group.cuts)
        terms = {column: 1.0}
        total = least_s
        for k, line in enumerate(region.lines):
            if number not in line.groups:
                continue
            if line.closed:
                total += line.takes_s
                terms[model.arcs[k, 0]] = terms[model.arcs[k, 1]] = line.takes_s
            else:
                terms[model.arcs[k, 0 if line.groups[1] == number else 1]] = -line.takes_s
        terms[model.served[number]] = -most
        programme.row(terms, low=total - most)
        first_s = clock.first_s(region, group)
        programme.row({column: 1.0, model.served[number]: -first_s}, low=0.0)
    for (k, way), arc in model.arcs.items():
        line = region.lines[k]
        parent, child = line.groups[way], line.groups[1 - way]
        if parent in returns and child in returns:
            programme.row({returns[child]: 1.0, returns[parent]: -1.0, arc: -most}, low=-most)
            if line.closed:
                programme.row({returns[parent]: 1.0, returns[child]: -1.0, arc: -most}, low=-most)


def _last(model: Model, clock: _Clock, *, returns: Mapping[int, int]) -> None:
    """Before the last closing that gives dark groups supply come all openings - one after it makes
    no room for anything, and is left out of some best plan - and all closings but those of
    `_afterwards`, with a gap each."""
    region, programme = model.region, model.programme
    moved, closings = _movements(model)
    _afterwards(model, clock, sums=(moved, closings))
    last: dict[int, float] = {}
    for (k, way), arc in model.arcs.items():
        child = region.lines[k].groups[1 - way]
        if region.lines[k].closed or child not in returns:
            continue
        is_last = programme.column(0.0, 1.0, is_binary=True)
        last[is_last] = 1.0
        programme.row({is_last: 1.0, arc: -1.0}, high=0.0)
        for terms, fixed in ((moved, clock.fence_s), (closings, clock.fence_s - clock.gap_s)):
            behind = {column: -takes_s for column, takes_s in terms.items() if takes_s}
            end = {returns[child]: 1.0, is_last: -clock.most_s}
            const = fixed + terms.get(CONSTANT, 0.0)
            behind.pop(CONSTANT, None)
            programme.row({**behind, **end}, low=const - clock.most_s)
    for served in model.served.values():
        programme.row({**last, served: -1.0}, low=0.0)


def _afterwards(model: Model, clock: _Clock, *, sums: tuple[dict[int, float], ...]) -> None:
    """What was dropped may be supplied again after the last of the dark groups; it then waited
    for that closing and a gap more."""
    region, programme = model.region, model.programme
    into_dark = [
        line.takes_s
        for line in region.lines
        if not line.closed and any(g in model.served for g in line.groups)
    ]
    waits_min = (min(into_dark, default=0.0) + clock.gap_s) / 60.0
    for (k, way), arc in model.arcs.items():
        line = region.lines[k]
        group = region.groups[line.groups[1 - way]]
        if line.closed or group.is_dark or group.is_root:
            continue
        later = programme.column(0.0, 1.0, cost=group.weight * waits_min)
        programme.row({later: 1.0, arc: -1.0}, high=0.0)
        for terms in sums:
            terms[later] = -terms[arc]


CONSTANT = -1
"""In place of a column: what a sum has in any case."""


def _movements(model: Model) -> tuple[dict[int, float], dict[int, float]]:
    """Time of all movements, and of the closings with a gap each, as sums over columns."""
    region, programme = model.region, model.programme
    switches = region.situation.network.switches
    gap_s = region.situation.settings.closing_gap_s
    moved: dict[int, float] = {CONSTANT: 0.0}
    closings: dict[int, float] = {}
    for k, line in enumerate(region.lines):
        ways = model.arcs[k, 0], model.arcs[k, 1]
        dark = [model.served[g] for g in line.groups if g in model.served]
        if not line.closed:
            moved.update(dict.fromkeys(ways, line.takes_s))
            closings.update(dict.fromkeys(ways, line.takes_s + gap_s))
        elif not dark:
            moved[CONSTANT] += line.takes_s
            moved.update(dict.fromkeys(ways, -line.takes_s))
        else:
            opened = programme.column(0.0, 1.0)
            moved[opened] = line.takes_s
            for served in dark:
                programme.row({opened: 1.0, served: -1.0, **dict.fromkeys(ways, 1.0)}, low=0.0)
    for number, served in model.served.items():
        cuts = region.groups[number].cuts
        moved[served] = sum(switches[s].operating_time_s for s in cuts)
    return moved, closings


def _transfers(model: Model, clock: _Clock) -> None:
    """What no longer hangs where it did was dropped for one closing at least, but where a ring may
    have been closed."""
    region, programme = model.region, model.programme
    by_ring = _ring_arcs(model)
    moved: dict[int, int] = {}
    for number, group in enumerate(region.groups):
        if group.is_dark or group.is_root or region.fed_by[number] < 0:
            continue
        cost = group.weight * minutes_counted(clock.closing_s, dark_s=0.0)
        most = 0.0 if group.stays else 1.0
        moved[number] = programme.column(0.0, most, cost=0.0 if by_ring else cost)
        if by_ring:
            dropped = programme.column(0.0, most, cost=cost)
            programme.row(
                {dropped: 1.0, moved[number]: -1.0, **dict.fromkeys(by_ring, 1.0)}, low=0.0
            )
    for number, column in moved.items():
        k = region.fed_by[number]
        way = 0 if region.lines[k].groups[1] == number else 1
        programme.row({column: 1.0, model.arcs[k, way]: 1.0}, low=1.0)
        above = region.child_of(number)
        if above in moved:
            programme.row({column: 1.0, moved[above]: -1.0}, low=0.0)


def _ring_arcs(model: Model) -> list[int]:
    """The ways of the lines that may close a ring; which groups they spare is not asked."""
    region = model.region
    if not region.situation.settings.closed_transition:
        return []
    switches = region.situation.network.switches
    return [
        arc
        for (k, _), arc in model.arcs.items()
        if not region.lines[k].closed and switches[region.lines[k].switch].closes_ring
    ]
