"""The command that measures GridOps beside others."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.city import FEEDERS_MAX, FEEDERS_MIN, SEED_MAX
from gridops.cli.output import AsJson, note, say, show_json, show_table

if TYPE_CHECKING:
    from gridops.bench.rows import Bench, Row

REPEATS = 7
HEADER = (
    "",
    "what",
    ">ours",
    ">goal",
    "peer",
    "how",
    ">theirs",
    ">ratio",
    ">wanted",
    "same answer",
)
PREFIXES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


class Against(StrEnum):
    PEERS = "peers"


def add_to(app: typer.Typer) -> None:
    app.command("bench")(bench)


def bench(
    *,
    against: Annotated[
        Against | None, typer.Option(help="Measure other software on the same input too.")
    ] = None,
    goal: Annotated[
        list[str] | None, typer.Option(metavar="G", help="G1, G2, G3, G7, G9 or G10; repeat.")
    ] = None,
    feeders: Annotated[
        int, typer.Option(min=FEEDERS_MIN, max=FEEDERS_MAX, help="Size of the city.")
    ] = 700,
    seed: Annotated[int, typer.Option(min=0, max=SEED_MAX, help="Of the city.")] = 1,
    repeats: Annotated[int, typer.Option(min=1, help="Readings of each figure.")] = REPEATS,
    json: AsJson = False,
) -> None:
    """Measure speed and size on a synthetic city, alone or against other software."""
    from gridops.bench.machine import one_thread_each

    one_thread_each()
    from gridops.bench.bench_city import BenchCity
    from gridops.bench.running import GOALS, run_bench

    goals = list(dict.fromkeys(goal or GOALS))
    for each in goals:
        if each not in GOALS:
            known = ", ".join(GOALS)
            raise typer.BadParameter(f"no goal is called {each!r}: {known}", param_hint="--goal")
    done = run_bench(
        BenchCity(feeders, seed),
        goals,
        repeats=repeats,
        against_peers=against is Against.PEERS,
        told=lambda row: note(_told(row)),
    )
    if json:
        show_json(done.to_plain())
    else:
        _show(done, repeats)
    if not done.ok:
        raise typer.Exit(1)


def _told(row: "Row") -> str:
    beside = f", {row.peer} {cost(row.theirs, row.unit)}" if row.peer else ""
    return f"{row.goal} {row.what}: {cost(row.ours, row.unit)}{beside}"


def _show(done: "Bench", repeats: int) -> None:
    shown = [cells(row) for row in done.rows]
    show_table(
        f"Medians of {repeats} [quartiles]; ratio = theirs / ours, wanted: at least",
        HEADER,
        rows=_without_repeats(shown),
    )
    for line in _machine(done.machine):
        say(line)
    for row in done.rows:
        if row.agree is False:
            say(f"{row.goal} {row.what}: not the same answer as {row.peer or 'wanted'}")


def _machine(machine: Mapping[str, object]) -> Iterator[str]:
    for name, value in machine.items():
        listed = value.items() if isinstance(value, dict) else ()
        told = ", ".join(f"{part} {of}" for part, of in listed) or value
        yield f"{name.replace('_', ' ')}: {told}"


def _without_repeats(rows: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Goal and work stand only where they begin."""
    before: Sequence[str] = ()
    for row in rows:
        yield ("", "", *row[2:]) if row[:2] == before else row
        before = row[:2]


def cells(row: "Row") -> Sequence[str]:
    """A row as text; prefixes of units chosen for reading."""
    return (
        row.goal,
        f"{row.what} ({row.on})" if row.on else row.what,
        _spread(row.ours, row.ours_quartiles, unit=row.unit),
        cost(row.ours_wanted, row.unit),
        row.peer or "-",
        row.how,
        row.note or _spread(row.theirs, row.theirs_quartiles, unit=row.unit),
        "-" if row.ratio is None else f"{row.ratio:,.3g}",
        "-" if row.wanted is None else f"{row.wanted:,g}",
        _agreement(row),
    )


def _agreement(row: "Row") -> str:
    if row.agree is None:
        return "-"
    apart = "" if row.difference is None else f" ({row.difference:.1e})"
    return f"{'yes' if row.agree else 'NO'}{apart}"


def cost(value: float | None, unit: str) -> str:
    """With three digits and a prefix."""
    return _spread(value, None, unit=unit)


def _spread(value: float | None, quartiles: tuple[float, float] | None, *, unit: str) -> str:
    if value is None:
        return "-"
    size, name = _prefixed(value, unit)
    around = ""
    if quartiles is not None and quartiles[0] < quartiles[1]:
        low, high = (f"{each / size:.3g}" for each in quartiles)
        around = f" [{low} {high}]"
    return f"{value / size:.3g}{around} {name}"


def _prefixed(value: float, unit: str) -> tuple[float, str]:
    if unit == "B":
        return 1e6, "MB"
    if unit != "s":
        return 1.0, unit
    return next((size, name) for size, name in PREFIXES if value >= size or name == "ns")
