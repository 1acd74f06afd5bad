"""How much more would do, for each kind of limit: with as much all comes back, with less not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from outages import after_trip, shown

from gridops.ids import ProfileId
from gridops.network import Control, Profile, build_network
from gridops.powerflow import RadialFlow
from gridops.restoration import Help, HelpKind, Situation, outlook_of, propose

RING = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
WARM = {"B": 3e6, "C": 3e6, "D": 6e6}
BY_CREW = {"t1": {"control": Control.CREW, "operating_time_s": 1800.0}}


def rating_help(situation: Situation) -> Help:
    engine = RadialFlow(situation.network)
    found = outlook_of(situation, propose(situation, engine), engine=engine)
    (one,) = (h for h in found.helps if h.kind is HelpKind.RATING)
    assert one.sections == ("SB",)
    return one


def changed(situation: Situation, table: str, field: str, values: Mapping[str, float]) -> Situation:
    parts = situation.network.components
    rows = tuple(
        replace(row, **{field: values[row.id]}) if row.id in values else row
        for row in getattr(parts, table)
    )
    return replace(situation, network=build_network(replace(parts, **{table: rows})))


def last(situation: Situation) -> str:
    return shown(propose(situation, RadialFlow(situation.network)))[-1]


def by_crew() -> Situation:
    """B and C draw twice when they come back after half an hour."""
    return after_trip(RING, suspected="A", p_w=WARM, change=BY_CREW)


def before_the_evening() -> Situation:
    """B and C draw twice from 18:00 on; it is half past three."""
    situation = after_trip(RING, suspected="A", p_w=WARM)
    parts = situation.network.components
    day = Profile(id=ProfileId("day"), name="day", factors=(*[0.5] * 18, *[1.0] * 6))
    loads = tuple(replace(x, profile=day.id) if x.id in "BC" else x for x in parts.loads)
    network = build_network(replace(parts, profiles=(day,), loads=loads))
    return replace(situation, network=network, at=time.fromisoformat("15:30"))


@pytest.mark.parametrize("situation", [by_crew(), before_the_evening()], ids=["cold", "evening"])
def test_a_rating_that_load_breaks_later_is_told_by_that_load(situation: Situation) -> None:
    needs = {need.element: need.needs for need in rating_help(situation).needs}
    assert set(needs) == {"D-b2", "S2-b2"}
    assert needs["D-b2"] == pytest.approx(18.85e6 / (3**0.5 * 22e3), rel=0.02)
    assert "t1 -> B C" in last(changed(situation, "branches", "current_a_max", needs))
    for element, value in needs.items():
        less = {**needs, element: 0.999 * value}
        assert "t1 -> B C" not in last(changed(situation, "branches", "current_a_max", less))


def test_a_source_is_told_with_the_power_that_it_would_have_to_give() -> None:
    light: dict[str, Any] = {"p_w": {"B": 2e6, "C": 2e6, "D": 2e6}}
    situation = changed(
        after_trip(RING, suspected="A", **light), "sources", "power_va_max", {"S2": 6e6}
    )
    (need,) = rating_help(situation).needs
    assert (need.element, need.unit, need.has) == ("S2", "VA", 6e6)
    enough = changed(situation, "sources", "power_va_max", {"S2": need.needs})
    assert last(enough) == "close t1 -> B C"
    less = changed(situation, "sources", "power_va_max", {"S2": need.needs - 10.0})
    assert last(less) == "close t1 -> C"


def test_protection_that_would_trip_is_told_with_the_pick_up_that_it_would_need() -> None:
    text = RING
    situation = after_trip(
        text, suspected="A", p_w=WARM, change={"b2": {"pickup_current_a": 300.0}}
    )
    (need,) = rating_help(situation).needs
    assert (need.element, need.unit, need.has) == ("b2", "A", 300.0)
    assert need.needs == pytest.approx(12.6e6 / (3**0.5 * 22e3), rel=0.02)
