"""Commands that run the service, and the one that looks after it."""

import getpass
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gridops.cli.incident_tables import show_incident
from gridops.cli.output import AsJson, note, say, show_json, show_table
from gridops.errors import TakeInRefused
from gridops.ids import UserName

SettingsFile = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help="Settings (TOML).")
]
GridName = Annotated[
    str | None,
    typer.Option("--grid", metavar="DIR", help="A grid folder, or the name of a shipped grid."),
]


class Link(StrEnum):
    OPCUA = "opcua"
    VIRTUAL = "virtual"
    NONE = "none"


def add_to(app: typer.Typer) -> None:
    app.command("demo")(demo)
    app.command("train")(train)
    app.command("serve")(serve)
    field = typer.Typer(help="The virtual field on its own.")
    field.command("serve")(serve_field)
    field.callback()(_field)
    app.add_typer(field, name="field")
    app.command("doctor")(doctor)


def _field() -> None:
    """Makes `serve` a command of its own, also while it is the only one."""


def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Release by itself, report the outcome and end.")
    ] = False,
    grid: GridName = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="What happens: a scenario file, or a shipped one's name."
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the console; 0: any.")] = 8080,
    json: AsJson = False,
) -> None:
    """Run the main job on a virtual field over real OPC UA: trip, locate, restore, account."""
    if json and not once:
        raise typer.BadParameter("a demo without end has no outcome to print (add --once)")
    from gridops.bootstrap import demo as stage
    from gridops.bootstrap.demo_story import story_of

    story = story_of(grid, scenario)
    if not once:
        stage.demo(story, port=port)
        return
    outcome = stage.demo_once(story)
    if json:
        show_json(outcome)
    else:
        _show_outcome(outcome)
    if not outcome["ok"]:
        raise typer.Exit(1)


def train(
    *,
    grid: GridName = None,
    scenario: Annotated[
        str | None, typer.Option(metavar="FILE", help="A scenario file, or a shipped one's name.")
    ] = None,
    random: Annotated[
        int | None,
        typer.Option(metavar="SEED", help="A fault by lot: the same seed, the same fault."),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, max=100, help="How many times denser the story goes.")
    ] = 1.0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the console; 0: any.")] = 8090,
    json: AsJson = False,
) -> None:
    """Train on a virtual field, marked as training on every screen; the debrief at the end."""
    if random is not None and scenario is not None:
        raise typer.BadParameter("a scenario is not drawn by lot (leave one of the two)")
    from gridops.bootstrap.demo_story import SCENARIO, story_of
    from gridops.bootstrap.train import Lesson, grid_of, random_story
    from gridops.bootstrap.train import train as run

    if random is None:
        story = story_of(grid, scenario)
    else:
        story = random_story(grid or grid_of(SCENARIO), random)
    debrief = run(Lesson(story=story, speed=speed), port=port)
    if json:
        show_json(debrief)
    else:
        _show_debrief(debrief)


def _show_debrief(debrief: Mapping[str, Any]) -> None:
    rows = [
        (
            one["incident"],
            str(one["customers"]),
            "-" if one["first_act_s"] is None else f"{one['first_act_s']:.0f} s",
            *(f"{one['customer_minutes'][who]:,.0f}" for who in ("trainee", "best", "waiting")),
            "-" if one["score_pct"] is None else f"{one['score_pct']:.0f} %",
        )
        for one in debrief["incidents"]
    ]
    names = ("incident", "customers", "first act", "minutes", "best plan", "waiting", "score")
    show_table("Training", names, rows=rows)
    say(f"Acts: {debrief['acts']}, refused: {len(debrief['refused'])}, vetoes: {debrief['vetoes']}")


def _show_outcome(outcome: Mapping[str, Any]) -> None:
    show_incident(outcome)
    stages = ", ".join(f"{stage} {at_s:.1f} s" for stage, at_s in outcome["stages_s"].items())
    say(f"After the trip: {stages}.")
    verdict = "ok" if outcome["ok"] else "NOT ok"
    say(f"Dark now: {outcome['customers_dark_now']} customers. {verdict}")


def serve_field(
    grid: Annotated[str, typer.Argument(metavar="DIR", help="A grid folder, or a shipped one.")],
    *,
    scenario: Annotated[
        str | None, typer.Option(metavar="FILE", help="What happens after a line `go`.")
    ] = None,
    base_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the first server; 0: any.")
    ] = 0,
    speed: Annotated[
        float, typer.Option(min=0, max=1000, help="How many times faster than the clock it plays.")
    ] = 1.0,
    faults_seed: Annotated[
        int | None, typer.Option(help="RTUs crash, lag, lie and storm by lot of this seed.")
    ] = None,
    faults_per_hour: Annotated[
        float, typer.Option(min=0.1, max=36_000, help="How often, with --faults-seed.")
    ] = 60.0,
) -> None:
    """Play a grid's RTUs as OPC UA servers on loopback until standard input closes.

    Lines on standard input: `go`, `speed N`, or one happening of a scenario as JSON.
    """
    from gridops.adapters.content import resolve_scenario
    from gridops.bootstrap.field_server import FieldServing
    from gridops.bootstrap.field_server import serve_field as run

    how = FieldServing(
        scenario=None if scenario is None else resolve_scenario(scenario),
        base_port=base_port,
        speed=speed,
        faults_seed=faults_seed,
        faults_per_hour=faults_per_hour,
    )
    run(grid, how)


def serve(
    *,
    grid: GridName = None,
    link: Annotated[
        Link | None, typer.Option(help="How the field is reached; none runs without one.")
    ] = None,
    settings: SettingsFile = None,
    take_in: Annotated[
        bool,
        typer.Option(
            "--take-in", help="Take in the grid if it is another version than the journal's."
        ),
    ] = False,
) -> None:
    """Run the control room with its API and console."""
    from gridops.adapters.collector import collector_paused

    with collector_paused():
        from gridops.bootstrap.serve import serve as run
        from gridops.settings import load_settings

    overrides: dict[str, object] = {}
    if grid is not None:
        overrides["grid"] = grid
    if link is not None:
        overrides["link"] = {"kind": link.value}
    found = load_settings(settings, overrides)

    try:
        run(found, taken_in_by=who() if take_in else None)
    except TakeInRefused as refused:
        for finding in refused.findings:
            note(str(finding))
        raise


def who() -> UserName:
    """The login at this terminal; journal and audit say who it was."""
    try:
        return UserName(getpass.getuser())
    except (KeyError, OSError):
        return UserName("command line")


def doctor(*, settings: SettingsFile = None, json: AsJson = False) -> None:
    """Say what is wrong with this installation, and the remedy."""
    from gridops.cli.doctor import doctor as examine

    report = examine(settings)
    if json:
        show_json(report.as_plain())
    else:
        rows = [(f.state.value, f.check, f.found, f.remedy) for f in report.findings]
        show_table("Installation", ("", "check", "found", "remedy"), rows=rows)
        say("ok" if report.ok else "something is wrong; see the remedies")
    if not report.ok:
        raise typer.Exit(1)
