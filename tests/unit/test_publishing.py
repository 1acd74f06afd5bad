"""Several publish requests in flight: order, holes, and servers that take fewer."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from asyncua import ua
from asyncua.ua.uaerrors import (
    BadMessageNotAvailable,
    BadTooManyPublishRequests,
)
from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import LinkId, PointId
from gridops.network import Point, Signal
from opcua_bridge.limits import DEFAULT_LIMITS, LinkLimits
from opcua_bridge.link.ages import Ages
from opcua_bridge.link.inbox import Counts
from opcua_bridge.link.incoming import Incoming
from opcua_bridge.link.partition import Partition, partitions
from opcua_bridge.link.publishing import Outlet, Publishing
from opcua_bridge.link.subscription import Subscription, SubscriptionEnded
from opcua_bridge.wire.flaws import WireFlaw
from opcua_bridge.wire.messages import Message, Room, decode_publish, prepare
from tests import wire_reference as wire

STATES = Partition(
    name="states", handles=(), publishing_ms=20, sampling_ms=0.0, queue=10, keep_alive_count=5
)
ONE, TWO = Subscription(1, 1.0, STATES), Subscription(2, 3.0, replace(STATES, name="analogs"))
LIMITS = replace(DEFAULT_LIMITS, publishing_ms=20)
GAP = "gap"
WIRE_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass
class Peer:
    """The server's end of a session: takes requests, sends bodies."""

    waiting: deque[asyncio.Future[bytes]] = field(default_factory=deque)
    acknowledged: list[tuple[int, int]] = field(default_factory=list)
    kept: dict[int, bytes] = field(default_factory=dict)
    """What it sends again, by number."""
    asked_again: list[int] = field(default_factory=list)
    thinks_s: float = 0.0
    most: int = 100
    """Requests that it keeps; of more the oldest is refused."""

    async def answer_to(self, request: object, *, timeout_s: float | None = None) -> bytes:
        if isinstance(request, ua.RepublishRequest):
            number = request.Parameters.RetransmitSequenceNumber
            self.asked_again.append(number)
            await asyncio.sleep(self.thinks_s)
            if number not in self.kept:
                raise BadMessageNotAvailable
            return self.kept[number]
        assert timeout_s == 0.0
        told = request.Parameters.SubscriptionAcknowledgements
        if len(self.waiting) >= self.most:
            self.waiting.popleft().set_exception(BadTooManyPublishRequests())
        self.acknowledged += [(a.SubscriptionId, a.SequenceNumber) for a in told]
        self.waiting.append(asyncio.get_running_loop().create_future())
        return await self.waiting[-1]

    def send(self, *bodies: bytes) -> None:
        """All at once, as one piece of TCP may carry several."""
        for body in bodies:
            self.waiting.popleft().set_result(body)

    def keep(self, number: int) -> None:
        self.kept[number] = wire.republish_body([change(number)], sequence=number)


@dataclass
class Heard:
    peer: Peer
    publishing: Publishing
    counts: Counts
    running: "asyncio.Task[None]"
    told: list[object]
    """Numbers of messages as they were taken, and gaps."""


def change(number: int) -> bytes:
    return wire.data_change([wire.item(0, wire.data_value(wire.variant(7, number)))])


def data(number: int, *, subscription: int = 1, available: Sequence[int] = ()) -> bytes:
    return wire.publish_body(
        [change(number)],
        subscription=subscription,
        sequence=number,
        available=[*available, number],
    )


def keep_alive(number: int) -> bytes:
    return wire.publish_body([], sequence=number)


@asynccontextmanager
async def following(
    *subscriptions: Subscription,
    peer: Peer | None = None,
    limits: LinkLimits = LIMITS,
    ages: Ages | None = None,
) -> AsyncIterator[Heard]:
    peer = peer or Peer()
    told: list[object] = []
    counts = Counts()

    def take(message: Message) -> None:
        if message.carries_data:
            assert message.values.raw() == [message.sequence]
            told.append(message.sequence)

    publishing = Publishing(
        peer,  # type: ignore[arg-type]  # of a session it takes this one call
        subscriptions or (ONE,),
        limits=limits,
        counts=counts,
        ages=ages or Ages(),
        outlet=Outlet(take=take, gap=lambda: told.append(GAP)),
    )
    running = asyncio.create_task(publishing.run())
    await breath()
    try:
        yield Heard(peer, publishing, counts, running, told)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def breath() -> None:
    for _ in range(12):
        await asyncio.sleep(0)


