"""A copy of the live state goes its own way: what is shown while nothing can be kept is no fact."""

import pytest

from gridops.events import CommandIssued, CommandTimedOut
from gridops.events.operator import Mode
from gridops.ids import CommandId, FeederId, IncidentId, PlanId, SwitchId
from gridops.reasons import because
from gridops.state import Latch, LiveState
from tests.playbook import OPEN, Fact, Playbook
from tests.playbook_authority import Enabled, Sheds
from tests.playbook_words import LinkDown, Moved, Put, Restarted, Tagged


def known(state: LiveState) -> str:
    return repr(state)


def played() -> Playbook:
    """A command is on its way, another had no answer, and a feeder is latched."""
    play = Playbook() >> Put(Mode.AUTOMATIC) >> Tagged("s2")
    play.desk.state.modes.latch(
        [FeederId("Fb1")], Latch(since=play.now, why=because("run-slow", plan="P", seconds=1))
    )
    for number, switch in enumerate(("s1", "s3")):
        play.feed(
            CommandIssued(
                at=play.now,
                command=CommandId(f"c{number}"),
                incident=IncidentId("I1"),
                plan=PlanId("I1/P1"),
                step=number,
                switch=SwitchId(switch),
                position=OPEN,
                deadline=play.now,
            )
        )
    play.feed(CommandTimedOut(at=play.now, command=CommandId("c1"), why="no read-back"))
    return play


@pytest.mark.parametrize(
    "fact",
    [
        Sheds(),
        Put(Mode.DISABLED, "Fb1"),
        Enabled(),
        Moved("s1", OPEN),
        Moved("s3", OPEN),
        Tagged("s4"),
        LinkDown(),
        Restarted(),
    ],
    ids=lambda fact: type(fact).__name__,
)
@pytest.mark.parametrize("hears", ["copy", "original"])
def test_what_either_hears_the_other_does_not(fact: Fact, hears: str) -> None:
    play = played()
    one, other = play.desk.state.apart(), play.desk.state
    if hears == "original":
        one, other = other, one
    before = known(other)
    assert known(one) == before
    for event in fact.events(play):
        one.apply(event)
    assert known(one) != before
    assert known(other) == before
