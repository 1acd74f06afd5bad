"""The supervised link to one server: connect, subscribe, read all, stay fresh, start over."""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from asyncua.ua.uaerrors import UaError

from gridops.errors import GridOpsError
from gridops.events import FieldEvent, LinkRestored, Trouble
from gridops.network import Link, Point
from gridops.ports import Clock, Endpoint, LinkHealth
from opcua_bridge.limits import LinkLimits
from opcua_bridge.link.backoff import Backoff, NumbersJump, Rereads
from opcua_bridge.link.contacts import TwoContacts, variables
from opcua_bridge.link.gap import by_point, differing
from opcua_bridge.link.health import describe
from opcua_bridge.link.heartbeat import Heartbeat, level_at
from opcua_bridge.link.inbox import Inbox
from opcua_bridge.link.incoming import Incoming
from opcua_bridge.link.loss import Loss
from opcua_bridge.link.pair import Pair, ServerLeft
from opcua_bridge.link.partition import partitions
from opcua_bridge.link.publishing import Outlet, Publishing
from opcua_bridge.link.reading import read_points
from opcua_bridge.link.subscription import Items, readable, subscribe
from opcua_bridge.link.troubles import Troubles
from opcua_bridge.link.upkeep import Upkeep
from opcua_bridge.session.identity import weakness_of
from opcua_bridge.session.opening import Secured
from opcua_bridge.session.session import Session, open_session
from opcua_bridge.session.within import within
from opcua_bridge.wire.messages import Message, Room
from opcua_bridge.wire.values import Sample, Values, joined

_log = logging.getLogger(__name__)

_WORDS_MAX = 400

Deliver = Callable[[Sequence[FieldEvent]], None]

OWN_DELAY_S = 0.5
"""When our own event loop woke later than this, silence is not the other side's fault yet."""


