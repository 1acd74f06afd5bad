"""The ledger: energisation changes folded into interruptions."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from gridops.events.minutes import MinutesCorrected
from gridops.ids import FeederId, IncidentId, InterruptionId, LoadId, SectionId
from gridops.network import Load, Network
from gridops.reliability.corrections import Corrections, Version, Witnessed
from gridops.reliability.interruptions import Circumstance, Hand, Interruption

BETTER_BY_S = 1.0
"""A meter is not heard for less: so each interruption is revised a bounded number of times."""
EARLIER_S_MAX = 900.0
"""How much earlier than what was booked a meter may date a loss that reports alone told of. A gasp
from further back was another loss, or none; nobody moves a beginning further without `correct`."""


class Ledger:
    """Customer minutes, load by load.

    Deterministic: the same calls give the same ledger. Nothing is filtered and nothing is
    deleted. Stepwise restoration needs no word of its own: each load is closed when its own
    section has supply again.

    Late facts: times have to be in order per load only, so a change that is learnt late
    keeps its true source time wherever that is possible. Where it is not (an end before its
    beginning, a beginning before the end of the load's last interruption) the time is moved
    to the nearest possible one and the interruption is marked `is_clamped`.

    What is read is what was booked with all that was laid over it (`corrections`). Booking goes by
    what was booked before, as if nobody had corrected anything. Neither as booked nor as read do
    two interruptions of one load overlap.
    """

    _network: Network
    corrections: Corrections
    _all: list[Interruption]
    """As they are read."""
    _booked: dict[int, Interruption]
    """Those that something is laid over, as they were booked."""
    _places: dict[InterruptionId, int]
    _of_load: dict[LoadId, list[int]]
    _gasps: dict[LoadId, tuple[datetime, datetime]]
    """When the meters of a load last told of a loss, and when that came; until they had voltage."""
    _open: dict[LoadId, int]
    _last_end: dict[LoadId, datetime]
    _of: dict[IncidentId, list[int]]
    _changed: set[int]
    """Places of what was written over since somebody asked for `news`."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.corrections = Corrections()
        self._all = []
        self._booked = {}
        self._places = {}
        self._of_load = {}
        self._gasps = {}
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

    def ids_of(self, load: LoadId) -> list[InterruptionId]:
        """Of its interruptions, in the order in which they were learnt."""
        return [self._all[place].id for place in self._of_load.get(load, ())]

    def place_of(self, ident: InterruptionId) -> int | None:
        return self._places.get(ident)

    def booked(self, place: int) -> Interruption:
        """As it was booked, whatever was said of it since."""
        return self._booked.get(place, self._all[place])

    def versions(self, ident: InterruptionId) -> tuple[Version, ...]:
        """How it was told, oldest first; the last one holds. Raises: KeyError."""
        place = self._places[ident]
        *former, last = self.corrections.versions(place, self.booked(place))
        return *former, replace(last, value=self._all[place])

    def beside(self, place: int) -> tuple[Interruption | None, Interruption | None]:
        """The interruptions of the same load before and after it."""
        of_load = self._of_load[self._all[place].load]
        at = of_load.index(place)
        before = self._all[of_load[at - 1]] if at else None
        return before, self._all[of_load[at + 1]] if at + 1 < len(of_load) else None

    def _write(self, place: int, booked: Interruption) -> None:
        found = self.corrections.over(place, booked)
        if found is not booked:
            self._booked[place] = booked
            found = self._up_to_next(place, found)
        self._all[place] = found
        self._changed.add(place)
        of_load = self._of_load[booked.load]
        at = of_load.index(place)
        if at and of_load[at - 1] in self._booked:
            self._write(of_load[at - 1], self._booked[of_load[at - 1]])

    def _up_to_next(self, place: int, one: Interruption) -> Interruption:
        """What was said of an interruption when the next one of the load was not booked yet may
        reach into that: as it is read it ends where the next begins."""
        of_load = self._of_load[one.load]
        at = of_load.index(place) + 1
        if at == len(of_load):
            return one
        limit = self._all[of_load[at]].began
        if one.ended is not None and one.ended <= limit:
            return one
        return replace(one, began=min(one.began, limit), ended=limit, is_clamped=True)

    def correct(self, said: MinutesCorrected) -> None:
        """Lays it over what it is about; of something that is not there it says nothing."""
        if said.interruption is not None:
            place = self._places.get(said.interruption)
            places = [] if place is None else [place]
            if place is not None:
                self.corrections.lay(said, place=place)
        else:
            places = [] if said.incident is None else self._of.get(said.incident, [])
            self.corrections.lay(said, place=None, incident=said.incident)
        for each in places:
            self._write(each, self.booked(each))

    def witness(self, load: LoadId, *, began: datetime, at: datetime) -> None:
        """A meter tells at `at` that the load lost supply at `began`. It is believed where it knows
        better: where its word and our clock are closer than they were when the loss was booked,
        and the loss may have been then; or, where reports alone told of it, if it tells of it
        earlier, by no more than EARLIER_S_MAX in all. The latest interruption of the load is meant,
        or the one that is booked next: it does not matter which of the two words came first."""
        self._gasps[load] = began, at
        self._heed(load)

    def has_voltage(self, load: LoadId, *, since: datetime) -> None:
        """Its meters have voltage at `since`: what they told of before says nothing of a loss that
        is booked later."""
        gasped = self._gasps.get(load)
        if gasped is not None and gasped[0] <= since:
            del self._gasps[load]

    def _heed(self, load: LoadId) -> None:
        places, (began, at) = self._of_load.get(load), self._gasps[load]
        if not places:
            return
        place = places[-1]
        before, _ = self.beside(place)
        booked = self.booked(place)
        one = self.corrections.by_devices(place, booked)
        within_s = abs((at - began).total_seconds())
        off_s = abs((began - one.began).total_seconds())
        is_better = (
            not one.is_presumed
            and within_s + BETTER_BY_S <= one.began_within_s
            and off_s <= one.began_within_s
        )
        is_first = (
            one.is_presumed
            and (one.began - began).total_seconds() >= BETTER_BY_S
            and (booked.began - began).total_seconds() <= EARLIER_S_MAX
        )
        is_after = before is None or before.ended is None or before.ended <= began
        is_before = one.ended is None or began <= one.ended
        if (is_better or is_first) and is_after and is_before:
            said = Witnessed(at=at, began=began, within_s=within_s)
            self.corrections.lay(said, place=place)
            self._write(place, booked)

    def attribute(
        self,
        changed: Iterable[Interruption],
        *,
        by: Hand | None,
        within_s: float,
        is_presumed: bool = False,
    ) -> None:
        """Of what `sections_changed` returned: who did it, and how sure the time of it is.
        `is_presumed`: reports alone told of it."""
        for one in changed:
            place = self._places[one.id]
            now = self.booked(place)
            if now.ended is not None:
                self._write(place, replace(now, restored_by=by, ended_within_s=within_s))
                continue
            lost = replace(now, taken_by=by, began_within_s=within_s, is_presumed=is_presumed)
            self._write(place, lost)
            if one.load in self._gasps:
                self._heed(one.load)

    def move_times(self, changed: Iterable[Interruption]) -> None:
        """Of what `sections_changed` returned: a wrong clock told its time, and another was
        taken."""
        for one in changed:
            place = self._places[one.id]
            self._write(place, replace(self.booked(place), is_clamped=True))

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
                self._write(index, replace(self.booked(index), section=section))

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
                    p_before_w = drawn.get(load.id, load.p_w)
                    new = _opened(load, section, at=at, p_w=p_before_w, network=self._network)
                    new = replace(new, incident=incidents.get(section), feeder=feeders.get(section))
                    changed.append(self._begin(new))
        return tuple(changed)

    def _begin(self, new: Interruption) -> Interruption:
        earliest = self._last_end.get(new.load)
        if earliest is not None and new.began < earliest:
            new = replace(new, began=earliest, is_clamped=True)
        place, of_load = len(self._all), self._of_load.setdefault(new.load, [])
        of_load.append(place)
        new = replace(new, id=InterruptionId(f"{new.load}~{len(of_load)}"))
        self._places[new.id] = place
        self._open[new.load] = place
        if new.incident is not None:
            self._of.setdefault(new.incident, []).append(place)
        self._all.append(new)
        self._write(place, new)
        return self._all[place]

    def _close(self, load: LoadId, at: datetime) -> Interruption:
        index = self._open.pop(load)
        was = self.booked(index)
        ended = max(at, was.began)
        moved = was.is_clamped or ended != at
        self._write(index, replace(was, ended=ended, is_clamped=moved))
        self._last_end[load] = ended
        return self._all[index]

    def assign(self, incident: IncidentId, sections: AbstractSet[SectionId]) -> None:
        """Gives lasting interruptions in `sections` that have no incident yet to `incident`:
        supply goes before anybody knows why."""
        for index in self._open.values():
            one = self.booked(index)
            if one.incident is None and one.section in sections:
                self._write(index, replace(one, incident=incident))
                self._of.setdefault(incident, []).append(index)

    def merge(self, gone: IncidentId, kept: IncidentId) -> None:
        """`gone` turned out to be a part of `kept`: all of its interruptions are now the other's,
        so that nobody counts twice for one event. No minute changes."""
        is_said_of_all = self.corrections.merge(gone, kept)
        for index in self._of.pop(gone, ()):
            self._write(index, replace(self.booked(index), incident=kept))
            self._of.setdefault(kept, []).append(index)
        for index in self._of.get(kept, ()) if is_said_of_all else ():
            self._write(index, self.booked(index))

    def explain(self, incident: IncidentId, why: Circumstance) -> None:
        """What the incident turned out to be, for all of its interruptions, ended or not."""
        for index in self._of.get(incident, ()):
            self._write(index, replace(self.booked(index), why=why))


def _opened(
    load: Load, section: SectionId, *, at: datetime, p_w: float, network: Network
) -> Interruption:
    return Interruption(
        load=load.id,
        section=section,
        feeder=None,
        customers=load.customers,
        p_w=p_w,
        began=at,
        area=load.area or None,
        priority=load.priority,
        profile=None if load.profile is None else network.profiles[load.profile],
    )
