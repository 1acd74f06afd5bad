"""How old messages are when they come, by stamps of a clock that is not ours."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_bridge.link.ages import Ages

START = datetime(2026, 3, 1, 2, 14, 0, 137_000, tzinfo=UTC)


class Server:
    """Its clock is `ahead_s` of ours, and its messages are `way_s` under way."""

    def __init__(self, ages: Ages, *, ahead_s: float = 0.0) -> None:
        self.ages = ages
        self.ahead_s = ahead_s

    def time(self, at_s: float) -> datetime:
        return START + timedelta(seconds=at_s + self.ahead_s)

    def tell_time(self, at_s: float, *, there_s: float = 0.001, back_s: float = 0.001) -> None:
        """Asked for at `at_s` by our clock."""
        said = self.time(at_s + there_s)
        self.ages.heard(said, asked_s=at_s, answered_s=at_s + there_s + back_s)

    def send(self, at_s: float, *, way_s: float = 0.001) -> float | None:
        return self.ages.late_s(self.time(at_s), arrived_s=at_s + way_s)


@pytest.mark.parametrize("ahead_s", [0.0, 10_800.0, -10_800.0])
def test_a_message_is_as_late_as_its_way_was_long_wherever_the_clock_stands(ahead_s: float) -> None:
    server = Server(Ages(), ahead_s=ahead_s)
    server.tell_time(0.0)
    assert server.send(1.0) == pytest.approx(0.001, abs=0.003)
    assert server.send(2.0, way_s=1.7) == pytest.approx(1.7, abs=0.01)
    for n in range(3, 60):
        server.tell_time(float(n), there_s=0.6, back_s=0.8)
        assert server.send(n + 0.9, way_s=0.7) == pytest.approx(0.7, abs=0.1)


def test_nothing_is_said_before_the_server_told_its_time_or_of_no_stamp() -> None:
    server = Server(Ages())
    assert server.send(0.0, way_s=3.0) is None
    server.tell_time(4.0)
    assert server.ages.late_s(None, arrived_s=5.0) is None


@pytest.mark.parametrize("jump_s", [3_600.0, 3.0, -3.0, -3_600.0])
def test_a_clock_that_is_set_makes_nothing_late_and_is_followed(jump_s: float) -> None:
    server = Server(Ages())
    for n in range(5):
        server.tell_time(float(n))
        assert server.send(n + 0.5) == pytest.approx(0.0, abs=0.01)
    server.ahead_s += jump_s
    assert server.send(5.0) is None
    server.tell_time(5.5)
    assert server.send(6.0) == pytest.approx(0.0, abs=0.01)
    assert server.send(7.0, way_s=2.5) == pytest.approx(2.5, abs=0.02)


@pytest.mark.parametrize("jump_s", [3_600.0, 3.0, -3.0, -3_600.0])
def test_a_clock_that_is_set_between_two_answers_is_followed(jump_s: float) -> None:
    server = Server(Ages())
    server.tell_time(0.0)
    server.send(0.5)
    server.ahead_s += jump_s
    server.tell_time(1.0)
    assert server.send(1.5, way_s=2.0) == pytest.approx(2.0, abs=0.02)


@pytest.mark.parametrize("apart_s", [-7_200.0, -5.0, 5.0, 7_200.0])
def test_stamps_of_another_clock_than_the_one_that_is_told_prove_nothing(apart_s: float) -> None:
    """Else a server with two clocks would be late for ever."""
    server = Server(Ages())
    for n in range(20):
        server.tell_time(float(n))
        for k in range(1, 5):
            at_s = n + 0.2 * k
            said = server.time(at_s + apart_s)
            late_s = server.ages.late_s(said, arrived_s=at_s + 0.001)
            assert late_s is None or late_s < 0.5


def test_a_clock_of_whole_seconds_makes_nothing_a_second_late() -> None:
    ages = Ages()
    for n in range(40):
        at_s = 0.37 * n
        said = (START + timedelta(seconds=at_s)).replace(microsecond=0)
        if n % 3 == 0:
            ages.heard(said, asked_s=at_s - 0.001, answered_s=at_s)
        late_s = ages.late_s(said, arrived_s=at_s)
        assert late_s is None or late_s < 0.6


def test_what_was_known_of_a_clock_fades_as_clocks_part() -> None:
    server = Server(Ages())
    server.tell_time(0.0)
    server.ahead_s = -0.9  # a thousand seconds of a clock that is slow by 0.9 in a thousand
    server.send(999.0)
    server.tell_time(1_000.0)
    assert server.send(1_000.5, way_s=1.5) == pytest.approx(1.5, abs=0.05)


@given(
    st.floats(-1e6, 1e6),
    st.lists(st.tuples(st.floats(0.0, 2.0), st.floats(0.0, 2.0)), min_size=1, max_size=30),
)
def test_no_estimate_is_further_off_than_half_the_best_round_trip(
    ahead_s: float, ways: list[tuple[float, float]]
) -> None:
    server = Server(Ages(), ahead_s=ahead_s)
    best_s = math.inf
    for n, (there_s, back_s) in enumerate(ways):
        server.tell_time(10.0 * n, there_s=there_s, back_s=back_s)
        best_s = min(best_s, there_s + back_s)
        late_s = server.send(10.0 * n + 5.0, way_s=back_s)
        assert late_s is not None
        assert abs(late_s - back_s) <= best_s / 2.0 + 0.02 * (n + 1)
