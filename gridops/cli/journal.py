"""Commands about a journal."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridops.cli.output import AsJson, say, show_json, show_table

if TYPE_CHECKING:
    from gridops.adapters.journal.copying import End
    from gridops.bootstrap.replaying import Replayed

Journal = Annotated[
    str,
    typer.Argument(metavar="JOURNAL", help="A journal's file, or its address as in journal_url."),
]
SHOWN_MAX = 40
"""Decisions on the screen, the latest; --json has them all."""


def add_to(app: typer.Typer) -> None:
    app.command("replay")(replay)
    kept = typer.Typer(
        help="Back a journal up, restore it, archive what is old, check that it is whole."
    )
    kept.command("backup")(backup)
    kept.command("restore")(restore)
    kept.command("verify")(verify)
    kept.command("archive")(archive)
    kept.command("join")(join)
    app.add_typer(kept, name="journal")


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


def backup(
    journal: Journal,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    *,
    json: AsJson = False,
) -> None:
    """Copy a journal, in use or not, into a file of its own, and check it on the way."""
    from gridops.adapters.journal.copying import back_up

    _show_end(back_up(url_of(journal), file), f"{file} holds", json=json)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` wrote.")],
    journal: Journal,
    *,
    json: AsJson = False,
) -> None:
    """Copy a backup into a new journal, on SQLite or PostgreSQL, and check it on the way."""
    from gridops.adapters.journal.copying import restore as put_back

    _show_end(put_back(file, url_of(journal)), "restored:", json=json)


def archive(
    journal: Journal,
    upto: Annotated[
        str,
        typer.Argument(metavar="UPTO", help="The last entry, or time, as 2026-01-01T00:00:00Z."),
    ],
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    json: AsJson = False,
) -> None:
    """Move what is old into a journal of its own, with the service stopped. The journal goes on
    after it, from a snapshot of what was known then."""
    until = int(upto) if upto.isdecimal() else _an_instant(upto)
    from gridops.bootstrap.archiving import archive as put_away

    _show_end(put_away(url_of(journal), until, file=file), f"{file} holds", json=json)


def join(
    parts: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Archives, the oldest first, and what follows."),
    ],
    *,
    to: Annotated[str, typer.Option("--to", metavar="JOURNAL", help="A new journal.")],
    json: AsJson = False,
) -> None:
    """Put archives and the journal that goes on after them together into a new journal."""
    from gridops.adapters.journal.copying import join as put_together

    _show_end(put_together(parts, url_of(to)), "joined:", json=json)


def verify(
    journal: Journal,
    *,
    holds: Annotated[
        str | None,
        typer.Option(metavar="HASH", help="Of an entry that must be in it, as noted before."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Check that the hash chain holds and every grid is whole. `gridops replay --verify` checks
    what was decided as well."""
    from gridops.adapters.journal import open_journal
    from gridops.adapters.journal.copying import end_of
    from gridops.errors import GridNotKept, JournalBroken

    opened = None
    try:
        opened = open_journal(url_of(journal), read_only=True)
        end = end_of(opened)
        found = holds is None or any(entry.hash == holds for entry in opened.entries())
    except (JournalBroken, GridNotKept) as error:
        if json:
            show_json({"ok": False, "what": error.what})
        else:
            say(f"NOT whole: {error.what}")
        raise typer.Exit(1) from error
    finally:
        if opened is not None:
            opened.close()
    if found:
        _show_end(end, "whole:", json=json)
        return
    what = f"no entry has the hash {holds}: it was cut off, or is another journal"
    if json:
        show_json({"ok": False, "what": what})
    else:
        say(f"NOT whole: {what}")
    raise typer.Exit(1)


def _show_end(end: "End", said: str, *, json: bool) -> None:
    if json:
        show_json({"ok": True, **asdict(end)})
        return
    until = f", the last of {end.at}" if end.at else ""
    say(f"{said} {end.entries} entries{until}, {end.grids} versions of the grid.")
    say(f"Hash of the last entry: {end.hash}")


def url_of(journal: str) -> str:
    """A bare path is an SQLite file."""
    return journal if "://" in journal else f"sqlite:///{Path(journal).absolute()}"


def _instant(text: str | None) -> datetime | None:
    return None if text is None else _an_instant(text)


def _an_instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-11-23T02:14:07+07:00") from None
    if instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} says no time zone; add Z, or +07:00")
    return instant


SAID = ("plan_id", "phase", "state")
"""What is told of a decision in one word: the first that it has."""


def _show(found: "Replayed") -> None:
    room = found.room
    rows = [
        (
            str(made.sequence),
            made.record.at.isoformat(timespec="seconds"),
            made.record.kind.partition(".")[2],
            str(made.record.body.get("incident") or made.record.body.get("sheet") or ""),
            str(next((made.record.body[k] for k in SAID if k in made.record.body), "")),
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
