"""What holds of the incident machine whatever happens, in whatever order."""

from collections.abc import Sequence

from drawn_nights import GRID, OUTAGE, Answer, Release, nights, played
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.commands import Operate
from gridops.events import PlanReleased
from gridops.events.codec import from_plain, to_plain
from gridops.incident import Desk
from gridops.measurement import Reading
from tests.playbook import CLOSED, OPEN, SETTINGS, Fact, Playbook, Wait
from tests.playbook_words import (
    Done,
    Flagged,
    Moved,
    PickedUp,
    Repaired,
    Tripped,
)

LATERAL = "S1 [b1] A [r1] B [s1] C [s2] D (t1) E [s3] F [b2] S2\nC [s4] G (t2) E"


@given(nights())
@settings(max_examples=150)
def test_no_night_breaks_the_rules_of_execution(night: Sequence[Fact | Wait]) -> None:
    """Per plan one command at a time; per command one transmission; nothing without a release
    by a person or the automatic mode; nothing on a tagged, unreachable or busy switch."""
    play = Playbook(GRID)
    watch = Watch(play)
    for act in night:
        play.forget() >> act
        watch.look()
    assert len({o.command for o in play.orders}) == len(play.orders)


class Watch:
    """Looks at the desk after each fact."""

    def __init__(self, play: Playbook) -> None:
        self.play = play
        self.seen = 0

    def look(self) -> None:
        desk = self.play.desk
        for order in self.play.orders[self.seen :]:
            self._may_go(order)
        self.seen = len(self.play.orders)
        flying = [i.in_flight for i in desk.open_incidents.values() if i.in_flight]
        assert len(flying) == len(set(flying))
        for incident in desk.open_incidents.values():
            pending = incident.proposed.progress if incident.proposed else []
            assert sum(p.state.value == "pending" for p in pending) <= 1

    def _may_go(self, order: Operate) -> None:
        play = self.play
        incident = play.incident(order.incident)
        assert incident.proposed is not None
        by_person = any(isinstance(e, PlanReleased) and e.plan == order.plan for e in play.facts)
        assert by_person or incident.proposed.released_by == "automation"
        step = incident.proposed.answer.plan.steps[order.step - 1]
        assert (step.switch, step.position) == (order.switch, order.position)
        assert incident.proposed.answer.verdict.passed


@given(nights())
@settings(max_examples=60)
def test_the_same_facts_give_the_same_intents_byte_for_byte(night: Sequence[Fact | Wait]) -> None:
    """Also through the journal's words, and although nobody hands answers in this time."""
    play = played(night)
    again = Desk(play.network, play.engines, settings=SETTINGS)
    said = [i for f in play.facts for i in again.handle(from_plain(*to_plain(f)))]
    assert repr(said).encode() == repr(play_again(play)).encode()
    assert repr(list(again.incidents.values())) == repr(list(play.desk.incidents.values()))


def play_again(play: Playbook) -> list[object]:
    """What was said, in the order of the facts: the playbook feeds some facts from within."""
    desk = Desk(play.network, play.engines, settings=SETTINGS)
    said = [i for fact in play.facts for i in desk.handle(fact)]
    assert sorted(map(repr, said)) == sorted(map(repr, play.said))
    return list(said)


WINDOW: tuple[Fact, ...] = (
    PickedUp("b1"),
    Tripped("r1"),
    Flagged("s1"),
    Flagged("s4"),
    Flagged("s2", Reading.NO),
    Moved("b1", OPEN),
    Moved("b2", CLOSED),
)


@given(st.permutations(WINDOW), st.lists(st.sampled_from([0.0, 0.05, 0.2]), min_size=7, max_size=7))
@settings(max_examples=120)
def test_whatever_order_the_messages_of_one_fault_come_in_it_lies_in_the_same_place(
    facts: Sequence[Fact], gaps: Sequence[float]
) -> None:
    play = Playbook(LATERAL, change={"b1": {"lockout_point": False}})
    for fact, gap in zip(facts, gaps, strict=True):
        play >> fact
        play.forget_after(gap)
    play.forget_after(60)
    first, *others = play.desk.incidents.values()
    assert not others
    assert set(first.devices) == {"b1", "r1"}
    assert first.zone == {"SA", "SB", "SC", "SD", "SG"}
    assert first.location is not None
    assert first.location.suspected == {"SC", "SG"}


@given(nights())
@settings(max_examples=60)
def test_nothing_suspected_is_ever_fed_by_our_own_closing(night: Sequence[Fact | Wait]) -> None:
    """What an order closes on to is not what any open incident suspects at that instant."""
    play = Playbook(GRID)
    seen = 0
    for act in night:
        suspected = {s for i in play.desk.open_incidents.values() for s in i.off_limits}
        repaired = any(i.repaired for i in play.desk.incidents.values())
        play.forget() >> act
        for order in play.orders[seen:]:
            if order.position is CLOSED and not repaired and not isinstance(act, Repaired):
                steps = play.proposed(order.incident).answer.plan.steps
                fed = set(steps[order.step - 1].sections_restored)
                still = {s for i in play.desk.open_incidents.values() for s in i.off_limits}
                assert fed.isdisjoint(suspected & still)
        seen = len(play.orders)


def test_the_nights_do_reach_execution() -> None:
    """The generators would prove nothing if no plan were ever under way."""
    play = played([*OUTAGE, *[Answer(Done), Wait(5)] * 4])
    assert [o.switch for o in play.orders] == ["s1", "s4", "b1", "t1"]
    assert play.incident().phase.value == "restored"


def test_the_nights_do_reach_the_way_home() -> None:
    done = [Answer(Done), Wait(5)]
    restored = [*OUTAGE, *done * 4, Repaired("I1"), Release(False), *done, Wait(301)]
    play = played([*restored, Release(False), *done * 2])
    assert play.incident().phase.value == "closed"
    assert play.desk.state.closed == play.network.normally_closed
