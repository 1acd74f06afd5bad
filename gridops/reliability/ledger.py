"""The ledger: energisation changes folded into interruptions."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from gridops.ids import FeederId, IncidentId, LoadId, SectionId
from gridops.network import Load, Network
from gridops.reliability.interruptions import Circumstance, Interruption


class Ledger:
    """Customer minutes, load by load.

    Deterministic: the same calls give the same ledger. Nothing is filtered and nothing is
    deleted. Stepwise restoration needs no word of its own: each load is closed when its own
    section has supply again.

    Late facts: times have to be in order per load only, so a change that is learnt late
    keeps its true source time wherever that is possible. Where it is not (an end before its
    beginning, a beginning before the end of the load's last interruption) the time is moved
    to the nearest possible one and the interruption is marked `is_clamped`.
    """

    _network: Network
    _all: list[Interruption]
    _open: dict[LoadId, int]
    _last_end: dict[LoadId, datetime]
    _of: dict[IncidentId, list[int]]
    _changed: set[int]
    """Places of what was written over since somebody asked for `news`."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._all = []
        self._open = {}
        self._last_end = {}
        self._of = {}
        self._changed = set()

    @property
    def interruptions(self) -> tuple[Interruption, ...]:
        """Ended and lasting ones, in the order in which they were learnt."""
        return tuple(self._all)

    @property
    def lasting(self) -> tuple[Interruption, ...]:
        """Who is without supply now, in grid order of the loads."""
        return tuple(self._all[self._open[x]] for x in self._network.loads if x in self._open)

    def of(self, incident: IncidentId) -> list[Interruption]:
        """The interruptions of one incident, in the order in which they were learnt."""
        return [self._all[index] for index in sorted(self._of.get(incident, ()))]

    def at(self, place: int) -> Interruption:
        """One of `interruptions`, by its place there."""
        return self._all[place]

    def news(self, known: int) -> list[int]:
        """For the one that reads along and holds the first `known`: the places of those of them
        that changed since its last question, and of all after them."""
        changed = sorted(place for place in self._changed if place < known)
        self._changed.clear()
        return [*changed, *range(known, len(self._all))]

    def _write(self, place: int, one: Interruption) -> None:
        self._all[place] = one
        self._changed.add(place)

    def is_interrupted(self, section: SectionId) -> bool:
        """Whether any load there has an interruption that lasts."""
        return any(load.id in self._open for load in self._network.loads_of_section[section])

    def take_in(self, network: Network, at: datetime) -> None:
        """Changes over to another version of the grid. Who is without supply stays so, in the
        section where the load is now; a load that `network` does not have ends at `at`."""
        self._network = network
        for load, index in list(self._open.items()):
            found = network.loads.get(load)
            if found is None:
                self._close(load, at)
            else:
                section = network.section_of_node[found.node]
                self._write(index, replace(self._all[index], section=section))

    def sections_changed(
        self,
        at: datetime,
        dark: AbstractSet[SectionId],
        *,
        incident_of: Mapping[SectionId, IncidentId] | None = None,
        feeder_of: Mapping[SectionId, FeederId | None] | None = None,
        p_w: Mapping[LoadId, float] | None = None,
        among: Sequence[SectionId] | None = None,
    ) -> tuple[Interruption, ...]:
        """From `at` (source time) on exactly the sections in `dark` are without supply.

        Loads that went dark open an interruption, loads that came back close theirs.
        `incident_of` names the incident of a section as far as there is one; `feeder_of` is
        the feeding before the loss; `p_w` the load before the loss, else that of the grid
        data. Calling again with the same `dark` changes nothing. With `among`, sections in
        grid order, only these are looked at: all others are as they were at the last call.

        Returns the interruptions that were opened or closed, in grid order.
        """
        incidents, feeders, drawn = incident_of or {}, feeder_of or {}, p_w or {}
        changed: list[Interruption] = []
        for section in self._network.sections if among is None else among:
            for load in self._network.loads_of_section[section]:
                if section not in dark and load.id in self._open:
                    changed.append(self._close(load.id, at))
                elif section in dark and load.id not in self._open:
                    new = _opened(load, section, at=at, p_w=drawn.get(load.id, load.p_w))
                    new = replace(new, incident=incidents.get(section), feeder=feeders.get(section))
                    changed.append(self._begin(new))
        return tuple(changed)

    def _begin(self, new: Interruption) -> Interruption:
        earliest = self._last_end.get(new.load)
        if earliest is not None and new.began < earliest:
            new = replace(new, began=earliest, is_clamped=True)
        self._open[new.load] = len(self._all)
        if new.incident is not None:
            self._of.setdefault(new.incident, []).append(len(self._all))
        self._all.append(new)
        return new

    def _close(self, load: LoadId, at: datetime) -> Interruption:
        index = self._open.pop(load)
        was = self._all[index]
        ended = max(at, was.began)
        moved = was.is_clamped or ended != at
        self._write(index, replace(was, ended=ended, is_clamped=moved))
        self._last_end[load] = ended
        return self._all[index]

    def assign(self, incident: IncidentId, sections: AbstractSet[SectionId]) -> None:
        """Gives lasting interruptions in `sections` that have no incident yet to `incident`:
        supply goes before anybody knows why."""
        for index in self._open.values():
            one = self._all[index]
            if one.incident is None and one.section in sections:
                self._write(index, replace(one, incident=incident))
                self._of.setdefault(incident, []).append(index)

    def merge(self, gone: IncidentId, kept: IncidentId) -> None:
        """`gone` turned out to be a part of `kept`: all of its interruptions are now the other's,
        so that nobody counts twice for one event. No minute changes."""
        for index in self._of.pop(gone, ()):
            self._write(index, replace(self._all[index], incident=kept))
            self._of.setdefault(kept, []).append(index)

    def explain(self, incident: IncidentId, why: Circumstance) -> None:
        """What the incident turned out to be, for all of its interruptions, ended or not."""
        for index in self._of.get(incident, ()):
            self._write(index, replace(self._all[index], why=why))


def _opened(load: Load, section: SectionId, *, at: datetime, p_w: float) -> Interruption:
    return Interruption(
        load=load.id,
        section=section,
        feeder=None,
        customers=load.customers,
        p_w=p_w,
        began=at,
    )
