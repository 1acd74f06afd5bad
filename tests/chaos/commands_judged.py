"""The judge of commands: what was said of each, beside what the devices saw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.measurement import Position
from gridops.ports import SwitchOrder
from gridops.virtual_field import OrderAnswer
from tests.chaos.record import Arrival, RecordedField

LATE_TOLERANCE = timedelta(seconds=0.15)
"""From the kernel of the device to its process, on a machine that does ten other things."""


@dataclass(frozen=True, slots=True)
class Given:
    """A command, and what was said of it."""

    order: SwitchOrder
    outcome: str
    given_at: datetime
    ended_at: datetime
    in_doubt: Position | None = None
    """Where the last command to this switch was to go, if nobody knew what became of it."""

    @property
    def name(self) -> str:
        return f"command {self.order.command} to {self.order.switch}"


@dataclass(frozen=True, slots=True)
class Hang:
    """The device did nothing for this time. What lay in the memory of its kernel by then it carries
    out when it goes on, and no reset of the connection takes that back."""

    since: datetime
    until: datetime


def wrong_commands(
    given: Sequence[Given], field: RecordedField, *, hangs: Sequence[Hang] = ()
) -> list[str]:
    """None doubled, none late, every outcome true. One that is called unknown may be carried out at
    the end of the hang that its deadline lies in. `hangs`: in their order."""
    wrong = []
    owned: set[int] = set()
    for one in given:
        mine = {
            index: arrival
            for index, arrival in enumerate(field.arrivals)
            if index not in owned and _is_of(one, arrival, given=given)
        }
        owned |= mine.keys()
        wrong += [f"{one.name} {what}" for what in _wrong(one, list(mine.values()), field=field)]
        wrong += [f"{one.name} {what}" for what in _late(one, list(mine.values()), hangs=hangs)]
    strays = [a for index, a in enumerate(field.arrivals) if index not in owned]
    wrong += [f"{a.switch} was told {a.position.name}, which nobody ordered" for a in strays]
    return wrong


def _wrong(one: Given, mine: Sequence[Arrival], *, field: RecordedField) -> Iterator[str]:
    moved = [arrival for arrival in mine if arrival.answer is OrderAnswer.ACCEPTED]
    if len(mine) > 1:
        yield f"arrived {len(mine)} times"
    if one.outcome == "refused" and moved:
        yield "moved a switch and is called refused"
    if one.outcome != "confirmed":
        return
    # Confirmed says two things: the switch stood where it was ordered while the command was under
    # way, and nothing of the command is still to come. Both may be true of one that never left:
    # the last command asked for the same, nobody knew what became of it, and the reading before
    # this one was sent showed that it had come. Then sending it would only be a second time. So
    # without an arrival the doubt must have been about this very position, and with or without
    # one the device itself must have stood there, by what it did and not by what anybody read.
    if not moved and one.in_doubt is not one.order.position:
        yield "is called confirmed and never arrived"
    since, until = one.given_at, one.ended_at
    if not field.stood_at(one.order.switch, one.order.position, since=since, until=until):
        yield "is called confirmed and the switch never stood there"


def _late(one: Given, mine: Sequence[Arrival], *, hangs: Sequence[Hang]) -> Iterator[str]:
    until = _latest(one, hangs) + LATE_TOLERANCE
    for arrival in mine:
        if arrival.at > until:
            late_s = (arrival.at - one.order.deadline).total_seconds()
            yield f"was executed {late_s:.2f} s after its deadline"
            return


def _latest(one: Given, hangs: Sequence[Hang]) -> datetime:
    """When the device may last have had what was sent in time. A hang that begins before it got to
    that takes it along."""
    latest = one.order.deadline
    if one.outcome != "unknown":
        return latest
    for hang in hangs:
        if hang.since <= latest + LATE_TOLERANCE:
            latest = max(latest, hang.until)
    return latest


def _is_of(one: Given, arrival: Arrival, *, given: Sequence[Given]) -> bool:
    """Whether it asks for the same, and no later command that does had begun when it arrived."""
    if not _asks_the_same(one, arrival) or arrival.at < one.given_at:
        return False
    return not any(
        one.given_at < later.given_at <= arrival.at and _asks_the_same(later, arrival)
        for later in given
    )


def _asks_the_same(one: Given, arrival: Arrival) -> bool:
    return one.order.switch == arrival.switch and one.order.position is arrival.position
