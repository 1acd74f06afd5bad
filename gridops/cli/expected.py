"""The command that tells what a grid has to expect."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.grids import GridFolder
from gridops.cli.options import command_with
from gridops.cli.output import AsJson, say, show_json, show_table

if TYPE_CHECKING:
    from gridops.bootstrap.expecting import Expectation

YEARS_MAX = 10_000_000
WORST_SHOWN = 30


class Method(StrEnum):
    ANALYTIC = "analytic"
    MONTECARLO = "montecarlo"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedOptions:
    folder: GridFolder
    method: Annotated[Method, typer.Option(help="By formula, or by simulated years.")] = (
        Method.ANALYTIC
    )
    years: Annotated[
        int | None,
        typer.Option(min=1, max=YEARS_MAX, metavar="N", help="Simulated years; 10000 if not said."),
    ] = None
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same gives the same.")] = 1
    ruleset: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="ieee1366, vn-tt39, or a file.")
    ] = "ieee1366"
    spares: Annotated[
        bool,
        typer.Option(
            "--spares/--no-spares", help="Whether transformers are replaced where they can be."
        ),
    ] = True
    json: AsJson = False


def add_to(app: typer.Typer) -> None:
    app.command("reliability")(command_with(ExpectedOptions, reliability))


def reliability(options: ExpectedOptions) -> None:
    """Tell the indices that a grid has to expect from its failure statistics."""
    analytic = options.method is Method.ANALYTIC
    if analytic and options.years is not None:
        raise typer.BadParameter("it is for --method montecarlo", param_hint="--years")
    from gridops.bootstrap.expecting import YEARS, expect

    found = expect(
        options.folder,
        years=None if analytic else options.years or YEARS,
        seed=options.seed,
        ruleset=options.ruleset,
        spares=options.spares,
    )
    if options.json:
        show_json(found.to_plain())
    else:
        _show(found)


def _show(found: "Expectation") -> None:
    system = found.system if found.spread is None else found.spread.expected
    worst = sorted(found.loads, key=lambda one: -one.customers * one.hours_per_year)
    rows = [
        (
            one.load,
            str(one.customers),
            f"{one.interruptions_per_year:.5f}",
            "" if one.hours_each is None else f"{one.hours_each:.4f}",
            f"{one.hours_per_year:.5f}",
            f"{one.energy_wh_per_year / 1e6:.4f}",
        )
        for one in worst[:WORST_SHOWN]
    ]
    columns = ("load", ">customers", ">per year", ">hours each", ">hours a year", ">MWh a year")
    show_table(f"Load points of {found.grid}, the worst first", columns, rows=rows)
    caidi = system.caidi_min
    say(f"SAIFI {system.saifi:.6f} a year, SAIDI {system.saidi_min / 60:.6f} h a year")
    if caidi is not None:
        say(f"CAIDI {caidi / 60:.6f} h, ASAI {system.asai:.6f}, MAIFI {system.maifi:.6f}")
    say(f"ENS {system.ens_wh / 1e6:.6f} MWh a year, {system.aens_wh / 1e3:.6f} kWh per customer")
    if found.spread is not None:
        told = ", ".join(
            f"{p} %: {value:.2f}" for p, value in found.spread.saidi_min_percentiles.items()
        )
        error = found.spread.standard_error_saidi_min
        say(f"{found.spread.years} simulated years; SAIDI min {told}; mean within {error:.4f}")
    for table, count in found.without_data.items():
        say(f"{count} of the {table} have no failure rate: they never fail here")
