"""The ledger: energisation changes folded into interruptions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gridops.events.minutes import MinutesCorrected
from gridops.ids import FeederId, IncidentId, InterruptionId, LoadId, SectionId
from gridops.measurement import Measured
from gridops.network import Load, Network
from gridops.reliability.corrections import Corrections, History, Witnessed
from gridops.reliability.interruptions import Circumstance, Hand, Interruption

BETTER_BY_S = 1.0
"""A meter is not heard for less: so each interruption is revised a bounded number of times."""
EARLIER_S_MAX = 900.0
"""How much earlier than what was booked meters may date a loss that reports alone told of. A gasp
from further back was another loss, or none; nobody moves a beginning further without `correct`."""
QUORUM = 3
"""So many meters of a load, or all where there are fewer, have to be without voltage: one house
may have lost its own fuse, and tell of it more than once."""
GASPS_MAX = 8
"""Words of the meters of one load that are kept, the newest."""
AGAIN_S_MAX = 3600.0
"""A loss that is told of so soon after an end that a person alone reported goes on from there."""


@dataclass(frozen=True, slots=True)
class Gasp:
    """So many meters of one load told at `at` that they lost supply at `began`."""

    began: datetime
    at: datetime
    meters: int
    ids: frozenset[str]
    """Which they are, if that is told."""


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
    _gasps: dict[LoadId, list[Gasp]]
    """What the meters of a load told last, in order of arrival; until they had voltage."""
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

    def history(self, ident: InterruptionId) -> History:
        """Raises: KeyError."""
        place = self._places[ident]
        booked = self.booked(place)
        return History(booked, self.corrections.on(place, booked), self._all[place])

    def said_of(self, places: Sequence[int]) -> list[MinutesCorrected]:
        """What people said of any of them, in the order in which they said it."""
        incidents = (self._all[place].incident for place in places)
        return self.corrections.on_any(places, {one for one in incidents if one is not None})

    def told_in(self, begin: datetime, end: datetime) -> list[int]:
        """The places of what something is laid over and that began from `begin` to before `end`, as
        it was booked or as anybody said: also of what a correction moved out of that time."""
        return [
            place
            for place, booked in self._booked.items()
            if any(begin <= began < end for began in self._beginnings(place, booked))
        ]

    def _beginnings(self, place: int, booked: Interruption) -> Iterator[datetime]:
        yield booked.began
        yield self._all[place].began
        for said in self.corrections.on(place, booked):
            if said.began is not None:
                yield said.began

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

    def witness(
        self,
        load: LoadId,
        *,
        began: datetime,
        at: datetime,
        meters: int,
        ids: Iterable[str] = (),
    ) -> None:
        """So many meters, if told those with `ids`, tell at `at` that they lost supply at `began`.
        Once QUORUM of them did, they are believed where they know better: where their word and our
        clock are closer than they were when the loss was booked, and the loss may have been then;
        or, where reports alone told of it, if they tell of it earlier, by no more than
        EARLIER_S_MAX in all. The latest interruption of the load is meant, or the one that is
        booked next: it does not matter which of the two words came first."""
        known = self._gasps.setdefault(load, [])
        new = Gasp(began, at, meters, frozenset(ids))
        if meters > 0 and all(replace(one, at=at) != new for one in known):
            known.append(new)
            del known[:-GASPS_MAX]
            self._heed(load)

    def has_voltage(self, load: LoadId, *, since: datetime) -> None:
        """Its meters have voltage at `since`: what they told of before says nothing of a loss that
        is booked later, and the end that a person reported is one."""
        known = [one for one in self._gasps.pop(load, ()) if one.began > since]
        if known:
            self._gasps[load] = known
        last = self._last_of(load)
        is_back = last is not None and last.ended is not None and last.ended <= since
        if last is not None and last.is_end_reported and is_back:
            self._write(self._places[last.id], replace(last, is_end_reported=False))

    def _last_of(self, load: LoadId) -> Interruption | None:
        """As it is booked."""
        places = self._of_load.get(load)
        return self.booked(places[-1]) if places else None

    def _heed(self, load: LoadId) -> None:
        """The first instant at which enough meters of the load were without voltage, of those that
        may be believed."""
        last = self._last_of(load)
        if last is None:
            return
        place, told = self._places[last.id], sorted(self._gasps[load], key=lambda one: one.began)
        quorum = min(QUORUM, last.customers)
        for one in told:
            earliest = one.began - timedelta(seconds=EARLIER_S_MAX)
            near = [other for other in told if earliest <= other.began <= one.began]
            if _meters_in(near) >= quorum and self._is_believed(one, place, booked=last):
                within_s = abs((one.at - one.began).total_seconds())
                said = Witnessed(at=one.at, began=one.began, within_s=within_s)
                self.corrections.lay(said, place=place)
                self._write(place, last)
                return

    def _is_believed(self, gasp: Gasp, place: int, *, booked: Interruption) -> bool:
        began = gasp.began
        before, _ = self.beside(place)
        one = self.corrections.by_devices(place, booked)
        within_s = abs((gasp.at - began).total_seconds())
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
        return (is_better or is_first) and is_after and is_before

    def attribute(
        self,
        changed: Iterable[Interruption],
        *,
        by: Hand | None,
        within_s: float,
        is_presumed: bool = False,
        is_end_reported: bool = False,
    ) -> None:
        """Of what `sections_changed` returned: who did it, and how sure the time of it is.
        `is_presumed`: reports alone told of the loss. `is_end_reported`: a person alone told of
        the end."""
        for one in changed:
            place = self._places[one.id]
            now = self.booked(place)
            if now.ended is not None:
                back = replace(now, restored_by=by, ended_within_s=within_s)
                self._write(place, replace(back, is_end_reported=is_end_reported))
                continue
            lost = replace(now, taken_by=by, began_within_s=within_s, is_presumed=is_presumed)
            self._write(place, self._going_on(lost, place) if is_presumed else lost)
            if one.load in self._gasps:
                self._heed(one.load)

    def _going_on(self, lost: Interruption, place: int) -> Interruption:
        """Nobody told of voltage since the end that a person reported: soon after, it is taken for
        no end."""
        before, _ = self.beside(place)
        if before is None or before.ended is None or not before.is_end_reported:
            return lost
        dark_s = (lost.began - before.ended).total_seconds()
        if not 0 < dark_s <= AGAIN_S_MAX:
            return lost
        within_s = dark_s + lost.began_within_s
        return replace(lost, began=before.ended, began_within_s=within_s, goes_on=True)

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
        p_w: Mapping[LoadId, Measured[float]] | None = None,
        among: Sequence[SectionId] | None = None,
    ) -> tuple[Interruption, ...]:
        """From `at` (source time) on exactly the sections in `dark` are without supply.

        Loads that went dark open an interruption, loads that came back close theirs.
        `incident_of` names the incident of a section as far as there is one; `feeder_of` is
        the feeding before the loss; `p_w` the load that was measured before the loss, as far
        as any was. Calling again with the same `dark` changes nothing. With `among`, sections in
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
                    new = _opened(load, at=at, measured=drawn.get(load.id), network=self._network)
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


def _meters_in(gasps: Sequence[Gasp]) -> int:
    """How many there are for certain: what does not say which it is of may be of the same ones."""
    named = frozenset[str]().union(*(one.ids for one in gasps))
    return max(len(named), *(one.meters for one in gasps))


def _opened(
    load: Load, *, at: datetime, measured: Measured[float] | None, network: Network
) -> Interruption:
    return Interruption(
        load=load.id,
        section=network.section_of_node[load.node],
        feeder=None,
        customers=load.customers,
        p_w=load.p_w if measured is None else measured.value,
        p_at=None if measured is None else measured.source_time,
        began=at,
        area=load.area or None,
        priority=load.priority,
        profile=None if load.profile is None else network.profiles[load.profile],
    )
