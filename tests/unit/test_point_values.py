"""Values of foreign servers in the plain form: codes, truths, inverted contacts, other units."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import LinkId, PointId
from gridops.measurement import Position, Quality
from gridops.network import Point, Signal, draw
from gridops.network.validation_values import value_flaws
from gridops.state.point_values import NO_CODE, plain_value, told_value
from opcua_bridge.link.decode import decode
from opcua_bridge.wire.values import NO_NUMBER, Sample

AT = datetime(2026, 3, 1, tzinfo=UTC)


def point(signal: Signal, **how: object) -> Point:
    plain = Point(id=PointId("p"), link=LinkId("rtu"), element="s1", signal=signal, node_id="s1.p")
    return replace(plain, **how)  # type: ignore[arg-type]


TRUE_IS_CLOSED = point(Signal.POSITION, open_value=0.0, close_value=1.0)
TRUE_IS_OPEN = point(Signal.POSITION, open_value=1.0, close_value=0.0)
CODED = point(Signal.POSITION, open_value=10.0, close_value=20.0)
REMOTE = point(Signal.LOCAL, inverted=True)
IN_KV = point(Signal.VOLTAGE, element="A", scale=1000.0)
AGAINST = point(Signal.POWER, scale=-1.0)


@pytest.mark.parametrize(
    ("read", "raw", "means"),
    [
        (point(Signal.POSITION), 2, 2),
        (point(Signal.POSITION), True, True),  # rejected later: 1 would be open
        (TRUE_IS_CLOSED, True, 2),
        (TRUE_IS_CLOSED, False, 1),
        (TRUE_IS_CLOSED, 1, 2),
        (TRUE_IS_CLOSED, 1.0, 2),
        (TRUE_IS_CLOSED, 2, NO_CODE),
        (TRUE_IS_OPEN, True, 1),
        (TRUE_IS_OPEN, 0, 2),
        (CODED, 20, 2),
        (CODED, 10, 1),
        (CODED, 1, NO_CODE),
        (CODED, True, True),
        (CODED, float("nan"), NO_CODE),
        (CODED, None, None),
        (CODED, "open", "open"),
        (REMOTE, True, False),
        (REMOTE, 0, True),
        (REMOTE, 7, 7),
        (point(Signal.LOCAL), True, True),
        (IN_KV, 22.5, 22_500.0),
        (IN_KV, 22, 22_000.0),
        (IN_KV, 10**400, float("inf")),
        (IN_KV, True, True),
        (AGAINST, 5.0, -5.0),
    ],
)
def test_what_a_value_means(read: Point, raw: object, means: object) -> None:
    found = plain_value(read, raw)
    assert found == means
    assert isinstance(found, bool) is isinstance(means, bool)


@pytest.mark.parametrize(
    ("read", "raw", "position", "quality"),
    [
        (TRUE_IS_CLOSED, True, Position.CLOSED, Quality.GOOD),
        (TRUE_IS_CLOSED, 5, Position.BAD, Quality.BAD),
        (TRUE_IS_CLOSED, NO_NUMBER, Position.BAD, Quality.BAD),
        (CODED, True, Position.BAD, Quality.BAD),
        (point(Signal.POSITION), True, Position.BAD, Quality.BAD),
        (point(Signal.POSITION), 3, Position.BAD, Quality.GOOD),
        (point(Signal.POSITION), 0, Position.INTERMEDIATE, Quality.GOOD),
    ],
)
def test_a_position_that_is_neither_is_never_open_or_closed(
    read: Point, raw: object, position: Position, quality: Quality
) -> None:
    fact = decode(read, Sample(raw), at=AT).event
    assert (fact.position, fact.quality) == (position, quality)  # type: ignore[union-attr]


CODES = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(st.sampled_from([Position.OPEN, Position.CLOSED]), CODES, CODES)
def test_codes_there_and_back(position: Position, opened: float, closed: float) -> None:
    if opened == closed:
        return
    read = point(Signal.POSITION, open_value=opened, close_value=closed)
    told = told_value(read, int(position))
    assert told is not None
    assert plain_value(read, told) == position


@given(st.booleans(), st.booleans())
def test_contacts_there_and_back(inverted: bool, value: bool) -> None:
    read = point(Signal.LOCAL, inverted=inverted)
    told = told_value(read, value)
    assert told is (value ^ inverted)
    assert plain_value(read, told) is value


@given(st.floats(-1e9, 1e9), st.sampled_from([1.0, 1000.0, -1.0, 0.001]))
def test_measurements_there_and_back(value: float, scale: float) -> None:
    read = point(Signal.POWER, scale=scale)
    assert plain_value(read, told_value(read, value)) == pytest.approx(value, rel=1e-12, abs=1e-12)


def test_codes_have_no_word_for_on_the_way() -> None:
    assert told_value(TRUE_IS_CLOSED, int(Position.INTERMEDIATE)) is None


@pytest.mark.parametrize(
    ("ident", "how", "what"),
    [
        ("s1.position", {"open_value": 2.0}, "the same as open and as closed"),
        ("s1.position", {"open_node_id": "x", "open_value": 0.0, "close_value": 1.0}, "codes as"),
        ("s1.position", {"inverted": True}, "no position can be"),
        ("s1.position", {"scale": 2.0}, "position does not have"),
        ("s1.fault_flag", {"open_value": 0.0}, "fault_flag does not have"),
        ("s1.fault_flag", {"open_node_id": "x"}, "fault_flag does not have"),
        ("s1.fault_flag", {"scale": -1.0}, "fault_flag does not have"),
        ("s1.command", {"inverted": True}, "no command can be"),
        ("s1.current_a", {"scale": 0.0}, "has the scale 0"),
        ("s1.current_a", {"inverted": True}, "no current_a can be"),
    ],
)
def test_what_does_not_go_together_is_told(ident: str, how: dict[str, object], what: str) -> None:
    parts = draw("S1 [b1] A [s1] B").components
    current = replace(
        parts.points[0],
        id=PointId("s1.current_a"),
        element="s1",
        signal=Signal.CURRENT,
        node_id="s1.current_a",
    )
    points = tuple(
        replace(p, **how) if p.id == ident else p  # type: ignore[arg-type]
        for p in (*parts.points, current)
    )
    (flaw,) = value_flaws(replace(parts, points=points))
    assert flaw.code == "value-misfit"
    assert flaw.ids[0] == ident
    assert what in flaw.message


@pytest.mark.parametrize(
    ("ident", "how"),
    [
        ("s1.position", {"open_value": 0.0, "close_value": 1.0}),
        ("s1.position", {"open_node_id": "s1.open"}),
        ("s1.fault_flag", {"inverted": True}),
        ("s1.command", {"open_value": 0.0, "close_value": 1.0}),
    ],
)
def test_what_goes_together_is_left_alone(ident: str, how: dict[str, object]) -> None:
    parts = draw("S1 [b1] A [s1] B").components
    points = tuple(
        replace(p, **how) if p.id == ident else p  # type: ignore[arg-type]
        for p in parts.points
    )
    assert list(value_flaws(replace(parts, points=points))) == []
