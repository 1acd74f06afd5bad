"""When everything comes back: the order of movements with the best score."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from gridops.ids import SwitchId
from gridops.network import Control
from gridops.restoration.objective import minutes_counted
from gridops.restoration.part import (
    Part,
    bits,
    grown,
    switches_to_open,
)
from gridops.restoration.scope import Scope
from gridops.restoration.situation import power_w_of

ORDERED_MAX = 6
"""Closings whose every order is looked at; more of them keep the order they are listed in."""
EQUAL = 1e-9
"""Relative: scores no further apart are the same, whatever the order they were added up in."""

Cost = tuple[float, float]
"""Weighted minutes and energy not supplied in Wh, over the units of a scope."""


@dataclass(frozen=True, slots=True)
class Closing:
    """One closing, what it brings back, and what must have happened before."""

    switch: SwitchId
    takes_s: float
    units: int
    after: int
    """The closing of the same part before it, by its place in the list; -1: none."""
    needs: tuple[SwitchId, ...]
    """Openings that must be confirmed."""


@dataclass(frozen=True, slots=True)
class Timed:
    switch: SwitchId
    closes: bool
    starts_s: float
    done_s: float
    units: int
    """Those that get supply by it, as a mask."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The movements in their best order, the fence first."""

    cost: Cost
    moves: tuple[Timed, ...]
    is_best: bool
    """Every order was looked at."""

    @property
    def rank(self) -> tuple[float, float, int, tuple[SwitchId, ...]]:
        """Smaller is better; the score of the part of the plan that the scope covers. Rounded,
        so that sums that differ by their order alone rank alike."""
        minutes, energy_wh = self.cost
        movements = tuple(move.switch for move in self.moves)
        return _rounded(minutes), _rounded(energy_wh), len(movements), movements


