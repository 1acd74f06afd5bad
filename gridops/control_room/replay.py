"""A journal again, from its first entry on: what was decided, and whether it would be again."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gridops.commands import Intent, Operate, Solve
from gridops.control_room.room import DECISION, ControlRoom
from gridops.errors import CommandNotJournalled, JournalError
from gridops.events import (
    CommandIssued,
    CommandRejected,
    ControlRoomStarted,
    Event,
    PlanSolved,
)
from gridops.events.codec import KINDS
from gridops.ids import CommandId
from gridops.ports import Entry, Json, Record
from gridops.response import answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where the journal and the engine part."""

    sequence: int
    what: str
    in_journal: str
    """Canonical JSON; empty where there is nothing."""
    by_engine: str
    engine: str
    """The version of GridOps that wrote this part of the journal, as far as it says so."""


@dataclass(frozen=True, slots=True)
class Made:
    """One decision, as it came out again; `sequence` is that of the fact that led to it."""

    sequence: int
    record: Record


@dataclass(slots=True)
class Replay:
    """Reads `room.journal` back into `room`, which is new.

    Decisions and commands are compared as streams: one may stand later in the journal than the
    fact that led to it (a crash came between), never earlier, and none may be missing before
    another. What was due last may be missing: a crash, or `until`, may have come before it.
    """

    room: ControlRoom
    verify: bool = False
    difference: Difference | None = field(default=None, init=False)
    """The first one. Only `verify` looks for any."""
    entries: int = field(default=0, init=False)
    commands: int = field(default=0, init=False)
    engine: str = field(default="", init=False)
    decisions: int = field(default=0, init=False)
    """How many were compared."""
    _due: deque[Made] = field(default_factory=deque, init=False)
    _ordered: dict[CommandId, tuple[Entry, Operate]] = field(default_factory=dict, init=False)
    _last: Entry | None = field(default=None, init=False)

    def run(self, until: datetime | None = None) -> Iterator[Made]:
        """Every decision, in order, up to the last fact that is not later than `until`. Ends at
        the first difference.

        Raises: JournalBroken, JournalError, as `ControlRoom.recover`.
        """
        for entry in self.room.journal.entries():
            is_fact = entry.record.kind in KINDS
            if until is not None and is_fact and entry.record.at > until:
                break
            self.entries += 1
            if self.verify and entry.record.kind.startswith(DECISION):
                self._compare(entry)
            if is_fact:
                yield from self._fact(entry)
            if self.difference is not None:
                return
        self.room.desk.state.traces_in_full = False
        self.room.desk.state.check()
        if self.verify:
            self._nothing_left()

    def _fact(self, entry: Entry) -> Iterator[Made]:
        event = self.room.read_back(entry)
        if event is None:
            return
        if self.verify:
            self._look(event, entry)
        if self.difference is not None:
            return
        self._order(self._folded(event, entry), entry)
        self._last = entry
        self.room.books.vetoes()
        made = [Made(entry.sequence, record) for record in self.room.books.decisions()]
        if self.verify:
            self._due.extend(made)
        yield from made

    def _folded(self, event: Event, entry: Entry) -> list[Intent]:
        try:
            return self.room.fold_back(event)
        except (LookupError, ValueError) as error:
            raise JournalError(
                f"the fact {entry.record.kind} cannot be taken in: {error!r}",
                where=f"entry {entry.sequence}",
                remedy="it was not written by this control room, or by another version of GridOps",
            ) from error

    def _order(self, intents: list[Intent], entry: Entry) -> None:
        for intent in intents:
            is_new = isinstance(intent, Operate) and (
                intent.command not in self.room.commands_issued
            )
            if isinstance(intent, Operate) and is_new:
                self._ordered[intent.command] = entry, intent

    def _look(self, event: Event, entry: Entry) -> None:
        match event:
            case ControlRoomStarted():
                self.engine = event.engine
                self._ordered.clear()
            case CommandIssued():
                self._issued(event, entry)
            case CommandRejected(code=CommandNotJournalled.code):
                self._ordered.pop(event.command, None)
            case PlanSolved(nothing_better=True):
                self._nothing_better(event, entry)
            case _:
                pass

    def _issued(self, event: CommandIssued, entry: Entry) -> None:
        _, due = self._ordered.pop(event.command, (None, None))
        self.commands += 1
        said = {**_command(event)}
        made = {} if due is None else _command(due)
        if said != made:
            self._differ(entry.sequence, f"command {event.command}", said=said, made=made)

    def _nothing_better(self, event: PlanSolved, entry: Entry) -> None:
        """The search is made again: what it found then is not in the journal."""
        desk = self.room.desk
        asked = Solve(incident=event.incident, ticket=event.ticket, thorough=True)
        question = desk.question(asked)
        if question is None:
            return
        found = answer(question, self.room.installation.engines)
        if desk.is_better(asked, found):
            self._differ(
                entry.sequence,
                f"the thorough answer to {event.incident}, question {event.ticket}",
                said={"nothing_better": True},
                made={"nothing_better": False, "fingerprint": found.fingerprint},
            )

    def _compare(self, entry: Entry) -> None:
        self.decisions += 1
        said = _plain(entry.record)
        made = _plain(self._due.popleft().record) if self._due else {}
        if _text(said) != _text(made):
            self._differ(entry.sequence, entry.record.kind, said=said, made=made)

    def _nothing_left(self) -> None:
        """Nothing was due but what the last facts led to."""
        last = self._last
        if last is None or self.difference is not None:
            return
        for made in self._due:
            if made.record.at != last.record.at:
                self._differ(made.sequence, made.record.kind, said={}, made=_plain(made.record))
                return
        for entry, order in self._ordered.values():
            if entry.record.at != last.record.at:
                what = f"command {order.command}"
                self._differ(entry.sequence, what, said={}, made=_command(order))
                return

    def _differ(
        self, sequence: int, what: str, *, said: Mapping[str, Json], made: Mapping[str, Json]
    ) -> None:
        if self.difference is None:
            self.difference = Difference(
                sequence=sequence,
                what=what,
                in_journal=_text(said),
                by_engine=_text(made),
                engine=self.engine,
            )


def _plain(record: Record) -> dict[str, Json]:
    return {"at": record.at.isoformat(), "kind": record.kind, "body": dict(record.body)}


def _command(order: Operate | CommandIssued) -> dict[str, Json]:
    """`at` of a command that was issued is the shell's."""
    by_hand: dict[str, Json] = {} if order.sheet is None else {"sheet": order.sheet}
    return {
        **by_hand,
        "command": order.command,
        "incident": order.incident,
        "plan": order.plan,
        "step": order.step,
        "switch": order.switch,
        "position": order.position.name,
        "deadline": order.deadline.isoformat(),
    }


def _text(plain: Mapping[str, Json]) -> str:
    """Empty for nothing. Tuples and lists are the same in JSON."""
    if not plain:
        return ""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
