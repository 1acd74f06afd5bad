"""One piece of work, ours and the peers that do the same."""

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gridops.bench.measuring import Side, Spread, difference, measured
from gridops.bench.rows import Row, quartiles

REMEDY = "not installed: pip install 'gridops[bench]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who does the same work.

    `enter` imports and prepares it; it is asked only where every one of `modules` is installed.
    """

    name: str
    how: str
    modules: tuple[str, ...]
    enter: Callable[[], Side]
    wanted: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """What is measured. `tolerance` is what two answers may differ by."""

    goal: str
    what: str
    on: str
    """The input."""
    ours: Side
    peers: tuple[Peer, ...] = ()
    unit: str = "s"
    tolerance: float = 0.0
    ours_wanted: float | None = None
    holds: Callable[[], bool] | None = None
    """A condition on us alone, for what no peer can answer."""


def alone(race: Race, *, repeats: int) -> Row:
    """Ours without a peer."""
    [ours] = measured([race.ours], repeats=repeats)
    return _row(race, ours)


def against(race: Race, *, repeats: int) -> Iterator[Row]:
    """A row for each peer: answers first, then the times of both."""
    if not race.peers:
        yield alone(race, repeats=repeats)
    for peer in race.peers:
        if not all(map(is_installed, peer.modules)):
            [ours] = measured([race.ours], repeats=repeats)
            yield _row(race, ours, peer=peer, note=REMEDY)
            continue
        theirs = peer.enter()
        apart = _apart(race.ours, theirs)
        spreads = measured([race.ours, theirs], repeats=repeats)
        yield _row(race, spreads[0], peer=peer, theirs=spreads[1], apart=apart)


def _apart(ours: Side, theirs: Side) -> float | None:
    if ours.answer is None or theirs.answer is None:
        return None
    return difference(ours.answer(), theirs.answer())


def is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _row(
    race: Race,
    ours: Spread,
    *,
    peer: Peer | None = None,
    theirs: Spread | None = None,
    apart: float | None = None,
    note: str = "",
) -> Row:
    agree = None if apart is None else apart <= race.tolerance
    if race.holds is not None:
        agree = race.holds()
    return Row(
        goal=race.goal,
        what=race.what,
        on=race.on,
        unit=race.unit,
        ours=ours.median,
        ours_quartiles=quartiles(ours),
        ours_wanted=race.ours_wanted,
        peer=peer.name if peer else None,
        how=peer.how if peer else "",
        wanted=peer.wanted if peer else None,
        theirs=theirs.median if theirs else None,
        theirs_quartiles=quartiles(theirs) if theirs else None,
        ratio=theirs.median / ours.median if theirs and ours.median else None,
        agree=agree,
        # JSON has no infinity: answers about different things have no difference, they disagree
        difference=None if apart is None or apart == float("inf") else apart,
        tolerance=None if apart is None else race.tolerance,
        note=note,
    )