async def test_the_server_never_waits_for_a_request() -> None:
    async with following() as heard:
        assert len(heard.peer.waiting) == LIMITS.publish_in_flight
        heard.peer.send(data(1), data(2), data(3), data(4))
        assert not heard.peer.waiting
        await breath()
        assert heard.told == [1, 2, 3, 4]
        assert len(heard.peer.waiting) == LIMITS.publish_in_flight


async def test_two_subscriptions_have_two_requests_each_and_numbers_of_their_own() -> None:
    limits = replace(LIMITS, publish_in_flight=1)
    async with following(ONE, TWO, limits=limits) as heard:
        assert len(heard.peer.waiting) == 4
        heard.peer.send(data(1), data(1, subscription=2), data(2), keep_alive(3))
        await breath()
        assert heard.told == [1, 1, 2]


async def test_everything_that_was_taken_is_acknowledged_once() -> None:
    async with following() as heard:
        heard.peer.send(data(1), data(2), keep_alive(3), data(3))
        await breath()
        heard.peer.send(data(4))
        await breath()
        assert sorted(heard.peer.acknowledged) == [(1, n) for n in (1, 2, 3, 4)]


async def test_a_server_that_takes_fewer_requests_is_sent_fewer() -> None:
    async with following(peer=Peer(most=2)) as heard:
        assert heard.publishing.in_flight == 2
        for number in range(1, 6):
            heard.peer.send(data(number))
            await breath()
        assert heard.told == [1, 2, 3, 4, 5]
        assert sorted(heard.peer.acknowledged) == [(1, n) for n in range(1, 6)]


async def test_a_server_that_has_more_waiting_gets_more_requests_up_to_a_bound() -> None:
    limits = replace(LIMITS, publish_in_flight=2, publish_in_flight_max=4)
    async with following(limits=limits) as heard:
        for number, in_flight in ((1, 3), (2, 4), (3, 4)):
            heard.peer.send(wire.publish_body([change(number)], sequence=number, more=True))
            await breath()
            assert len(heard.peer.waiting) == heard.publishing.in_flight == in_flight
        heard.peer.waiting.popleft().set_exception(BadTooManyPublishRequests())
        await breath()
        heard.peer.send(wire.publish_body([change(4)], sequence=4, more=True))
        await breath()
        # what it refused once is not sent again
        assert len(heard.peer.waiting) == heard.publishing.in_flight == 3
        assert heard.told == [1, 2, 3, 4]


async def test_a_server_that_refuses_even_the_last_request_is_asked_again() -> None:
    async with following(limits=replace(LIMITS, publish_in_flight=2)) as heard:
        for _ in range(2):
            heard.peer.waiting.popleft().set_exception(BadTooManyPublishRequests())
        await breath()
        assert not heard.peer.waiting
        await asyncio.sleep(0.03)
        heard.peer.send(data(1))
        await breath()
        assert heard.told == [1]
        assert heard.publishing.in_flight == 1


async def test_a_missing_message_is_asked_for_again_and_taken_in_its_place() -> None:
    async with following() as heard:
        for number in (2, 3):
            heard.peer.keep(number)
        heard.peer.send(data(1), data(4, available=[2, 3]), data(5))
        await breath()
        assert heard.told == [1, 2, 3, 4, 5]
        assert (heard.counts.republished, heard.counts.gaps) == (2, 0)
        heard.peer.send(keep_alive(6))
        await breath()
        assert sorted(heard.peer.acknowledged) == [(1, n) for n in (1, 2, 3, 4, 5)]


async def test_a_keep_alive_betrays_a_missing_message_too() -> None:
    async with following() as heard:
        heard.peer.keep(1)
        heard.peer.send(wire.publish_body([], sequence=2, available=[1]))
        await breath()
        assert heard.told == [1]


async def test_what_the_server_has_no_more_is_a_gap_at_once() -> None:
    async with following() as heard:
        heard.peer.send(data(1), data(3), data(4))
        await breath()
        assert heard.told == [1, GAP, 3, 4]
        assert heard.peer.asked_again == []
        assert heard.counts.gaps == 1


async def test_what_does_not_come_again_is_a_gap_before_what_follows() -> None:
    async with following() as heard:
        heard.peer.send(data(1), data(3, available=[2]), data(4))
        await breath()
        assert heard.told == [1, GAP, 3, 4]
        assert heard.peer.asked_again == [2]


