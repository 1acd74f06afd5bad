"""Nights in a control room, drawn at random: an outage under way, to which anything happens."""

from collections.abc import Sequence

from hypothesis import strategies as st

from gridops.events import Event, PlanReleased
from gridops.events.operator import Mode, TagKind
from gridops.measurement import Part, Position, Quality, Reading
from tests.playbook import CLOSED, OPEN, Fact, Playbook, Wait
from tests.playbook_authority import Enabled, Sheds
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
        st.builds(Sheds, breaker, st.sampled_from([Reading.YES, Reading.NO])),
        st.builds(Enabled, st.sampled_from(["Fb1", "Fb2"])),
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
