"""Load before a fault: what the head measured, and what generators hid from it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from gridops.events import PowerMeasured
from gridops.ids import GeneratorId, LoadId, NodeId, ProfileId, SwitchId
from gridops.network import (
    Generator,
    GeneratorKind,
    Network,
    Profile,
    build_network,
    draw,
)
from gridops.response import FeederLoads
from gridops.state import energise

AT = datetime(2025, 1, 1, 12, tzinfo=UTC)
NOON, NIGHT = time(12), time(0)


def grid(*, p_w: float, node: str = "B") -> Network:
    """400 kW on the feeder of b1, 100 on that of b2, and a photovoltaic plant that rests by
    night."""
    drawn = draw("S1 [b1] A [s1] B (t1) C [b2] S2", p_w={"A": 300e3})
    day = Profile(id=ProfileId("sun"), name="sun", factors=(*[0.0] * 6, *[0.5] * 12, *[0.0] * 6))
    plant = Generator(
        id=GeneratorId("G"),
        name="G",
        node=NodeId(node),
        kind=GeneratorKind.PHOTOVOLTAIC,
        power_va_rated=1e6,
        p_w=p_w,
        q_var=0.0,
        profile=day.id,
    )
    return build_network(replace(drawn.components, generators=(plant,), profiles=(day,)))


def before(
    network: Network, measured_w: float, *, at: time | None, closed: tuple[str, ...] = ()
) -> dict[str, float]:
    """The loads in kW, with `measured_w` at b1."""
    kept = FeederLoads(network)
    kept.keep(PowerMeasured(at=AT, source_time=AT, switch=SwitchId("b1"), p_w=measured_w))
    state = network.normally_closed | {SwitchId(s) for s in closed}
    loads = kept.before(AT + timedelta(seconds=10), energise(network, state), at=at)
    return {load: round(loads[LoadId(load)].p_w / 1e3, 3) for load in ("A", "B", "C")}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOON, {"A": 450.0, "B": 150.0, "C": 100.0}),
        (None, {"A": 750.0, "B": 250.0, "C": 100.0}),
        (NIGHT, {"A": 150.0, "B": 50.0, "C": 100.0}),
    ],
    ids=["at noon half of it", "unknown: all of it", "at night nothing"],
)
def test_what_a_plant_fed_in_is_added_to_what_the_head_measured(
    at: time | None, expected: dict[str, float]
) -> None:
    """The head measures 200 kW, the plant is stated with 800."""
    assert before(grid(p_w=-800e3), 200e3, at=at) == expected


def test_a_feeder_that_fed_back_is_taken_for_more_than_it_was() -> None:
    """Meters do not agree on the sign: 200 kW the other way may be load as well."""
    assert before(grid(p_w=-800e3), -200e3, at=NOON) == {"A": 450.0, "B": 150.0, "C": 100.0}


@pytest.mark.parametrize(("node", "p_w"), [("C", -800e3), ("B", 50e3)])
def test_plants_elsewhere_and_those_that_charge_hide_nothing(node: str, p_w: float) -> None:
    assert before(grid(p_w=p_w, node=node), 200e3, at=NOON) == {"A": 150.0, "B": 50.0, "C": 100.0}
