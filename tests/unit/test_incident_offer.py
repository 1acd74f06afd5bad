"""The first plan at once, and a better one as an offer that a person takes or lets be."""

from dataclasses import replace

import pytest

from gridops.commands import AskOperator
from gridops.events import Event, PlanSolved
from gridops.events.codec import from_plain, to_plain
from gridops.events.operator import Mode
from gridops.incident import Desk, IncidentSettings, Offer
from gridops.network import draw
from gridops.response import answer
from gridops.restoration.plan import FoundBy
from tests.playbook import SETTINGS, Fact, Playbook, Wait, engines_of
from tests.playbook_words import (
    AskedFor,
    Asks,
    Done,
    Halted,
    Open,
    Put,
    Released,
    Repaired,
    Replan,
    Restarted,
    Solved,
    Stands,
    Tagged,
    Takes,
    Tripped,
)

HANDS_ON = """
S1 [b1] A [s0] K [s1] B (t1) D [b2] S2
D [s2] C (t2) E [b3] S3
K [s3] G (t3) H [b4] S4
"""
"""A fault in A; with any one indicator wrong it may lie in K. S4 takes G at once; S2 has no room
for B until it hands C on to S3."""
ONLY_BY_TRANSFER = HANDS_ON.rsplit("K [s3]", 1)[0]
POWER_W = {"A": 1e6, "K": 1e6, "B": 6e6, "C": 6e6, "D": 4e6, "E": 3e6, "G": 1e6, "H": 1e6}
FIRST = Asks(opens=("s1", "s3"), closes=("t3",))
BETTER = Asks(opens=("s1", "s3", "s2"), closes=("t3", "t2", "t1"))


def struck(
    drawing: str = HANDS_ON,
    *,
    settings: IncidentSettings = SETTINGS,
    holds: bool = False,
    mode: Mode = Mode.ADVISORY,
) -> Playbook:
    """A fault in A, ten seconds ago."""
    loads = {name: power for name, power in POWER_W.items() if f" {name} " in drawing}
    play = Playbook.on(draw(drawing, p_w=loads), settings)
    play.holds = holds
    return play >> Put(mode) >> Tripped("b1") >> Wait(10)


def offered(play: Playbook) -> Offer:
    offer = play.incident().offer
    assert offer is not None
    return offer


def notes(play: Playbook) -> list[str]:
    return [note.reason.code for note in play.incident().timeline]


# it comes


def test_the_first_plan_is_there_before_anything_is_moved_for_it() -> None:
    play = struck(holds=True)
    assert not play.asked[0].thorough
    assert play >> Solved() << FIRST
    assert play.proposed().answer.plan.found_by is not FoundBy.TRANSFER
    assert [asked.thorough for asked in play.asked] == [True]
    assert play.incident().offer is None


def test_a_better_plan_is_offered_and_the_screen_stays() -> None:
    play = struck(holds=True) >> Solved() << FIRST
    first = play.proposed()
    assert play >> Wait(1) >> Solved() << Stands("proposed", note="plan-offered-interrupts")
    assert play.proposed() is first
    gain = offered(play).gain
    assert (gain.customers, gain.instead, gain.steps) == (200, 100, 3)
    assert (gain.interrupted, gain.interrupted_s) == (100, 5.0)
    better = offered(play).answer.plan
    assert gain.minutes == pytest.approx(
        first.answer.plan.minutes.with_plan - better.minutes.with_plan, abs=1e-3
    )
    assert better.score < first.answer.plan.score
    assert offered(play).id == "I1/P2"


def test_what_is_offered_is_what_the_guard_passed() -> None:
    assert offered(struck() << FIRST).answer.verdict.passed


def test_nothing_is_offered_where_nothing_is_better() -> None:
    play = struck("S1 [b1] A [s0] K [s1] B (t1) D [b2] S2", settings=SETTINGS)
    play.forget()
    assert play.incident().offer is None
    assert notes(play)[-1] == "plan-proposed"


