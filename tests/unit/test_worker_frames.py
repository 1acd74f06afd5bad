"""What comes out of a worker is believed about its own link and points alone."""

import asyncio
import contextlib
import json
import struct
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.events import (
    FieldEvent,
    LinkLost,
    LinkRestored,
    LinkTroubled,
    ModeChanged,
    SwitchMoved,
    Trouble,
    VoltageMeasured,
)
from gridops.events.codec import to_plain
from gridops.events.operator import Mode
from gridops.ids import LinkId, NodeId, SwitchId, UserName
from gridops.measurement import Position
from gridops.ports import LinkHealth
from opcua_bridge.worker.frames import (
    FrameFlaw,
    events_in,
    frame,
    health_in,
    plain_health,
    read_frame,
    told,
)

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
RTU = LinkId("rtu")
MOVED = SwitchMoved(at=AT, source_time=AT, switch=SwitchId("s1"), position=Position.OPEN)

VOLTAGE = VoltageMeasured(at=AT, source_time=AT, node=NodeId("N1"), voltage_v=20e3)
RESTORED = LinkRestored(at=AT, link=RTU, epoch=2, gap_since=AT)
HEALTH = plain_health(
    LinkHealth(link=RTU, connected=True, since=AT, last_heard=AT, epoch=3, detail="good")
)


def read(sent: bytes) -> dict[str, Any]:
    async def reading() -> dict[str, Any]:
        reader = asyncio.StreamReader()
        reader.feed_data(sent)
        reader.feed_eof()
        return await read_frame(reader)

    return asyncio.run(reading())


def heard(content: Any) -> list[Any]:
    return events_in(content, link=RTU, elements=frozenset({"s1", "N1"}))


def test_facts_come_out_as_they_went_in() -> None:
    facts: list[FieldEvent] = [LinkLost(at=AT, link=RTU, why="no keep-alive"), MOVED]
    assert heard(read(frame({"events": told(facts)}))) == facts


def test_health_comes_out_as_it_went_in() -> None:
    health = LinkHealth(
        link=RTU,
        connected=True,
        since=AT,
        last_heard=AT,
        epoch=3,
        detail="good",
        certificate_expires=AT,
        counts={"gap": 2},
        skew_s=0.5,
    )
    assert health_in(read(frame({"health": plain_health(health)}))["health"]) == health


@pytest.mark.parametrize(
    "content",
    [
        {"events": told([LinkLost(at=AT, link=LinkId("other"), why="")])},
        {"events": [["SwitchMoved", {**to_plain(MOVED)[1], "switch": "b9"}]]},
        {
            "events": [
                list(
                    to_plain(ModeChanged(at=AT, by=UserName("x"), feeder=None, mode=Mode.AUTOMATIC))
                )
            ]
        },
        {"events": [["SwitchMoved", {"switch": "s1", "__class__": "x"}]]},
        {"events": [["SwitchMoved", {**to_plain(MOVED)[1], "at": "2026-03-01T02:10:00"}]]},
        {"events": [["SwitchMoved", {**to_plain(MOVED)[1], "source_time": "2026-03-01"}]]},
        {"events": [["LinkLost", {"at": AT.isoformat(), "link": "rtu", "why": "x" * 100_000}]]},
        {"events": [["VoltageMeasured", {**to_plain(VOLTAGE)[1], "voltage_v": float("nan")}]]},
        {"events": [["LinkRestored", {**to_plain(RESTORED)[1], "epoch": -1}]]},
        {"events": [["LinkRestored", {**to_plain(RESTORED)[1], "gap_since": "2026-03-01"}]]},
        {"events": [["SwitchMoved"]]},
        {"events": [["SwitchMoved", []]]},
        {"events": [7]},
        {"events": "SwitchMoved"},
    ],
)
def test_what_a_worker_has_no_business_to_say_is_refused(content: Any) -> None:
    with pytest.raises(FrameFlaw):
        heard(content)


@pytest.mark.parametrize(
    "health",
    [
        None,
        [],
        {},
        {"link": "rtu"},
        {"detail": "x", "since": 7},
        {**HEALTH, "since": "2026-03-01T02:10:00"},
        {**HEALTH, "since": None},
        {**HEALTH, "last_heard": "2026-03-01"},
        {**HEALTH, "epoch": "seven"},
        {**HEALTH, "epoch": -1},
        {**HEALTH, "connected": "no"},
    ],
)
def test_no_health_is_made_up(health: Any) -> None:
    with pytest.raises(FrameFlaw):
        health_in(health)


@pytest.mark.parametrize(
    "said",
    [{"skew_s": "late"}, {"skew_s": 1e999}, {"counts": 7}, {"counts": {"gap": "many"}}],
)
def test_no_number_is_taken_that_cannot_be_one(said: dict[str, Any]) -> None:
    health = LinkHealth(link=RTU, connected=True, since=AT, last_heard=AT, epoch=3, detail="")
    with pytest.raises(FrameFlaw):
        health_in(plain_health(health) | said)


def test_counts_outside_the_closed_set_are_left_out() -> None:
    health = LinkHealth(link=RTU, connected=True, since=AT, last_heard=AT, epoch=3, detail="")
    counts = {"gap": 2, "late": 0, "overflow": -1, "rumour": 7}
    assert health_in(plain_health(health) | {"counts": counts}).counts == {"gap": 2}


def test_a_trouble_that_would_count_backwards_is_refused() -> None:
    troubled = LinkTroubled(at=AT, link=RTU, trouble=Trouble.GAP, count=1)
    assert heard({"events": told([troubled])}) == [troubled]
    with pytest.raises(FrameFlaw):
        heard({"events": told([replace(troubled, count=-1)])})
    with pytest.raises(FrameFlaw):
        heard({"events": told([replace(troubled, what="x" * 9_999)])})


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(FrameFlaw):
        read(struct.pack(">I", len(body)) + body)


def test_a_length_beyond_all_bounds_is_refused_before_anything_is_read() -> None:
    with pytest.raises(FrameFlaw):
        read(b"\xff\xff\xff\xff")


def test_half_a_frame_is_an_end() -> None:
    with pytest.raises(EOFError):
        read(frame({"events": []})[:-1])


LEAVES = st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    listed = st.lists(inner, max_size=3)
    return listed | st.dictionaries(st.text(max_size=8), inner, max_size=3)


@given(st.recursive(LEAVES, nested, max_leaves=12))
def test_any_content_is_a_fact_or_a_flaw(content: Any) -> None:
    for events in (content, [content], [["SwitchMoved", content]]):
        sent = json.loads(json.dumps({"events": events}))
        with contextlib.suppress(FrameFlaw):
            assert isinstance(heard(sent), list)