class Timing:
    """Timetables of candidates on one scope; each is worked out once."""

    def __init__(self, scope: Scope, *, starts_s: float = 0.0) -> None:
        """Nothing moves before `starts_s`; if it is not 0 a closing ended there."""
        ground = scope.ground
        situation = ground.situation
        self._scope = scope
        self._switches = ground.network.switches
        self._weights = [unit.weight for unit in scope.units]
        self._power_w = [sum(power_w_of(situation, s) for s in u.sections) for u in scope.units]
        self._repair_s = situation.settings.repair_s
        self.gap_s = situation.settings.closing_gap_s
        self._dark_s = situation.dark_s
        self._starts_s = starts_s
        self._may_close_s = starts_s + self.gap_s if starts_s else 0.0
        self._fence = _one_after_the_other(scope, ground.fence.to_open, now_s=starts_s)
        self._known: dict[tuple[Part, ...], Timetable] = {}
        self._of_part: dict[Part, list[Closing]] = {}
        self._summed: dict[int, tuple[float, float]] = {}
        self._counted: dict[float, float] = {}
        everything = (1 << len(scope.units)) - 1
        self.nothing: Cost = self._cost(everything, self._repair_s)
        """What it costs to leave everything dark."""

    def counts(self, units: int) -> bool:
        """Whether the score is any better with `units` back."""
        return any(self._weights[k] or self._power_w[k] for k in bits(units))

    def waits_for_crew(self, timetable: Timetable) -> bool:
        """Whether anything but the fence is a crew's to move."""
        moves = timetable.moves[len(self._fence) :]
        return any(self._switches[m.switch].control is Control.CREW for m in moves)

    @property
    def fence_s(self) -> float:
        return self._fence[-1].done_s if self._fence else self._starts_s

    def of(self, parts: Iterable[Part]) -> Timetable:
        """The best order for `parts`, whose own order says nothing."""
        key = tuple(sorted(parts, key=lambda p: (p.tie.switch, p.units)))
        if key not in self._known:
            self._known[key] = self._ordered(self._closings(key))
        return self._known[key]

    def floor(self, islands: Sequence[int]) -> tuple[Cost, float]:
        """What no candidate can go below, by time alone, and when it ends: each of `islands`
        comes back whole by a closing of its own, the quickest there is, with nothing to open
        before it.

        Holds whatever the limits: every closing brings back something of one dark island more at
        most, and leaving openings out delays nothing.
        """
        jobs = []
        for island in islands:
            takes_s = [self.takes_s(s) for s in _ways_in(self._scope, island)]
            if takes_s:
                jobs.append(Closing(SwitchId(""), min(takes_s), island, -1, ()))
        if len(jobs) > ORDERED_MAX:
            jobs = self._slots(jobs)
        timetable = self._ordered(jobs)
        ends_s = timetable.moves[-1].done_s if timetable.moves else self.fence_s
        return timetable.cost, ends_s

    def _slots(self, jobs: Sequence[Closing]) -> list[Closing]:
        """Heaviest first and shortest first, which no pairing of the two can beat."""
        units = sorted((j.units for j in jobs), key=lambda u: self._sums(u)[0], reverse=True)
        takes_s = sorted(j.takes_s for j in jobs)
        return [Closing(SwitchId(""), t, u, -1, ()) for t, u in zip(takes_s, units, strict=True)]

    def saves(self, units: int, *, at_s: float) -> float:
        """Weighted minutes that it saves to bring `units` back `at_s` after the release."""
        return self._cost(units, self._repair_s)[0] - self._cost(units, at_s)[0]

    def earliest_s(self, starts_s: float) -> float:
        """The end of the first closing there can be, if the fence is begun at `starts_s`."""
        ties = (*self._scope.ties, *self._scope.ties_left_out)
        least_s = min((self.takes_s(tie.switch) for tie in ties), default=self._repair_s)
        return starts_s + self.fence_s - self._starts_s + least_s

    def first_s(self, tie: SwitchId) -> float:
        """The earliest end of the closing of `tie`."""
        return self.fence_s + self.takes_s(tie)

    def takes_s(self, switch: SwitchId) -> float:
        return self._switches[switch].operating_time_s

    def _cost(self, units: int, until_s: float) -> Cost:
        weight, power_w = self._sums(units)
        return weight * self._minutes(until_s), power_w * until_s / 3600.0

    def _minutes(self, until_s: float) -> float:
        """Of one customer who gets supply back `until_s` after the release."""
        found = self._counted.get(until_s)
        if found is None:
            found = self._counted[until_s] = minutes_counted(until_s, dark_s=self._dark_s)
        return found

    def _sums(self, units: int) -> tuple[float, float]:
        """Weight and power of `units`."""
        if units not in self._summed:
            listed = bits(units)
            weight = sum(self._weights[k] for k in listed)
            self._summed[units] = weight, sum(self._power_w[k] for k in listed)
        return self._summed[units]

    def _closings(self, parts: Sequence[Part]) -> list[Closing]:
        """Of all parts, those on the normal feed first, then the heavier: it decides between
        orders of the same score."""
        jobs: list[Closing] = []
        for part in sorted(parts, key=self._turn):
            if part not in self._of_part:
                self._of_part[part] = _closings_of(self._scope, part)
            first = len(jobs)
            jobs += [
                replace(job, after=first + job.after if job.after >= 0 else -1)
                for job in self._of_part[part]
            ]
        return jobs

    def _turn(self, part: Part) -> tuple[bool, float, SwitchId]:
        was_closed = part.tie.switch in self._scope.ground.situation.closed_before
        return not was_closed, -self._sums(part.units)[0], part.tie.switch

    def _ordered(self, jobs: Sequence[Closing]) -> Timetable:
        if not jobs:
            return Timetable(self.nothing, (), is_best=True)
        search = _Orders(self, jobs)
        line = _Line(now_s=self.fence_s, may_close_s=self._may_close_s)
        search.go(line, self.nothing)
        filled = search.best
        moves = [*self._fence]
        now_s, may_close_s = line.now_s, line.may_close_s
        for job, openings in filled:
            for switch in openings:
                moves.append(Timed(switch, False, now_s, now_s + self.takes_s(switch), 0))
                now_s = moves[-1].done_s
            starts_s = max(now_s, may_close_s)
            now_s = starts_s + job.takes_s
            may_close_s = now_s + self.gap_s
            moves.append(Timed(job.switch, True, starts_s, now_s, job.units))
        return Timetable(search.best_cost, tuple(moves), is_best=len(jobs) <= ORDERED_MAX)

    def gain_of(self, units: int) -> "_Gain":
        weight, power_w = self._sums(units)
        return _Gain(weight, power_w, self._cost(units, self._repair_s), self._minutes)