class ServerLink:
    """Keeps one server's points flowing, for ever. One dead server harms nobody else.

    A fresh connection per attempt. Nothing counts as good before every point was read;
    then `LinkRestored` is delivered, and all values after it. Lost messages lead to a new
    epoch with a gap and a full read, silence to `LinkLost` and a new attempt.
    """

    def __init__(
        self,
        link: Link,
        points: Sequence[Point],
        *,
        endpoints: Sequence[Endpoint],
        clock: Clock,
        limits: LinkLimits,
    ) -> None:
        self.link = link
        self._pair = Pair(endpoints, limits)
        self._served_by: Endpoint | None = None
        """The last one that the link was good with."""
        self._told = readable(points)
        self._points = variables(self._told)
        """Of these each is one variable of the server."""
        self._clock = clock
        self._limits = limits
        self._inbox = Inbox(contacts=TwoContacts(self._told))
        self._deliver: Deliver = nowhere
        self._session: Session | None = None
        """Only while the link is good."""
        self._good_at = 0.0
        """By the event loop's clock: since when it is."""
        self._epoch = 0
        self._since = clock.now()
        self._whole_at: datetime | None = None
        self._last_heard: datetime | None = None
        self._loss = Loss(link.id)
        self._secured = Secured()
        self._why = "not connected yet"
        self._room = Room()
        self._incoming = Incoming(self._points, self._inbox.counts)
        self._pending: list[Values] = []
        self._pending_size = 0
        self._heard_of: dict[int, datetime] = {}
        """When what each subscription last said was sent: the link is whole up to the oldest of
        these."""
        self._must_read_all = False
        self._troubles = Troubles(link.id, every_s=limits.trouble_every_s)
        self._upkeep = Upkeep(
            self._points, inbox=self._inbox, troubles=self._troubles, limits=limits
        )
        self._beat = Heartbeat(self._pair, clock=clock, troubles=self._troubles, limits=limits)

    @property
    def endpoint(self) -> Endpoint:
        """Of the server that is listened to, or tried next."""
        return self._pair.active

    @property
    def serving(self) -> Endpoint | None:
        """The server that is listened to; None while the link is not good."""
        return self._pair.active if self.is_good else None

    @property
    def is_good(self) -> bool:
        return self._session is not None

    @property
    def whole_at(self) -> datetime | None:
        """The last instant that the link is known to have been whole."""
        return self._whole_at

    def while_at_work(self, tell: Callable[[], None]) -> None:
        """`tell` is called now and then while values are worked through and nothing else can be:
        a sign of life for who waits for one."""
        self._inbox.at_work = tell

    def resume(
        self, *, epoch: int, whole_at: datetime | None, known: Collection[FieldEvent] = ()
    ) -> None:
        """Goes on where another left off, in another process; before `run`. `known`: what it last
        said, to be compared with what the first full read says."""
        self._epoch, self._whole_at = epoch, whole_at
        self._inbox.before_gap = by_point(known, self._told, at=self._clock.now())

    def health(self) -> LinkHealth:
        counts, refused = self._inbox.counts, self._inbox.refused
        return LinkHealth(
            link=self.link.id,
            connected=self.is_good,
            since=self._since,
            last_heard=self._last_heard,
            epoch=self._epoch,
            detail=describe(
                "" if self.is_good else self._why,
                counts,
                refused=refused,
                weaker=self._upkeep.weaker,
                warnings=[*self._beat.warnings(), *self._secured.warnings, *self._unproven()],
            ),
            certificate_expires=self._secured.expires,
            counts=self._troubles.totals,
            skew_s=self._beat.skew_s,
            device_skew_s=self._beat.devices.skew_s,
            server=self.endpoint.url,
        )

    def _unproven(self) -> list[str]:
        return list(filter(None, [weakness_of(self.link, self.endpoint)]))

    async def run(self, deliver: Deliver) -> None:
        """Until cancelled."""
        self._deliver = deliver
        backoff = Backoff(self._limits, servers=len(self._pair))
        while True:
            served = self._pair.active
            end = await self._attempt()
            good_s = self._good_s()
            self._lose(_words(end))
            if not isinstance(end, ServerLeft):
                self._pair.lost()
            if self._pair.active is not served:
                self._beat.forget()
            await asyncio.sleep(backoff.after(end, good_s=good_s))

    def _good_s(self) -> float:
        return asyncio.get_running_loop().time() - self._good_at if self.is_good else 0.0

    async def _attempt(self) -> Exception:
        """One connection, from its beginning to what ended it."""
        try:
            async with open_session(self.endpoint, self._limits) as session:
                self._secured = session.secured
                await self._serve(session)
        except (OSError, TimeoutError, UaError, GridOpsError) as error:
            return error
        except Exception as error:  # noqa: BLE001 - the outermost loop of this server:
            # what a hostile one makes the decoder raise ends its own session alone
            _log.exception("link %s", self.link.id)
            return error
        return ConnectionError("the connection has ended")

    def rest(self) -> None:
        """`run` has ended: what was good is listened to by nobody, until it is run again."""
        if self.is_good:
            self._since = self._clock.now()
        self._session = None
        self._why = "not listened to any more"

    async def scan(self, points: Sequence[Point]) -> None:
        """Reads `points` again and delivers what they hold. Nothing while the link is lost:
        the full read after its return covers them."""
        session = self._session
        if session is None or not points:
            return
        try:
            await self._read(session, variables(readable(points)))
        except Exception as error:  # noqa: BLE001 - as in `run`: what the library raises over an
            # answer of no known form must not end who asked; the supervisor sees the reset, says
            # LinkLost and starts over
            if not isinstance(error, OSError | TimeoutError | UaError):
                _log.exception("link %s", self.link.id)
            self._why = f"a demand scan failed: {_words(error)}"
            session.abort()

    def take_reading(self, point: Point, value: Sample) -> None:
        """Delivers a value that another session of ours has just read from this server."""
        if self.is_good:
            received = [(point, value)]
            # nobody knows what was pushed while it was read: whatever is newer stands
            self._deliver(self._inbox.readings(received, self._clock.now(), asked_after=0))

    async def _serve(self, session: Session) -> None:
        """Raises what ended the session; never returns otherwise."""
        async with within(self._limits.set_up_timeout_s):
            await session.bind(self.link)
            await session.learn_limits()
            await self._beat.begin(session)
        await self._until_in_service(session)
        async with within(self._limits.set_up_timeout_s):
            subscriptions = [
                await subscribe(session, partition, limits=self._limits)
                for partition in partitions(self._points, self._limits)
            ]
        self._forget_pending()
        self._heard_of = dict.fromkeys((s.ident for s in subscriptions), self._clock.now())
        self._inbox.begin_epoch()
        publishing = Publishing(
            session,
            subscriptions,
            limits=self._limits,
            counts=self._inbox.counts,
            ages=self._beat.ages,
            outlet=Outlet(take=self._take, gap=self._miss),
        )
        tasks = {asyncio.create_task(publishing.run())}
        try:
            async with within(self._limits.set_up_timeout_s):
                items = Items(session, subscriptions, points=self._points, limits=self._limits)
                self._upkeep.note(await items.add())
                while publishing.silent() and not any(task.done() for task in tasks):  # noqa: ASYNC110
                    # what comes late all the time is not called good for a moment
                    await asyncio.sleep(self._limits.watch_every_s)
                await self._read_all(session)
            tasks |= {asyncio.create_task(work) for work in self._care(session, items)}
            await self._watch(publishing, tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_in_service(self, session: Session) -> None:
        """While no server of a pair is in service this one and the others are asked. The connection
        is kept: each new one would cost the server another session. Raises: ServerLeft."""
        while self._pair.is_waited_for:
            self._why = "no server in service"
            await asyncio.sleep(self._limits.beat_every_s)
            await self._beat.ask(session)
            await self._pair.look(self._probe)
            await session.renew_channel_when_due()
            await session.judge_again_when_due()

    def _care(self, session: Session, items: Items) -> Iterator[Coroutine[None, None, None]]:
        """All that goes on for ever beside the publishing while the link is good."""
        read, look = partial(self._read, session), partial(self._samples, session)
        yield self._tend(session)
        yield self._beat.go_on(session)
        yield self._upkeep.retry(items, read)
        yield self._upkeep.audit(items, look=look, read=read)
        if self._pair.has_others:
            yield self._follow_levels()

    async def _follow_levels(self) -> None:
        while True:
            await asyncio.sleep(self._limits.beat_every_s)
            await self._pair.look(self._probe)

    async def _probe(self, endpoint: Endpoint) -> float | None:
        """See `pair.Probe`."""
        try:
            async with (
                open_session(endpoint, self._limits) as session,
                within(self._limits.request_timeout_s),
            ):
                await session.bind(self.link)
                level = await level_at(session)
                await session.close()
        except (OSError, TimeoutError, UaError, GridOpsError):
            return None
        except Exception:  # noqa: BLE001 - as in `run`: a hostile server ends its own probe alone
            _log.exception("link %s", self.link.id)
            return None
        return level

    def _tell_troubles(self) -> None:
        now, lost = self._clock.now(), self._inbox.overflowed
        self._troubles.follow(self._inbox.counts)
        if lost:
            since = min(filter(None, lost.values()), default=None)
            why = "the server's queue was full"
            self._troubles.note(Trouble.OVERFLOW, 0, since=since, why=why, points=lost)
            lost.clear()
        due = self._troubles.due(now)
        if due:
            self._deliver(due)

    async def _watch(self, publishing: Publishing, tasks: set[asyncio.Task[None]]) -> None:
        """Raises when a task ends, for none ends well, and when a subscription is silent."""
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            done, _ = await asyncio.wait(
                tasks, timeout=self._limits.watch_every_s, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                if task.cancelled():
                    raise ConnectionError("the connection was torn down")
                task.result()
            self._tell_troubles()
            own_delay_s = loop.time() - started - self._limits.watch_every_s
            silent = publishing.silent()
            if own_delay_s >= OWN_DELAY_S:
                publishing.excuse()
            elif silent:
                self._troubles.note(Trouble.KEEP_ALIVE_MISSED, why=silent)
                raise TimeoutError(silent)

    async def _tend(self, session: Session) -> None:
        """Reads again what is in doubt, beside the publishing. Raises besides: NumbersJump."""
        rereads = Rereads(self._limits)
        while True:
            await asyncio.sleep(self._limits.watch_every_s)
            if self._must_read_all:
                self._count_reread(rereads)
                await self._read_all(session)
            await self._upkeep.drop_vanished(partial(self._read, session))
            await self._read(session, self._inbox.take_doubtful())
            await session.renew_channel_when_due()
            await session.judge_again_when_due()
            self._secured = session.secured

    def _count_reread(self, rereads: Rereads) -> None:
        try:
            rereads.count(asyncio.get_running_loop().time())
        except NumbersJump as jump:
            self._troubles.note(Trouble.NUMBERS_JUMP, since=self._gap_since(), why=str(jump))
            raise

    async def _read_all(self, session: Session) -> None:
        """Starts a new epoch: first the news that there is one, then every value.

        Changes that came during set-up are only used to find the newest value: what
        happened before the epoch is part of the gap.
        """
        self._must_read_all = False
        gap_since = self._gap_since()
        before = {**self._inbox.before_gap, **self._inbox.known}
        asked_after = self._inbox.batches
        samples = await self._samples(session, self._points)
        now = self._clock.now()
        self._inbox.changes(self._incoming.received(joined(self._pending)), now)
        self._forget_pending()
        received = list(zip(self._points, samples, strict=True))
        events = self._inbox.readings(received, now, asked_after=asked_after)
        self._epoch += 1
        if not self.is_good:
            self._since = now
            self._good_at = asyncio.get_running_loop().time()
        self._session = session
        self._whole_at = now
        self._heard_of = dict.fromkeys(self._heard_of, now)
        changed = differing(before, self._inbox.known, points=self._told)
        self._inbox.before_gap = {}
        restored = LinkRestored(
            at=now,
            link=self.link.id,
            epoch=self._epoch,
            gap_since=gap_since,
            changed_in_gap=len(changed),
        )
        self._loss.heard(restored)
        self._deliver([restored, *events])
        self._troubles.note(
            Trouble.DIFFERS_AFTER_GAP, len(changed), since=gap_since, points=changed
        )
        self._note_server()
        self._tell_troubles()

    def _note_server(self) -> None:
        now, before = self._pair.active, self._served_by
        self._served_by = now
        if before is not None and before is not now:
            self._troubles.note(
                Trouble.FAILOVER, since=self._whole_at, why=f"{before.url} left for {now.url}"
            )

    def _gap_since(self) -> datetime | None:
        """Before the last message: what the field did shortly before may not have been in it, for
        it was still on its way to the server, or waited there for the next publishing."""
        if self._whole_at is None:
            return None
        on_its_way_s = self._limits.publishing_ms / 1000.0 + self._limits.freshness_margin_s
        return self._whole_at - timedelta(seconds=on_its_way_s)

    async def _read(self, session: Session, points: Sequence[Point]) -> None:
        if not points:
            return
        asked_after = self._inbox.batches
        samples = await self._samples(session, points)
        received = list(zip(points, samples, strict=True))
        self._deliver(self._inbox.readings(received, self._clock.now(), asked_after=asked_after))

    async def _samples(self, session: Session, points: Sequence[Point]) -> list[Sample]:
        return await read_points(session, points, room=self._room, limits=self._limits)

    def _miss(self) -> None:
        """A message is lost for good: only a full read tells what is true."""
        self._troubles.note(Trouble.GAP, since=self._gap_since())
        self._must_read_all = True

    def _take(self, message: Message) -> None:
        """Takes one publish message, between two breaths: nothing in here waits."""
        now = self._clock.now()
        self._last_heard = now
        self._heard_of[message.subscription] = now - timedelta(seconds=message.late_s)
        values = self._incoming.newest(message.values)
        if not self.is_good:
            self._hold_back(values)
            return
        if not self._must_read_all:
            self._whole_at = min(self._heard_of.values())
        self._beat.devices.heard(values.rows.source, now)
        events = self._inbox.changes(self._incoming.received(values), now)
        if events:
            self._deliver(events)

    def _hold_back(self, values: Values) -> None:
        """Before the first full read nothing is delivered; more than can be held is read."""
        if not len(values):
            return
        self._pending.append(values)
        self._pending_size += len(values)
        if self._pending_size > self._limits.pending_max:
            self._forget_pending()
            self._must_read_all = True

    def _forget_pending(self) -> None:
        self._pending.clear()
        self._pending_size = 0

    def _lose(self, why: str) -> None:
        now = self._clock.now()
        if self.is_good:
            self._since = now
        self._session = None
        self._why = why
        if lost := self._loss.lost(why, at=now):
            self._deliver(lost)
        self._tell_troubles()


def _words(error: Exception) -> str:
    """Of bounded length: a server may have had a hand in it."""
    return f"{type(error).__name__}: {error}"[:_WORDS_MAX] if str(error) else type(error).__name__


def nowhere(events: Sequence[FieldEvent]) -> None:
    """Before `run` nobody listens, and nothing is connected."""
