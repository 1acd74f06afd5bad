"""A control room on a virtual field, on simulated time: scenarios, studies and training.

The field's values take the way of live ones (`event_of`, journal, desk); only the sockets and
the clock are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.commands import AskOperator, Intent, Operate, Solve
from gridops.control_room.room import ControlRoom
from gridops.errors import CommandRefused, DeviceInterlocked, DeviceLocal, ReleaseRefused
from gridops.events import (
    CommandConfirmed,
    CommandRejected,
    CommandTimedOut,
    Event,
    LinkLost,
    LinkRestored,
    OperatorEvent,
    PlanSolved,
    SwitchMoved,
)
from gridops.ids import CommandId, IncidentId, LinkId, SwitchId, UserName
from gridops.incident import Offer, Proposed
from gridops.measurement import Position
from gridops.state.telemetry import event_of
from gridops.virtual_field import OrderAnswer, VirtualField
from gridops.virtual_field.vocabulary import PointValue

CONFIRM_MARGIN_S = 5.0
_REFUSED = {
    OrderAnswer.REFUSED_LOCAL: DeviceLocal,
    OrderAnswer.REFUSED_INTERLOCK: DeviceInterlocked,
}
"""After a device's operating time, how long its read-back is awaited."""
OPERATOR = UserName("operator")
COLLEAGUE = UserName("colleague")
"""Approves what the operator releases, where that takes two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What the simulated operator does with a plan: None leaves it on the screen."""

    release_after_s: float | None = 5.0
    takes_offers: bool = False
    """Whether the better plan, if one is offered by then, is taken and released instead."""


@dataclass(frozen=True, slots=True)
class _Sent:
    switch: SwitchId
    position: Position
    give_up_at: datetime


@dataclass(frozen=True, slots=True)
class _Decision:
    at: datetime
    incident: IncidentId


