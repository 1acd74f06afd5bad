"""What a plan leans on changes between proposal, release and command: grid, tags, positions, loads,
limits. Each leads to a veto or to a new plan, and nothing is sent meanwhile (invariant 27)."""

from dataclasses import replace

import pytest

from gridops.ids import LoadId, ProfileId
from gridops.incident import Phase
from gridops.network import Control, Network, Profile, Signal, build_network, draw
from tests.playbook import FEEDER, OPEN, SETTINGS, Fact, Playbook, Wait
from tests.playbook_words import (
    Asks,
    Close,
    Done,
    Flagged,
    LinkUp,
    Moved,
    Open,
    Released,
    Stands,
    Tagged,
    TakenIn,
    Tripped,
)

IN_A_MINUTE = replace(SETTINGS, time_zone="UTC", plan=replace(SETTINGS.plan, look_ahead_s=0.0))
"""The night begins at 02:14:00; loads go with their profile, of which only now counts."""


def evening_at(factor: float) -> Network:
    """E draws 8 MW, and from 02:15 on `factor` times as much; its feeder stands 15 MW."""
    drawn = draw(FEEDER, p_w={"A": 9e6, "E": 8e6}).components
    steps = tuple(factor if k == 9 else 1.0 for k in range(96))
    day = Profile(id=ProfileId("day"), name="day", factors=steps)
    loads = tuple(replace(x, profile=day.id) if x.id == LoadId("E") else x for x in drawn.loads)
    return build_network(replace(drawn, loads=loads, profiles=(day,)))


def rated(ampere: float) -> Network:
    """The lines at t1 stand less."""
    drawn = draw(FEEDER, p_w={"A": 9e6, "E": 8e6}).components
    lines = tuple(
        replace(line, current_a_max=ampere) if "t1" in line.id else line for line in drawn.branches
    )
    return build_network(replace(drawn, branches=lines))


def by_hand(switch: str) -> Network:
    """One switch has lost its drive."""
    drawn = draw(FEEDER, p_w={"A": 9e6, "E": 8e6}).components
    switches = tuple(
        replace(s, control=Control.NONE) if s.id == switch else s for s in drawn.switches
    )
    points = tuple(p for p in drawn.points if (p.element, p.signal) != (switch, Signal.COMMAND))
    return build_network(replace(drawn, switches=switches, points=points))


def night(network: Network | None = None) -> Playbook:
    """A fault in C; its plan opens s1 and s4, closes b1 and t1."""
    play = Playbook.on(network or evening_at(1.0), IN_A_MINUTE)
    play = play >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    return play << Asks(opens=("s1", "s4"), closes=("b1", "t1"))


def half_done(network: Network | None = None) -> Playbook:
    """All but t1."""
    play = night(network) >> Released() << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    return play << Close("b1")


def test_nothing_changes_and_the_plan_is_carried_out() -> None:
    play = half_done() >> Done("b1") >> Wait(60) << Close("t1") >> Done("t1")
    assert play << Stands("restored")


@pytest.mark.parametrize(
    ("fact", "opens", "closes"),
    [
        pytest.param(Tagged("t1"), ("s1", "s4"), ("b1",), id="tag"),
        pytest.param(Moved("s4", OPEN), ("s1",), ("b1", "t1"), id="position"),
    ],
)
def test_a_change_before_the_release_leads_to_a_new_plan(
    fact: Fact, opens: tuple[str, ...], closes: tuple[str, ...]
) -> None:
    play = night() >> fact >> Released() << Stands("proposed", note="release-refused")
    assert play >> Wait(2) << Asks(opens=opens, closes=closes)
    assert play.orders == []


@pytest.mark.parametrize(
    ("grid", "closes"),
    [
        pytest.param(rated(150.0), ("b1",), id="limit"),
        pytest.param(by_hand("t1"), ("b1",), id="grid"),
        pytest.param(draw(FEEDER + "\nF [s9] G"), ("b1", "t1"), id="elsewhere"),
    ],
)
def test_another_version_of_the_grid_voids_what_is_proposed(
    grid: Network, closes: tuple[str, ...]
) -> None:
    play = night() >> TakenIn(grid)
    assert play.incident().proposed is None
    assert play >> LinkUp() >> Wait(2) << Asks(opens=("s1", "s4"), closes=closes)
    assert play.orders == []


def test_load_that_has_grown_before_the_release_leads_to_a_new_plan() -> None:
    play = night(evening_at(3.0)) >> Wait(55) >> Released()
    assert play << Stands("proposed", note="release-refused")
    assert play.orders == []


@pytest.mark.parametrize(
    ("fact", "note"),
    [
        pytest.param(Tagged("t1"), "stopped-tag", id="tag"),
        pytest.param(Moved("s3", OPEN), "stopped-moved", id="position"),
        pytest.param(TakenIn(rated(150.0)), "step-vetoed", id="limit"),
        pytest.param(TakenIn(by_hand("t1")), "step-vetoed", id="grid"),
    ],
)
def test_a_change_on_the_way_stops_the_plan_before_the_next_command(fact: Fact, note: str) -> None:
    play = half_done() >> fact >> Done("b1")
    play.forget_after(6.0)
    assert note in [entry.reason.code for entry in play.incident().timeline]
    assert [order.switch for order in play.orders] == ["s1", "s4", "b1"]


def test_a_change_of_the_grid_that_does_not_matter_to_the_plan_does_not_stop_it() -> None:
    longer = draw(FEEDER + "\nS3 [b3] G [s9] H", p_w={"A": 9e6, "E": 8e6})
    play = half_done() >> TakenIn(longer) >> Done("b1") >> Wait(6) << Close("t1") >> Done("t1")
    assert play << Stands("restored")


def test_load_that_has_grown_on_the_way_stops_the_plan_before_the_next_command() -> None:
    play = half_done(evening_at(3.0)) >> Wait(55) >> Done("b1") >> Wait(5)
    assert play << Stands("stopped", note="step-vetoed")
    assert [order.switch for order in play.orders] == ["s1", "s4", "b1"]
    assert play.incident().phase is Phase.STOPPED
