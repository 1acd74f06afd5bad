"""The one writer: every fact goes into the journal first, then through the desk.

Synchronous and without a clock of its own, so that the live loop, a simulation and a replay
run the very same code.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from gridops.alarms import Alarms, stood, why_refused
from gridops.commands import Intent, Operate
from gridops.control_room.acts import Acts
from gridops.control_room.books import Books
from gridops.control_room.correcting import why_not_corrected
from gridops.control_room.installation import Installation
from gridops.control_room.recalling import begins_late, recall
from gridops.control_room.refusals import refused
from gridops.control_room.timers import Timers
from gridops.control_room.versions import AtHand, Comparison, NoVersions, Versions
from gridops.errors import (
    GridNotTakenIn,
    JournalError,
    JournalUnsure,
    TakeInRefused,
)
from gridops.events import (
    CommandIssued,
    ControlRoomStarted,
    Event,
    GridTakenIn,
    MetersReported,
    ModeChanged,
    OfferTaken,
    OperatorEvent,
    PlanApproved,
    PlanReleased,
    TimerExpired,
)
from gridops.events.codec import KINDS, from_plain, to_plain
from gridops.ids import CommandId, IncidentId, PlanId, UserName
from gridops.incident import Desk, breaks, settings_to_json
from gridops.network import Network
from gridops.network.changes import compare_networks
from gridops.ports import Entry, Journal, Metrics, Record, Snapshots
from gridops.reliability import Hand

SETTINGS = UserName("settings")
"""Who set the mode that the settings file states."""
DECISION = "decision."
"""Kinds that begin so are what we concluded: kept for people, never fed to the desk."""


class ControlRoom:
    """Journal, desk and books of one grid, through all its versions.

    Guarantees: an event has taken effect only after it is durable; the same journal gives the
    same state again (`recover`).
    """

    def __init__(
        self,
        installation: Installation,
        journal: Journal,
        *,
        metrics: Metrics | None = None,
        versions: Versions | None = None,
        snapshots: Snapshots | None = None,
    ) -> None:
        """`versions` None: no other version of the grid can be taken in, or gone back to.
        `snapshots` None: the whole journal is read again at each start."""
        self.journal = journal
        self._versions = AtHand(versions or NoVersions(), installation)
        self._snapshots = snapshots
        self.begin_anew(installation)
        self._metrics = metrics
        self._folding = False
        self._doubtful: tuple[int, Sequence[Event]] | None = None
        """Facts of which nobody knows yet whether they are durable, and how many decisions went
        into the same commit."""
        self._unwritten: list[Record] = []
        """Decisions that could not be written when they were made."""
        self.behind: JournalError | None = None
        """Why the last decisions are not in the journal yet; None: they are."""
        self._listeners: list[Callable[[], None]] = []
        self._hearing: list[Callable[[Event], None]] = []

    @property
    def network(self) -> Network:
        return self.installation.network

    def begin_anew(self, installation: Installation) -> None:
        """Nothing is known, as before the first entry."""
        self._begin_on(installation)
        self.timers = Timers()
        self.sequence = 0
        self.epoch = 0
        self.at: datetime | None = None
        self.commands_issued: set[CommandId] = set()
        self.acts = Acts()
        self._former: dict[str, Network] = {}
        """Versions that incidents were handled on before the present one."""

    def _begin_on(self, installation: Installation) -> None:
        self.installation = installation
        self.desk = Desk(installation.network, installation.engines, settings=installation.settings)
        clock = installation.settings.clock
        self.books = Books(installation.network, installation.zone, clock=clock)
        self.alarms = Alarms()

    def go_to(self, fingerprint: str) -> None:
        """Begins on another version of the grid, before anything is known. Raises: GridNotKept,
        GridNotTakenIn."""
        self._begin_on(self._versions.get(fingerprint))

    @property
    def is_settled(self) -> bool:
        """Whether everything that was decided is in the journal, and nothing is in doubt."""
        return self.is_whole and not self._unwritten and self._doubtful is None

    def grid_names(self) -> Callable[[Network], str]:
        """The fingerprint of each version that is known here by now. Raises: KeyError."""
        known = {id(former): fingerprint for fingerprint, former in self._former.items()}
        known[id(self.network)] = self.installation.grid_fingerprint
        held = (self.network, *self._former.values())

        def named(network: Network) -> str:
            if not any(network is one for one in held):
                raise KeyError(network.name)
            return known[id(network)]

        return named

    def grid_named(self, fingerprint: str) -> Network:
        """Raises: GridNotKept, GridNotTakenIn."""
        if fingerprint == self.installation.grid_fingerprint:
            return self.network
        if fingerprint not in self._former:
            self._former[fingerprint] = self._versions.get(fingerprint).network
        return self._former[fingerprint]

    def recover(self) -> None:
        """Begins with the newest snapshot that this GridOps can read, if there is one, and folds
        the journal from there on, every part of it on the grid that it was written on. What
        the past intended was carried out in the past and is not done again; timers that had
        not expired go on. Decisions that a crash kept out of the journal are written with the
        next ones. Supply is traced in full for each fact: what diverged while the facts came in
        (StateDiverged) does not do so again.

        Raises: JournalBroken if the hash chain does not hold; GridNotTakenIn if the journal
        stands on another version of the grid; GridNotKept if it lacks one that it needs;
        SnapshotUnreadable if its beginning is archived and no snapshot stands for it.
        """
        wanted = self.installation
        if self._snapshots is not None:
            recall(self, self._snapshots)
        for entry in self.journal.entries(after=self.sequence):
            if entry.sequence != self.sequence + 1:
                raise begins_late(entry.sequence)
            if entry.record.kind.startswith(DECISION):
                self.books.decisions()
            event = self.read_back(entry)
            if event is not None:
                self.fold_back(event)
        self.desk.state.traces_in_full = False
        self.desk.state.check()
        self.books.vetoes()
        self._unwritten = self.books.decisions()
        if self.installation.grid_fingerprint != wanted.grid_fingerprint:
            raise GridNotTakenIn(self.installation.grid_fingerprint, wanted.grid_fingerprint)

    def read_back(self, entry: Entry) -> Event | None:
        """The fact that the journal holds here, for `fold_back`; None where it is none. Raises: as
        `recover`."""
        self.sequence = entry.sequence
        if entry.record.kind not in KINDS:
            return None
        event = from_plain(entry.record.kind, dict(entry.record.body))
        if isinstance(event, ControlRoomStarted):
            self._same_grid(event)
        return event

    def fold_back(self, event: Event) -> list[Intent]:
        """What the fact led to; nothing is written."""
        self.desk.state.traces_in_full = True
        return self._fold(event)

    def _same_grid(self, event: ControlRoomStarted) -> None:
        """The first start says on which version the journal was begun."""
        if event.grid_fingerprint == self.installation.grid_fingerprint:
            return
        if self.epoch == 0:
            self._begin_on(self._versions.get(event.grid_fingerprint))
            return
        raise self._never_taken_in(event.grid_fingerprint)

    def _never_taken_in(self, fingerprint: str) -> JournalError:
        return JournalError(
            f"grid version {fingerprint} was never taken in",
            where=f"entry {self.sequence}",
            remedy="restore the journal from its last good backup",
        )

    def start(self, at: datetime) -> list[Intent]:
        """Marks a (re)start: from here on nothing is known until the field is read again."""
        started = ControlRoomStarted(
            at=at,
            epoch=self.epoch + 1,
            grid=self.network.name,
            grid_fingerprint=self.installation.grid_fingerprint,
            settings=settings_to_json(self.installation.settings),
            engine=self.installation.engine,
        )
        self._versions.keep(self.installation)
        mode = self.installation.mode
        if self.epoch > 0 or mode is self.desk.state.system_mode:
            return self.accept([started])
        return self.accept([started, ModeChanged(at=at, by=SETTINGS, feeder=None, mode=mode)])

    def compare(self, new: Network) -> Comparison:
        """What differs in `new`, and what taking it in now would break. Changes nothing."""
        changes = compare_networks(self.network, new)
        interrupted = {one.load for one in self.books.ledger.lasting}
        findings = breaks(self.desk.running(interrupted), new, changes=changes)
        return Comparison(changes=changes, findings=findings)

    def take_in(self, new: Installation, *, at: datetime, by: UserName) -> Comparison:
        """Changes over to another version of the grid: the deliberate act of a person, before
        `start`. Positions, tags, modes, open incidents and minutes are kept.

        Raises: TakeInRefused with everything that blocks, and then nothing happened;
            JournalError.
        """
        if not self._versions.keeps:
            raise JournalError(
                "this control room keeps no versions of its grid",
                where="journal",
                remedy="make it with `versions`, so that the journal can be replayed",
            )
        found = self.compare(new.network)
        if found.blocking:
            raise TakeInRefused(found.blocking, where=new.network.name)
        old = self.installation.grid_fingerprint
        self._versions.keep(self.installation)
        self._versions.keep(new)
        self._versions.want(new)
        taken = GridTakenIn(
            at=at,
            by=by,
            grid=new.network.name,
            old_fingerprint=old,
            new_fingerprint=new.grid_fingerprint,
            summary=found.changes.summary(),
        )
        self.accept([taken])
        return found

    def accept(self, events: Sequence[Event]) -> list[Intent]:
        """Makes the events durable in one commit, folds them, says what is to be done.

        Timers are kept here (`timers`); the caller carries out the rest. What was durable leads
        to its intents even where the decisions about it could not be written: those go into the
        journal before the next facts, in the same commit.

        Raises: JournalUnsure, and then `settle` says later whether it happened; any other
        JournalError, and then nothing happened; or an earlier fact was not folded to
        its end. StateDiverged when what was folded fact by fact is not what a full trace says:
        nothing is accepted any more, as if a fact had not been folded to its end.
        """
        if not events:
            return []
        self.check_whole()
        records = [
            Record(at=e.at, kind=kind, body=body) for e in events for kind, body in [to_plain(e)]
        ]
        self._write(records, of=events)
        return self._fold_all(events)

    def settle(self) -> list[Intent] | None:
        """What is to be done about facts that turned out to be durable after all; None if there
        were none, or if they are not.

        Raises: JournalSilent while nobody knows yet; any other JournalError, as `accept`.
        """
        self.check_whole()
        written = self.journal.settle()
        doubtful, self._doubtful = self._doubtful, None
        if doubtful is None or not written:
            return None
        decisions, events = doubtful
        del self._unwritten[:decisions]
        self.sequence = written[-1].sequence
        return self._fold_all(events)

    def write_again(self, note: Record) -> None:
        """Writes `note`, and with it what was decided and could not be written.

        Raises: JournalSilent while the journal cannot be written.
        """
        self._write([note])

    def _fold_all(self, events: Sequence[Event]) -> list[Intent]:
        self._folding = True
        intents: list[Intent] = []
        for event in events:
            intents += self._fold(event)
        self.desk.state.check()
        self._folding = False
        self._unwritten += self.books.decisions()
        self.keep_decisions()
        for invariant in self.books.vetoes():
            if self._metrics is not None:
                self._metrics.count("gridops_guard_vetoes_total", invariant=invariant)
        self.touch()
        return intents

    def touch(self) -> None:
        """There is something new to look at."""
        for listener in self._listeners:
            listener()

    @property
    def is_whole(self) -> bool:
        """Whether what is held here is what the journal says; if not, only a restart helps."""
        return not self._folding

    def check_whole(self) -> None:
        """Raises: JournalError when a fact was made durable but could not be folded to its end:
        from then on what is held here is not what the journal says."""
        if not self.is_whole:
            raise JournalError(
                "an earlier fact could not be taken in to its end",
                where=f"after entry {self.sequence}",
                remedy="restart; the journal is whole. Report the error that was logged first",
            )

    def keep_decisions(self) -> None:
        """Writes what was decided; what cannot be written now waits for the next commit, and
        `behind` says why. The facts that led to it are durable, and are never taken back."""
        try:
            self._write(())
        except JournalError as error:
            self.behind = error

    def issue(self, operate: Operate, at: datetime) -> list[Intent] | None:
        """Makes a command durable before it is sent, and says what else is to be done about
        that; None if it was issued before.

        At most one transmission per plan step, whatever crashed in between (invariant 30).

        Raises: JournalError, and then the command must not be sent.
        """
        if operate.command in self.commands_issued:
            return None
        return self.accept(
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
                    sheet=operate.sheet,
                )
            ]
        )

    def act(self, events: Sequence[OperatorEvent | MetersReported]) -> list[Intent]:
        """What a person asks for, as a whole or not at all: the door for whatever is not a fact
        of the field.

        Raises: AlreadyDone, KeyReused, ReleaseRefused, ActRefused, PermitRefused, NotEntitled,
            and then nothing is journalled; else as `accept`.
        """
        self.acts.refuse_repeated(events)
        for event in events:
            why = self.desk.why_refused(event)
            why = why or why_not_corrected(self.books.ledger, event, desk=self.desk)
            why = why or why_refused(self.alarms.known, event, desk=self.desk)
            if why is not None:
                raise refused(event, why)
        return self.accept(events)

    def release(
        self, incident: IncidentId, plan: PlanId, *, fingerprint: str, by: UserName, at: datetime
    ) -> list[Intent]:
        """An operator releases exactly the plan that they saw.

        Raises: ReleaseRefused when it is no longer what may be executed; nothing is journalled.
        """
        return self.act(
            [PlanReleased(at=at, by=by, incident=incident, plan=plan, fingerprint=fingerprint)]
        )

    def approve(
        self, incident: IncidentId, plan: PlanId, *, fingerprint: str, by: UserName, at: datetime
    ) -> list[Intent]:
        """A person agrees that another one releases exactly the plan that they saw.

        Raises: ReleaseRefused when there is nothing to agree to; nothing is journalled.
        """
        return self.act(
            [PlanApproved(at=at, by=by, incident=incident, plan=plan, fingerprint=fingerprint)]
        )

    def take_offer(
        self, incident: IncidentId, plan: PlanId, *, fingerprint: str, by: UserName, at: datetime
    ) -> list[Intent]:
        """An operator wants the better plan that they saw on the screen, in place of this one.

        Raises: ReleaseRefused when it is no longer offered; nothing is journalled.
        """
        return self.act(
            [OfferTaken(at=at, by=by, incident=incident, plan=plan, fingerprint=fingerprint)]
        )

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls `listener` after every accepted batch; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def hear(self, listener: Callable[[Event], None]) -> None:
        """Calls `listener` with each fact after it was folded, as long as the room lives."""
        self._hearing.append(listener)

    def _fold(self, event: Event) -> list[Intent]:
        self.at = event.at
        self.acts.keep(event)
        if isinstance(event, CommandIssued):
            self.commands_issued.add(event.command)
        if isinstance(event, ControlRoomStarted):
            self.epoch = event.epoch
        before, stands = self.desk.state.energisation, stood(event, self.desk.state)
        if isinstance(event, TimerExpired):
            self.timers.forget(event)
        if isinstance(event, GridTakenIn):
            self._move_to(event)
        intents = self.timers.take(self.desk.handle(event))
        self.books.post(event, before, desk=self.desk)
        by_itself = self.books.hands.of(event) is Hand.PROTECTION
        self.alarms.post(event, before, desk=self.desk, stood=stands, by_itself=by_itself)
        for hear in self._hearing:
            hear(event)
        return intents

    def _move_to(self, event: GridTakenIn) -> None:
        """Raises: JournalError if the fact leads from another version than this."""
        if event.old_fingerprint != self.installation.grid_fingerprint:
            raise self._never_taken_in(event.old_fingerprint)
        if any(i.network is self.network for i in self.desk.incidents.values()):
            self._former[event.old_fingerprint] = self.network
        self.installation = self._versions.get(event.new_fingerprint)
        self.desk.take_in(self.network, self.installation.engines)
        self.books.take_in(self.network, event.at)

    def _write(self, records: Iterable[Record], *, of: Sequence[Event] = ()) -> None:
        """With what was decided before and is not written yet, in one commit."""
        batch = (*self._unwritten, *records)
        try:
            if batch:
                self.sequence = self.journal.append(batch)[-1].sequence
        except JournalUnsure:
            self._doubtful = len(self._unwritten), of
            raise
        self._unwritten.clear()
        self.behind = None
