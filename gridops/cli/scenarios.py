"""Commands that play stories and run studies of random faults."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridops.cli.output import AsJson, note, say, show_json
from gridops.errors import GridOpsError, UnknownId

if TYPE_CHECKING:
    from gridops.adapters.scenario_files import Scenario
    from gridops.adapters.study_files import RandomFaults
    from gridops.bootstrap.random_faults import Studied
    from gridops.bootstrap.simulate import Played

    Simulations = Sequence[tuple[Path, Scenario | RandomFaults]]


def add_to(app: typer.Typer) -> None:
    app.command("simulate")(simulate)


def simulate(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Scenario or study files, or names of shipped ones."
        ),
    ],
    *,
    faults: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="So many random faults, whatever a study says."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="FILE.svg", help="Draw the reliability diagram of the one study."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, metavar="N", help="Processes that share the faults of a study.")
    ] = 1,
    json: AsJson = False,
) -> None:
    """Play scenarios through the whole engine on a simulated clock, and run studies on it."""
    from gridops.adapters.content import resolve_scenario
    from gridops.adapters.study_files import load_simulation

    files = [resolve_scenario(file) for file in files]
    # A typing error in the last file shows before the first is played.
    simulations = [(file, load_simulation(file)) for file in files]
    _check_options(simulations, faults=faults, picture=picture)
    done = []
    for one in _done(simulations, faults=faults, workers=workers):
        done.append(one)
        if not json:
            _show(one)
        if picture is not None:
            _draw(one, picture)
    if json:
        show_json({"scenarios": [one.to_plain() for one in done]})
    missed = sum(bool(one.misses) for one in done)
    if not json:
        say(f"{len(done)} scenarios, {missed} not as written")
    if missed:
        raise typer.Exit(1)


def _check_options(simulations: "Simulations", *, faults: int | None, picture: Path | None) -> None:
    from gridops.adapters.study_files import RandomFaults

    studies = sum(isinstance(each, RandomFaults) for _, each in simulations)
    if faults is not None and not studies:
        raise typer.BadParameter("none of the files is a study", param_hint="--faults")
    if picture is None:
        return
    if picture.suffix.lower() != ".svg":
        raise typer.BadParameter(
            f"{str(picture)!r} is no SVG file (write NAME.svg)", param_hint="--picture"
        )
    if studies != 1 or len(simulations) != 1:
        raise typer.BadParameter("name one study file", param_hint="--picture")


def _done(
    simulations: "Simulations", *, faults: int | None, workers: int
) -> Iterator["Played | Studied"]:
    from gridops.adapters.study_files import RandomFaults
    from gridops.bootstrap.simulate import play

    for number, (file, simulation) in enumerate(simulations, start=1):
        if sys.stderr.isatty():
            note(f"{number}/{len(simulations)} {file}")
        try:
            if isinstance(simulation, RandomFaults):
                yield _studied(file, simulation, faults=faults, workers=workers)
            else:
                yield play(file)
        except UnknownId as error:
            error.where = str(file)
            raise


def _studied(file: Path, study: "RandomFaults", *, faults: int | None, workers: int) -> "Studied":
    from gridops.bootstrap.random_faults import run_study

    if faults is not None:
        study = study.model_copy(update={"faults": faults})
    watched = sys.stderr.isatty()
    return run_study(
        file,
        study,
        workers=workers,
        progress=(lambda done: note(f"  {done:,} of {study.faults:,} faults")) if watched else None,
    )


def _show(done: "Played | Studied") -> None:
    verdict = "missed" if done.misses else "ok"
    say(f"{verdict:<7} {done.file.stem:<28} {done.title}")
    plain = done.to_plain()
    if "study" in plain:
        for line in _figures(plain["study"]):
            say(f"          {line}")
    for miss in done.misses:
        say(f"          {miss}")


def _figures(study: dict[str, Any]) -> Iterator[str]:
    held, top1, suspected, sound = (study[k] for k in ("held", "top1", "suspected", "sound"))
    errors = {which: study["calibration"][which]["error"] for which in ("first", "every")}
    yield (
        f"{study['faults']:,} faults on {study['grid']}, {study['unheard']:,} more unheard of,"
        f" {study['unnoticed']:,} unnoticed"
    )
    yield (
        f"suspected set holds the fault: {_share(held['share'], 3)}"
        f" (with 95 % confidence at least {_share(held['at_least'], 3)})"
    )
    yield (
        f"right section first: {_share(top1['share'])}, possible {_share(top1['possible'])},"
        f" gap {_share(top1['gap'], 3)}"
    )
    yield f"calibration error: {errors['first']:.4f} of the first, {errors['every']:.4f} of all"
    yield (
        f"suspected sections: {suspected['mean']:.2f} on average, median {suspected['median']},"
        f" 95 % within {suspected['p95']}, most {suspected['max']}"
    )
    yield (
        f"no device wrong in {sound['faults']:,}: one section in {_share(sound['single'])},"
        f" the zone or less in {_share(sound['zone'])}"
    )
    yield (
        f"told in {study['orders']} other orders: {study['order_differences']:,} come out otherwise"
    )


def _share(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def _draw(done: "Played | Studied", picture: Path) -> None:
    from gridops.calibration.reliability_diagram import reliability_diagram

    text = reliability_diagram(done.title, done.to_plain()["study"])
    try:
        picture.write_text(text, encoding="utf-8")
    except OSError as error:
        raise GridOpsError(
            f"cannot be written: {error.strerror}", where=str(picture), remedy="check the folder"
        ) from error
