"""What must hold of every night, told from outside: from the journal, entry by entry, and from
what the field was ordered. None of it asks the product's desk or guard."""

import itertools
from collections import deque
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.events import (
    CommandConfirmed,
    CommandIssued,
    CommandRejected,
    CommandTimedOut,
    ControlRoomStarted,
    Event,
    IncidentHalted,
    LoadShedChanged,
    ModeChanged,
    PlanApproved,
    PlanReleased,
    ProtectionPickedUp,
    SwitchMoved,
    TagPlaced,
    TagRemoved,
)
from gridops.events.codec import KINDS, from_plain
from gridops.events.operator import Mode, TagKind
from gridops.ids import CommandId, PlanId, SectionId, SwitchId, TagId, UserName
from gridops.measurement import Position, Reading
from gridops.network import Network
from gridops.ports import Entry, Json

DEADLINE_S = 3.0
"""The longest that a command may be on its way to the wire."""
ON_THE_WAY_MAX = 4
"""Late orders of which every combination is looked at."""
HELD_OFF = (Mode.DISABLED, Mode.RESTORE_ONLY)


# the grid as a drawing: sections, and switches between them


class Streets:
    """Who hangs on what, by walking."""

    def __init__(self, network: Network) -> None:
        self.ends = dict(network.section_ends)
        self.sources = [network.section_of_node[s.node] for s in network.sources.values()]

    def reached(self, start: SectionId, closed: AbstractSet[SwitchId]) -> set[SectionId]:
        found, todo = {start}, deque([start])
        while todo:
            here = todo.popleft()
            for switch in closed:
                one, other = self.ends[switch]
                beyond = other if one == here else one if other == here else None
                if beyond is not None and beyond not in found:
                    found.add(beyond)
                    todo.append(beyond)
        return found

    def live(self, closed: AbstractSet[SwitchId]) -> set[SectionId]:
        return {one for source in self.sources for one in self.reached(source, closed)}

    def joined(self, closed: AbstractSet[SwitchId]) -> set[SectionId]:
        """Sources that reach another one."""
        return {s for s in self.sources if len(self.reached(s, closed) & {*self.sources}) > 1}

    def rings(self, closed: AbstractSet[SwitchId]) -> int:
        """Closed switches beyond what a tree needs."""
        sections = {end for switch in closed for end in self.ends[switch]}
        parts = {frozenset(self.reached(one, closed)) for one in sections}
        return len(closed) - len(sections) + len(parts)


def harm_of(
    streets: Streets,
    switch: SwitchId,
    position: Position,
    *,
    closed: AbstractSet[SwitchId],
    faulty: AbstractSet[SectionId],
) -> str:
    """What the movement breaks that was whole before it; empty: nothing."""
    was = set(closed)
    now = was | {switch} if position is Position.CLOSED else was - {switch}
    fed = streets.live(now) - streets.live(was)
    if fed & faulty:
        return f"energises the fault in {sorted(fed & faulty)}"
    if streets.joined(now) - streets.joined(was):
        return "joins two sources"
    if streets.rings(now) > streets.rings(was):
        return "closes a ring"
    return ""


# the night as the journal tells it


