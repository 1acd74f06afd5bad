"""Looking for an earth fault by switching: which switch to open next.

S1 [b1] A [s1] B [s2] C     s1 is opened for some seconds. The alarm goes away: the fault lies in B
or C. It stays: in A.

Each test interrupts the customers behind the switch and takes time while the fault stands. What it
tells is which side of the switch the fault is on; its answer is heard as a `Trial` of what stayed
energised, which held if the alarm went away.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gridops.ids import SwitchId
from gridops.network import Control, Indices, Switch, Values
from gridops.outage.scene import Scene
from gridops.outage.testimony import Marks
from gridops.reasons import Reason, because


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSettings:
    """What a search may cost. Assumptions, all of them."""

    observe_s: float = 10.0
    """A remote switch stays open for so long until it is clear whether the alarm has gone."""
    observe_by_crew_s: float = 120.0
    """The same where a crew opens and closes it, and asks the control room between."""
    search_minute_worth: float = 10.0
    """A minute more with the fault standing is worth so many customer minutes: a second earth
    fault makes a short circuit of two, and somebody may touch the place."""
    known_probability: float = 0.95
    """What one zone must hold to end the search."""
    options_max: int = 3
    """So many tests are offered."""
    tried_max: int = 8
    """So many are followed to the end, the promising ones, to find these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTest:
    """One switch to open and close again, and what the whole search costs that begins so."""

    switch: SwitchId
    p_behind: float
    """Probability that the fault lies behind it."""
    customers: int
    """Interrupted by it."""
    interruption_s: float
    duration_s: float
    """Until its answer is there and everybody has supply again."""
    customer_minutes: float
    """That it interrupts."""
    expected_customer_minutes: float
    """Of it and all tests that follow, until one zone holds `known_probability`."""
    expected_minutes: float
    """The same in time."""
    why: tuple[Reason, ...]


def search_order(
    scene: Scene, posterior: Values, *, settings: SearchSettings | None = None
) -> tuple[SearchTest, ...]:
    """The tests to begin with, best first: least expected customer minutes and time (weighed by
    `search_minute_worth`) until it is known in which zone the fault lies. Empty when that is known
    or no switch can tell.

    `posterior`: probability of each row, shape (rows,), not negative. A zone is what no usable
    switch separates; usable are closed switches that break load and can be operated. Answers are
    taken as right. What follows a test is chosen by the least cost per information (greedy, as in
    Golovin and Krause 2011), so that the sums are no less than those of the best search:
    over 1,400 small trees 0.5 % more on average, 9 % in one of a hundred.
    """
    limits = settings or SearchSettings()
    grid = _Zones.of(scene, np.asarray(posterior, np.float64), settings=limits)
    everywhere = np.ones(len(grid.mass), np.bool_)
    if grid.is_known(everywhere):
        return ()
    first = _promising(grid, everywhere)[: limits.tried_max]
    found = [_test(scene, grid, number=number, settings=limits) for number in first]
    worth = limits.search_minute_worth

    def total(test: SearchTest) -> float:
        return test.expected_customer_minutes + worth * test.expected_minutes

    return tuple(sorted(found, key=total)[: limits.options_max])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Zones:
    """Zone 0 lies behind no usable switch, zone k + 1 next behind the switch k of `switches`.
    Behind it are zones k + 1 to `stop[k]`, exclusive."""

    switches: tuple[int, ...]
    """By number, in preorder."""
    stop: Indices
    mass: Values
    customer_minutes: Values
    """Of the test of each switch."""
    minutes: Values
    cost: Values
    known_probability: float

    @classmethod
    def of(cls, scene: Scene, posterior: Values, *, settings: SearchSettings) -> "_Zones":
        ids, switches = scene.network.arrays.switches.ids, scene.network.switches
        rows = [(r, s) for r, s in enumerate(scene.feeding.tolist()) if s >= 0]
        usable = [(r, s) for r, s in rows if _is_usable(switches[ids[s]])]
        numbers = tuple(s for _, s in usable)
        starts = np.array([r for r, _ in usable], np.int32)
        ends = np.array([scene.spans[s].stop for s in numbers], np.int32)
        zone = np.zeros(len(scene.sections), np.int32)
        for k, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            zone[start:end] = k + 1
        mass = np.bincount(zone, posterior, minlength=len(numbers) + 1)
        times = [_times(switches[ids[s]], settings) for s in numbers]
        customers = [scene.traced.customers_behind(ids[s]) for s in numbers]
        dark, minutes = np.array(times, np.float64).reshape(-1, 2).T / 60.0
        customer_minutes = np.array(customers, np.float64) * dark
        return cls(
            switches=numbers,
            stop=(np.searchsorted(starts, ends) + 1).astype(np.int32),
            mass=np.asarray(mass, np.float64),
            customer_minutes=customer_minutes,
            minutes=minutes,
            cost=customer_minutes + settings.search_minute_worth * minutes,
            known_probability=settings.known_probability,
        )

    def is_known(self, among: Marks) -> bool:
        held = self.mass[among]
        return not len(held) or bool(held.max() >= self.known_probability * held.sum())

    def inside(self, among: Marks) -> tuple[Values, Marks]:
        """Share of what `among` holds that lies behind each switch, and which ones divide it."""
        held = np.where(among, self.mass, 0.0)
        upto = np.concatenate(([0.0], np.cumsum(held)))
        count = np.concatenate(([0], np.cumsum(among & (self.mass > 0.0))))
        first = np.arange(1, len(self.mass))
        behind = count[self.stop] - count[first]
        share = (upto[self.stop] - upto[first]) / upto[-1]
        divides = (behind > 0) & (behind < count[-1]) & (share > 0.0) & (share < 1.0)
        return share, np.asarray(divides)

    def split(self, among: Marks, number: int) -> tuple[Marks, Marks]:
        """What stays possible if the fault lies behind switch `number`, and if not."""
        behind = np.zeros(len(self.mass), np.bool_)
        behind[number + 1 : self.stop[number]] = True
        return among & behind, among & ~behind


