"""The command that reports outage minutes."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.options import command_with
from gridops.cli.output import AsJson, note, say, show_json, show_table
from gridops.errors import FileFlawed, GridOpsError

if TYPE_CHECKING:
    from gridops.bootstrap.minutes import Asked
    from gridops.reliability.report import Plain, Report


class Form(StrEnum):
    TABLE = "table"
    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"


class Apart(StrEnum):
    """As `gridops.reliability.By`, which must not be loaded for help."""

    FEEDER = "feeder"
    AREA = "area"
    CAUSE = "cause"
    PRIORITY = "priority"
    MONTH = "month"
    DAY = "day"
    LOAD = "load"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptions:
    source: Annotated[
        str,
        typer.Argument(metavar="JOURNAL|CSV", help="Journal (address or file), or table."),
    ]
    ruleset: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="ieee1366, vn-tt39, or a file.")
    ] = "ieee1366"
    by: Annotated[Apart | None, typer.Option(help="What the indices are told apart by.")] = None
    begin: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="As 2026-01-01; local unless a zone is given."),
    ] = None
    end: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="The first instant no more counted.")
    ] = None
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Which column of the table is what (docs/minutes.md)."),
    ] = None
    worst: Annotated[
        int, typer.Option(min=0, metavar="N", help="So many loads that had most, worst first.")
    ] = 10
    format: Annotated[Form, typer.Option(help="How the result is written.")] = Form.TABLE
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there; Parquet needs one.")
    ] = None
    avoided: Annotated[
        bool,
        typer.Option("--avoided", help="What switching saved in each incident, by whose hand."),
    ] = False
    scorecard: Annotated[
        bool,
        typer.Option("--scorecard", help="How automation would have done on each feeder."),
    ] = False
    json: AsJson = False


def add_to(app: typer.Typer) -> None:
    app.command("indices")(command_with(IndexOptions, indices))


def indices(options: IndexOptions) -> None:
    """Report outage minutes of a journal or a table under a rule-set.

    Exit code 1: the table has flaws; all of them are listed and nothing is counted.
    """
    if options.avoided:
        _tell_avoided(options)
        return
    if options.scorecard:
        _tell_scorecard(options)
        return
    asked = _asked(options)
    from gridops.adapters.outage_records import read_mapping
    from gridops.adapters.ruleset_files import read_ruleset
    from gridops.bootstrap.minutes import report

    read_ruleset(options.ruleset)
    if options.mapping is not None:
        read_mapping(options.mapping)
    try:
        found = report(options.source, asked)
    except FileFlawed as flawed:
        _show_flaws(flawed, plain=options.json or options.format is Form.JSON)
        raise typer.Exit(1) from flawed
    _write(found, options)


AVOIDED = ("protection", "automation", "dispatcher", "crew", "source", "in_all", "against_hands")


def _tell_avoided(options: IndexOptions) -> None:
    from gridops.bootstrap.worth import avoided_in

    _check_journal(options, "--avoided")
    found = avoided_in(options.source)
    if options.json or options.format is Form.JSON:
        show_json(found)
        return
    rows = [(one["incident"], *_minutes_of(one)) for one in found["incidents"]]
    head = ("incident", ">was", *(f">{name.replace('_', ' ')}" for name in AVOIDED))
    show_table("Customer minutes avoided", head, rows=[*rows, ("all", *_minutes_of(found))])
    slow = found["by_hand"]
    say(
        f"Hands are assumed to take {slow['decide_s']:g} s to decide, {slow['first_s']:g} s to the"
        f" first switch and {slow['next_s']:g} s to each further one"
    )


def _check_journal(options: IndexOptions, option: str) -> None:
    if options.source.lower().endswith(".csv"):
        raise typer.BadParameter(
            "a table does not say who switched; name a journal", param_hint=option
        )


def _tell_scorecard(options: IndexOptions) -> None:
    from gridops.bootstrap.worth import scorecard_in

    _check_journal(options, "--scorecard")
    found = scorecard_in(options.source)
    if options.json or options.format is Form.JSON:
        show_json(found)
        return
    head = ("feeder", ">incidents", ">located", ">at least", ">held", ">at least", ">minutes")
    rows = [
        (
            str(card["feeder"] or "not known"),
            str(card["incidents"]),
            *(text for name in ("located", "held") for text in _score_of(card[name])),
            f"{card['customer_minutes']:.1f}",
        )
        for card in found["feeders"]
    ]
    show_table("What automation would have done", head, rows=rows)


def _score_of(score: "Plain") -> tuple[str, str]:
    return f"{score['yes']}/{score['yes'] + score['no']}", f"{100 * score['share_min']:.0f} %"


def _minutes_of(told: "Plain") -> list[str]:
    saved = [told["avoided"][name] for name in AVOIDED]
    return [f"{each:.1f}" for each in (told["customer_minutes"]["was"], *saved)]


def _asked(options: IndexOptions) -> "Asked":
    from gridops.bootstrap.minutes import Asked
    from gridops.reliability import By

    if options.format is Form.PARQUET and options.out is None:
        raise typer.BadParameter("Parquet is written to a file; name it with --out")
    if options.json and options.format in (Form.CSV, Form.PARQUET):
        raise typer.BadParameter(
            "it prints one JSON document and nothing else", param_hint="--json"
        )
    if options.out is not None and (options.json or options.format is Form.TABLE):
        raise typer.BadParameter("a file needs --format csv, json or parquet", param_hint="--out")
    return Asked(
        ruleset=options.ruleset,
        by=None if options.by is None else By(options.by.value),
        begin=_instant("--from", options.begin),
        end=_instant("--to", options.end),
        mapping=options.mapping,
        worst=options.worst,
    )


def _instant(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no time; write 2026-01-01 or 2026-01-01T00:00+07:00", param_hint=option
        ) from None


def _show_flaws(flawed: FileFlawed, *, plain: bool) -> None:
    if plain:
        show_json({"ok": False, "flaws": list(flawed.flaws)})
        return
    for flaw in flawed.flaws:
        say(flaw)
    say(f"{len(flawed.flaws)} flaws; nothing was counted.")


def _write(found: "Report", options: IndexOptions) -> None:
    if options.out is not None:
        _write_file(found, options.out, form=options.format)
        note(f"wrote {options.out}")
    elif options.json or options.format is Form.JSON:
        show_json(found.to_plain())
    elif options.format is Form.CSV:
        say(found.to_csv().rstrip("\n"))
    else:
        _show(found)


def _write_file(found: "Report", file: Path, *, form: Form) -> None:
    if form is Form.PARQUET:
        from gridops.bootstrap.minutes import write_parquet

        write_parquet(found, file)
        return
    text = found.to_csv()
    if form is Form.JSON:
        text = json.dumps(found.to_plain(), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise GridOpsError(
            f"cannot be written: {error.strerror}", where=str(file), remedy="check the folder"
        ) from error


HEAD = (">customers", ">minutes", ">interruptions", ">SAIDI min", ">SAIFI", ">CAIDI min", ">MAIFI")


def _show(found: "Report") -> None:
    plain = found.to_plain()
    rules = plain["ruleset"]
    say(f"{rules['text']}: from {plain['from']} to {plain['to']} ({plain['time_zone']})")
    rows = [("all", *_row(plain["indices"]))]
    if plain["without_major_event_days"] is not None:
        rows.append(("without major event days", *_row(plain["without_major_event_days"])))
    show_table("Indices", ("", *HEAD), rows=rows)
    if found.by is not None:
        told = [(str(g["group"] or "not known"), *_row(g["share"])) for g in plain["groups"]]
        show_table(f"By {found.by.value}, shares of the whole", (found.by.value, *HEAD), rows=told)
    elif plain["worst"]:
        told = [(g["group"], *_row(g["share"])) for g in plain["worst"]]
        show_table("Loads that had most", ("load", *HEAD), rows=told)
    _say_the_rest(plain)


def _row(figures: "Plain") -> tuple[str, ...]:
    caidi = figures["caidi_min"]
    return (
        f"{figures['customers_served']:.6g}",
        f"{figures['customer_minutes']:.1f}",
        str(figures["customer_interruptions"]),
        f"{figures['saidi_min']:.4f}",
        f"{figures['saifi']:.5f}",
        "" if caidi is None else f"{caidi:.2f}",
        f"{figures['maifi']:.5f}",
    )


def _say_the_rest(plain: "Plain") -> None:
    say(f"ASAI {plain['indices']['asai']:.6f}, MAIFI_E {plain['indices']['maifi_e']:.5f}")
    energy, flat = (plain["indices"][name] / 1e6 for name in ("ens_wh", "ens_flat_wh"))
    say(f"ENS {energy:.3f} MWh, of which {flat:.3f} MWh without a load profile")
    major = plain["major_event_days"]
    if major["threshold_min"] is not None:
        days = ", ".join(day["day"] for day in major["days"]) or "none"
        basis = "the period itself" if major["rests_on"] == "period" else "the years before"
        say(f"Major event days above {major['threshold_min']:.3f} min ({basis}): {days}")
    for one in plain["left_out"]:
        say(f"Left out ({one['why']}): {one['customer_minutes']:.1f} customer minutes")
    if plain["lasting"]:
        say(
            f"{plain['lasting']} interruptions have no end yet: counted up to {plain['counted_to']}"
        )
    if plain["revised"]:
        say(f"{plain['revised']} interruptions were corrected after they were booked")
    if plain["ends_reported"]:
        say(f"{plain['ends_reported']} interruptions ended by a report: nothing measured voltage")
    if plain["clamped"]:
        say(f"{plain['clamped']} interruptions have a time that was moved to keep times in order")
    for name, label in plain["ruleset"]["unverified"].items():
        say(f"  {name}: {label}")
