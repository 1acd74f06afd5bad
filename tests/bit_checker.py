"""A second checker of the guard's rules of connectivity, which shares nothing with the guard.

Sections are bits, switches are pairs of bits, nothing is walked: what is reached is what stays
after as many rounds as there are switches. All devices are remote load-break switches, some of
them with a tag.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType

COMPARED = frozenset({"01", "02", "05", "06", "07", "09", "10", "11", "19", "23", "35"})
"""The invariants that it speaks of."""
State = tuple[frozenset[str], frozenset[str]]
"""What is closed by the last word, and what is unknown."""
Step = tuple[str, bool]
"""A switch, and whether it closes."""
FIXED = ("no_operate", "delegated", "jumper", "cut")
"""Tags that forbid an opening as well."""


class BitChecker:
    """Plans on one grid, from one state, with one fault zone. `rings` may join two feeds. At an
    `earth_applied` one of the sections at the switch has an earth, if it is not certainly live."""

    def __init__(
        self,
        edges: Mapping[str, tuple[str, str]],
        *,
        sources: Collection[str],
        zone: AbstractSet[str],
        closed: AbstractSet[str],
        unknown: AbstractSet[str],
        rings: AbstractSet[str] = frozenset(),
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        names = sorted({n for pair in edges.values() for n in pair})
        bit = {name: 1 << k for k, name in enumerate(names)}
        self.edges = {s: (bit[a], bit[b]) for s, (a, b) in edges.items()}
        self.sources = sum(bit[n] for n in names if n in sources)
        self.zone = sum(bit[n] for n in names if n in zone)
        self.tags = tags
        jumpers = frozenset(s for s in tags if tags[s] == "jumper")
        cuts = frozenset(s for s in tags if tags[s] == "cut")
        self.odd = jumpers | (cuts & {*closed, *unknown})
        """Nobody knows what these join, whatever they read."""
        self.beside = self._lines(*jumpers, *cuts)
        self.feeds = self.sources | self._lines(*jumpers)
        """Where a line may get its voltage from."""
        self.start: State = frozenset(closed), frozenset(unknown) | self.odd
        self.boundary = {s for s, (a, b) in edges.items() if (a in zone) != (b in zone)}
        self.rings = rings
        self.certain = self._reached(self.start[0] - self.start[1], self.sources)
        at_earth = {n for s in tags if tags[s] == "earth_applied" for n in edges[s]}
        self.earthed = sum(bit[n] for n in at_earth) & ~self.certain

    def broken(self, steps: Sequence[Step]) -> set[str]:
        """The numbers of the invariants that the plan breaks."""
        found: set[str] = set()
        states = [self.start]
        for switch, closes in steps:
            closed, unknown = states[-1]
            now = closed | {switch} if closes else closed - {switch}
            states.append((now, (unknown - {switch}) | self.odd))
        for place, (switch, closes) in enumerate(steps):
            tag = self.tags.get(switch)
            if tag in FIXED or (closes and tag):
                found.add("19")
            if sum(self.edges[switch]) & self.beside:
                found.add("23")
            found |= (
                self._closing(place, steps, states)
                if closes
                else self._opening(place, steps, states)
            )
        for closed, unknown in states[self._isolated_from(steps) :]:
            if self._reached(closed | unknown, self.zone) & self.feeds:
                # Load-break switches may isolate: 05 asks the same of them as 01.
                found |= {"01", "05"}
        return found

    def _isolated_from(self, steps: Sequence[Step]) -> int:
        opens = [k for k, (s, c) in enumerate(steps, 1) if not c and s in self.boundary]
        closes = [k for k, (_, c) in enumerate(steps) if c]
        return min(opens[-1] if opens else 0, closes[0] if closes else len(steps))

    def _closing(self, place: int, steps: Sequence[Step], states: Sequence[State]) -> set[str]:
        found = set()
        switch = steps[place][0]
        a, b = self.edges[switch]
        before, after = (closed | unknown for closed, unknown in states[place : place + 2])
        ring = self._may_ring(place, steps, states)
        if all(self._reached(before - {switch}, end) & self.feeds for end in (a, b)) and not ring:
            found.add("11")
        if (a | b) & self.zone:
            found.add("06")
        if self._reached(after, self.zone) & self.feeds:
            found.add("07")
        part, excess = self._feeder_part(a | b, after)
        if self._reached(after, a) & self.feeds:
            found |= self._fed(part, after)
        if (part & self.feeds).bit_count() > 1:
            found.add("09")
        if excess > 0 and not ring:
            found.add("10")
        return found

    def _fed(self, part: int, passing: AbstractSet[str]) -> set[str]:
        """`part` may be live now, and hangs together over what lets pass."""
        found = set()
        if part & self.earthed:
            found.add("02")
        if part & self.beside & ~self.certain:
            found.add("23")
        inner = part & ~self.sources
        delegated = {s for s in passing if self.tags.get(s) == "delegated"}
        if any(inner & sum(self.edges[s]) for s in delegated):
            found.add("19")
        return found

    def _lines(self, *switches: str) -> int:
        """What lies at these switches; the busbar left out where the other side is a line."""
        found = 0
        for ends in (sum(self.edges[s]) for s in switches):
            found |= ends & ~self.sources or ends
        return found

    def feeds_earth(self, steps: Sequence[Step]) -> bool:
        """Whether some step makes an earthed section live that was dead just before it, for
        some way in which the unknown switches may stand: each way is looked at."""
        closed, unknown = self.start
        for switch, closes in steps:
            now = closed | {switch} if closes else closed - {switch}
            for some in _subsets(unknown):
                before = self._reached((closed - unknown) | some, self.sources)
                moved = (now - unknown) | (some - {switch}) | ({switch} if closes else frozenset())
                if self._reached(moved, self.sources) & ~before & self.earthed:
                    return True
            closed, unknown = now, unknown - {switch}
        return False

    def _may_ring(self, place: int, steps: Sequence[Step], states: Sequence[State]) -> bool:
        switch = steps[place][0]
        a, b = self.edges[switch]
        if switch not in self.rings or place + 1 == len(steps) or steps[place + 1][1]:
            return False
        closed, unknown = states[place]
        infeeds = {
            self._feeder_part(end, passing - {switch})[0] & self.feeds
            for end in (a, b)
            for passing in (closed | unknown, closed - unknown)
        }
        _, excess = self._feeder_part(a | b, frozenset().union(*states[place + 1]))
        _, later = self._feeder_part(a | b, frozenset().union(*states[place + 2]))
        only = infeeds.pop() if len(infeeds) == 1 else 0
        return only.bit_count() == 1 and bool(only & self.sources) and excess == 1 and later <= 0

    def _feeder_part(self, start: int, passing: AbstractSet[str]) -> tuple[int, int]:
        """Bits reached without passing a source, and how many switches more than a tree has."""
        ways = [way for s in passing for way in (self.edges[s], self.edges[s][::-1])]
        reached = start
        for _ in self.edges:
            for one, other in ways:
                if reached & one & ~self.sources:
                    reached |= other
        inner = reached & ~self.sources
        links = sum(1 for s in passing if inner & (self.edges[s][0] | self.edges[s][1]))
        return reached, links - reached.bit_count() + 1

    def _opening(self, place: int, steps: Sequence[Step], states: Sequence[State]) -> set[str]:
        a, b = self.edges[steps[place][0]]
        possible = states[place][0] | states[place][1]
        if not any(self._reached(possible, end) & self.feeds for end in (a, b)):
            return set()
        part, _ = self._feeder_part(a | b, possible)
        closed, unknown = states[place + 1]
        certain = self._reached(closed - unknown, self.sources)
        return {"35"} if part & ~certain & ~self.zone & ~self.sources else set()

    def _reached(self, passing: AbstractSet[str], start: int) -> int:
        reached = start
        for _ in self.edges:
            for switch in passing:
                a, b = self.edges[switch]
                if reached & (a | b):
                    reached |= a | b
        return reached


def _subsets(names: AbstractSet[str]) -> Iterator[frozenset[str]]:
    listed = sorted(names)
    for mask in range(1 << len(listed)):
        yield frozenset(name for k, name in enumerate(listed) if mask >> k & 1)