Rule = Callable[[Values], Values]


def _information(share: Values) -> Values:
    """Of an answer that is yes with this probability, in nat."""
    return np.asarray(-share * np.log(share) - (1.0 - share) * np.log1p(-share))


def _balance(share: Values) -> Values:
    return np.minimum(share, 1.0 - share)


RULES: tuple[Rule, ...] = (_information, _balance)
"""What the cost of a test is set against; the better of them counts."""


def _ranked(grid: _Zones, among: Marks, *, rule: Rule) -> list[int]:
    share, divides = grid.inside(among)
    numbers = np.flatnonzero(divides)
    ratio = grid.cost[numbers] / rule(share[numbers])
    order: list[int] = numbers[np.argsort(ratio, kind="stable")].tolist()
    return order


def _promising(grid: _Zones, among: Marks) -> list[int]:
    """By turns of the rules."""
    both = zip(*(_ranked(grid, among, rule=rule) for rule in RULES), strict=True)
    return list(dict.fromkeys(number for pair in both for number in pair))


def _expected(grid: _Zones, first: int, *, rule: Rule) -> tuple[float, float]:
    """Customer minutes and minutes of a search that begins with `first` and goes on by `rule`."""
    whole = float(grid.mass.sum())
    customer_minutes = minutes = 0.0
    open_ends: list[tuple[Marks, int]] = [(np.ones(len(grid.mass), np.bool_), first)]
    while open_ends:
        among, number = open_ends.pop()
        reached = float(grid.mass[among].sum()) / whole
        customer_minutes += reached * float(grid.customer_minutes[number])
        minutes += reached * float(grid.minutes[number])
        for part in grid.split(among, number):
            follow = [] if grid.is_known(part) else _ranked(grid, part, rule=rule)[:1]
            open_ends += [(part, number) for number in follow]
    return customer_minutes, minutes


def _test(scene: Scene, grid: _Zones, *, number: int, settings: SearchSettings) -> SearchTest:
    ident = scene.network.arrays.switches.ids[grid.switches[number]]
    switch, worth = scene.network.switches[ident], settings.search_minute_worth
    share, _ = grid.inside(np.ones(len(grid.mass), np.bool_))
    followed = [_expected(grid, number, rule=rule) for rule in RULES]
    customer_minutes, minutes = min(followed, key=lambda sums: sums[0] + worth * sums[1])
    interruption_s, duration_s = _times(switch, settings)
    customers = scene.traced.customers_behind(ident)
    p_behind = float(share[number])
    why = because(
        "search-open",
        switch=ident,
        seconds=round(interruption_s),
        percent=round(100.0 * p_behind),
        customers=customers,
    )
    by_crew = because("search-by-crew", switch=ident, seconds=round(duration_s))
    return SearchTest(
        switch=ident,
        p_behind=p_behind,
        customers=customers,
        interruption_s=interruption_s,
        duration_s=duration_s,
        customer_minutes=float(grid.customer_minutes[number]),
        expected_customer_minutes=customer_minutes,
        expected_minutes=minutes,
        why=(why, by_crew) if switch.control is Control.CREW else (why,),
    )


def _is_usable(switch: Switch) -> bool:
    return switch.breaks_load and switch.control is not Control.NONE


def _times(switch: Switch, settings: SearchSettings) -> tuple[float, float]:
    """How long customers are interrupted, and how long the test takes, in s. Crews travel once."""
    if switch.control is Control.CREW:
        observe_s = settings.observe_by_crew_s
        return observe_s, switch.operating_time_s + observe_s
    return settings.observe_s + switch.operating_time_s, (
        settings.observe_s + 2.0 * switch.operating_time_s
    )
