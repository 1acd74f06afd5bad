"""Invariant 28 with two-person control: what runs was agreed to by somebody else than who
released it, byte for byte, and not long ago."""

from dataclasses import replace

from gridops.events.codec import from_plain, to_plain
from gridops.events.operator import Mode
from gridops.incident import Desk
from tests.playbook import SETTINGS, Playbook, Wait
from tests.playbook_authority import Approves, Releases, Sheds
from tests.playbook_words import (
    Asks,
    Done,
    Flagged,
    Open,
    Put,
    Restarted,
    Stands,
    Tagged,
    Tripped,
    Untagged,
)

TWO = replace(SETTINGS, two_person=True)
PLAN = Asks(opens=("s1", "s4"), closes=("b1", "t1"))
EXPIRY_S = TWO.approval_expiry_s


def proposed(play: Playbook | None = None) -> Playbook:
    play = play or Playbook(settings=TWO)
    return play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10) << PLAN


def why(play: Playbook, by: str) -> str | None:
    return play.desk.why_not_released(Releases(by).event(play))


def last_note(play: Playbook) -> tuple[str, object]:
    reason = play.incident().timeline[-1].reason
    return reason.code, reason.params.get("why")


def test_i28_one_approves_and_another_releases() -> None:
    play = proposed() >> Approves("lan") << Stands("proposed", note="plan-approved")
    assert not play.orders
    assert play >> Releases("mai") << Open("s1") << Stands("executing")
    assert play.proposed().released_by == "mai"


def test_i28_nobody_releases_alone() -> None:
    play = proposed()
    assert why(play, "lan") == "needs-approval"
    assert play >> Releases("lan") << Stands("proposed")
    assert last_note(play) == ("release-refused", "needs-approval")
    assert not play.orders


def test_i28_nobody_releases_on_their_own_approval() -> None:
    play = proposed() >> Approves("lan")
    assert why(play, "lan") == "own-approval"
    assert play >> Releases("lan") << Stands("proposed")
    assert last_note(play) == ("release-refused", "own-approval")
    assert play >> Approves("mai")
    assert why(play, "lan") is None  # each has the other's


def test_i28_an_approval_expires_and_may_be_given_again() -> None:
    play = proposed() >> Approves("lan") >> Wait(EXPIRY_S - 0.1)
    assert why(play, "mai") is None
    assert play >> Wait(0.1)
    assert why(play, "mai") == "approval-expired"
    assert play >> Releases("mai") << Stands("proposed")
    assert last_note(play) == ("release-refused", "approval-expired")
    assert play >> Approves("lan") >> Releases("mai") << Open("s1")


def test_i28_an_approval_is_for_one_version_of_a_plan() -> None:
    """A tag makes another plan of it: what was agreed to is not what would run."""
    play = proposed() >> Approves("lan") >> Tagged("t1") >> Wait(1)
    play << Asks(opens=("s1", "s4"), closes=("b1",))
    assert why(play, "mai") == "needs-approval"
    void = next(n.reason for n in play.incident().timeline if n.reason.code == "approvals-void")
    assert void.params == {"plan": "I1/P1", "users": ("lan",)}
    assert play >> Untagged("t1") >> Wait(1) << PLAN  # the same content again is another version
    assert why(play, "mai") == "needs-approval"


def test_who_approved_hears_that_there_is_no_plan_any_more() -> None:
    play = proposed() >> Approves("lan") >> Put(Mode.DISABLED) >> Tagged("t1") >> Wait(1)
    assert "approvals-void" in {note.reason.code for note in play.incident().timeline}
    nobody = proposed() >> Put(Mode.DISABLED) >> Tagged("t1") >> Wait(1)
    assert "approvals-void" not in {note.reason.code for note in nobody.incident().timeline}


def test_i28_an_approval_of_other_bytes_is_refused() -> None:
    play = proposed()
    event = replace(Approves("lan").event(play), fingerprint="0" * 64)
    assert play.desk.why_not_approved(event) == "superseded"
    assert play >> Approves("lan", fingerprint="0" * 64)
    assert last_note(play) == ("approval-refused", "superseded")
    assert why(play, "mai") == "needs-approval"


def test_a_plan_that_is_looked_at_again_and_stays_keeps_its_approval() -> None:
    play = proposed() >> Wait(200) >> Approves("lan") >> Wait(150)  # looked at after 300 s
    assert why(play, "mai") is None


def test_an_approval_does_not_spare_the_guard_or_anything_else() -> None:
    play = proposed() >> Approves("lan") >> Sheds()
    assert why(play, "mai") == "load-shed-withholds"
    disabled = proposed() >> Approves("lan") >> Put(Mode.DISABLED)
    assert why(disabled, "mai") == "mode-withholds"


def test_nothing_can_be_approved_that_could_not_be_released() -> None:
    play = proposed() >> Sheds()
    assert play.desk.why_not_approved(Approves("lan").event(play)) == "load-shed-withholds"
    running = proposed() >> Approves("lan") >> Releases("mai") << Open("s1")
    assert running.desk.why_not_approved(Approves("an").event(running)) == "nothing-proposed"


def test_where_one_person_releases_there_is_nothing_to_approve() -> None:
    play = proposed(Playbook())
    assert play.desk.why_not_approved(Approves("lan").event(play)) == "one-person-releases"
    assert play >> Releases("lan") << Open("s1")


def test_automation_asks_nobody() -> None:
    """A feeder in automatic mode is released by its mode, which people set before."""
    play = Playbook(settings=TWO) >> Put(Mode.AUTOMATIC) >> Put(Mode.AUTOMATIC, "Fb1")
    assert proposed(play) << Open("s1") << Stands("executing", note="released-automatically")


def test_a_person_on_an_automatic_feeder_needs_the_second_as_well() -> None:
    play = Playbook(settings=TWO) >> Put(Mode.AUTOMATIC) >> Put(Mode.AUTOMATIC, "Fb1")
    play = proposed(play) << Open("s1")
    play = play >> Tagged("t1") >> Done("s1") >> Wait(1)
    play.forget()
    assert why(play, "lan") == "needs-approval"


def test_i28_approvals_are_in_the_journal() -> None:
    """Folded again they are what they were: a second approval is not asked for by a restart."""
    play = proposed() >> Approves("lan")
    again = Desk(play.network, play.engines, settings=TWO)
    for fact in play.facts:
        again.handle(from_plain(*to_plain(fact)))
    assert again.why_not_released(Releases("mai").event(play)) is None
    assert again.why_not_released(Releases("lan").event(play)) == "own-approval"
    assert play >> Restarted()
    assert play.proposed().approvals
