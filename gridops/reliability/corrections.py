"""What is laid over what was booked: what people say, and what meters knew better.

Booked facts and corrections are kept apart, so neither can hide the other: every version of an
interruption can be read, and it does not matter which of the two came first.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from gridops.events.minutes import Corrected, MinutesCorrected
from gridops.ids import IncidentId, UserName
from gridops.reliability.interruptions import Interruption

TIMES = frozenset({Corrected.BEGAN, Corrected.ENDED, Corrected.CUSTOMERS})
"""What differs from interruption to interruption of one incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A meter tells when supply went, better than what was booked does."""

    at: datetime
    began: datetime
    within_s: float


Laid = MinutesCorrected | Witnessed


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An interruption as it was told from one moment on."""

    told_at: datetime | None
    """None: as it was booked."""
    by: UserName | None
    """None: a device."""
    reason: str
    value: Interruption


@dataclass(slots=True)
class Corrections:
    """All that was laid over a ledger, in the order in which it was said. Places are those of the
    ledger. Bounded by what people write and by one word of a meter for each interruption."""

    said: list[Laid] = field(default_factory=list)
    _on: dict[int, list[int]] = field(default_factory=dict)
    _on_incident: dict[IncidentId, list[int]] = field(default_factory=dict)

    def lay(self, said: Laid, *, place: int | None, incident: IncidentId | None = None) -> None:
        """On one interruption, or on all of an incident."""
        number = len(self.said)
        self.said.append(said)
        if place is not None:
            self._on.setdefault(place, []).append(number)
        elif incident is not None:
            self._on_incident.setdefault(incident, []).append(number)

    def merge(self, gone: IncidentId, kept: IncidentId) -> bool:
        """One event has one cause: what was said of a part is said of the whole. Whether anything
        was."""
        moved = self._on_incident.pop(gone, [])
        if moved:
            self._on_incident.setdefault(kept, []).extend(moved)
        return bool(moved)

    def on(self, place: int, booked: Interruption) -> tuple[Laid, ...]:
        """What is laid over it, in the order in which it was said."""
        numbers = list(self._on.get(place, ()))
        if booked.incident is not None:
            numbers += self._on_incident.get(booked.incident, ())
        return tuple(self.said[number] for number in sorted(numbers))

    def on_any(
        self, places: Iterable[int], incidents: AbstractSet[IncidentId]
    ) -> list[MinutesCorrected]:
        """What people said of any of these, in the order in which they said it."""
        numbers = {n for place in places for n in self._on.get(place, ())}
        numbers.update(n for each in incidents for n in self._on_incident.get(each, ()))
        laid = (self.said[number] for number in sorted(numbers))
        return [one for one in laid if isinstance(one, MinutesCorrected)]

    def over(self, place: int, booked: Interruption) -> Interruption:
        """What is read of it."""
        return laid_over(booked, self.on(place, booked))

    def by_devices(self, place: int, booked: Interruption) -> Interruption:
        """Without the word of any person."""
        return laid_over(booked, [x for x in self.on(place, booked) if isinstance(x, Witnessed)])


@dataclass(frozen=True, slots=True)
class History:
    """One interruption with all that was laid over it, apart from the ledger."""

    booked: Interruption
    laid: tuple[Laid, ...]
    read: Interruption
    """As it is read."""

    def versions(self) -> tuple[Version, ...]:
        """Oldest first; the last one holds. Linear in what was said."""
        found = [Version(told_at=None, by=None, reason="", value=self.booked)]
        told = zip(self.laid, _told_one_by_one(self.booked, self.laid), strict=True)
        for count, (last, value) in enumerate(told, start=1):
            person = last if isinstance(last, MinutesCorrected) else None
            found.append(
                Version(
                    told_at=last.at,
                    by=None if person is None else person.by,
                    reason="" if person is None else person.reason,
                    value=_possible(value, revisions=count),
                )
            )
        return *found[:-1], replace(found[-1], value=self.read)


def laid_over(booked: Interruption, laid: Sequence[Laid]) -> Interruption:
    """What is read. What was booked after a correction may contradict it: then nothing lasts."""
    return _possible(told_over(booked, laid), revisions=len(laid)) if laid else booked


def _possible(told: Interruption, *, revisions: int) -> Interruption:
    if told.ended is not None and told.ended < told.began:
        told = replace(told, ended=told.began, is_clamped=True)
    return replace(told, revisions=revisions)


def told_over(booked: Interruption, laid: Sequence[Laid]) -> Interruption:
    """As it is told, possible or not. The word of a person counts more than that of a meter,
    whichever came last."""
    return [booked, *_told_one_by_one(booked, laid)][-1]


def _told_one_by_one(booked: Interruption, laid: Sequence[Laid]) -> Iterator[Interruption]:
    """As it is told after each. Linear in what people say: a meter is heard once."""
    found = device = booked
    people: list[MinutesCorrected] = []
    for one in laid:
        if isinstance(one, MinutesCorrected):
            people.append(one)
            found = _corrected(found, one, device=device)
        else:
            found = device = replace(device, began=one.began, began_within_s=one.within_s)
            for said in people:
                found = _corrected(found, said, device=device)
        yield found


def _corrected(one: Interruption, said: MinutesCorrected, *, device: Interruption) -> Interruption:
    """`device`: what holds without the word of any person."""
    one = _as_booked(one, said.as_booked, device=device)
    why = one.why
    why = replace(
        why,
        cause=why.cause if said.cause is None else said.cause,
        planned=why.planned if said.planned is None else said.planned,
        source_lost=why.source_lost if said.source_lost is None else said.source_lost,
        exclusions=why.exclusions if said.grounds is None else frozenset(said.grounds),
    )
    one = replace(one, why=why)
    if said.began is not None:
        one = replace(one, began=said.began, began_within_s=0.0)
    if said.ended is not None and one.ended is not None:
        one = replace(one, ended=said.ended, ended_within_s=0.0)
    return one if said.customers is None else replace(one, customers=said.customers)


def _as_booked(
    one: Interruption, names: Iterable[Corrected], *, device: Interruption
) -> Interruption:
    why, was = one.why, device.why
    for name in names:
        match name:
            case Corrected.CAUSE:
                why = replace(why, cause=was.cause)
            case Corrected.PLANNED:
                why = replace(why, planned=was.planned)
            case Corrected.SOURCE_LOST:
                why = replace(why, source_lost=was.source_lost)
            case Corrected.GROUNDS:
                why = replace(why, exclusions=was.exclusions)
            case Corrected.BEGAN:
                one = replace(one, began=device.began, began_within_s=device.began_within_s)
            case Corrected.ENDED:
                one = replace(one, ended=device.ended, ended_within_s=device.ended_within_s)
            case Corrected.CUSTOMERS:
                one = replace(one, customers=device.customers)
    return replace(one, why=why)


def named_in(said: MinutesCorrected) -> frozenset[Corrected]:
    """What it corrects."""
    return frozenset(said.as_booked).union(
        name for name in Corrected if getattr(said, name.value) is not None
    )
