"""Delegated parts, jumpers and cuts: the planner leaves out what the guard would refuse."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from gridops.bootstrap.proving import BLOCK, court_of
from gridops.events.operator import TagKind
from gridops.ids import SwitchId, TagId, UserName
from gridops.measurement import Position
from gridops.restoration import Situation
from gridops.state import Tag, doubted_by_tags, kept_dead_by_tags, unusable_by_tags
from gridops.study.random_cases import AT, Doubt, random_outage, random_situation
from tests.playbook import Playbook, Wait
from tests.playbook_words import Asks, Done, Flagged, Open, Released, Tagged, Tripped

LONG = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E [s5] G (t1) F [b2] S2\nA [r1] H"
DELEGATED, JUMPER, CUT = TagKind.DELEGATED, TagKind.JUMPER, TagKind.CUT
NOTHING = Asks()
NEAR, FAR = Asks(opens=("s1", "s4"), closes=("b1",)), Asks(opens=("s1", "s4"), closes=("t1",))


def fault_in_c(play: Playbook | None = None) -> Playbook:
    play = play or Playbook(LONG)
    return play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)


@pytest.mark.parametrize(
    ("kind", "switch", "plan"),
    [
        (DELEGATED, "t1", NEAR),
        (DELEGATED, "s5", NEAR),
        (DELEGATED, "b2", NEAR),
        (DELEGATED, "r1", FAR),
        (DELEGATED, "s2", Asks(opens=("s1", "s4"), closes=("b1", "t1"))),
        (JUMPER, "b2", NEAR),
        (JUMPER, "t1", NOTHING),
        (JUMPER, "s5", NOTHING),
        (JUMPER, "s2", NOTHING),
        (CUT, "t1", NEAR),
        (CUT, "b2", NEAR),
        (CUT, "s5", Asks(opens=("s1",), closes=("b1",))),
        (CUT, "r1", Asks(opens=("s4",), closes=("t1",))),
    ],
)
def test_a_plan_keeps_away_from_the_tag_and_the_guard_agrees(
    kind: TagKind, switch: str, plan: Asks
) -> None:
    play = fault_in_c(Playbook(LONG) >> Tagged(switch, kind))
    assert play << plan
    assert play.proposed().answer.verdict.passed


@pytest.mark.parametrize("kind", [DELEGATED, JUMPER, CUT])
def test_a_tag_between_two_steps_stops_the_plan(kind: TagKind) -> None:
    """It hangs on no device of the plan, and the next command is refused all the same."""
    play = fault_in_c() << Asks(opens=("s1", "s4"), closes=("b1", "t1"))
    play >> Released() << Open("s1")
    play >> Tagged("s5", kind) >> Done("s1")
    assert "step-vetoed" in [note.reason.code for note in play.incident().timeline]
    assert play.incident().in_flight is None


def as_told(told: Situation, dice: random.Random) -> Situation:
    """With a tag or two more, as the control room would tell of them."""
    network, snapshot = told.network, told.snapshot
    tags = dict(snapshot.tags)
    for _ in range(dice.randint(1, 2)):
        switch = dice.choice(list(network.switches))
        kind = dice.choice((DELEGATED, JUMPER, CUT))
        ident, user = TagId(f"{switch}-{kind}"), UserName("lan")
        tag = Tag(id=ident, switch=switch, kind=kind, by=user, placed_at=AT, reason="")
        tags[switch] = (*tags.get(switch, ()), tag)

    def stands_open(switch: SwitchId) -> bool:
        known = snapshot.positions[switch]
        is_known = known.is_good and switch not in snapshot.unknown
        return is_known and known.value is Position.OPEN

    unknown = snapshot.unknown | doubted_by_tags(tags, stands_open=stands_open)
    now = replace(snapshot, tags=tags, unknown=unknown)
    unusable = unusable_by_tags(network, now, suspected=told.suspected)
    return replace(
        told,
        snapshot=now,
        unavailable=told.unavailable | unusable,
        forbidden=told.forbidden | kept_dead_by_tags(network, now),
    )


def found_in(numbers: range) -> tuple[list[tuple[int, str]], Counter[str]]:
    """What speaks against the plans of these cases; each tenth has a grid of its own."""
    found: list[tuple[int, str]] = []
    counts: Counter[str] = Counter()
    court = court_of(numbers[0])
    for number in numbers:
        if number % (BLOCK // 5) == 0:
            court = court_of(number)
        dice = random.Random(number)
        outage = random_outage(dice, court.network, doubt=Doubt())
        told = as_told(random_situation(dice, outage, doubt=Doubt()), dice)
        _, findings = court.judged(told, counts)
        found += [(number, one.text) for one in findings]
    return found, counts


def test_planner_guard_and_third_walk_agree_on_random_outages_with_such_tags() -> None:
    found, counts = found_in(range(500, 580))
    assert found == []
    assert counts["plans with steps"] >= 10


@pytest.mark.slow
def test_they_agree_on_many_more() -> None:
    found, _ = found_in(range(10_000, 14_000))
    assert found == []