@dataclass(frozen=True, slots=True)
class _Gain:
    """What it is worth to have some units back."""

    weight: float
    power_w: float
    dark: Cost
    """Without supply until repair."""
    minutes: Callable[[float], float]
    """Of one customer, by when supply is back."""

    def taken_off(self, cost: Cost, *, at_s: float) -> Cost:
        """`cost` with the units, dark until now, back at `at_s`."""
        dark = self.dark
        return (
            cost[0] - dark[0] + self.weight * self.minutes(at_s),
            cost[1] - dark[1] + self.power_w * at_s / 3600.0,
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """The movements laid so far: when the last one ends, and what idle time is left before
    each closing, which openings that are needed later may use."""

    now_s: float
    may_close_s: float
    placed: tuple[tuple[Closing, tuple[SwitchId, ...]], ...] = ()
    idle_s: tuple[float, ...] = ()
    """By closing of `placed`."""


@dataclass(slots=True)
class _Orders:
    """Every order of the closings, the best kept; branches that cannot beat it are left out."""

    timing: Timing
    jobs: Sequence[Closing]
    best: tuple[tuple[Closing, tuple[SwitchId, ...]], ...] = ()
    best_cost: Cost = (float("inf"), float("inf"))
    done: list[int] = field(default_factory=list)
    gains: list[_Gain] = field(init=False)
    """By job."""

    def __post_init__(self) -> None:
        self.gains = [self.timing.gain_of(job.units) for job in self.jobs]

    def go(self, line: _Line, cost: Cost) -> None:
        waiting = [k for k in range(len(self.jobs)) if k not in self.done]
        if not waiting:
            if _is_less(cost, self.best_cost):
                self.best, self.best_cost = line.placed, cost
            return
        if not self._may_gain(line, cost, waiting=waiting):
            return
        ready = [k for k in waiting if self.jobs[k].after in (-1, *self.done)]
        for k in ready[:1] if len(self.jobs) > ORDERED_MAX else ready:
            self.done.append(k)
            for early in self._early(line, waiting, job=self.jobs[k]):
                longer = _laid(self.timing, line, job=self.jobs[k], early=early)
                self.go(longer, self.gains[k].taken_off(cost, at_s=longer.now_s))
            self.done.pop()

    def _early(
        self, line: _Line, waiting: Sequence[int], *, job: Closing
    ) -> Iterator[tuple[SwitchId, ...]]:
        """Openings that begin in the wait before `job` and outlast it: that delays `job` and may
        spare a later closing, which needs several, the wait. One at most, where `job` itself
        needs none; of openings that are alike the first."""
        yield ()
        if line.now_s >= line.may_close_s or len(self.jobs) > ORDERED_MAX:
            return
        many = [self.jobs[k].needs for k in waiting if len(self.jobs[k].needs) > 1]
        if not many:
            return
        opened = {switch for _, openings in line.placed for switch in openings}
        if not opened.issuperset(job.needs):
            return
        left = [[switch for switch in needs if switch not in opened] for needs in many]
        alike: dict[tuple[float, tuple[bool, ...]], SwitchId] = {}
        for switch in (switch for needs in left if len(needs) > 1 for switch in needs):
            for_whom = tuple(switch in self.jobs[k].needs for k in waiting)
            alike.setdefault((self.timing.takes_s(switch), for_whom), switch)
        yield from ((switch,) for switch in alike.values())

    def _may_gain(self, line: _Line, cost: Cost, *, waiting: Sequence[int]) -> bool:
        earliest_s = max(line.now_s, line.may_close_s)
        for k in waiting:
            cost = self.gains[k].taken_off(cost, at_s=earliest_s + self.jobs[k].takes_s)
        return _is_less(cost, self.best_cost)


def _laid(timing: Timing, line: _Line, *, job: Closing, early: tuple[SwitchId, ...] = ()) -> _Line:
    """`line` with `job` at its end. Its openings go into idle time where they fit, as early as
    can be, which delays nothing; the rest go before it, after those of later closings that are
    done `early`."""
    opened = {switch for _, openings in line.placed for switch in openings}
    placed, idle_s = list(line.placed), list(line.idle_s)
    own = list(early)
    now_s = line.now_s + sum(timing.takes_s(switch) for switch in early)
    for switch in job.needs:
        if switch in opened:
            continue
        takes_s = timing.takes_s(switch)
        room = next((k for k, left_s in enumerate(idle_s) if left_s >= takes_s), None)
        if room is None:
            own.append(switch)
            now_s += takes_s
        else:
            placed[room] = (placed[room][0], (*placed[room][1], switch))
            idle_s[room] -= takes_s
    starts_s = max(now_s, line.may_close_s)
    done_s = starts_s + job.takes_s
    return _Line(
        now_s=done_s,
        may_close_s=done_s + timing.gap_s,
        placed=(*placed, (job, tuple(own))),
        idle_s=(*idle_s, starts_s - now_s),
    )


def _closings_of(scope: Scope, part: Part) -> list[Closing]:
    """Edges that may not make load while all is dead, then the tie, then each further edge after
    the one that gave supply to its near end."""
    switches = scope.ground.network.switches
    new = bits(part.edges & ~scope.closed_edges)
    if not new:  # a tree of closed switches: all of it hangs on the tie
        needs = tuple(_quick_first(scope, switches_to_open(scope, part)))
        takes_s = switches[part.tie.switch].operating_time_s
        return [Closing(part.tie.switch, takes_s, part.units, -1, needs)]
    dead = [k for k in new if not switches[scope.edges[k].switch].breaks_load]
    joined = [scope.ends[k] for k in bits(part.edges) if scope.edges[k].closed or k in dead]
    # A ring that is closed while dead is a ring all the same.
    first = tuple(_quick_first(scope, switches_to_open(scope, part)))
    jobs = [
        Closing(switch, switches[switch].operating_time_s, 0, place - 1, first)
        for place, switch in enumerate(_quick_first(scope, [scope.edges[k].switch for k in dead]))
    ]
    waiting: list[tuple[SwitchId, int, int]] = [
        (part.tie.switch, grown(1 << part.tie.unit, joined), len(jobs) - 1)
    ]
    outwards = [k for k in new if k not in dead]
    while waiting:
        switch, units, after = waiting.pop(0)
        needs = tuple(_quick_first(scope, switches_to_open(scope, part, reach=units)))
        jobs.append(Closing(switch, switches[switch].operating_time_s, units, after, needs))
        for k in [k for k in outwards if scope.ends[k] & units]:
            outwards.remove(k)
            beyond = grown(scope.ends[k] & ~units, joined)
            waiting.append((scope.edges[k].switch, beyond, len(jobs) - 1))
    return jobs


def _ways_in(scope: Scope, island: int) -> list[SwitchId]:
    """Everything whose closing could bring back the first of an island."""
    ties = [t.switch for t in (*scope.ties, *scope.ties_left_out) if island >> t.unit & 1]
    edges = [
        edge.switch
        for edge, ends in zip(scope.edges, scope.ends, strict=True)
        if not edge.closed and island & ends
    ]
    return ties + edges


def _one_after_the_other(
    scope: Scope, switches: Iterable[SwitchId], *, now_s: float
) -> tuple[Timed, ...]:
    moves: list[Timed] = []
    for switch in switches:
        takes_s = scope.ground.network.switches[switch].operating_time_s
        moves.append(Timed(switch, False, now_s, now_s + takes_s, 0))
        now_s += takes_s
    return tuple(moves)


def _quick_first(scope: Scope, switches: Iterable[SwitchId]) -> list[SwitchId]:
    return sorted(switches, key=lambda s: scope.ground.network.switches[s].operating_time_s)


def _is_less(one: Cost, other: Cost) -> bool:
    """Clearly less, by more than sums may differ by their order."""
    for mine, theirs in zip(one, other, strict=True):
        if theirs == float("inf") or abs(mine - theirs) > EQUAL * max(abs(theirs), 1.0):
            return mine < theirs
    return False


def _rounded(value: float) -> float:
    return float(f"{value:.9e}")
