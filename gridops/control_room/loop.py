"""The live loop: intake -> room -> field, with wall-clock time from the injected clock."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from gridops.commands import Intent, Operate, ScanDevices, Solve
from gridops.control_room.intake import Intake
from gridops.control_room.keeping import Keeping
from gridops.control_room.room import ControlRoom
from gridops.control_room.silence import Silence
from gridops.control_room.solving import Solving
from gridops.control_room.stops import Stop, Stops
from gridops.errors import (
    AccountsUnreadable,
    ActRefused,
    AlreadyDone,
    CommandNotJournalled,
    CommandRefused,
    JournalError,
    JournalSilent,
    JournalUnsure,
    LinkError,
)
from gridops.events import (
    CommandConfirmed,
    CommandRejected,
    CommandTimedOut,
    Event,
    FieldEvent,
    LinkTroubled,
    MetersReported,
    OperatorEvent,
    PlanReleased,
    PlanSolved,
)
from gridops.events.people import Entitlement
from gridops.ids import IncidentId, PlanId, SwitchId, UserName
from gridops.ports import Clock, FieldLink, LinkHealth, Metrics, SwitchOrder

BATCH_MAX = 1_000
"""Facts per journal commit."""
IDLE_S = 0.5
"""The loop looks at its clock at least this often."""
PEOPLE_S = 1.0
"""And at who is entitled: what a person had approved is void as soon as they are not."""

log = structlog.get_logger()


class Loop:
    """Runs one control room on one field link.

    Plans are worked out beside it (`Solving`): meanwhile facts, requests and the beats of the
    screens go on.
    """

    def __init__(
        self,
        room: ControlRoom,
        *,
        link: FieldLink | None,
        clock: Clock,
        metrics: Metrics,
        keeping: Keeping | None = None,
    ) -> None:
        """`keeping` None: no snapshots are made."""
        self._keeping = keeping
        self.room = room
        self.clock = clock
        self.link = link
        self._metrics = metrics
        self._intake = Intake()
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.solving = Solving(
            room, clock=clock, metrics=metrics, tell=self._solved, toiled=self._toiled
        )
        self._failure: BaseException | None = None
        self.turned_at = clock.now()
        """When the loop last looked; a reader that sees it grow old is blind."""
        self.people: Callable[[], Mapping[UserName, Entitlement]] | None = None
        """Who is entitled now, looked at before any act; None: people are no concern here."""
        self._people_due = clock.now()
        self._people_readable = True
        self.silence: Silence | None = None
        """While the journal cannot be written. Nothing is folded then, and nobody may act."""
        self._held: list[Event] = []
        """Facts that were to be written when the journal fell silent."""
        self._held_may_be_written = False
        self._stops = Stops()
        self._owed: list[Intent] = []
        """What is to be done about facts that turned out to be durable."""
        self._unheard = 0
        """Facts that came while the journal was silent and are not taken in yet."""

    async def run(self) -> None:
        """Until cancelled; not to be run twice. While the journal is silent facts wait, and are
        shown; they are taken in, each once, when it can be written again.

        Raises: JournalError when the journal will never take what it is given, or when it cannot
        be written at the start: acting on what cannot be remembered is worse than not acting.
        What a task of its own died of.
        """
        try:
            self._do(self.room.start(self.clock.now()))
            self._look_at_people()
            if self.link is not None:
                self._spawn(self.link.run(self.deliver))
            while True:
                if self._failure is not None:
                    raise self._failure
                self.turn()
                await self._rest()
        finally:
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self.solving.close()
            if self._keeping is not None:
                self._keeping.close()

    def deliver(self, events: Sequence[FieldEvent]) -> None:
        """Takes facts from a link; returns at once."""
        self._intake.put(events)
        if self.silence is not None:
            self.silence.hear(events)
            self.room.touch()
        self._wake.set()

    def submit(self, event: OperatorEvent) -> None:
        """An act of a person: durable and folded when this returns.

        Raises: AlreadyDone, KeyReused, ReleaseRefused, ActRefused, NotEntitled,
        AccountsUnreadable, and then nothing happened; JournalUnsure,
        and then the screen shows whether it happened as soon as the journal
        can be read again; any other JournalError, and then the act did not happen; StateDiverged,
        and then the loop ends.
        """
        self.submit_all([event])

    def submit_all(self, events: Sequence[OperatorEvent | MetersReported]) -> None:
        """Several at once, in one commit: all of them happened, or none.

        Raises: as `submit`.
        """
        with self._acting():
            at = self.clock.now()
            self._do(self.room.act([replace(event, at=at) for event in events]))

    def stop(self, event: Stop) -> bool:
        """Somebody says stop. It always works: while the journal is silent nothing is sent anyway,
        and the stop is written before anything goes on. False: it is not durable yet, and would
        be lost with the process (whose end stops everything as well).

        Raises: as `submit`, the journal's silence apart.
        """
        try:
            self.submit(event)
        except JournalSilent:
            self._stops.hold(event)
            self.room.touch()
            return False
        return True

    @property
    def stops_held(self) -> int:
        """Stops that hold and are not written yet."""
        return len(self._stops.held)

    def release(
        self, incident: IncidentId, plan: PlanId, *, fingerprint: str, by: UserName
    ) -> None:
        """Starts exactly the plan that the operator saw.

        Raises: as `submit`.
        """
        at = self.clock.now()
        self.submit(
            PlanReleased(at=at, by=by, incident=incident, plan=plan, fingerprint=fingerprint)
        )

    def health(self) -> Sequence[LinkHealth]:
        return self.link.health() if self.link is not None else ()

    def turn(self) -> None:
        """One round: what arrived, then what is due.

        Raises: JournalError for what the journal will never take; the loop ends then. So it does
        by StateDiverged.
        """
        self.turned_at = self.clock.now()
        if self.silence is not None and not self._speaks_again(self.silence):
            return
        overflowed = self._intake.overflowed
        events = self._intake.drain(BATCH_MAX)
        self._unheard = max(0, self._unheard - len(events)) if len(self._intake) else 0
        with self._ending_if_not_whole():
            self._take_in(events)
        if self.silence is None and self.turned_at >= self._people_due:
            self._look_at_people_between_acts()
        if overflowed:
            log.warning("intake overflowed", lost=self._intake.lost)
            self._do([ScanDevices(switches=tuple(self.room.network.switches))])
        if self._keeping is not None and self.silence is None:
            self._keep(self._keeping)

    def _keep(self, keeping: Keeping) -> None:
        if keeping.is_due(self.turned_at):
            self._spawn(keeping.keep(self.turned_at))

    def _take_in(self, events: Sequence[Event]) -> None:
        """Facts first, then what is due; but nothing is due before what was said in time, and
        waited while the journal was silent, has been heard."""
        self._held = list(events)
        try:
            if events:
                self._take(events)
                self._held = []
                self._metrics.count("gridops_events_total", float(len(events)), kind="field")
                self._count_troubles(events)
            for expired in () if self._unheard else self.room.timers.expired(self.clock.now()):
                if self.silence is None and self.room.timers.is_due(expired.timer, expired.at):
                    self._take([expired])
        except JournalSilent as error:
            self._held_may_be_written = isinstance(error, JournalUnsure)
            self._fall_silent(error)
        except JournalError as error:
            self._fail(error)
            raise

    def _count_troubles(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, LinkTroubled):
                self._metrics.count(
                    "gridops_link_troubles_total",
                    float(event.count),
                    link=event.link,
                    trouble=event.trouble.value,
                )

    @contextmanager
    def _acting(self) -> Iterator[None]:
        """What a person does, after all that arrived before. Raises: JournalSilent while nothing
        can be written."""
        self.turn()
        if self.silence is not None:
            raise JournalSilent(
                "the journal cannot be written, and nothing is done that cannot be remembered",
                remedy="the screen goes on showing the field; try again when the journal is back",
            )
        with self._ending_if_not_whole():
            try:
                self._look_at_people()
                yield
            except JournalSilent as error:
                self._fall_silent(error)
                raise

    def _look_at_people(self) -> None:
        """What was changed since, whoever changed it and how, is a fact before it is acted upon.
        Raises: AccountsUnreadable, and then nobody acts."""
        if self.people is not None:
            known, now = self.room.desk.entitled, self.clock.now()
            self._do(self.room.accept(known.differences(self.people(), at=now)))

    def _look_at_people_between_acts(self) -> None:
        """What cannot be read keeps nobody's plan from going on; every act is refused meanwhile."""
        self._people_due = self.turned_at + timedelta(seconds=PEOPLE_S)
        was, self._people_readable = self._people_readable, True
        with self._ending_if_not_whole():
            try:
                self._look_at_people()
            except AccountsUnreadable as error:
                self._people_readable = False
                if was:
                    log.warning("who is entitled cannot be read", why=str(error))
            except JournalSilent as error:
                self._fall_silent(error)

    def _fall_silent(self, error: JournalSilent) -> None:
        now = self.clock.now()
        self._metrics.count("gridops_journal_failures_total")
        if self.silence is not None:
            self.silence.goes_on(now, why=error.what)
            return
        log.warning("the journal is silent", why=str(error))
        self._metrics.set("gridops_journal_silent", 1.0)
        self.silence = Silence(self.room.desk.state, at=now, why=error.what)
        self.silence.hear([*self._held, *self._intake])
        self.room.touch()

    def _speaks_again(self, silence: Silence) -> bool:
        """Tries, if it is time to. What was held goes in first, as it came."""
        now = self.clock.now()
        if now < silence.due:
            return False
        with self._ending_if_not_whole():
            try:
                self._settle()
                self.room.write_again(silence.note(now))
                self._write_stops(now)
            except JournalSilent as error:
                self._fall_silent(error)
                return False
            except JournalError as error:
                self._fail(error)
                raise
            log.warning("the journal can be written again", since=silence.since.isoformat())
            self.silence = None
            self._unheard = len(self._intake)
            self._metrics.set("gridops_journal_silent", 0.0)
            self._take_in(self._held)
            self.room.touch()
        return self.silence is None

    def _settle(self) -> None:
        """Facts may have been durable all the time; then they are not taken in again."""
        intents = self.room.settle()
        if intents is not None and self._held_may_be_written:
            self._held = []
        self._held_may_be_written = False
        self._owed += intents or ()

    def _write_stops(self, now: datetime) -> None:
        """Stops first; then what is owed, without what they stopped. A stop that the core refuses
        by now stops nothing: what it was for has ended, or never began."""
        self._owed = [
            replace(intent, deadline=now)  # passed: it is not sent, and its plan hears of it
            if isinstance(intent, Operate) and self._stops.bar(intent)
            else intent
            for intent in self._owed
        ]
        for held, stop in tuple(self._stops.held.items()):
            with suppress(AlreadyDone, ActRefused):
                self._owed += self.room.act([replace(stop, at=now, said_at=stop.at)])
            del self._stops.held[held]
        owed, self._owed = self._owed, []
        self._do(owed)

    @contextmanager
    def _ending_if_not_whole(self) -> Iterator[None]:
        """Whoever brought the fact that could not be folded to its end, a request perhaps: the
        loop does not stand idle on a state that is not what the journal says."""
        began = time.thread_time()
        try:
            yield
        except Exception as error:
            if not self.room.is_whole:
                self._fail(error)
            raise
        finally:
            self._toiled(time.thread_time() - began)
        behind = self.room.behind
        if behind is not None and not isinstance(behind, JournalSilent):
            self._fail(behind)
        elif behind is not None and self.silence is None:
            self._fall_silent(behind)

    def _take(self, events: Sequence[Event]) -> None:
        """`at` is when we take a fact in: deadlines count from when we can act on it, and the
        journal's times never go back."""
        at = self.clock.now()
        self._do(self.room.accept([replace(event, at=at) for event in events]))

    async def _rest(self) -> None:
        if self.silence is not None:
            until_s = (self.silence.due - self.clock.now()).total_seconds()
            await asyncio.sleep(min(IDLE_S, max(0.0, until_s)))
            return
        if len(self._intake):
            await asyncio.sleep(0)
            return
        self._wake.clear()
        due = self.room.timers.next_due()
        until_s = IDLE_S
        if due is not None:
            until_s = min(IDLE_S, max(0.0, (due - self.clock.now()).total_seconds()))
        try:
            async with asyncio.timeout(until_s):
                await self._wake.wait()
        except TimeoutError:
            return

    def _do(self, intents: Iterable[Intent]) -> None:
        for intent in intents:
            match intent:
                case Operate():
                    self._issue(intent)
                case ScanDevices() if self.link is not None:
                    self._spawn(self._scan(intent.switches))
                case Solve():
                    self._spawn(self.solving.solve(intent))
                case _:
                    pass

    def _issue(self, intent: Operate) -> None:
        """A command that cannot be made durable is not sent, and its plan hears of it with the
        first facts that can be written again; what else is to be done is done. Where nothing ever
        will be written again the loop ends: by itself, since the act that led here is durable, and
        whoever did it must not be told that it did not happen."""
        now = self.clock.now()
        if now >= intent.deadline:
            self._not_sent(intent, "its deadline passed while the journal was silent", at=now)
            return
        try:
            also = self.room.issue(intent, now)
        except JournalSilent as error:
            self._not_sent(intent, error.what, at=now)
            self._fall_silent(error)
            return
        except JournalError as error:
            if not self.room.is_whole:
                raise
            self._not_sent(intent, error.what, at=now)
            self._fail(error)
            return
        if also is not None:
            self._spawn(self._operate(intent))
            self._do(also)

    def _not_sent(self, intent: Operate, why: str, *, at: datetime) -> None:
        log.warning("command not sent", command=intent.command, why=why)
        self._came_to(_refused(intent, CommandNotJournalled(why), at=at))

    async def _operate(self, intent: Operate) -> None:
        order = SwitchOrder(
            command=intent.command,
            switch=intent.switch,
            position=intent.position,
            deadline=intent.deadline,
        )
        outcome: CommandConfirmed | CommandRejected | CommandTimedOut
        try:
            await self._send(order)
        except CommandRefused as refused:
            outcome = _refused(intent, refused, at=self.clock.now())
        except LinkError as lost:
            outcome = CommandTimedOut(at=self.clock.now(), command=intent.command, why=lost.what)
        else:
            outcome = CommandConfirmed(at=self.clock.now(), command=intent.command)
        self._came_to(outcome)

    def _came_to(self, outcome: CommandConfirmed | CommandRejected | CommandTimedOut) -> None:
        if isinstance(outcome, CommandRejected):
            self._metrics.count("gridops_commands_refused_total", code=outcome.code)
        self._metrics.count("gridops_commands_total", outcome=type(outcome).__name__)
        self._intake.put_fact(outcome)
        self._wake.set()

    def _toiled(self, seconds: float) -> None:
        if self._keeping is not None:
            self._keeping.toiled(seconds)

    def _solved(self, event: PlanSolved) -> None:
        self._intake.put_fact(event)
        self._wake.set()

    async def _send(self, order: SwitchOrder) -> None:
        if self.link is None:
            raise CommandRefused(
                "there is no field link", where=order.switch, remedy="start with --link opcua"
            )
        await self.link.operate(order)

    async def _scan(self, switches: tuple[SwitchId, ...]) -> None:
        if self.link is None:
            return
        try:
            await self.link.scan(switches)
        except LinkError as lost:
            # The link reports its own state as events; a scan only asks for freshness.
            log.info("demand scan failed", why=str(lost))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task that dies of what it does not expect takes the loop with it: a command without
        an outcome, or a question without an answer, would wait for ever."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self._wake.set()


def _refused(intent: Operate, refused: CommandRefused, *, at: datetime) -> CommandRejected:
    return CommandRejected(at=at, command=intent.command, why=refused.what, code=refused.code)
