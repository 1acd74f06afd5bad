"""Scripted happenings reach the field at their time."""

from datetime import UTC, datetime, timedelta

import pytest

from gridops.errors import ScenarioError
from gridops.ids import LinkId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import Signal, draw
from gridops.virtual_field import Misbehaviour, OrderAnswer, VirtualField
from gridops.virtual_field.script import (
    Behave,
    CutLink,
    Happening,
    HealLink,
    LoseSource,
    Misbehave,
    OperateByHand,
    Repair,
    RestoreSource,
    Strike,
    apply,
)
from tests.radial_sweep import RadialSweep

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)


def field_with(*script: Happening) -> VirtualField:
    network = draw("S1 [b1] A [s1] B (t1) C [b2] S2")
    field = VirtualField(network, RadialSweep(network), start=START)
    for happening in script:
        apply(field, happening)
    return field


def moved(field: VirtualField, until_s: float) -> list[tuple[float, str, Position]]:
    return [
        (
            (value.source_time - START).total_seconds(),
            value.point.element,
            Position(int(value.value)),
        )
        for value in field.advance(START + timedelta(seconds=until_s))
        if value.point.signal is Signal.POSITION
    ]


def test_a_script_comes_true_in_time_order_however_it_is_written() -> None:
    field = field_with(
        OperateByHand(at_s=30, switch=SwitchId("b1"), position=Position.CLOSED),
        Repair(at_s=20, place="A"),
        Strike(at_s=10, place="A"),
    )
    assert moved(field, 60) == [(10.5, "b1", Position.OPEN), (30.0, "b1", Position.CLOSED)]
    assert not field.dark


def test_a_transient_strike_needs_its_openings() -> None:
    field = field_with(
        Strike(at_s=10, place="A", clears_after_openings=1),
        OperateByHand(at_s=30, switch=SwitchId("b1"), position=Position.CLOSED),
    )
    moved(field, 60)
    assert not field.dark


def test_links_and_sources_go_and_come_back() -> None:
    field = field_with(
        CutLink(at_s=1, link=LinkId("rtu")),
        LoseSource(at_s=1, source=SourceId("S2")),
        HealLink(at_s=2, link=LinkId("rtu")),
        RestoreSource(at_s=2, source=SourceId("S2")),
    )
    field.advance(START + timedelta(seconds=1))
    assert (field.links_cut, field.dark) == ({"rtu"}, {"SS2", "SC"})
    field.advance(START + timedelta(seconds=2))
    assert (field.links_cut, field.dark) == (frozenset(), frozenset())


def test_a_device_misbehaves_from_then_until_then() -> None:
    s1 = SwitchId("s1")
    field = field_with(
        Misbehave(at_s=10, device=s1, kind=Misbehaviour.REFUSE),
        Behave(at_s=20, device=s1, kind=Misbehaviour.REFUSE),
    )
    answers = [
        field.order(s1, Position.CLOSED, at=START + timedelta(seconds=s)) for s in (5, 15, 25)
    ]
    assert answers == [
        OrderAnswer.ACCEPTED,
        OrderAnswer.REFUSED_FAILED,
        OrderAnswer.ACCEPTED,
    ]


def test_a_slow_device_is_as_slow_as_written() -> None:
    field = field_with(
        Misbehave(at_s=0, device=SwitchId("s1"), kind=Misbehaviour.SLOW, slow_s=45.0)
    )
    field.order(SwitchId("s1"), Position.OPEN, at=START + timedelta(seconds=1))
    assert moved(field, 60)[-1] == (46.0, "s1", Position.OPEN)


def test_a_happening_before_the_start_is_refused() -> None:
    with pytest.raises(ScenarioError, match="has passed"):
        field_with(Strike(at_s=-1, place="A"))