def test_an_installation_that_moves_no_load_is_offered_none() -> None:
    stays = replace(SETTINGS, plan=replace(SETTINGS.plan, load_transfer=False))
    play = struck(settings=stays) << FIRST
    assert play.incident().offer is None


def test_one_question_is_out_at_a_time() -> None:
    play = struck(holds=True) >> Solved() << FIRST
    assert play >> Tagged("t2") >> Wait(1)
    thorough, quick = play.asked
    assert (thorough.thorough, quick.thorough) == (True, False)
    assert play.desk.question(thorough) is None
    assert play.desk.question(quick) is not None
    assert play >> Solved()  # too late: the tag came first
    assert play.incident().offer is None


# it is taken


def test_the_offer_is_taken_and_released_like_any_plan() -> None:
    play = struck() << FIRST
    offer = offered(play)
    assert play >> Wait(20) >> Takes() << BETTER
    assert play << Stands("proposed", note="offer-taken")
    assert play.proposed().id == offer.id
    assert play.proposed().answer is offer.answer
    assert play.incident().offer is None
    assert play.orders == []
    assert play >> Released() << Open("s1")
    assert play << Stands("executing", note="plan-released")


def test_what_was_taken_stays_when_it_is_looked_at_again() -> None:
    play = struck() << FIRST
    assert play >> Takes() << BETTER
    taken = play.proposed()
    assert play >> Wait(SETTINGS.approval_expiry_s)
    assert play.proposed() is taken
    assert play.incident().offer is None
    assert play >> Replan()
    assert play.proposed() is taken


def test_an_offer_that_the_operator_no_longer_sees_is_not_taken() -> None:
    play = struck() << FIRST
    old = offered(play)
    assert play >> Tagged("t2") >> Takes(old) << Stands("proposed", note="offer-refused")
    assert play.proposed().id == "I1/P1"
    assert play >> Wait(1)
    assert play.incident().offer is None  # no way round t2


def test_an_offer_cannot_be_taken_when_its_time_is_up() -> None:
    play = struck(holds=True) >> Solved() << FIRST
    play >> Solved()
    assert play >> Wait(SETTINGS.approval_expiry_s) >> Takes(play.incident().last_offer)
    assert play.proposed().id == "I1/P1"
    assert notes(play)[-1] == "offer-refused"


# it falls away


@pytest.mark.parametrize(
    "news", [Tagged("t2"), Replan(), Put(Mode.DISABLED), Halted(), Released(), Restarted()]
)
def test_the_offer_falls_away_with_what_it_was_made_from(news: Fact) -> None:
    play = struck() << FIRST
    play.holds = True
    offer = offered(play)
    (play >> news).forget()
    assert play.incident().offer is None
    assert "offer-void" in notes(play)
    (play >> Takes(offer)).forget()
    assert play.proposed().id != offer.id if play.incident().proposed else True
    assert "offer-taken" not in notes(play)


def test_the_same_offer_that_comes_again_is_the_same() -> None:
    play = struck() << FIRST
    offer = offered(play)
    assert play >> Wait(SETTINGS.approval_expiry_s)
    assert offered(play) is not offer
    assert offered(play).id == offer.id
    assert offered(play).answer.fingerprint == offer.answer.fingerprint
    assert play.proposed().id == "I1/P1"
    assert play >> Takes(offer) << BETTER


def test_a_plan_that_was_released_meanwhile_is_not_disturbed() -> None:
    play = struck(holds=True) >> Solved() << FIRST
    assert play >> Released() << Open("s1")
    assert play >> Solved() << Stands("executing")
    assert play.incident().offer is None


# what the first plan leaves in the dark


def carried_out(play: Playbook, *switches: str) -> Playbook:
    for switch in switches:
        (play >> Done(switch)).forget()
        play.forget_after(6)
    return play


