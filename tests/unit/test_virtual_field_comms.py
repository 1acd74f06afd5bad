"""RTUs that misbehave: what they tell of a field that does the same as ever."""

from datetime import timedelta

import pytest
from virtual_field_story import CALM, CLOSED, OPEN, RING, START, Story, at, with_points, written

from gridops.errors import ScenarioError
from gridops.ids import LinkId
from gridops.measurement import Quality
from gridops.network import Signal, draw
from gridops.virtual_field import LinkTrouble, OrderAnswer
from gridops.virtual_field.script import (
    Chatter,
    CommsStorm,
    CrashRtu,
    Happening,
    RtuBehaves,
    RtuMisbehaves,
    apply,
)

RTU = LinkId("rtu")


def ring(*happenings: Happening) -> Story:
    grid = with_points(draw(RING), ("S1", Signal.VOLTAGE), ("t1", Signal.LOCAL))
    story = Story(grid, CALM)
    for happening in happenings:
        apply(story.field, happening)
    return story


def standing(story: Story, element: str, signal: Signal) -> tuple[object, Quality]:
    (value,) = [
        v
        for v in story.field.values().values()
        if (v.point.element, v.point.signal) == (element, signal)
    ]
    return value.value, value.quality


def test_an_rtu_that_lost_its_devices_says_bad_and_then_what_is_true() -> None:
    story = ring(
        RtuMisbehaves(at_s=1, link=RTU, trouble=LinkTrouble.BAD_QUALITY),
        RtuBehaves(at_s=5, link=RTU, trouble=LinkTrouble.BAD_QUALITY),
    )
    fallen = story.field.advance(at(2))
    assert {v.quality for v in fallen} == {Quality.BAD}
    assert {v.point.id for v in fallen} == set(story.field.values())

    story.hand("b2", OPEN, 3)
    story.field.advance(at(4))
    assert standing(story, "b2", Signal.POSITION) == (1, Quality.BAD)
    back = story.field.advance(at(6))
    assert {v.quality for v in back} == {Quality.GOOD}
    assert standing(story, "b2", Signal.POSITION) == (1, Quality.GOOD)


def test_a_crashed_rtu_is_away_then_knows_nothing_then_everything() -> None:
    story = ring(CrashRtu(at_s=1, link=RTU, back_after_s=4, refill_s=2))
    story.field.advance(at(2))
    assert story.field.links_cut == {RTU}
    story.hand("b2", OPEN, 3)

    story.field.advance(at(5.5))
    assert story.field.links_cut == set()
    assert {v.quality for v in story.field.values().values()} == {Quality.BAD}

    refilled = story.field.advance(at(8))
    assert {v.quality for v in refilled} == {Quality.GOOD}
    assert {v.source_time for v in refilled} == {at(7)}
    assert standing(story, "b2", Signal.POSITION) == (1, Quality.GOOD)


def test_a_slow_rtu_tells_later_what_happened_then() -> None:
    story = ring(RtuMisbehaves(at_s=0, link=RTU, trouble=LinkTrouble.SLOW, by_s=2.5))
    story.hand("b2", OPEN, 1)
    assert story.tell(3) == []
    assert story.field.next_due() == at(3.5)
    assert standing(story, "b2", Signal.POSITION) == (2, Quality.GOOD)
    assert story.tell(3.5) == ["1 b2 position open"]
    assert standing(story, "b2", Signal.POSITION) == (1, Quality.GOOD)
    assert story.field.answers_late_s == {RTU: 2.5}
    assert story.order("b2", CLOSED, 4) is OrderAnswer.ACCEPTED


def test_a_wrong_clock_stamps_wrong_and_is_corrected_with_every_value() -> None:
    story = ring(
        RtuMisbehaves(at_s=0, link=RTU, trouble=LinkTrouble.CLOCK_SKEW, by_s=-3600),
        RtuBehaves(at_s=5, link=RTU, trouble=LinkTrouble.CLOCK_SKEW),
    )
    story.hand("b2", OPEN, 1)
    assert story.tell(3) == ["-3599 b2 position open"]
    assert "5 b2 position open" in story.tell(6)


