"""The judge of commands is judged: what must not pass, and what may."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from gridops.ids import CommandId, SwitchId
from gridops.measurement import Position
from gridops.ports import SwitchOrder
from gridops.virtual_field import OrderAnswer
from tests.chaos.arena import arena_grid
from tests.chaos.commands_judged import Given, Hang, wrong_commands
from tests.chaos.record import Arrival, RecordedField

B1 = SwitchId("b1")
OPEN, CLOSED = Position.OPEN, Position.CLOSED


class Told:
    """A field in which b1, closed at first, is moved and told at stated seconds."""

    def __init__(self) -> None:
        self.field = RecordedField(arena_grid())
        self.began = self.field.start
        self.given: list[Given] = []
        self.hung: list[Hang] = []

    def at(self, s: float) -> datetime:
        return self.began + timedelta(seconds=s)

    def stands(self, *positions: tuple[float, Position]) -> "Told":
        self.field._stands[B1] = [(self.at(-9.0), CLOSED)]
        self.field._stands[B1] += [(self.at(s), position) for s, position in positions]
        return self

    def arrives(self, s: float, position: Position = OPEN) -> "Told":
        arrival = Arrival(self.at(s), B1, position, OrderAnswer.ACCEPTED)
        self.field.arrivals.append(arrival)
        return self

    def said(
        self,
        outcome: str,
        s: float = 0.0,
        *,
        to: Position = OPEN,
        in_doubt: Position | None = None,
    ) -> "Told":
        order = SwitchOrder(
            command=CommandId(f"c{len(self.given)}"),
            switch=B1,
            position=to,
            deadline=self.at(s + 2.0),
        )
        self.given.append(
            Given(
                order,
                outcome,
                given_at=self.at(s),
                ended_at=self.at(s + 1.0),
                in_doubt=in_doubt,
            )
        )
        return self

    def hangs(self, *times: tuple[float, float]) -> "Told":
        self.hung += [Hang(self.at(since), self.at(until)) for since, until in times]
        return self

    def wrong(self) -> Sequence[str]:
        return wrong_commands(self.given, self.field, hangs=self.hung)


def test_what_is_true_passes() -> None:
    assert not Told().stands((0.5, OPEN)).arrives(0.2).said("confirmed").wrong()
    assert not Told().stands().said("refused").wrong()
    assert not Told().stands((0.5, OPEN)).arrives(0.2).said("unknown").wrong()
    assert not Told().stands().said("unknown").wrong()


def test_one_that_never_left_is_confirmed_by_the_coming_of_the_one_before() -> None:
    told = Told().stands((0.5, OPEN)).arrives(0.2).said("unknown")
    assert not told.said("confirmed", 3.0, in_doubt=OPEN).wrong()


@pytest.mark.parametrize(
    ("told", "what"),
    [
        (Told().stands((0.5, OPEN)).said("confirmed"), "never arrived"),
        (Told().stands((0.5, OPEN)).said("confirmed", in_doubt=CLOSED), "never arrived"),
        (Told().stands().said("confirmed", in_doubt=OPEN), "never stood there"),
        (
            Told().stands((0.5, OPEN), (1.5, CLOSED)).said("confirmed", 3.0, in_doubt=OPEN),
            "never stood there",
        ),
        (Told().stands().arrives(0.2).said("confirmed"), "never stood there"),
        (Told().stands((1.5, OPEN)).arrives(0.2).said("confirmed"), "never stood there"),
        (Told().stands((0.5, OPEN)).arrives(0.2).said("refused"), "is called refused"),
        (
            Told().stands((0.5, OPEN)).arrives(0.2).arrives(0.4).said("confirmed"),
            "arrived 2 times",
        ),
        (Told().stands((3.5, OPEN)).arrives(3.0).said("unknown"), "after its deadline"),
        (Told().stands((0.5, OPEN)).arrives(0.2, CLOSED).said("unknown"), "nobody ordered"),
    ],
)
def test_what_is_not_true_does_not(told: Told, what: str) -> None:
    assert any(what in words for words in told.wrong()), told.wrong()


def late(s: float = 3.0) -> Told:
    """Its deadline is at 2 s."""
    return Told().stands((s + 0.5, OPEN)).arrives(s)


@pytest.mark.parametrize(
    "told",
    [
        late().hangs((1.0, 3.0)),
        late().hangs((1.9, 2.9)),
        late().hangs((0.0, 0.5), (1.0, 3.0)),
        late().hangs((1.0, 1.95), (2.0, 2.45), (2.5, 2.95)),
    ],
)
def test_late_passes_at_the_end_of_a_hang_where_the_outcome_is_called_unknown(told: Told) -> None:
    assert not told.said("unknown").wrong()
    told.given.clear()
    assert any("after its deadline" in words for words in told.said("confirmed").wrong())


@pytest.mark.parametrize(
    "told",
    [
        late().hangs((-2.0, 1.0)),
        late().hangs((2.5, 3.0)),
        late().hangs((1.0, 2.5)),
        late().hangs((1.0, 2.1), (2.6, 3.0)),
        late(9.0).hangs((1.0, 3.0), (5.0, 6.0)),
    ],
    ids=["before", "begun-after-the-deadline", "sent-after", "sent-between", "long-after"],
)
def test_late_beside_a_hang_does_not_pass_whatever_it_is_called(told: Told) -> None:
    assert any("after its deadline" in words for words in told.said("unknown").wrong())
