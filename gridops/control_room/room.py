"""The one writer: every fact goes into the journal first, then through the desk.

Synchronous and without a clock of its own, so that the live loop, a simulation and a replay
run the very same code.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from gridops.commands import Intent, Operate
from gridops.control_room.books import Books
from gridops.control_room.timers import Timers
from gridops.errors import JournalError, ReleaseRefused
from gridops.events import (
    CommandIssued,
    ControlRoomStarted,
    Event,
    ModeChanged,
    PlanReleased,
    TimerExpired,
)
from gridops.events.codec import KINDS, from_plain, to_plain
from gridops.events.operator import Mode
from gridops.ids import CommandId, IncidentId, PlanId, UserName
from gridops.incident import Desk, IncidentSettings, settings_to_json
from gridops.network import Network
from gridops.ports import Journal, Metrics, Record
from gridops.response import Engines

SETTINGS = UserName("settings")
"""Who set the mode that the settings file states."""
DECISION = "decision."
"""Kinds that begin so are what we concluded: kept for people, never fed to the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What a control room works on."""

    network: Network
    grid_fingerprint: str
    engines: Engines
    settings: IncidentSettings
    mode: Mode = Mode.ADVISORY
    """Of the whole system at the first start; later on what people set holds."""
    solver: Engines | None = None
    """Engines of their own for a thread that works plans out; None: `engines`, in turn."""
    zone: tzinfo = UTC
    """Days and months of the outage minutes are those of this time zone."""


class ControlRoom:
    """Journal, desk and books of one grid.

    Guarantees: an event has taken effect only after it is durable; the same journal gives the
    same state again (`recover`).
    """

    def __init__(
        self, installation: Installation, journal: Journal, *, metrics: Metrics | None = None
    ) -> None:
        self.installation = installation
        self.network = installation.network
        self.journal = journal
        self.desk = Desk(installation.network, installation.engines, settings=installation.settings)
        self.books = Books(installation.network, installation.zone)
        self.timers = Timers()
        self._metrics = metrics
        self.sequence = 0
        self.epoch = 0
        self.at: datetime | None = None
        self.commands_issued: set[CommandId] = set()
        self._folding = False
        self._listeners: list[Callable[[], None]] = []

    def recover(self) -> None:
        """Folds the whole journal. What the past intended was carried out in the past and is
        not done again; timers that had not expired go on. Decisions that a crash kept out of
        the journal are written with the next ones.

        Raises: JournalBroken if the hash chain does not hold; JournalError if the journal
        was written for another grid.
        """
        for entry in self.journal.entries():
            self.sequence = entry.sequence
            if entry.record.kind.startswith(DECISION):
                self.books.decisions()
            if entry.record.kind not in KINDS:
                continue
            event = from_plain(entry.record.kind, dict(entry.record.body))
            if isinstance(event, ControlRoomStarted):
                self._same_grid(event)
            self._fold(event)
        self.books.vetoes()

    def _same_grid(self, event: ControlRoomStarted) -> None:
        if event.grid_fingerprint != self.installation.grid_fingerprint:
            raise JournalError(
                f"the journal was written for grid {event.grid!r} in another version",
                where=f"entry {self.sequence}",
                remedy="start a new journal, or put the former grid files back",
            )

    def start(self, at: datetime) -> list[Intent]:
        """Marks a (re)start: from here on nothing is known until the field is read again."""
        started = ControlRoomStarted(
            at=at,
            epoch=self.epoch + 1,
            grid=self.network.name,
            grid_fingerprint=self.installation.grid_fingerprint,
            settings=settings_to_json(self.installation.settings),
        )
        mode = self.installation.mode
        if self.epoch > 0 or mode is self.desk.state.system_mode:
            return self.accept([started])
        return self.accept([started, ModeChanged(at=at, by=SETTINGS, feeder=None, mode=mode)])

    def accept(self, events: Sequence[Event]) -> list[Intent]:
        """Makes the events durable in one commit, folds them, says what is to be done.

        Timers are kept here (`timers`); the caller carries out the rest.

        Raises: JournalError, and then nothing happened; or an earlier fact was not folded to
        its end.
        """
        if not events:
            return []
        self.check_whole()
        self._write(
            Record(at=e.at, kind=kind, body=body) for e in events for kind, body in [to_plain(e)]
        )
        self._folding = True
        intents: list[Intent] = []
        for event in events:
            intents += self._fold(event)
        self._folding = False
        self._keep_decisions()
        for listener in self._listeners:
            listener()
        return intents

    def check_whole(self) -> None:
        """Raises: JournalError when a fact was made durable but could not be folded to its end:
        from then on what is held here is not what the journal says."""
        if self._folding:
            raise JournalError(
                "an earlier fact could not be taken in to its end",
                where=f"after entry {self.sequence}",
                remedy="restart; the journal is whole. Report the error that was logged first",
            )

    def _keep_decisions(self) -> None:
        decisions = self.books.decisions()
        if decisions:
            self._write(decisions)
        for invariant in self.books.vetoes():
            if self._metrics is not None:
                self._metrics.count("gridops_guard_vetoes_total", invariant=invariant)

    def issue(self, operate: Operate, at: datetime) -> bool:
        """Makes a command durable before it is sent; False if it was issued before.

        At most one transmission per plan step, whatever crashed in between (invariant 30).
        """
        if operate.command in self.commands_issued:
            return False
        self.accept(
            [
                CommandIssued(
                    at=at,
                    command=operate.command,
                    incident=operate.incident,
                    plan=operate.plan,
                    step=operate.step,
                    switch=operate.switch,
                    position=operate.position,
                    deadline=operate.deadline,
                )
            ]
        )
        return True

    def release(
        self, incident: IncidentId, plan: PlanId, *, fingerprint: str, by: UserName, at: datetime
    ) -> list[Intent]:
        """An operator releases exactly the plan that they saw.

        Raises: ReleaseRefused when it is no longer what may be executed; nothing is journalled.
        """
        event = PlanReleased(at=at, by=by, incident=incident, plan=plan, fingerprint=fingerprint)
        why = self.desk.why_not_released(event)
        if why is not None:
            raise ReleaseRefused(
                f"plan {plan} cannot be released: {why}",
                where=incident,
                remedy="read what is on the screen now, or ask for a new plan",
            )
        return self.accept([event])

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls `listener` after every accepted batch; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _fold(self, event: Event) -> list[Intent]:
        self.at = event.at
        if isinstance(event, CommandIssued):
            self.commands_issued.add(event.command)
        if isinstance(event, ControlRoomStarted):
            self.epoch = event.epoch
        before = self.desk.state.energisation
        if isinstance(event, TimerExpired):
            self.timers.forget(event)
        intents = self.timers.take(self.desk.handle(event))
        self.books.post(event, before, desk=self.desk)
        return intents

    def _write(self, records: Iterable[Record]) -> None:
        written = self.journal.append(tuple(records))
        self.sequence = written[-1].sequence