@pytest.mark.parametrize(
    "answer",
    [
        wire.republish_body([], sequence=0),
        wire.republish_body([change(7)], sequence=7),
        b"nonsense",
    ],
    ids=["an empty one, called good", "another number", "nonsense"],
)
async def test_an_answer_that_is_not_what_is_missing_is_a_gap(answer: bytes) -> None:
    async with following() as heard:
        heard.peer.kept[2] = answer
        heard.peer.send(data(1), data(3, available=[2]))
        await breath()
        assert heard.told == [1, GAP, 3]


async def test_a_server_that_thinks_for_long_about_what_is_missing_holds_nothing_up() -> None:
    limits = replace(LIMITS, republish_timeout_s=0.05)
    async with following(peer=Peer(thinks_s=60.0), limits=limits) as heard:
        heard.peer.keep(2)
        heard.peer.send(data(1), data(3, available=[2]), data(4))
        async with asyncio.timeout(5.0):
            while heard.told[-1:] != [4]:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)
        assert heard.told == [1, GAP, 3, 4]


async def test_a_long_hole_is_not_asked_for() -> None:
    async with following() as heard:
        heard.peer.send(data(1), data(6, available=[2, 3, 4, 5]))
        await breath()
        assert heard.told == [1, GAP, 6]
        assert heard.peer.asked_again == []


async def test_a_message_that_comes_twice_is_taken_once() -> None:
    async with following() as heard:
        heard.peer.send(data(1), data(2), data(1), data(3))
        await breath()
        assert heard.told == [1, 2, 3]
        assert (heard.counts.repeated, heard.counts.gaps) == (1, 0)


async def test_more_than_can_be_held_while_waiting_ends_the_connection() -> None:
    async with following(limits=replace(LIMITS, pending_max=3)) as heard:
        heard.peer.keep(2)
        heard.peer.send(data(1), data(3, available=[2]), data(4), data(5))
        await breath()
        with pytest.raises(SubscriptionEnded, match="not what is missing"):
            await heard.running


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        (data(1, subscription=9), SubscriptionEnded, "does not know our subscription"),
        (
            wire.publish_body([wire.notification(wire.STATUS_CHANGE, b"\0\0\x0a\x80\0")]),
            SubscriptionEnded,
            "BadTimeout",
        ),
        (b"\x01\x00\x3d\x03", WireFlaw, "publish answer"),
        (b"", WireFlaw, "publish answer"),
    ],
)
async def test_what_ends_it_says_why(body: bytes, error: type[Exception], words: str) -> None:
    async with following() as heard:
        heard.peer.send(body)
        with pytest.raises(error, match=words):
            await heard.running


async def test_a_late_sign_of_life_is_counted_unless_it_was_we_who_slept() -> None:
    prepare()
    quick = replace(ONE, late_s=0.3)
    async with following(quick) as heard:
        heard.peer.send(keep_alive(1))
        await breath()
        assert heard.counts.keep_alives_missed == 0
        await asyncio.sleep(0.4)
        heard.peer.send(keep_alive(1))
        await breath()
        assert heard.counts.keep_alives_missed == 1
        await asyncio.sleep(0.4)
        heard.publishing.excuse()
        heard.peer.send(keep_alive(1))
        await breath()
        assert heard.counts.keep_alives_missed == 1


async def test_each_subscription_has_its_own_silence() -> None:
    quick = replace(ONE, freshness_s=0.05)
    async with following(quick, TWO) as heard:
        assert heard.publishing.silent() == ""
        await asyncio.sleep(0.06)
        assert heard.publishing.silent().startswith("no sign of life of the states")
        heard.peer.send(keep_alive(1))
        await breath()
        assert heard.publishing.silent() == ""


def stamped(number: int, time: datetime, *, in_header: bool = False) -> bytes:
    """Said by the server to be of that time: in the message itself, or only in the answer."""
    stamp = (time - WIRE_EPOCH) // timedelta(microseconds=1) * 10
    return wire.publish_body(
        [change(number)],
        sequence=number,
        published=0 if in_header else stamp,
        head=wire.header(wire.PUBLISH, sent=stamp if in_header else 0),
    )


