"""Troubles told once and summed, clocks judged, gaps compared, servers in pairs chosen."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from gridops.errors import LoginRefused
from gridops.events import CurrentMeasured, FieldEvent, SwitchMoved, Trouble
from gridops.ids import LinkId, PointId, SwitchId
from gridops.measurement import Position, Quality
from gridops.network import Point, Signal
from gridops.ports import Endpoint
from opcua_bridge.limits import DEFAULT_LIMITS
from opcua_bridge.link.backoff import Backoff, NumbersJump, Rereads
from opcua_bridge.link.clocks import ClockStopped, DeviceClocks, ServerClock, SkewWatch, aware
from opcua_bridge.link.gap import by_point, differing
from opcua_bridge.link.inbox import Counts, Inbox
from opcua_bridge.link.pair import UNREADABLE, UNSTATED, Pair, ServerLeft, level_of
from opcua_bridge.link.troubles import COUNTED, Troubles
from opcua_bridge.wire.values import Sample

RTU = LinkId("rtu")
START = datetime(2026, 3, 1, 2, 14, tzinfo=UTC)
S1 = Point(
    id=PointId("s1.position"), link=RTU, element="s1", signal=Signal.POSITION, node_id="s1.position"
)
AMPS = Point(
    id=PointId("s1.current"), link=RTU, element="s1", signal=Signal.CURRENT, node_id="s1.current"
)
OVERFLOWED = 0x480


def second(s: float) -> datetime:
    return START + timedelta(seconds=s)


def test_the_first_of_a_kind_is_told_at_once_and_the_next_ones_together() -> None:
    troubles = Troubles(RTU, every_s=60.0)
    troubles.note(Trouble.OVERFLOW, since=second(-3), why="full", points=[S1.id])
    (first,) = troubles.due(second(0))
    for n in range(1, 60):
        troubles.note(Trouble.OVERFLOW, 2, since=second(n))
        assert troubles.due(second(n)) == []
    (then,) = troubles.due(second(60))

    assert (first.count, first.since, first.what) == (1, second(-3), "full: s1.position")
    assert (then.count, then.since) == (118, second(1))
    assert troubles.totals == {"overflow": 119}
    assert troubles.due(second(200)) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(Trouble)), st.integers(0, 9), st.floats(0, 30, allow_nan=False)
        ),
        max_size=60,
    )
)
def test_however_sick_a_server_is_its_events_are_few_and_their_sum_is_the_whole(
    met: list[tuple[str, int, float]],
) -> None:
    troubles, now, told = Troubles(RTU, every_s=60.0), START, []
    whole: dict[str, int] = {}
    for trouble, count, pause_s in met:
        now += timedelta(seconds=pause_s)
        troubles.note(Trouble(trouble), count)
        whole[trouble] = whole.get(trouble, 0) + count
        told += troubles.due(now)
    end = now + timedelta(seconds=60)
    told += troubles.due(end)

    for trouble, count in whole.items():
        mine = [one for one in told if one.trouble == trouble]
        assert sum(one.count for one in mine) == count
        assert all((later.at - one.at).total_seconds() >= 60.0 for one, later in pairwise(mine))


def test_every_count_of_the_inbox_becomes_a_trouble() -> None:
    counts = Counts()
    troubles = Troubles(RTU, every_s=60.0)
    quiet = {"last_rejection", "coalesced", "gaps"}  # gaps are noted as they are declared
    assert set(COUNTED.values()) == set(Counts.__slots__) - quiet
    for place, name in enumerate(COUNTED.values(), start=1):
        setattr(counts, name, place)
    counts.last_rejection = "x is no number"
    troubles.follow(counts)
    troubles.follow(counts)

    told = {one.trouble: one for one in troubles.due(START)}
    assert [told[trouble].count for trouble in COUNTED] == list(range(1, len(COUNTED) + 1))
    assert told[Trouble.REJECTED].what == "x is no number"


def test_of_a_flood_of_points_a_few_are_named_and_the_text_stays_short() -> None:
    troubles = Troubles(RTU, every_s=60.0)
    troubles.note(
        Trouble.ITEM_DROPPED,
        5_000,
        why="y" * 5_000,
        points=[PointId(f"p{n}" * 99) for n in range(5_000)],
    )
    (told,) = troubles.due(START)
    assert len(told.what) <= 600
    troubles.note(Trouble.ITEM_TAKEN, 20, points=[PointId(f"p{n}") for n in range(20)])
    assert troubles.due(START)[0].what.endswith("p11 and 8 more")


def test_a_dropped_change_marks_the_gap_of_its_point_and_has_it_read_again() -> None:
    inbox = Inbox()
    inbox.changes([(S1, Sample(1, 0, second(0)))], second(0))
    told = inbox.changes([(S1, Sample(2, OVERFLOWED, second(9)))], second(9))

    assert [event.position for event in told if isinstance(event, SwitchMoved)] == [Position.CLOSED]
    assert inbox.overflowed == {S1.id: second(0)}
    assert inbox.take_doubtful() == [S1]


# clocks


def told(clock: ServerClock, said: object, *, at: float, way_s: float = 0.0) -> None:
    clock.heard(aware(said), asked=second(at), answered=second(at + way_s))


def test_a_clock_that_stands_still_is_found_out_and_believed_when_it_goes_again() -> None:
    clock = ServerClock(replace(DEFAULT_LIMITS, clock_still_s_max=5.0))
    for s in range(6):
        told(clock, START, at=s)
    with pytest.raises(ClockStopped, match="02:14:00"):
        told(clock, START, at=6)
    assert clock.is_stopped
    clock.begin()
    told(clock, START, at=7)
    assert clock.is_stopped
    told(clock, second(1), at=8)
    assert not clock.is_stopped


def test_a_pause_in_asking_proves_nothing_of_a_clock() -> None:
    clock = ServerClock(replace(DEFAULT_LIMITS, clock_still_s_max=5.0))
    told(clock, START, at=0)
    told(clock, START, at=60)
    assert not clock.is_stopped


def test_skew_allows_for_half_the_way_and_slow_answers_say_nothing_of_it() -> None:
    clock = ServerClock(DEFAULT_LIMITS)
    told(clock, second(3 * 3600 + 0.2), at=0, way_s=0.4)
    assert clock.skew_s == pytest.approx(3 * 3600)
    told(clock, second(99), at=1, way_s=5.0)
    assert clock.skew_s == pytest.approx(3 * 3600)
    told(clock, "noon", at=7)
    assert clock.skew_s is None


def ticks(*times: datetime) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    epoch = datetime(1601, 1, 1, tzinfo=UTC)
    return np.array([(t - epoch) // timedelta(microseconds=1) * 10 for t in times], np.int64)


def test_a_device_ahead_is_told_at_once_and_one_behind_when_all_its_stamps_are() -> None:
    devices = DeviceClocks()
    devices.heard(ticks(second(10_800)), second(0))
    assert devices.skew_s == pytest.approx(10_800)
    devices.forget()
    for s in range(4):
        devices.heard(ticks(second(s - 10_800)), second(s))
        assert devices.skew_s is None
    devices.heard(ticks(second(5 - 10_800)), second(5))
    assert devices.skew_s == pytest.approx(-10_800)
    devices.heard(ticks(second(5.8)), second(6))  # they were late, and no clock is slow
    assert devices.skew_s == pytest.approx(-0.2)


def test_stamps_that_are_nonsense_are_no_clock() -> None:
    devices = DeviceClocks()
    devices.heard(np.array([0, 1, -(2**63), 2**63 - 1, 2_650_467_743_980_000_000]), START)
    devices.heard(np.empty(0, np.int64), START)
    assert devices.skew_s is None


def test_a_skew_is_noted_when_it_begins_and_when_it_changes_and_not_meanwhile() -> None:
    troubles = Troubles(RTU, every_s=0.0)
    watch = SkewWatch(troubles, allowed_s=2.0)
    for skew_s in (0.5, -1.9, None, 3.0, 3.5, 4.9, 5.1, 1.0, -7.0):
        watch.look("server", skew_s)
    assert troubles.totals == {"clock_skew": 3}
    assert watch.warnings() == ["the clock of the server is 7.0 s behind"]


# gaps


def moved(position: Position, *, at: float, quality: Quality = Quality.GOOD) -> FieldEvent:
    return SwitchMoved(
        at=second(at),
        source_time=second(at),
        quality=quality,
        switch=SwitchId("s1"),
        position=position,
    )


def amps(a: float) -> FieldEvent:
    return CurrentMeasured(at=START, source_time=START, switch=SwitchId("s1"), current_a=a)


@pytest.mark.parametrize(
    ("before", "now", "differ"),
    [
        (moved(Position.OPEN, at=0), moved(Position.OPEN, at=9), False),
        (moved(Position.OPEN, at=0), moved(Position.CLOSED, at=9), True),
        (moved(Position.OPEN, at=0), moved(Position.OPEN, at=0, quality=Quality.BAD), True),
        (None, moved(Position.OPEN, at=0), False),
    ],
)
def test_a_gap_hid_what_reads_differently(
    before: FieldEvent | None, now: FieldEvent, *, differ: bool
) -> None:
    known = {AMPS.id: amps(1)} | ({} if before is None else {S1.id: before})
    found = differing(known, {S1.id: now, AMPS.id: amps(2)}, points=[S1, AMPS])
    assert found == ([S1.id] if differ else [])


def test_what_was_known_outlives_attempts_that_came_to_nothing() -> None:
    inbox = Inbox()
    inbox.changes([(S1, Sample(1, 0, second(0)))], second(0))
    inbox.begin_epoch()
    inbox.begin_epoch()
    assert set(inbox.before_gap) == {S1.id}
    assert inbox.known == {}


def test_another_process_goes_on_from_what_was_last_said() -> None:
    flag = replace(S1, id=PointId("s1.flag"), signal=Signal.FAULT_FLAG_A)
    was = moved(Position.OPEN, at=0)
    known = by_point([amps(1), was], [S1, AMPS, flag], at=second(9))
    assert known == {S1.id: was}
    now = moved(Position.CLOSED, at=9)
    assert differing(known, {S1.id: now}, points=[S1, AMPS, flag]) == [S1.id]


# pairs

FIRST, SECOND = Endpoint(url="opc.tcp://127.0.0.1:1"), Endpoint(url="opc.tcp://127.0.0.1:2")
AT_ONCE = replace(DEFAULT_LIMITS, pair_stay_s=0.0, pair_probe_every_s=0.0, pair_stable_probes=3)


class Levels:
    """What each server of a pair would state."""

    def __init__(self, first: float | None, second: float | None) -> None:
        self.of = {FIRST.url: first, SECOND.url: second}
        self.asked: list[str] = []

    async def probe(self, endpoint: Endpoint) -> float | None:
        self.asked.append(endpoint.url)
        return self.of[endpoint.url]


async def looked(pair: Pair, levels: Levels, times: int = 1) -> bool:
    """Whether the server was left."""
    for _ in range(times):
        level = levels.of[pair.active.url]
        assert level is not None
        pair.heard(level)
        try:
            await pair.look(levels.probe)
        except ServerLeft:
            return True
    return False


async def test_a_healthy_preferred_server_is_stayed_with_and_nobody_else_is_asked() -> None:
    pair, levels = Pair([FIRST, SECOND], AT_ONCE), Levels(200, 255)
    assert not await looked(pair, levels, times=5)
    assert levels.asked == []


@pytest.mark.parametrize(
    ("other", "is_left"), [(255, True), (150, True), (100, False), (None, False)]
)
async def test_a_degraded_server_is_left_only_for_a_fitter_one(
    other: int | None, *, is_left: bool
) -> None:
    pair, levels = Pair([FIRST, SECOND], AT_ONCE), Levels(100, other)
    assert await looked(pair, levels) is is_left
    assert pair.active == (SECOND if is_left else FIRST)


async def test_the_preferred_server_is_returned_to_when_it_was_healthy_for_long_enough() -> None:
    pair, levels = Pair([FIRST, SECOND], AT_ONCE), Levels(255, 255)
    pair.lost()
    assert not await looked(pair, levels, times=2)
    levels.of[FIRST.url] = None  # it flaps
    assert not await looked(pair, levels, times=1)
    levels.of[FIRST.url] = 255
    assert not await looked(pair, levels, times=2)
    assert await looked(pair, levels)
    assert pair.active == FIRST


async def test_two_degraded_servers_do_not_pass_the_link_to_and_fro() -> None:
    pair = Pair([FIRST, SECOND], replace(AT_ONCE, pair_stay_s=60.0))
    levels = Levels(100, 120)
    assert not await looked(pair, levels, times=9)
    assert levels.asked == []


def test_a_server_without_data_is_refused_where_there_is_another() -> None:
    pair, alone = Pair([FIRST, SECOND], AT_ONCE), Pair([FIRST], AT_ONCE)
    for each in (pair, alone):
        each.heard(1)
    with pytest.raises(ServerLeft, match="not in service"):
        pair.check()
    assert pair.active == SECOND
    alone.check()


def begun(pair: Pair, *levels: float | None) -> list[Endpoint]:
    """Who was tried, one connection after the other; None: it could not be reached."""
    tried = []
    for level in levels:
        tried.append(pair.active)
        if level is None:
            pair.lost()
            continue
        pair.heard(level)
        with suppress(ServerLeft):
            pair.check()
            break
    return tried


@pytest.mark.parametrize("levels", [(0, 1, 0, 1), (1, 1, 1, 1), (0, None, 0, 0), (None, 0, 0)])
def test_two_servers_without_data_are_not_swapped_for_ever(levels: Sequence[float | None]) -> None:
    pair = Pair([FIRST, SECOND], AT_ONCE)
    assert len(begun(pair, *levels)) <= 3
    assert pair.is_out_of_service
    pair.check()


def test_a_server_that_was_in_service_until_it_was_lost_is_tried_again_first() -> None:
    """One on stand-by may have no data, and its like may be back in a moment."""
    pair = Pair([FIRST, SECOND], AT_ONCE)
    assert begun(pair, 255) == [FIRST]
    pair.lost()
    assert begun(pair, 1, 255) == [SECOND, FIRST]


async def test_of_two_without_data_the_one_that_comes_into_service_is_gone_to() -> None:
    pair, levels = Pair([FIRST, SECOND], AT_ONCE), Levels(1, 1)
    begun(pair, 1, 1)
    assert pair.active == SECOND
    assert not await looked(pair, levels, times=3)
    levels.of[FIRST.url] = 255
    assert await looked(pair, levels)
    assert begun(pair, 255) == [FIRST]
    pair.lost()
    assert begun(pair, 1, 1, 1) == [SECOND, FIRST], "both are looked at again"


@pytest.mark.parametrize("stated", [None, True, -1, 256, "200", 2.0])
def test_what_is_no_level_is_no_sign_of_health(stated: object) -> None:
    assert level_of(Sample(stated)) == UNREADABLE


def test_a_level_that_is_not_there_and_one_that_cannot_be_read_are_two_things() -> None:
    assert level_of(Sample(200)) == 200
    assert level_of(Sample(None, ua.StatusCodes.BadNodeIdUnknown)) == UNSTATED
    for status in (
        ua.StatusCodes.BadNotReadable,
        ua.StatusCodes.BadUserAccessDenied,
        ua.StatusCodes.BadInternalError,
        ua.StatusCodes.UncertainLastUsableValue,
    ):
        assert level_of(Sample(255, status)) == UNREADABLE
    assert 1 < UNREADABLE < UNSTATED < 2


async def test_a_server_that_states_no_level_is_stayed_with() -> None:
    """One that is not made for a pair is usable, and nobody else is asked all the time."""
    pair, levels = Pair([FIRST, SECOND], AT_ONCE), Levels(UNSTATED, 255)
    pair.heard(UNSTATED)
    pair.check()
    assert not await looked(pair, levels, times=5)
    assert levels.asked == []


@pytest.mark.parametrize(
    ("own", "other", "is_left"),
    [
        (UNREADABLE, 255, True),
        (UNREADABLE, 2, True),
        (UNREADABLE, UNSTATED, True),
        (UNREADABLE, UNREADABLE, False),
        (UNREADABLE, 1, False),
        (2, UNSTATED, False),
        (199, UNSTATED, False),
        (1, UNSTATED, True),
        (1, UNREADABLE, True),
    ],
)
async def test_who_tells_no_level_is_never_preferred_to_one_in_service(
    own: float, other: float, *, is_left: bool
) -> None:
    pair, levels = Pair([FIRST, SECOND], AT_ONCE), Levels(own, other)
    assert await looked(pair, levels) is is_left


@pytest.mark.parametrize(
    ("stand_in", "is_left"), [(255, False), (UNSTATED, True)], ids=["stated", "unstated"]
)
async def test_a_preferred_server_without_a_level_is_returned_to_only_from_its_like(
    stand_in: float, *, is_left: bool
) -> None:
    pair, levels = Pair([FIRST, SECOND], AT_ONCE), Levels(UNSTATED, stand_in)
    pair.lost()
    assert await looked(pair, levels, times=5) is is_left


# servers whose message numbers jump


def test_so_many_full_reads_for_lost_messages_are_too_many() -> None:
    rereads = Rereads(replace(DEFAULT_LIMITS, rereads_max=3, rereads_within_s=30.0))
    for second_s in (0.0, 1.0, 2.0):
        rereads.count(second_s)
    with pytest.raises(NumbersJump, match="4 times in 9 s"):
        rereads.count(9.0)


def test_full_reads_that_lie_far_apart_may_be_many() -> None:
    rereads = Rereads(replace(DEFAULT_LIMITS, rereads_max=3, rereads_within_s=30.0))
    for n in range(50):
        rereads.count(11.0 * n)


def test_a_server_that_jumps_is_tried_ever_more_rarely_though_it_is_good_in_between() -> None:
    limits = replace(DEFAULT_LIMITS, backoff_s_min=0.25, backoff_s_max=1.0, backoff_s_refused=15.0)
    backoff = Backoff(limits, servers=1)
    jumps = [backoff.after(NumbersJump("4 times"), good_s=60.0) for _ in range(9)]
    assert jumps == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    assert backoff.after(ConnectionError(), good_s=60.0) == 0.25
    assert backoff.after(NumbersJump("4 times"), good_s=60.0) == 0.25


def test_pauses_double_up_to_a_bound_and_begin_anew_once_the_link_was_good() -> None:
    backoff = Backoff(DEFAULT_LIMITS, servers=2)
    pauses = [backoff.after(OSError(), good_s=0.0) for _ in range(4)]
    assert pauses == [0.25, 0.5, 1.0, 1.0]
    assert backoff.after(OSError(), good_s=60.0) == 0.25
    refused = [backoff.after(LoginRefused("no"), good_s=0.0) for _ in range(3)]
    assert refused == [0.5, 15.0, 15.0], "once both servers of the pair refused"


def test_a_link_that_is_good_for_a_moment_only_is_tried_no_more_often_for_it() -> None:
    backoff = Backoff(replace(DEFAULT_LIMITS, backoff_good_s=10.0), servers=1)
    flapping = [backoff.after(OSError(), good_s=0.4) for _ in range(4)]
    assert flapping == [0.25, 0.5, 1.0, 1.0]
    assert backoff.after(OSError(), good_s=10.0) == 0.25


def test_where_no_full_read_for_lost_messages_is_allowed_the_first_is_too_many() -> None:
    rereads = Rereads(replace(DEFAULT_LIMITS, rereads_max=0))
    with pytest.raises(NumbersJump, match="1 times in 0 s"):
        rereads.count(7.0)
