"""Commands about a journal."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.output import AsJson, say, show_json, show_table

if TYPE_CHECKING:
    from gridops.bootstrap.replaying import Replayed

Journal = Annotated[
    str,
    typer.Argument(metavar="JOURNAL", help="A journal's file, or its address as in journal_url."),
]
SHOWN_MAX = 40
"""Decisions on the screen, the latest; --json has them all."""


def add_to(app: typer.Typer) -> None:
    app.command("replay")(replay)


def replay(
    journal: Journal,
    *,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="The last instant, as 2026-11-23T02:14:07+07:00."),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Exit 1 unless all comes out byte for byte as it stands."),
    ] = False,
    json: AsJson = False,
) -> None:
    """Rebuild the state and every decision from a journal, and nothing else."""
    instant = _instant(until)
    from gridops.bootstrap.replaying import replay_journal

    found = replay_journal(url_of(journal), until=instant, verify=verify)
    if json:
        show_json(found.to_plain())
    else:
        _show(found)
    if found.difference is not None:
        raise typer.Exit(1)


def url_of(journal: str) -> str:
    """A bare path is an SQLite file."""
    return journal if "://" in journal else f"sqlite:///{Path(journal).absolute()}"


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-11-23T02:14:07+07:00") from None
    if instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} says no time zone; add Z, or +07:00")
    return instant


def _show(found: "Replayed") -> None:
    room = found.room
    rows = [
        (
            str(made.sequence),
            made.record.at.isoformat(timespec="seconds"),
            made.record.kind.partition(".")[2],
            str(made.record.body.get("incident")),
            str(made.record.body.get("plan_id") or made.record.body.get("phase") or ""),
        )
        for made in found.decisions[-SHOWN_MAX:]
    ]
    if rows:
        show_table("Decisions", (">after entry", "at", "what", "incident", ""), rows=rows)
    if len(found.decisions) > SHOWN_MAX:
        say(f"... and {len(found.decisions) - SHOWN_MAX} before them; --json has them all")
    incidents = [
        (i.id, i.opened_at.isoformat(timespec="seconds"), i.cause.value, i.phase.value)
        for i in room.desk.incidents.values()
    ]
    if incidents:
        show_table("Incidents", ("incident", "opened", "cause", "phase"), rows=incidents)
    out = room.desk.state.energisation.customers_dark
    say(f"{found.replay.entries} entries, {len(found.decisions)} decisions, up to {room.at}.")
    say(f"{room.network.name}: {out} of {room.network.customers} customers without supply then.")
    if found.replay.verify:
        _say_verified(found)


def _say_verified(found: "Replayed") -> None:
    first = found.difference
    if first is None:
        counts = f"{found.replay.decisions} decisions and {found.replay.commands} commands"
        say(f"Verified: {counts} came out again, byte for byte.")
        return
    wrote = f", written by GridOps {first.engine}" if first.engine else ""
    say(f"NOT equal from entry {first.sequence} on{wrote}: {first.what}")
    say(f"  in the journal: {first.in_journal or 'nothing'}")
    say(f"  by the engine:  {first.by_engine or 'nothing'}")
