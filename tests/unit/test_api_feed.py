"""The feed: differences that add up, bounded backlogs, silence when no view can be made."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.api import feed
from gridops.api.feed import KEYED, Feed, Message, apply, difference, to_json

ENTRY = st.fixed_dictionaries(
    {"a": st.integers(0, 2), "b": st.none() | st.lists(st.integers(0, 2))}
)
ENTRIES = st.dictionaries(st.sampled_from(["x", "y", "z"]), ENTRY)
VIEW = st.fixed_dictionaries(
    {
        "sequence": st.integers(0, 9),
        "at": st.text(max_size=2),
        "system": ENTRY,
        "minutes": ENTRY,
        **dict.fromkeys(KEYED, ENTRIES),
    }
)


@given(old=VIEW, new=VIEW)
def test_a_difference_laid_over_the_old_view_gives_the_new_one(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    change = difference(old, new)
    if change is None:
        assert {**old, "at": new["at"], "sequence": new["sequence"]} == new
        return
    assert apply(change, old) == new
    assert set(change) - {"at", "sequence"} == {
        key for key in new if key not in ("at", "sequence") and old[key] != new[key]
    }


@given(view=VIEW)
def test_time_alone_is_no_change(view: dict[str, Any]) -> None:
    assert difference(view, {**view, "at": "later", "sequence": 99}) is None


@given(old=VIEW, new=VIEW)
def test_a_change_names_only_entries_that_differ(old: dict[str, Any], new: dict[str, Any]) -> None:
    change = difference(old, new) or {}
    for key in KEYED:
        for ident, entry in change.get(key, {}).items():
            assert entry != old[key].get(ident)
            assert entry == new[key].get(ident)


def test_json_knows_no_infinity() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        to_json({"current_a": float("inf")})


class Made:
    """Makes views that a test decides."""

    def __init__(self) -> None:
        self.sequence = 0
        self.error: Exception | None = None
        self.count = 0

    def __call__(self) -> dict[str, Any]:
        self.count += 1
        if self.error is not None:
            raise self.error
        return {"sequence": self.sequence, "at": "t", "system": {"n": self.sequence}}


async def test_a_slow_reader_is_cut_off_and_a_quick_one_stays() -> None:
    made = Made()
    given_out = Feed(made)
    quick, slow = given_out.messages(), given_out.messages()
    async with aclosing(quick), aclosing(slow):
        await anext(quick)
        await anext(slow)
        for number in range(feed.BACKLOG_MAX + 1):
            made.sequence = number + 1
            given_out.touch()
            given_out.whole()
            assert (await anext(quick)).data["system"] == {"n": number + 1}
        assert given_out.readers == 1
        assert [message async for message in slow] == []


async def test_many_questions_cost_one_view() -> None:
    made = Made()
    given_out = Feed(made)
    first = given_out.whole()
    assert all(given_out.whole() is first for _ in range(100))
    assert made.count == 1
    given_out.touch()
    given_out.whole()
    assert made.count == 2


async def test_all_readers_share_one_text() -> None:
    message = Message("view", {"a": 1}, 1)
    assert message.text is message.text
    assert message.text == '{"a":1}'


async def _waiting(stream: AsyncGenerator[Message, None]) -> int:
    """How many messages wait; the stream ends with the question."""
    count = 0
    while True:
        try:
            await asyncio.wait_for(anext(stream), 0.05)
        except TimeoutError:
            return count
        count += 1


async def test_a_view_that_cannot_be_made_stops_the_beats_until_it_can() -> None:
    made = Made()
    given_out = Feed(made)
    running = asyncio.create_task(given_out.run())
    async with aclosing(given_out.messages()) as stream:
        assert (await anext(stream)).event == "view"
        made.error = ValueError("broken")
        given_out.touch()
        await asyncio.sleep(0.05)
        await asyncio.sleep(3 * feed.BEAT_S)
        assert await _waiting(stream) <= 1  # the beat that was on its way
        made.error = None
        made.sequence = 7
    async with aclosing(given_out.messages()) as stream:
        assert (await anext(stream)).sequence == 7
        async with asyncio.timeout(5):
            assert (await anext(stream)).event == "beat"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@given(
    views=st.lists(VIEW, min_size=2, max_size=8),
    steps=st.lists(st.integers(0, 2), min_size=8, max_size=8),
    left_after=st.integers(0, 6),
    ring=st.integers(1, 8),
)
async def test_who_comes_back_has_the_view_of_now_whatever_was_missed(
    views: list[dict[str, Any]], steps: list[int], left_after: int, ring: int
) -> None:
    """Also where several messages have one sequence, and where the ring has forgotten some."""
    sequence = 5
    for view, step in zip(views, steps, strict=False):
        sequence += step
        view["sequence"] = sequence
    upcoming = iter(views)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "RING_MESSAGES_MAX", ring)
        made = Feed(lambda: next(upcoming))
        stream = made.messages()
        has, heard = (await anext(stream)).data, views[0]["sequence"]
        for number, _ in enumerate(views[1:]):
            made._refreshed()
            while number < left_after and not _reader(made).queue.empty():
                message = _reader(made).queue.get_nowait()
                assert message is not None
                has, heard = apply(message.data, has), message.sequence
        made._make = lambda: views[-1]
        await stream.aclose()
        again = made.messages(heard)
        first = await anext(again)
        has = first.data if first.event == "view" else apply(first.data, has)
        assert {**has, "at": ""} == {**views[-1], "at": ""}
        await again.aclose()


def _reader(made: Feed) -> Any:
    (reader,) = made._readers
    return reader


async def test_what_was_heard_of_another_process_is_not_gone_on_with() -> None:
    """The first view may have the sequence that the last one before a restart had."""
    made = Feed(lambda: {"at": "", "sequence": 7})
    for heard in (0, 6, 7, 8):
        stream = made.messages(heard)
        assert (await anext(stream)).event == "view"
        await stream.aclose()
