"""Two outages at once: neither plan may hurt the other."""

from dataclasses import replace

from gridops.events.operator import Mode
from gridops.incident import Phase
from gridops.incident.planning import question_of
from gridops.measurement import Position
from tests.playbook import Playbook, Wait
from tests.playbook_words import (
    Close,
    Done,
    Flagged,
    Moved,
    Open,
    Put,
    Released,
    Stands,
    Tripped,
)

TWO = """
S1 [b1] A [s1] B [s2] C [s3] D (t1) E [s4] F [s5] G [b2] S2
D (t2) H [s6] I [b3] S3
E (t3) I
"""
"""t1 joins the ends of two feeders; each also reaches the third."""


SHARED = """
S1 [b1] A [s1] B [s2] C (t1) D [s7] I [b3] S3
S2 [b2] G [s5] F [s4] E (t2) C
"""
"""Both ends come back over t1 alone: C at once, E through C."""


def both(play: Playbook) -> Playbook:
    """A fault in A and one in G, half a second apart; both plans are on the screen."""
    return (play >> Tripped("b1") >> Wait(0.5) >> Tripped("b2") >> Wait(9)).forget_after(2)


def steps_of(play: Playbook, ident: str) -> set[str]:
    return {s.switch for s in play.proposed(ident).answer.plan.steps}


def test_neither_plan_feeds_what_the_other_suspects() -> None:
    play = both(Playbook(TWO))
    one, other = play.proposed("I1").answer, play.proposed("I2").answer
    for mine, theirs in ((one, play.incident("I2")), (other, play.incident("I1"))):
        fed = {s for step in mine.plan.steps for s in step.sections_restored}
        assert fed
        assert fed.isdisjoint(theirs.suspected)


def test_what_is_at_work_in_one_plan_is_not_in_the_other() -> None:
    for grid in (TWO, SHARED):
        play = both(Playbook(grid)) >> Released("I1")
        assert play.incident("I1").phase is Phase.EXECUTING
        play.forget_after(1)
        assert steps_of(play, "I1").isdisjoint(steps_of(play, "I2"))


def test_a_plan_that_lost_a_switch_to_another_cannot_be_released_before_its_refresh() -> None:
    play = both(Playbook(TWO)) >> Released("I1")
    taken = play.incident("I1").in_flight
    assert taken is not None
    plan = play.proposed("I2").answer.plan
    stolen = replace(plan, steps=(replace(plan.steps[0], switch=taken), *plan.steps[1:]))
    play.proposed("I2").answer = replace(play.proposed("I2").answer, plan=stolen)
    why = play.desk.why_not_released(Released("I2").events(play)[0])  # type: ignore[arg-type]
    assert why == "guard-veto"


def test_what_one_plan_has_at_work_or_suspects_is_told_to_the_planner_of_the_other() -> None:
    play = both(Playbook(TWO)) >> Released("I1") << Open("s2")
    one, other = play.incident("I1"), play.incident("I2")
    assert other.location is not None
    asked = question_of(play.desk._here, other, at=play.now, where=other.location)
    assert steps_of(play, "I1") <= asked.unavailable
    assert "s2" in asked.snapshot.unknown
    assert one.suspected
    assert one.suspected <= asked.forbidden
    assert asked.forbidden.isdisjoint(other.suspected)


def test_both_run_to_their_end_by_themselves_and_never_join_two_sources() -> None:
    play = Playbook(TWO) >> Put(Mode.AUTOMATIC)
    for feeder in ("Fb1", "Fb2"):
        play >> Put(Mode.AUTOMATIC, feeder)
    both(play)
    for _ in range(40):
        _answer_all(play)
        play.forget_after(1)
        assert play.desk.state.energisation.loops == ()
    assert {i.phase.value for i in play.desk.incidents.values()} == {"restored"}
    assert {o.incident for o in play.orders} == {"I1", "I2"}


def test_a_command_of_one_plan_is_awaited_by_the_other_where_both_lean_on_the_same() -> None:
    """t2 is closing on to the third feeder; the other plan's next step waits for it."""
    play = both(Playbook(TWO)) >> Released("I1") << Open("s2") >> Released("I2") << Open("s4")
    play >> Done("s2") << Close("t2") >> Wait(0.2) >> Done("s4") >> Wait(3)
    assert {o.switch for o in play.orders} == {"s2", "s4", "t2"}
    play << Stands("executing", incident="I2") >> Done("t2")
    play >> Wait(1)
    closing = play.hear()
    assert (closing.incident, closing.switch) == ("I2", "t3")  # type: ignore[union-attr]


def _answer_all(play: Playbook) -> None:
    for incident in list(play.desk.open_incidents.values()):
        if incident.in_flight is not None:
            for event in Done(incident.in_flight).events(play):
                play.feed(event)


def test_the_location_of_one_lets_the_plan_of_the_other_be_looked_at_again() -> None:
    play = Playbook(TWO) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    play.forget()
    ticket = play.incident("I1").ticket
    play >> Tripped("b2")
    play.forget_after(1)
    assert play.incident("I1").ticket > ticket
    ticket = play.incident("I1").ticket
    play.forget_after(11)
    assert play.incident("I2").location is not None
    assert play.incident("I1").ticket > ticket


def test_closed_incidents_are_told_nothing_more() -> None:
    play = Playbook(change={"b1": {"reclose_delays_s": (0.5, 15.0), "lockout_point": False}})
    for _ in range(5):
        play >> Moved("b1", Position.OPEN) >> Wait(0.5) >> Moved("b1", Position.CLOSED) >> Wait(60)
    assert len(play.desk.incidents) == 5
    assert play.desk.open_incidents == {}
