"""The judge of ages: how long ago what is shown was last true."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from gridops.adapters.clocks import SimulatedClock
from gridops.events import FieldEvent
from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position
from gridops.ports import LinkHealth
from gridops.virtual_field import PointValue
from tests.chaos import record
from tests.chaos.arena import arena_grid
from tests.chaos.record import Record, RecordedField, Watch

START = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
LOOK = timedelta(seconds=0.05)


class GoodLink:
    def health(self) -> Sequence[LinkHealth]:
        return [
            LinkHealth(
                link=LinkId("rtu"),
                connected=True,
                since=START,
                last_heard=START,
                epoch=1,
                detail="good",
            )
        ]


@dataclass
class LatePicture:
    """What the field does is shown `late_s` later."""

    clock: SimulatedClock
    late_s: float
    under_way: list[tuple[datetime, FieldEvent]] = field(default_factory=list)

    def __post_init__(self) -> None:
        grid = arena_grid()
        self.field, self.record = RecordedField(grid), Record(grid)
        self.show(self.field.values().values())
        self.deliver(self.clock.now() + timedelta(days=1))
        self.field.begin_round()
        self.watch = Watch(self.field, self.record, GoodLink())  # type: ignore[arg-type]

    def show(self, values: Iterable[PointValue]) -> None:
        now = self.clock.now()
        due = now + timedelta(seconds=self.late_s)
        self.under_way += [(due, record._event(value, now)) for value in values]

    def deliver(self, now: datetime) -> None:
        self.record.deliver([event for due, event in self.under_way if due <= now])
        self.under_way = [(due, event) for due, event in self.under_way if due > now]

    def go_on(self, seconds: float) -> None:
        for _ in range(round(seconds / LOOK.total_seconds())):
            now = self.clock.advance(LOOK)
            self.show(self.field.advance(now))
            self.deliver(now)
            self.watch.look()

    def turn(self, position: Position) -> None:
        self.field.operate_by_hand(SwitchId("t1"), position, at=self.clock.now())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimulatedClock:
    clock = SimulatedClock(START)
    monkeypatch.setattr(record, "CLOCK", clock)
    return clock


def test_a_switch_that_goes_to_and_fro_is_as_old_as_its_picture_is_late(
    clock: SimulatedClock,
) -> None:
    """A second late and turned every second it is wrong at nearly every look."""
    picture = LatePicture(clock, late_s=1.0)
    for n in range(8):
        picture.turn(Position.CLOSED if n % 2 == 0 else Position.OPEN)
        picture.go_on(1.0)
    assert picture.watch.longest_s == pytest.approx(1.0, abs=0.15)


def test_what_stays_on_the_screen_grows_old(clock: SimulatedClock) -> None:
    picture = LatePicture(clock, late_s=60.0)
    picture.turn(Position.CLOSED)
    picture.go_on(5.0)
    assert picture.watch.longest_s == pytest.approx(5.0, abs=0.15)


def test_what_is_true_is_not_old(clock: SimulatedClock) -> None:
    picture = LatePicture(clock, late_s=0.0)
    picture.turn(Position.CLOSED)
    picture.go_on(3.0)
    assert picture.watch.longest_s < 0.15