@pytest.mark.parametrize("in_header", [False, True], ids=["publish time", "time of the answer"])
async def test_messages_that_keep_coming_late_are_no_sign_of_life(*, in_header: bool) -> None:
    prepare()
    ages, loop = Ages(), asyncio.get_running_loop()
    began, began_s = datetime(2026, 3, 1, 2, 0, 0, 7, tzinfo=UTC), loop.time()

    def server_time() -> datetime:
        return began + timedelta(seconds=loop.time() - began_s)

    ages.heard(began, asked_s=began_s, answered_s=began_s)
    taken: list[Message] = []
    async with following(replace(ONE, freshness_s=2.0), ages=ages) as heard:
        heard.publishing._take = taken.append
        for number, (late_s, is_fresh) in enumerate(((0.0, True), (1.5, True), (2.1, False)), 1):
            sent = server_time() - timedelta(seconds=late_s)
            ages.begin()  # it is not in order with what was sent before it
            heard.peer.send(stamped(number, sent, in_header=in_header))
            await breath()
            assert (heard.publishing.silent() == "") is is_fresh
        assert "messages come, and come late" in heard.publishing.silent()
        assert [m.late_s for m in taken] == pytest.approx([0.0, 1.5, 2.1], abs=0.1)


@given(
    st.lists(st.tuples(st.sampled_from(["sent", "lost", "twice"]), st.booleans()), max_size=30),
    st.integers(0, 3),
)
def test_nothing_is_lost_in_silence(fates: list[tuple[str, bool]], listed_for: int) -> None:
    """Each message arrives, is lost or comes twice, and may be kept or not: what is taken comes in
    order and once, and before whatever follows a message that was not taken a gap is told."""

    async def play() -> list[object]:
        async with following() as heard:
            for number, (fate, is_kept) in enumerate(fates, start=1):
                if is_kept:
                    heard.peer.keep(number)
                listed = list(range(max(1, number - listed_for), number))
                if fate != "lost":
                    heard.peer.send(data(number, available=listed))
                if fate == "twice":
                    heard.peer.send(data(number, available=listed))
                await breath()
            heard.peer.send(data(len(fates) + 1))
            await breath()
            return heard.told

    told = asyncio.run(play())
    numbers = [one for one in told if one != GAP]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == len(fates) + 1
    before = 0
    for place, one in enumerate(told):
        if one == GAP:
            continue
        assert one == before + 1 or told[place - 1] == GAP
        before = one


# -- what is told fast, and what goes on


def point(signal: Signal, n: int) -> Point:
    return Point(id=PointId(f"p{n}"), link=LinkId("r"), element="s", signal=signal, node_id=f"n{n}")


SIGNALS = (Signal.POSITION, Signal.VOLTAGE, Signal.FAULT_FLAG, Signal.POWER, Signal.FAULT_CURRENT)
POINTS = [point(signal, n) for n, signal in enumerate(SIGNALS)]


def test_states_are_told_fast_and_measurements_slowly() -> None:
    states, analogs = partitions(POINTS, DEFAULT_LIMITS)
    assert (states.handles, states.publishing_ms, states.queue) == ((0, 2, 4), 200, 10)
    assert (analogs.handles, analogs.publishing_ms, analogs.queue) == ((1, 3), 1000, 1)
    # both give a sign of life within a second
    assert (states.keep_alive_count, analogs.keep_alive_count) == (5, 1)
    assert [p.name for p in partitions([], DEFAULT_LIMITS)] == ["states"]


@pytest.mark.parametrize("publishing_ms", [50, 200, 3_000, 10_000])
def test_a_sign_of_life_is_never_asked_for_too_rarely(publishing_ms: int) -> None:
    limits = replace(DEFAULT_LIMITS, publishing_ms=publishing_ms)
    for partition in partitions(POINTS, limits):
        keep_alive_s = partition.publishing_ms * partition.keep_alive_count / 1000.0
        assert keep_alive_s <= limits.keep_alive_s_max


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 99), st.booleans()), max_size=40))
def test_of_a_message_all_states_go_on_and_of_measurements_the_last(
    said: list[tuple[int, int, bool]],
) -> None:
    items = [
        wire.item(h, wire.data_value(wire.variant(7, n), status=0x480 if over else 0))
        for h, n, over in said
    ]
    values = decode_publish(wire.publish_body([wire.data_change(items)]), Room()).values
    counts = Counts()
    incoming = Incoming(POINTS, counts)

    received = incoming.received(incoming.newest(values))

    last = {h: place for place, (h, _, _) in enumerate(said)}
    keep = [
        (h, n)
        for place, (h, n, _) in enumerate(said)
        if h < len(POINTS) and (h not in (1, 3) or last[h] == place)
    ]
    assert [(POINTS.index(p), s.raw) for p, s in received] == keep
    asked = [one for one in said if one[0] < len(POINTS)]
    assert counts.unasked == len(said) - len(asked)
    assert counts.coalesced == len(asked) - len(keep)
    kept_over = sum(s.status == 0x480 for _, s in received)
    assert counts.overflowed == sum(over for _, _, over in asked) - kept_over
