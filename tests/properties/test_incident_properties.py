"""What holds of the incident machine whatever happens, in whatever order."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.commands import Operate
from gridops.events import Event, PlanReleased
from gridops.events.codec import from_plain, to_plain
from gridops.events.operator import Mode, TagKind
from gridops.incident import Desk
from gridops.measurement import Part, Position, Quality, Reading
from tests.playbook import CLOSED, OPEN, SETTINGS, Fact, Playbook, Wait
from tests.playbook_reports import (
    Answers,
    Calls,
    EarthFault,
    Gasps,
    InTest,
    LostVoltage,
    Patrolled,
    Tried,
)
from tests.playbook_words import (
    Accepted,
    Done,
    Flagged,
    Halted,
    LinkDown,
    LinkUp,
    Measured,
    Moved,
    PickedUp,
    Put,
    ReadBack,
    Refused,
    Repaired,
    Replan,
    Restarted,
    Tagged,
    TimedOut,
    Tripped,
    Untagged,
)

GRID = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E (t1) F [s5] G [b2] S2\nA [r1] H (t2) F"
SWITCHES = ("b1", "s1", "s2", "s3", "s4", "t1", "s5", "b2", "r1", "t2")
BREAKERS = ("b1", "r1", "b2")
LATERAL = "S1 [b1] A [r1] B [s1] C [s2] D (t1) E [s3] F [b2] S2\nC [s4] G (t2) E"


class Answer:
    """The field answers the last command, as it likes; nothing if none is out."""

    def __init__(self, how: type[Done | ReadBack | Refused | TimedOut]) -> None:
        self.how = how

    def __repr__(self) -> str:
        return f"Answer({self.how.__name__})"

    def events(self, play: Playbook) -> list[Event]:
        flying = [i.in_flight for i in play.desk.open_incidents.values() if i.in_flight]
        return self.how(flying[-1]).events(play) if flying else []


class Release:
    """Whatever is proposed is released, or a plan that is on no screen any more."""

    def __init__(self, stale: bool) -> None:
        self.stale = stale

    def __repr__(self) -> str:
        return f"Release(stale={self.stale})"

    def events(self, play: Playbook) -> list[Event]:
        found = [i for i in play.desk.open_incidents.values() if i.proposed is not None]
        if not found:
            return []
        plan = play.proposed(found[-1].id)
        fingerprint = "0" * 64 if self.stale else plan.answer.fingerprint
        by = Halted().events(play)[0].by  # type: ignore[union-attr]
        return [
            PlanReleased(
                at=play.now, by=by, incident=found[-1].id, plan=plan.id, fingerprint=fingerprint
            )
        ]


def acts() -> st.SearchStrategy[Fact | Wait]:
    switch, breaker = st.sampled_from(SWITCHES), st.sampled_from(BREAKERS)
    incident, load = st.sampled_from(["I1", "I2"]), st.sampled_from(list("ABCDEFGH"))
    return st.one_of(
        st.builds(Wait, st.sampled_from([0.3, 1.0, 5.0, 11.0, 301.0])),
        st.builds(Tripped, breaker),
        st.builds(PickedUp, breaker),
        st.builds(Flagged, switch, st.sampled_from([Reading.YES, Reading.NO])),
        st.builds(
            Moved,
            switch,
            st.sampled_from(list(Position)),
            st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.BAD]),
        ),
        st.builds(Answer, st.sampled_from([Done, Done, Done, ReadBack, Refused, TimedOut])),
        st.builds(Release, st.sampled_from([False, False, False, True])),
        st.builds(Halted, incident),
        st.builds(Replan, incident),
        st.builds(Repaired, incident),
        st.builds(Accepted, incident),
        st.builds(Tagged, switch, st.sampled_from(list(TagKind))),
        st.builds(Untagged, switch),
        st.builds(Put, st.sampled_from(list(Mode)), st.sampled_from([None, "Fb1", "Fb2"])),
        st.builds(Measured, st.sampled_from(["S1", "S2", "E"]), st.sampled_from([0.0, 22e3])),
        st.builds(Gasps, load, st.sampled_from([1, 60, 100]), st.sampled_from([0.0, -50.0])),
        st.builds(Answers, load, st.sampled_from([1, 100])),
        st.builds(Calls, load, st.integers(1, 3)),
        st.builds(Patrolled, st.sampled_from(["SB", "C-s2", "D"]), st.booleans(), incident),
        st.builds(Tried, switch, st.booleans(), incident),
        st.builds(EarthFault, breaker, st.sampled_from([Reading.YES, Reading.NO])),
        st.builds(InTest, switch, st.sampled_from([Reading.YES, Reading.NO])),
        st.builds(LostVoltage, switch, st.sampled_from(list(Part))),
        st.just(LinkDown()),
        st.builds(LinkUp, st.sampled_from([None, "s1", "t1"]), st.sampled_from([OPEN, CLOSED])),
        st.just(Restarted()),
    )


OUTAGE: tuple[Fact | Wait, ...] = (
    Measured("S1", 22e3),
    Measured("S2", 22e3),
    Flagged("s1"),
    Flagged("s2"),
    Tripped("b1"),
    Wait(11),
    Release(False),
)


@st.composite
def nights(draw: st.DrawFn) -> Sequence[Fact | Wait]:
    """Mostly an outage under way, to which anything then happens."""
    begin = OUTAGE if draw(st.integers(0, 3)) else ()
    done = [Answer(Done), Wait(5)] * draw(st.integers(0, 3))
    return [*begin, *done, *draw(st.lists(acts(), max_size=25))]


def played(night: Sequence[Fact | Wait]) -> Playbook:
    play = Playbook(GRID)
    for act in night:
        play.forget() >> act
    return play.forget()


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
