"""The command that learns from closed incidents how often devices fail."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.output import AsJson, note, say, show_json, show_table
from gridops.errors import GridOpsError

if TYPE_CHECKING:
    from gridops.bootstrap.rates import Learnt
    from gridops.calibration.effect import Effect
    from gridops.calibration.rates import Rate

CONSPICUOUS_SHOWN = 10


def add_to(app: typer.Typer) -> None:
    app.command("rates")(rates)


def rates(
    source: Annotated[
        str,
        typer.Argument(metavar="JOURNAL|CSV", help="Journal (address or file), or table."),
    ],
    *,
    grid: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="The grid; a table can do without, but shows no effect."),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings that the rates start from.")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the rates as a section [location] of settings."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Learn from closed incidents how often devices fail, and show the effect before it counts."""
    from gridops.bootstrap.rates import learn
    from gridops.settings import load_settings

    found = learn(source, grid=grid, settings=load_settings(settings))
    if json:
        show_json(found.to_plain())
    else:
        _show(found)
    if write is not None:
        try:
            write.write_text(found.fragment(), encoding="utf-8")
        except OSError as error:
            raise GridOpsError(
                f"cannot be written: {error.strerror}", where=str(write), remedy="check the folder"
            ) from error
        note(f"wrote {write}")


def _show(found: "Learnt") -> None:
    columns = ("device class", "fails by", ">failures", ">of", ">rate", "90 % within", "data")
    show_table("Rates by class", columns, rows=[_row(rate) for rate in found.classes])
    settings = [(name, *_row(rate)[2:]) for name, rate in found.settings.items()]
    show_table("Settings", ("setting", *columns[2:]), rows=settings)
    worst = found.conspicuous[:CONSPICUOUS_SHOWN]
    if worst:
        rows = [(c.device, *_row(c.rate)[1:6]) for c in worst]
        show_table("Conspicuous devices", ("device", *columns[1:6]), rows=rows)
    if found.locatable:
        rows = list(_effects(found.now, found.then))
        show_table("The same incidents located", ("", ">now", ">with learnt rates"), rows=rows)
    say(
        f"{found.incidents} closed incidents with a known fault, {found.locatable} of them located"
        " again; each by rates learnt from the others"
    )


def _row(rate: "Rate") -> tuple[str, ...]:
    return (
        rate.of,
        rate.failure.value,
        str(rate.count.failures),
        str(rate.count.sightings),
        f"{100 * rate.mean:.2f} %",
        f"{100 * rate.low:.2f} to {100 * rate.high:.2f} %",
        "enough" if rate.enough else "too little",
    )


def _effects(now: "Effect", then: "Effect") -> Iterator[tuple[str, str, str]]:
    yield "log score of the true section", f"{now.log_score:.4f}", f"{then.log_score:.4f}"
    yield "true section likeliest", f"{100 * now.right:.1f} %", f"{100 * then.right:.1f} %"
    yield "true section suspected", f"{100 * now.held:.2f} %", f"{100 * then.held:.2f} %"
    yield "calibration error", f"{now.calibration_error:.4f}", f"{then.calibration_error:.4f}"
    yield "suspected sections", f"{now.suspected_mean:.2f}", f"{then.suspected_mean:.2f}"
