"""Changes and answers overtake one another, and a device's clock is set to and fro: when all has
come and what was in doubt was read, the inbox knows what the server holds."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network import Point, draw
from opcua_bridge.link.inbox import Inbox
from opcua_bridge.wire.values import Sample

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NETWORK = draw("S1 [b1] A [s1] B")
POINTS = [p for p in NETWORK.components.points if p.id == "s1.position"]
STATES = (Position.OPEN, Position.CLOSED)


@dataclass
class Wire:
    """A server, what it has said that has not come yet, and one question on its way."""

    box: Inbox = field(default_factory=Inbox)
    holds: dict[SwitchId, Sample] = field(default_factory=dict)
    under_way: list[list[tuple[Point, Sample]]] = field(default_factory=list)
    asked: tuple[list[Point], int] | None = None
    answer: list[tuple[Point, Sample]] | None = None

    def change(self, point: Point, position: Position, second: int) -> None:
        sample = Sample(int(position), 0, NOON + timedelta(seconds=second))
        if self.holds.get(SwitchId(point.element)) != sample:
            self.holds[SwitchId(point.element)] = sample
            self.under_way.append([(point, sample)])

    def arrive(self) -> None:
        if self.under_way:
            self.box.changes(self.under_way.pop(0), NOON + timedelta(hours=1))

    def ask(self) -> None:
        """What is in doubt, or else everything."""
        if self.asked is None:
            points = self.box.take_doubtful() or [p for p in POINTS if self._has(p)]
            self.asked = (points, self.box.batches)

    def _has(self, point: Point) -> bool:
        return SwitchId(point.element) in self.holds

    def look(self) -> None:
        """The server answers; the answer has not come yet."""
        if self.asked is not None and self.answer is None:
            self.answer = [(p, self.holds[SwitchId(p.element)]) for p in self.asked[0]]

    def answered(self) -> None:
        if self.asked is not None and self.answer is not None:
            at = NOON + timedelta(hours=1)
            self.box.readings(self.answer, at, asked_after=self.asked[1])
            self.asked = self.answer = None

    def settle(self) -> None:
        while self.under_way or self.asked or self.box.doubtful:
            self.arrive()
            self.look()
            self.answered()
            if self.box.doubtful:
                self.ask()


CHANGE = st.tuples(st.sampled_from(POINTS), st.sampled_from(STATES), st.integers(0, 4))
ACTS = st.lists(st.one_of(CHANGE, st.sampled_from(["arrive", "ask", "look", "answered"])))


@settings(max_examples=500)
@given(ACTS)
def test_what_the_server_holds_is_known_in_the_end(acts: list[tuple[Point, Position, int]]) -> None:
    wire = Wire()
    for act in acts:
        if isinstance(act, str):
            getattr(wire, act)()
        else:
            wire.change(act[0], act[1], second=act[2])
    wire.settle()
    known = {SwitchId(k.split(".")[0]): e for k, e in wire.box.known.items()}
    shown = {switch: getattr(event, "position", None) for switch, event in known.items()}
    assert shown == {switch: Position(sample.raw) for switch, sample in wire.holds.items()}