def test_what_a_plan_leaves_in_the_dark_is_planned_again_with_transfer() -> None:
    play = (struck() << FIRST) >> Released()
    play.forget()
    carried_out(play, "s1", "s3", "t3")
    assert play << Stands("proposed", note="plan-completed")
    assert [s.switch for s in play.proposed().answer.plan.steps] == ["s2", "t2", "t1"]
    assert play.proposed().answer.plan.customers.restored_by_switching == 100


def test_where_nothing_more_can_be_done_a_plan_that_is_done_is_done() -> None:
    play = (struck() << FIRST) >> Tagged("t2") >> Wait(1) >> Released()
    play.forget()
    carried_out(play, "s1", "s3", "t3")
    assert play << Stands("restored")
    assert play.proposed().id == "I1/P1"


def test_a_restart_does_not_forget_what_was_left_in_the_dark() -> None:
    play = (struck() << FIRST) >> Released()
    play.forget()
    carried_out(play, "s1", "s3")
    play.holds = True
    (play >> Done("t3")).forget()
    assert play << Stands("restored")
    assert [asked.thorough for asked in play.asked] == [True]
    play.asked.clear()
    play >> Restarted()
    for event in play.reading():
        play.feed(event)
    play.holds = False
    play >> Wait(2)
    play << AskedFor("I1")
    assert [s.switch for s in play.proposed().answer.plan.steps] == ["s2", "t2", "t1"]


# feeders that are handled without a person


def test_the_first_plan_of_an_automatic_feeder_does_not_wait_for_a_better_one() -> None:
    play = struck(holds=True, mode=Mode.AUTOMATIC)
    assert play >> Solved() << FIRST << Open("s1") << Stands("executing")


def test_an_automatic_feeder_waits_where_the_first_plan_does_nothing() -> None:
    play = struck(ONLY_BY_TRANSFER, holds=True, mode=Mode.AUTOMATIC)
    assert play >> Solved() << Asks()
    assert play << Stands("proposed", note="no-safe-plan")
    assert play >> Solved() << Asks(opens=("s1", "s2"), closes=("t2", "t1")) << Open("s1")
    assert play << Stands("executing", note="released-automatically")


def test_a_person_is_offered_it_there_all_the_same() -> None:
    play = struck(ONLY_BY_TRANSFER) << Asks()
    assert offered(play).gain.instead == 0
    assert play.proposed().answer.plan.steps == ()
    assert play >> Takes() << Asks(opens=("s1", "s2"), closes=("t2", "t1"))


# the same again


def retold(play: Playbook, *, leaves_out: bool) -> Desk:
    """The facts, through the journal's codec. `leaves_out`: what is known to be no better need
    not be worked out again."""
    desk = Desk(play.network, engines_of(play.network), settings=SETTINGS)
    for fact in play.facts:
        event: Event = from_plain(*to_plain(fact))
        if leaves_out and isinstance(event, PlanSolved):
            incident = desk.incidents[event.incident]
            question = incident.considering
            if question is not None and incident.ticket == event.ticket:
                asked = next(
                    s
                    for s in play.solved
                    if (s.incident, s.ticket) == (event.incident, event.ticket)
                )
                found = answer(question, engines_of(play.network))
                event = replace(event, nothing_better=not desk.is_better(asked, found))
        desk.handle(event)
    return desk


@pytest.mark.parametrize("leaves_out", [False, True])
def test_a_replay_offers_and_takes_the_same(leaves_out: bool) -> None:
    play = (struck() << FIRST) >> Wait(2) >> Takes() << BETTER
    play >> Wait(5) >> Released()
    play.forget()
    carried_out(play, "s1")
    again = retold(play, leaves_out=leaves_out)
    assert repr(again.incidents) == repr(play.desk.incidents)
    assert "offer-taken" in notes(play)


def test_the_offer_asks_nobody() -> None:
    play = struck() << FIRST
    asked = [one.plan for one in play.said if isinstance(one, AskOperator)]
    assert asked == ["I1/P1"]


def test_a_repair_ends_the_offer() -> None:
    play = struck() << FIRST
    (play >> Repaired()).forget()
    assert play.incident().offer is None or offered(play).answer.location.suspected == frozenset()
