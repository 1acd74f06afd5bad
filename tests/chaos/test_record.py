"""The judge of ages: how long ago what is shown was last true."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from gridops.adapters.clocks import SimulatedClock
from gridops.events import FieldEvent, LinkRestored, SwitchMoved
from gridops.ids import LinkId, SwitchId
from gridops.measurement import Position, Quality
from gridops.ports import LinkHealth
from gridops.virtual_field import PointValue
from tests.chaos import record
from tests.chaos.arena import arena_grid
from tests.chaos.record import Record, RecordedField, Watch, lost_in_silence

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


def test_what_the_server_had_before_the_gap_is_lost_in_silence(clock: SimulatedClock) -> None:
    """Stamped before the gap both of them; one reached the server only within it."""
    picture = LatePicture(clock, late_s=60.0)
    played = picture.field
    for position, on_its_way_s in ((Position.CLOSED, 0.1), (Position.OPEN, 3.0)):
        picture.turn(position)
        told = [v for v in played.advance(clock.now()) if v.point.id == "t1.position"]
        later = clock.now() + timedelta(seconds=on_its_way_s)
        played.reached |= {(v.point.id, v.source_time): later for v in told}
        clock.advance(timedelta(seconds=1.0))
    gap = LinkRestored(
        at=clock.now() + timedelta(seconds=5),
        link=LinkId("rtu"),
        epoch=2,
        gap_since=clock.now() + timedelta(seconds=1),
    )
    picture.record.deliver([gap])
    lost = lost_in_silence(played, picture.record, is_marked=lambda _: False)
    assert [change.value for change in lost] == [2]
    played.reached.clear()
    assert lost_in_silence(played, picture.record, is_marked=lambda _: False) == []


def test_what_stands_there_as_bad_is_not_old(clock: SimulatedClock) -> None:
    picture = LatePicture(clock, late_s=0.0)
    picture.turn(Position.CLOSED)
    picture.go_on(1.0)
    bad = [
        replace(event, quality=Quality.BAD)
        for event in picture.record.last.values()
        if isinstance(event, SwitchMoved)
    ]
    picture.record.deliver(list(bad))
    picture.late_s = 60.0
    picture.turn(Position.OPEN)
    picture.go_on(5.0)
    assert picture.watch.longest_s < 0.1
