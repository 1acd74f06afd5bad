"""Every part of `benchmarks/link.py` at toy size: the command cannot rot, and its zeros are no
decoration."""

from dataclasses import replace
from pathlib import Path

import pytest

from gridops.network import Signal
from tests.load.cases import CASES, NODE, run
from tests.load.judging import Verdict
from tests.load.rate import by_side
from tests.load.servers import standing
from tests.load.sizes import TOY
from tests.load.tables import HEADS, encrypted_beside_plain, table
from tests.load.wire_side import WireSide

pytestmark = [pytest.mark.node, pytest.mark.undisturbed]

LOST, SILENT, WRONG = "lost", "silent", "wrong at last"


def cell(table_name: str, cells: object, head: str) -> str:
    assert isinstance(cells, list | tuple)
    return str(cells[HEADS[table_name].index(head)])


async def test_what_a_change_costs(tmp_path: Path) -> None:
    ((name, cells),) = await run("cost", TOY, tmp_path)
    assert float(cells[-1]) == pytest.approx(sum(map(float, cells[:-1])), rel=0.05)
    assert table(name, [cells]).count("\n") == 2


async def test_a_storm_is_counted_change_by_change(tmp_path: Path) -> None:
    lines = await run("rate:node:plain", TOY, tmp_path)
    assert [cells[1] for _, cells in lines] == [
        "arrays",
        "asyncua's handler",
        "states, told",
        "measurements, told",
    ]
    for name, cells in lines[:3]:
        assert (cell(name, cells, LOST), cell(name, cells, SILENT)) == ("0", "0"), cells
    assert [cell(name, cells, WRONG) for name, cells in lines[2:]] == ["0", "0"]


async def test_fifty_thousand_points_and_an_avalanche(tmp_path: Path) -> None:
    subscribed, (name, cells) = await run("points:asyncua:encrypted", TOY, tmp_path)
    assert subscribed[1][1] == f"{TOY.points:,}"
    assert cell(name, cells, "states lost").startswith("0 of ")
    assert (cell(name, cells, SILENT), cell(name, cells, WRONG)) == ("0", "0")
    assert cell(name, cells, "all told after, s") != "never"


async def test_a_burst_leads_to_a_verified_plan_in_the_journal(tmp_path: Path) -> None:
    ((name, cells),) = await run("plan:node:encrypted", TOY, tmp_path)
    assert cell(name, cells, "with steps") == f"{TOY.bursts}"
    assert (cell(name, cells, "failed"), cell(name, cells, "vetoes")) == ("0", "0")


async def test_a_day_of_traffic_is_told_and_journalled_whole(tmp_path: Path) -> None:
    ((name, cells),) = await run("day:node:plain", TOY, tmp_path)
    changes = cell(name, cells, "changes")
    assert int(changes.replace(",", "")) > 100
    assert cell(name, cells, "told") == cell(name, cells, "journalled") == changes
    assert cell(name, cells, "troubles") == "0"


async def test_a_queue_that_is_too_short_loses_and_only_a_bit_makes_that_known(
    tmp_path: Path,
) -> None:
    """A queue of one never overflows, says the standard: what it loses nobody is told."""
    async with standing(NODE, [(Signal.VOLTAGE, 20)], servers=1, folder=tmp_path) as servers:
        for queue in (1, 2):
            sizes = replace(TOY, queue=queue)
            rate = await by_side(
                "arrays", NODE, servers, sizes=sizes, side=WireSide, rate_per_s=TOY.rate_per_s
            )
            assert isinstance(rate.verdict, Verdict)
            assert rate.verdict.lost > rate.produced // 2
            assert rate.verdict.silent == (rate.verdict.lost if queue == 1 else 0)
            assert rate.verdict.strange == 0


def test_every_case_has_its_name_and_ratios_need_both() -> None:
    assert {name.partition(":")[0] for name in CASES} == {"cost", "rate", "points", "plan", "day"}
    plain = ["1 node, plain", "arrays", *["1"] * 5, "2.00"]
    secured = ["1 node, encrypted", "arrays", *["1"] * 5, "3.00"]
    assert encrypted_beside_plain([plain]) == ""
    assert "arrays of 1 node x 1.50" in encrypted_beside_plain([plain, secured])