class Simulation:
    """Plays one room and one field against each other. Deterministic."""

    def __init__(self, room: ControlRoom, field: VirtualField, *, habit: Habit) -> None:
        self.room = room
        self.field = field
        self._habit = habit
        self._cut: dict[LinkId, datetime] = {}
        self._epochs: dict[LinkId, int] = {}
        self._sent: dict[CommandId, _Sent] = {}
        self._decisions: list[_Decision] = []
        self._acts: list[OperatorEvent] = []

    def run(self, until: datetime, acts: Sequence[OperatorEvent] = ()) -> None:
        """Plays from the start of the field up to `until`; `acts` are what people do, each at its
        `at`."""
        self.begin()
        self.go_on(until, acts)

    def begin(self) -> None:
        """Starts the room, and reads the field for the first time."""
        now = self.field.now
        self._do(self.room.start(now), now)
        self._connect(list(self.room.network.links), now)

    def go_on(self, until: datetime, acts: Sequence[OperatorEvent] = ()) -> None:
        """From where it stands up to `until`, so that people who look in between can act on what
        they see."""
        self._acts = sorted((*self._acts, *acts), key=lambda act: act.at)
        while self.field.now < until:
            self._turn(min(self._next(until), until))

    def _next(self, until: datetime) -> datetime:
        """The next instant at which anything can happen."""
        times = [
            self.field.next_due(),
            self.room.timers.next_due(),
            *(sent.give_up_at for sent in self._sent.values()),
            *(decision.at for decision in self._decisions),
            *(act.at for act in self._acts[:1]),
        ]
        return min((t for t in times if t is not None), default=until)

    def _turn(self, now: datetime) -> None:
        events = self._heard(self.field.advance(now), now)
        events += self.field.take_meter_reports()
        self._do(self.room.accept(events), now)
        self._do(self.room.accept(self._outcomes(events, now)), now)
        while self._acts and self._acts[0].at <= now:
            self._do(self.room.accept([self._acts.pop(0)]), now)
        self._do(self.room.accept(self.room.timers.expired(now)), now)
        due = [decision for decision in self._decisions if decision.at <= now]
        self._decisions = [decision for decision in self._decisions if decision.at > now]
        for decision in due:
            self._release(decision.incident, now)

    # the way in

    def _heard(self, values: Sequence[PointValue], now: datetime) -> list[Event]:
        """What gets through, with the loss and return of links."""
        events: list[Event] = []
        for link in sorted(self.field.links_cut - set(self._cut)):
            self._cut[link] = now
            events.append(LinkLost(at=now, link=link, why="cut"))
        events += [_event(v, now) for v in values if v.point.link not in self._cut]
        for link in sorted(set(self._cut) - self.field.links_cut):
            events += self._restored(link, now)
        return events

    def _connect(self, links: Sequence[LinkId], now: datetime) -> None:
        for link in links:
            self._do(self.room.accept(self._restored(link, now)), now)

    def _restored(self, link: LinkId, now: datetime) -> list[Event]:
        self._epochs[link] = self._epochs.get(link, 0) + 1
        gap = self._cut.pop(link, None)
        values = [v for v in self.field.values().values() if v.point.link == link]
        return [
            LinkRestored(at=now, link=link, epoch=self._epochs[link], gap_since=gap),
            *(_event(value, now) for value in values),
        ]

    # the way out

    def _do(self, intents: Sequence[Intent], now: datetime) -> None:
        for intent in intents:
            match intent:
                case Operate() if (also := self.room.issue(intent, now)) is not None:
                    self._operate(intent, now)
                    self._do(also, now)
                case AskOperator() if self._habit.release_after_s is not None:
                    at = now + timedelta(seconds=self._habit.release_after_s)
                    self._decisions.append(_Decision(at, intent.incident))
                case Solve():
                    there = PlanSolved(at=now, incident=intent.incident, ticket=intent.ticket)
                    self._do(self.room.accept([there]), now)
                case _:
                    pass

    def _operate(self, intent: Operate, now: datetime) -> None:
        switch = self.room.network.switches[intent.switch]
        if self.room.desk.state.link_of.get(intent.switch) in self._cut:
            self._sent[intent.command] = _Sent(intent.switch, intent.position, intent.deadline)
            return
        answered = self.field.order(intent.switch, intent.position, at=now)
        if answered is not OrderAnswer.ACCEPTED:
            refused = CommandRejected(
                at=now,
                command=intent.command,
                why=answered.value,
                code=_REFUSED.get(answered, CommandRefused).code,
            )
            self._do(self.room.accept([refused]), now)
            return
        patience = timedelta(seconds=switch.operating_time_s + CONFIRM_MARGIN_S)
        self._sent[intent.command] = _Sent(intent.switch, intent.position, now + patience)

    def _outcomes(self, events: Sequence[Event], now: datetime) -> list[Event]:
        outcomes: list[Event] = []
        moved = {(e.switch, e.position) for e in events if isinstance(e, SwitchMoved)}
        for command, sent in list(self._sent.items()):
            if (sent.switch, sent.position) in moved:
                outcomes.append(CommandConfirmed(at=now, command=command))
            elif now >= sent.give_up_at:
                outcomes.append(CommandTimedOut(at=now, command=command, why="no read-back"))
            else:
                continue
            del self._sent[command]
        return outcomes

    def _release(self, incident: IncidentId, now: datetime) -> None:
        found = self.room.desk.incidents[incident]
        try:
            if self._habit.takes_offers and found.offer is not None:
                self._take(found.offer, incident, at=now)
            proposed = found.proposed
            if proposed is None:
                return
            if self.room.desk.settings.two_person:
                self._approve(incident, proposed, at=now)
            intents = self.room.release(
                incident,
                proposed.id,
                fingerprint=proposed.answer.fingerprint,
                by=OPERATOR,
                at=now,
            )
        except ReleaseRefused:
            # Superseded or vetoed meanwhile: the operator waits for the next proposal.
            return
        self._do(intents, now)

    def _approve(self, incident: IncidentId, proposed: Proposed, *, at: datetime) -> None:
        fingerprint = proposed.answer.fingerprint
        said = self.room.approve(
            incident, proposed.id, fingerprint=fingerprint, by=COLLEAGUE, at=at
        )
        self._do(said, at)

    def _take(self, offer: Offer, incident: IncidentId, *, at: datetime) -> None:
        """It is released in the same breath: nobody has to be asked again."""
        fingerprint = offer.answer.fingerprint
        taken = self.room.take_offer(
            incident, offer.id, fingerprint=fingerprint, by=OPERATOR, at=at
        )
        self._do([intent for intent in taken if not isinstance(intent, AskOperator)], at)


def _event(value: PointValue, now: datetime) -> Event:
    return event_of(
        value.point,
        value.value,
        quality=value.quality,
        source_time=min(value.source_time, now),  # a clock that is fast: as a link has it
        at=now,
    )
