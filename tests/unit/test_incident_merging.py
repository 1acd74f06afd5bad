"""Several faults at once: incidents that turn out to be one, and one that turns out to be two."""

from itertools import permutations

import pytest

from gridops.incident import Phase
from gridops.measurement import Reading
from gridops.outage import Cause
from tests.playbook import CLOSED, OPEN, Playbook, Wait
from tests.playbook_words import Flagged, Moved, Nothing, Tripped

NESTED = """
S1 [b1] A [r1] B [s1] C (t1) E [b2] S2
A [r2] D [s2] F (t2) E
"""
"""Two reclosers side by side under one breaker."""


def notes(play: Playbook, ident: str) -> list[str]:
    return [note.reason.code for note in play.incident(ident).timeline]


def test_two_reclosers_are_two_incidents_until_the_breaker_above_joins_them() -> None:
    play = Playbook(NESTED) >> Tripped("r1") >> Wait(0.2) >> Tripped("r2") << Nothing(incidents=2)
    play >> Wait(0.3) >> Tripped("b1")
    one, other = play.incident("I1"), play.incident("I2")
    assert (one.phase, other.phase) == (Phase.SETTLING, Phase.CLOSED)
    assert set(one.devices) == {"r1", "r2", "b1"}
    assert one.zone == {"SA", "SB", "SC", "SD", "SF"}
    assert (other.merged_into, one.took_over) == ("I1", ["I2"])
    assert "incident-merged" in notes(play, "I2")
    assert "incident-took-over" in notes(play, "I1")


@pytest.mark.parametrize("order", list(permutations(("r1", "r2", "b1"))))
def test_it_is_one_incident_with_both_faults_fenced_in_whatever_order(
    order: tuple[str, ...],
) -> None:
    play = Playbook(NESTED) >> Flagged("r1") >> Flagged("r2")
    for device in order:
        play >> Tripped(device, 0.0)
    play >> Wait(11)
    play.forget()
    found = [i for i in play.desk.incidents.values() if i.merged_into is None]
    assert [sorted(i.devices) for i in found] == [["b1", "r1", "r2"]]
    assert {"SB", "SD"} <= found[0].suspected
    fed = {
        s for step in play.proposed(found[0].id).answer.plan.steps for s in step.sections_restored
    }
    assert fed.isdisjoint({"SB", "SD"})


def test_two_reclosers_that_trip_for_two_faults_stay_two_incidents_and_both_are_fenced() -> None:
    play = Playbook(NESTED) >> Tripped("r1") >> Tripped("r2") >> Wait(11)
    play.forget_after(2)
    one, other = play.incident("I1"), play.incident("I2")
    assert (one.zone, other.zone) == ({"SB", "SC"}, {"SD", "SF"})
    assert one.suspected.isdisjoint(other.suspected)
    fed = {
        s
        for ident in ("I1", "I2")
        for step in play.proposed(ident).answer.plan.steps
        for s in step.sections_restored
    }
    assert fed.isdisjoint(one.suspected | other.suspected)


def test_a_plan_that_is_on_the_screen_is_void_when_the_breaker_turns_out_to_belong_to_it() -> None:
    """The message of b1's trip took eleven seconds."""
    play = Playbook(NESTED) >> Flagged("r1") >> Tripped("r1") >> Wait(11)
    assert play.forget().incident().phase is Phase.PROPOSED
    play >> Tripped("b1", -11.0)
    assert play.incident().phase is Phase.SETTLING
    assert play.incident().proposed is None
    play >> Wait(11)
    play.forget()
    assert play << Nothing(incidents=1)
    assert {s.switch for s in play.proposed().answer.plan.steps} >= {"b1"}


def test_two_indicators_side_by_side_under_one_breaker_are_two_faults_in_one_incident() -> None:
    """Only the breaker tripped; flags stand on both branches, and both are fenced."""
    grid = "S1 [b1] A [s1] B [s2] C (t1) E [b2] S2\nA [s3] D [s4] F (t2) E"
    play = Playbook(grid)
    for switch in ("s1", "s2", "s3", "s4"):
        play >> Flagged(switch)
    play >> Tripped("b1") >> Wait(11)
    play.forget()
    where = play.incident().location
    assert where is not None
    assert where.p_two_faults > 0.5
    assert {"SC", "SF"} <= where.suspected
    fed = {s for step in play.proposed().answer.plan.steps for s in step.sections_restored}
    assert fed.isdisjoint(where.suspected)


def test_a_breaker_that_tripped_along_and_reclosed_before_the_recloser_was_heard_of() -> None:
    """b1 reclosed and held, which is momentary; that r1 locked out comes eight seconds late."""
    waits = {"reclose_delays_s": (0.5, 15.0)}
    play = Playbook(NESTED, change={"b1": waits, "r1": waits}) >> Wait(60)
    play >> Moved("b1", OPEN) >> Wait(0.5) >> Moved("b1", CLOSED) >> Wait(7.5)
    assert (play.incident().phase, play.incident().cause) == (Phase.CLOSED, Cause.MOMENTARY)
    play >> Flagged("r1") >> Tripped("r1", -8.2) >> Wait(11)
    play.forget()
    assert play.incident("I1").merged_into == "I2"
    found = play.incident("I2")
    assert set(found.devices) == {"b1", "r1"}
    assert (found.cause, found.reclosed) == (Cause.FAULT, {"b1"})
    assert found.suspected == {"SB", "SC"}


def test_neighbours_are_never_joined() -> None:
    play = Playbook(NESTED) >> Tripped("b1") >> Tripped("b2") >> Flagged("s1", Reading.NO)
    play >> Wait(11)
    play.forget_after(2)
    one, other = play.incident("I1"), play.incident("I2")
    assert (one.devices, other.devices) == (["b1"], ["b2"])
    assert one.zone.isdisjoint(other.zone)