@dataclass(slots=True, kw_only=True)
class Run:
    """A plan that was proposed, and what became of it."""

    fingerprint: str
    steps: Mapping[int, tuple[SwitchId, Position]]
    incident: str
    released_by: UserName | None = None
    released_at: int = 0
    released_when: datetime | None = None
    halted_by: str = ""
    halted_at: int = 0
    confirmed: set[CommandId] = field(default_factory=set)
    approved: dict[UserName, datetime] = field(default_factory=dict)

    @property
    def is_automatic(self) -> bool:
        return self.released_by is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A command, and what the journal had said before it."""

    event: CommandIssued
    sequence: int
    plan: Run | None
    tags: tuple[TagKind, ...]
    """That block its switch."""
    open: tuple[CommandId, ...]
    """Commands of the same plan without an outcome."""
    unconfirmed: tuple[CommandId, ...]
    """Earlier commands of the same plan that no telemetry has shown to be done."""
    mode: Mode
    again: bool
    """It was issued before."""


class Witness:
    """Folds entries; `issued` is every command with what could be known at that moment."""

    def __init__(self, network: Network) -> None:
        self.streets = Streets(network)
        self.plans: dict[PlanId, Run] = {}
        self.issued: list[Issued] = []
        self.wrong: list[str] = []
        """Releases that should have been refused."""
        self.sequence = 0
        self._stands: dict[SwitchId, Position] = {}
        self._tags: dict[TagId, TagPlaced] = {}
        self._mode = Mode.ADVISORY
        self._shedding = False
        self._open: dict[CommandId, PlanId] = {}
        self._halted_incidents: set[str] = set()

    def read(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.sequence = entry.sequence
            if entry.record.kind == "decision.proposed":
                self._proposed(entry.record.body)
            if entry.record.kind in KINDS:
                self._hear(from_plain(entry.record.kind, dict(entry.record.body)))

    def _proposed(self, body: Mapping[str, Json]) -> None:
        plan = body["plan"]
        assert isinstance(plan, dict)
        steps = plan["steps"]
        assert isinstance(steps, list)
        run = self.plans.setdefault(
            PlanId(str(body["plan_id"])),
            Run(fingerprint="", steps={}, incident=str(body["incident"])),
        )
        run.fingerprint = str(body["fingerprint"])
        run.steps = dict(map(_step, steps))

    def _hear(self, event: Event) -> None:
        match event:
            case CommandIssued():
                self._command(event)
            case CommandConfirmed() | CommandRejected() | CommandTimedOut():
                plan = self._open.pop(event.command, None)
                if not isinstance(event, CommandConfirmed) and plan in self.plans:
                    self._halt(self.plans[plan], "a failed step")
            case SwitchMoved():
                self._moved(event)
            case PlanReleased():
                self._released(event)
            case PlanApproved() if event.plan in self.plans:
                self.plans[event.plan].approved[event.by] = event.at
            case ControlRoomStarted():
                self._open.clear()
                self._halt_all("a restart")
            case _:
                self._hear_person(event)

    def _hear_person(self, event: Event) -> None:
        match event:
            case TagPlaced():
                self._tags[event.tag] = event
                if event.kind is not TagKind.CAUTION:
                    self._halt_all("a tag", at=event.switch)
            case TagRemoved():
                self._tags.pop(event.tag, None)
            case ModeChanged():
                self._mode = event.mode
                if event.mode is not Mode.AUTOMATIC:
                    self._halt_all("a mode", automatic_only=event.mode not in HELD_OFF)
            case IncidentHalted():
                self._halt_all("a person", of=event.incident)
            case LoadShedChanged(reading=Reading.YES):
                self._halt_all("load shedding")
            case ProtectionPickedUp(reading=Reading.YES):
                self._tripped(event)
            case _:
                pass

    def _moved(self, event: SwitchMoved) -> None:
        self._stands[event.switch] = event.position
        for issued in self.issued:
            order = issued.event
            is_it = (order.switch, order.position) == (event.switch, event.position)
            if is_it and issued.plan is not None:
                issued.plan.confirmed.add(order.command)

    def _released(self, event: PlanReleased) -> None:
        run = self.plans.get(event.plan)
        if run is None or run.fingerprint != event.fingerprint:
            self.wrong.append(f"{event.plan}: released is not what was proposed")
        elif run.released_at:
            self.wrong.append(f"{event.plan}: released a second time")
        else:
            run.released_by, run.released_at = event.by, self.sequence
            run.released_when = event.at

    def _tripped(self, event: ProtectionPickedUp) -> None:
        """Concerns whoever works on what hangs on the device."""
        if self._stands.get(event.switch) is not Position.CLOSED:
            return
        closed = {s for s, stands in self._stands.items() if stands is Position.CLOSED}
        hang = set().union(
            *(self.streets.reached(e, closed) for e in self.streets.ends[event.switch])
        )
        for run in self.plans.values():
            left = self._left(run)
            if any(set(self.streets.ends[switch]) & hang for switch in left):
                self._halt(run, "protection")

    def _halt_all(
        self, why: str, *, at: SwitchId | None = None, of: str = "", automatic_only: bool = False
    ) -> None:
        for run in self.plans.values():
            is_meant = (at is None or at in self._left(run)) and of in ("", run.incident)
            if is_meant and (run.is_automatic or not automatic_only):
                self._halt(run, why)

    def _halt(self, run: Run, why: str) -> None:
        if not run.halted_at and self._has_begun(run):
            run.halted_by, run.halted_at = why, self.sequence

    def _has_begun(self, run: Run) -> bool:
        return bool(run.released_at) or any(issued.plan is run for issued in self.issued)

    def _left(self, run: Run) -> set[SwitchId]:
        """Switches of the steps that are surely not done yet: those after the last command, and
        that one itself until telemetry shows it."""
        if not self._has_begun(run):
            return set()
        issued = [i.event for i in self.issued if i.plan is run]
        last = max((event.step for event in issued), default=0)
        is_done = any(e.step == last and e.command in run.confirmed for e in issued)
        first = last + 1 if is_done else last
        return {switch for number, (switch, _) in run.steps.items() if number >= first}

    def _command(self, event: CommandIssued) -> None:
        assert event.plan is not None
        # The fold that proposes may also release: the decision then stands after its command.
        run = self.plans.setdefault(
            event.plan, Run(fingerprint="", steps={}, incident=str(event.incident))
        )
        earlier = [i.event.command for i in self.issued if i.plan is run]
        tags = [t.kind for t in self._tags.values() if t.switch == event.switch]
        self.issued.append(
            Issued(
                event=event,
                sequence=self.sequence,
                plan=run,
                tags=tuple(kind for kind in tags if _blocks(kind, event.position)),
                open=tuple(c for c, plan in self._open.items() if plan == event.plan),
                unconfirmed=tuple(c for c in earlier if c not in run.confirmed),
                mode=self._mode,
                again=event.command in {i.event.command for i in self.issued},
            )
        )
        self._open[event.command] = event.plan


def _step(plain: Json) -> tuple[int, tuple[SwitchId, Position]]:
    assert isinstance(plain, dict)
    position = Position.CLOSED if plain["action"] == "close" else Position.OPEN
    number = plain["number"]
    assert isinstance(number, int)
    return number, (SwitchId(str(plain["switch"])), position)


def _blocks(kind: TagKind, position: Position) -> bool:
    if kind is TagKind.NO_CLOSE:
        return position is Position.CLOSED
    return kind is TagKind.NO_OPERATE


# the invariants, each by its number in docs/safety.md


def i28_executed_is_what_was_approved(night: Witness, *, two: timedelta | None) -> None:
    """`two`: another person has to have approved within that time."""
    assert not night.wrong, night.wrong
    for one in night.issued:
        run, event = one.plan, one.event
        assert run is not None
        if run.steps:
            assert run.steps.get(event.step) == (event.switch, event.position), event
        if run.is_automatic:
            assert one.mode is Mode.AUTOMATIC, f"{event.command}: nobody released it"
        elif two is not None:
            assert run.released_when is not None
            others = [at for user, at in run.approved.items() if user != run.released_by]
            in_time = [at for at in others if run.released_when < at + two]
            assert in_time, f"{event.command}: nobody else approved it in time"


def i29_one_outstanding(night: Witness) -> None:
    for one in night.issued:
        assert not one.open, f"{one.event.command} while {one.open} has no outcome"
        assert not one.unconfirmed, f"{one.event.command} though {one.unconfirmed} is not seen"


def i30_one_transmission(night: Witness, sent: Mapping[CommandId, int]) -> None:
    """`sent`: how often each command reached the wire."""
    for one in night.issued:
        assert not one.again, f"{one.event.command} was issued twice"
    known = {one.event.command for one in night.issued}
    for command, times in sent.items():
        assert times == 1, f"{command} was sent {times} times"
        assert command in known, f"{command} was never durable"


def i34_halts_before_the_next_step(night: Witness) -> None:
    for one in night.issued:
        run = one.plan
        assert run is not None
        assert not run.halted_at or one.sequence < run.halted_at, (
            f"{one.event.command} after {run.halted_by}"
        )


def late_harms(
    streets: Streets,
    switch: SwitchId,
    position: Position,
    *,
    closed: AbstractSet[SwitchId],
    late: Iterable[tuple[SwitchId, Position]],
    faulty: AbstractSet[SectionId],
) -> set[str]:
    """Harms of the movement whichever of the `late` ones have been carried out before it."""
    found: set[str] = set()
    late = list(late)[:ON_THE_WAY_MAX]
    for n in range(1, len(late) + 1):
        for some in itertools.combinations(late, n):
            stands = set(closed)
            for moved, to in some:
                stands = stands | {moved} if to is Position.CLOSED else stands - {moved}
            found.add(harm_of(streets, switch, position, closed=stands, faulty=faulty))
    return found - {""}