def test_doubled_changes_come_twice_and_reordered_ones_after_newer() -> None:
    story = ring(RtuMisbehaves(at_s=0, link=RTU, trouble=LinkTrouble.DOUBLED))
    story.hand("b2", OPEN, 1)
    assert story.tell(2) == ["1 b2 position open"] * 2

    story = ring(RtuMisbehaves(at_s=0, link=RTU, trouble=LinkTrouble.REORDERED, by_s=2))
    for second in (1, 2, 3, 4):
        story.hand("b2", OPEN if second % 2 else CLOSED, second)
    told = [line for line in story.tell(10) if "position" in line]
    assert sorted(told) == sorted(
        f"{s} b2 position {'open' if s % 2 else 'closed'}" for s in (1, 2, 3, 4)
    )
    assert told != sorted(told)


def test_a_contact_chatters_and_then_says_what_it_said() -> None:
    story = ring(
        Chatter(at_s=1, element="t1", signal=Signal.LOCAL, times=4, every_s=0.1),
        Chatter(at_s=2, element="s1", signal=Signal.POSITION, times=2, every_s=0.1),
    )
    assert story.tell(1.5) == [
        "1 t1 local yes",
        "1.1 t1 local no",
        "1.2 t1 local yes",
        "1.3 t1 local no",
        "1.4 t1 local no",
    ]
    assert story.tell(3) == [
        "2 s1 position open",
        "2.1 s1 position closed",
        "2.2 s1 position closed",
    ]
    assert story.dark == set()  # contacts lie, the load stays supplied


def test_a_storm_says_so_many_changes_and_ends_with_the_truth() -> None:
    story = ring(CommsStorm(at_s=1, link=RTU, changes_per_s=500, lasts_s=2))
    told = story.field.advance(at(2.95))
    assert len(told) == 1000
    assert {v.point.signal for v in told} == {Signal.VOLTAGE}
    assert all(abs(float(v.value) - 22_000) == pytest.approx(22) for v in told)
    story.field.advance(at(4))
    assert standing(story, "S1", Signal.VOLTAGE) == (22_000.0, Quality.GOOD)


def test_a_field_that_misbehaves_says_the_same_every_time() -> None:
    def told() -> list[str]:
        story = ring(
            RtuMisbehaves(at_s=0, link=RTU, trouble=LinkTrouble.REORDERED, by_s=1),
            CommsStorm(at_s=1, link=RTU, changes_per_s=50, lasts_s=2),
            CrashRtu(at_s=4, link=RTU),
        )
        story.hand("b2", OPEN, 2)
        return [written(value) for value in story.field.advance(START + timedelta(seconds=60))]

    assert told() == told()


@pytest.mark.parametrize(
    "happening",
    [
        RtuMisbehaves(at_s=0, link=RTU, trouble=LinkTrouble.SLOW),
        RtuMisbehaves(at_s=0, link=RTU, trouble=LinkTrouble.SLOW, by_s=-1),
        RtuMisbehaves(at_s=0, link=RTU, trouble=LinkTrouble.CLOCK_SKEW),
        Chatter(at_s=0, element="t1", signal=Signal.LOCKOUT),
        Chatter(at_s=0, element="S1", signal=Signal.VOLTAGE),
    ],
)
def test_what_cannot_be_is_refused_at_once(happening: Happening) -> None:
    with pytest.raises(ScenarioError):
        ring(happening)


def test_a_link_that_measures_nothing_cannot_storm() -> None:
    story = Story(draw(RING), CALM)
    with pytest.raises(ScenarioError, match="measures nothing"):
        apply(story.field, CommsStorm(at_s=0, link=RTU, changes_per_s=1, lasts_s=1))
