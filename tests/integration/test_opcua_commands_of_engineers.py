"""`gridops opcua browse`, `map` and `check` as somebody types them."""

import asyncio
import csv
import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gridops import open_grid
from gridops.adapters.content import resolve_grid
from gridops.bootstrap.point_proposal import read_filled
from gridops.cli.app import app
from gridops.errors import SettingsError
from gridops.ids import LinkId, PointId
from gridops.network import Network, build_network
from opcua_bridge import serve_virtual_field
from tests.integration.opcua_setting import CLOCK, field_on

pytestmark = pytest.mark.undisturbed
GRID = "hanoi_ring"
LINK = LinkId("RTU-E1.9")
STRANGE = "DI.0417"


async def typed(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, ["opcua", *words])


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


async def test_from_a_grid_without_points_to_one_without_flaws(tmp_path: Path) -> None:
    """One variable has a name that says nothing: somebody fills it in."""
    network = with_a_strange_name(open_grid(GRID).network)
    bare = tmp_path / "bare"
    copytree(resolve_grid(GRID), bare)
    others = [row for row in rows_of(bare / "points.csv") if row["link"] != LINK]
    write_points(bare / "points.csv", others)

    async with serve_virtual_field(field_on(network), CLOCK) as rtus:
        url = rtus.endpoints[LINK]
        tree = await typed("browse", url, "--values", "--filter", "471.pos")
        first = await typed("map", str(bare), url, "--write", str(tmp_path / "first"))
        assert first.exit_code == 0, first.output + str(first.exception)
        left = rows_of(tmp_path / "first" / "points_open.csv")
        assert [(row["node_id"], row["element"]) for row in left] == [(STRANGE, "")]
        left[0] |= {"element": "471", "signal": "lockout"}
        write_points(tmp_path / "filled.csv", left)
        filled = ("--filled", str(tmp_path / "filled.csv"), "--write", str(tmp_path / "second"))
        second = await typed("map", str(bare), url, *filled)
        again = await typed("map", str(bare), url, *filled)
        write_points(bare / "points.csv", rows_of(tmp_path / "second" / "points.csv"))
        addresses = [f"--endpoint={link}={each}" for link, each in rtus.endpoints.items()]
        checked = await typed("check", str(bare), *addresses, "--json")

    assert tree.exit_code == 0, tree.output
    assert "471.position" in tree.output
    assert "good" in tree.output
    assert second.exit_code == 0, second.output
    assert "there already" in str(again.exception)
    found = rows_of(bare / "points.csv")
    assert {(row["node_id"], row["element"], row["signal"]) for row in found} == {
        (point.node_id, point.element, point.signal.value) for point in network.components.points
    }
    report = json.loads(checked.stdout)
    assert checked.exit_code == 0, report
    assert (report["ok"], report["links"]) == (True, len(network.links))
    assert [f for f in report["flaws"] if f["severity"] != "note"] == []


def with_a_strange_name(network: Network) -> Network:
    points = tuple(
        replace(p, id=PointId(STRANGE), node_id=STRANGE) if p.id == "471.lockout" else p
        for p in network.components.points
    )
    return build_network(replace(network.components, points=points))


async def test_flaws_end_with_one_and_stand_in_a_table() -> None:
    network = open_grid(GRID).network
    async with serve_virtual_field(field_on(network), CLOCK) as rtus:
        other = rtus.endpoints[LinkId("RTU-E1.4")]
        result = await typed("check", GRID, f"--endpoint={LINK}={other}", "--severity", "error")
    assert result.exit_code == 1
    assert "live-namespace-missing" in result.output
    assert "live-no-endpoint" not in result.output
    assert "does not fit" in result.output


async def test_mistakes_of_typing_are_told() -> None:
    assert (await typed("check", GRID, "--endpoint", "no address")).exit_code == 2
    result = await typed("browse", "opc.tcp://me:secret@10.0.0.1:4840")
    assert result.exit_code != 0
    assert "secret" not in str(result.exception) + result.output


def test_a_half_filled_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "filled.csv"
    for text, what in (
        ("element,signal,node_id\n471,,n\n", "belong together"),
        ("element,signal,node_id\n471,position,n\n471,position,m\n", "twice"),
        ("element,node_id\n", "lacks a column"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SettingsError, match=what):
            read_filled(path)


def write_points(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


async def test_every_server_of_a_pair_in_the_settings_is_looked_at(tmp_path: Path) -> None:
    network = open_grid(GRID).network
    async with serve_virtual_field(field_on(network), CLOCK) as rtus:
        url = rtus.endpoints[LINK]
        settings = tmp_path / "pair.toml"
        settings.write_text(
            f'grid = "{GRID}"\n[link.endpoints]\n"{LINK}" = ["{url}", "opc.tcp://127.0.0.1:1"]\n'
        )
        found = await typed("check", GRID, "--settings", str(settings), "--json")
    told = json.loads(found.stdout)
    of_link = [(f["code"], f["server"]) for f in told["flaws"] if f["link"] == LINK]
    assert of_link == [("live-unreachable", "opc.tcp://127.0.0.1:1")]
    assert found.exit_code == 1
    assert told["servers"] == 1
