"""Commands that look at what a server has, and at how that fits a grid."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from gridops.cli.grids import GridFolder, Lowest, Whole
from gridops.cli.options import command_with
from gridops.cli.output import AsJson, note, say, show_json, show_table
from gridops.errors.severity import Severity

Url = Annotated[str, typer.Argument(metavar="URL", help="As opc.tcp://10.0.0.1:4840")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help="Settings (TOML).")
]
Nodes = Annotated[
    int, typer.Option("--nodes", min=1, max=1_000_000, help="Nodes that are met, at most.")
]
_ROWS_MAX = 30


def add_to(opcua: typer.Typer) -> None:
    opcua.command("browse")(command_with(BrowseOptions, browse))
    opcua.command("map")(command_with(MapOptions, propose))
    opcua.command("check")(check)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowseOptions:
    """What of a server is shown, and how much of it is met."""

    url: Url
    under: Annotated[
        str | None, typer.Option(metavar="NODE", help="Begin there: ns=2;s=name, i=85 ...")
    ] = None
    only: Annotated[
        str | None,
        typer.Option(
            "--filter", metavar="TEXT", help="Part of a path, name or id; or a pattern with * and ?"
        ),
    ] = None
    values: Annotated[
        bool, typer.Option("--values", help="Read the variables: value, quality, time.")
    ] = False
    standard: Annotated[
        bool, typer.Option("--standard", help="Also the nodes that every server has.")
    ] = False
    depth: Annotated[int, typer.Option(min=1, max=100, help="Steps down, at most.")] = 12
    nodes: Nodes = 20_000
    references: Annotated[
        int, typer.Option(min=1, max=10_000_000, help="References that are read, at most.")
    ] = 200_000
    settings: SettingsFile = None
    json: AsJson = False


def browse(options: BrowseOptions) -> None:
    """Show the tree of a server: objects, variables, methods; nothing is written to it."""
    from gridops.bootstrap import opcua_tools

    found = opcua_tools.browse(
        options.url,
        settings=options.settings,
        under=options.under,
        only=options.only,
        with_values=options.values,
        with_standard=options.standard,
        bounds={
            "depth_max": options.depth,
            "nodes_max": options.nodes,
            "references_max": options.references,
        },
    )
    values = options.values
    if options.json:
        show_json(found)
        return
    columns = ["node", "id", "type", "access"]
    if values:
        columns += ["value", "quality", "source time"]
    rows = (_browse_row(node, values=values) for node in found["nodes"])
    show_table(f"Nodes of {options.url}", columns, rows=rows)
    say(f"{len(found['nodes'])} shown of {found['met']} met")
    _say_bounds(found)


def _browse_row(node: Mapping[str, Any], *, values: bool) -> tuple[str, ...]:
    path: Sequence[str] = node["path"]
    name = "  " * (len(path) - 1) + path[-1] + ("()" if node["kind"] == "method" else "")
    access = "".join(sign for sign, key in (("r", "readable"), ("w", "writable")) if node.get(key))
    row = (name, node["node_id"], node.get("type", ""), access)
    if not values:
        return row
    quality = node.get("quality", "")
    if quality not in ("", "good"):
        quality += f" ({node['status']})"
    return (*row, node.get("value", ""), quality, node.get("source_time") or "")


def _say_bounds(found: Mapping[str, Any]) -> None:
    for words in found["stopped"]:
        say(f"Not everything: {words}")
    if found["unusable"]:
        say(f"{found['unusable']} references lead to no node of this server")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOptions:
    """Which link is mapped, what of it is sure, and where that goes."""

    folder: GridFolder
    url: Url
    link: Annotated[
        str | None, typer.Option(metavar="ID", help="Which link of the grid the server is.")
    ] = None
    above: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Least confidence of a row of points.csv.")
    ] = 0.9
    filled: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A points_open.csv with element and signal filled in."),
    ] = None
    write: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write points.csv and points_open.csv there."),
    ] = None
    nodes: Nodes = 20_000
    settings: SettingsFile = None
    json: AsJson = False


def propose(options: MapOptions) -> None:
    """Propose points.csv for a server by the names of its variables, with confidence and why."""
    from gridops.bootstrap import opcua_tools
    from gridops.bootstrap.point_proposal import OPEN, SURE, write_proposal

    above, write = options.above, options.write
    found = opcua_tools.propose_points(
        options.folder,
        options.url,
        settings=options.settings,
        link=options.link,
        filled=options.filled,
        bounds={"nodes_max": options.nodes},
    )
    if write is not None:
        sure, rest = write_proposal(options.folder, found, above=above, folder=write)
        note(f"{write / SURE}: {sure} new points; {write / OPEN}: {rest} to be filled in")
    if options.json:
        show_json(found)
        return
    _show_proposal(found, above=above)
    _say_bounds(found)


def _show_proposal(found: Mapping[str, Any], *, above: float) -> None:
    rows: Sequence[Mapping[str, Any]] = found["rows"]
    columns = ("element", "signal", "node_id", ">confidence", "why")
    for title, part in (
        (f"Points of {found['link']}", [row for row in rows if row["confidence"] >= above]),
        ("Doubtful", [row for row in rows if row["confidence"] < above]),
    ):
        if part:
            show_table(
                f"{title}: {len(part)}",
                columns,
                rows=(
                    (
                        row["element"],
                        row["signal"],
                        row["node_id"],
                        f"{row['confidence']:.2f}",
                        row["why"],
                    )
                    for row in part
                ),
            )
    for words, listed in (
        ("by hand", [row["node_id"] for row in found["stated"]]),
        ("in points.csv already", found["mapped_before"]),
        ("in points.csv, but not at the server", found["missing"]),
        ("variables without a proposal", [row["path"] for row in found["left"]]),
        ("variables whose id points.csv cannot hold", found["not_usable"]),
        ("points that the grid wants, not found", [" ".join(each) for each in found["wanted"]]),
    ):
        if listed:
            say(f"{len(listed)} {words}: {', '.join(listed[:5])}{' ...' if listed[5:] else ''}")


def check(
    folder: GridFolder,
    *,
    endpoint: Annotated[
        list[str] | None,
        typer.Option(metavar="LINK=URL", help="Address of a link; wins over the settings."),
    ] = None,
    severity: Lowest = Severity.NOTE,
    whole: Whole = False,
    settings: SettingsFile = None,
    json: AsJson = False,
) -> None:
    """Compare points.csv, the grid and servers that run: all flaws at once, nothing is written."""
    from gridops.bootstrap import opcua_tools

    found = opcua_tools.check_live(
        folder, settings=settings, stated=dict(_stated(each) for each in endpoint or ())
    )
    lowest = list(Severity).index(severity)
    shown = [
        flaw
        for flaw in found["flaws"]
        if list(Severity).index(Severity(flaw["severity"])) <= lowest
    ]
    if json:
        show_json({**found, "flaws": shown})
    else:
        _show_flaws(found, shown, whole=whole)
    if not found["ok"]:
        raise typer.Exit(1)


def _stated(text: str) -> tuple[str, str]:
    link, sign, url = text.partition("=")
    if not sign or not link:
        raise typer.BadParameter(f"{text!r} is not LINK=URL")
    return link, url


def _show_flaws(
    found: Mapping[str, Any], shown: Sequence[Mapping[str, Any]], *, whole: bool
) -> None:
    if shown:
        rows = shown if whole else shown[:_ROWS_MAX]
        columns = ("severity", "kind", "where", "what", "remedy")
        show_table("Flaws", columns, rows=_flaw_rows(rows))
        if len(rows) < len(shown):
            say(f"and {len(shown) - len(rows)} more (--all shows them)")
    count = Counter(flaw["severity"] for flaw in found["flaws"])
    told = ", ".join(f"{count[each]} of {each.value}" for each in Severity if count[each])
    state = "ok" if found["ok"] else "does not fit"
    say(
        f"{found['grid']}: {state}; {found['points']} points at {found['servers']} servers;"
        f" flaws: {told or 'none'}"
    )


def _flaw_rows(flaws: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for flaw in flaws:
        where = " ".join(filter(None, (flaw["link"], flaw["place"], flaw["server"])))
        yield flaw["severity"], flaw["code"], where, flaw["what"], flaw["remedy"]
