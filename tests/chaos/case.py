"""What a case is, and the list of all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from tests.chaos.arena import Arena

Act = Callable[[Arena], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`act` begins the fault and ends it: when it returns, the path is back."""

    name: str
    act: Act
    is_long: bool = False
    """Longer than a quick run has time for."""
    needs_packets: bool = False
    stacks: tuple[str, ...] = ("asyncua", "node")

    @property
    def summary(self) -> str:
        act = self.act.func if isinstance(self.act, partial) else self.act
        return (act.__doc__ or "").strip().split("\n")[0]


CASES: dict[str, Case] = {}


def case(
    *,
    is_long: bool = False,
    needs_packets: bool = False,
    stacks: tuple[str, ...] = ("asyncua", "node"),
) -> Callable[[Act], Act]:
    """Puts a function under the name that it has into `CASES`."""

    def note(act: Act) -> Act:
        name = act.__name__
        CASES[name] = Case(
            name=name, act=act, is_long=is_long, needs_packets=needs_packets, stacks=stacks
        )
        return act

    return note


def lasting(name: str, act: Act, *, is_long: bool = False, needs_packets: bool = False) -> None:
    """One of a family of cases that differ by a figure."""
    CASES[name] = Case(name=name, act=act, is_long=is_long, needs_packets=needs_packets)
