"""The sweep on drawn grids: every place once, each as a what-if of it alone, and their sum."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gridops import open_grid
from gridops.bootstrap.sweep import Sweep
from gridops.bootstrap.workbench import Grid
from gridops.errors import GridOpsError, ScenarioError
from gridops.ids import SectionId
from gridops.network import Limits
from gridops.network.drawing import draw
from gridops.study import WhatIf, standing
from gridops.study.sweep import SweepOf, round_of

RING = "S1 [b1] A [s1] B [s2] C (t1) D [s3] E [b2] S2"
SPUR = "S1 [b1] A [s1] B [s2] C"
DARK = "S1 [b1] A (t1) B"


def swept(picture: str, what: str = "sections", **asked: Any) -> Sweep:
    return Grid(draw(picture)).sweep(what, **asked)


def timeless(document: Mapping[str, Any]) -> Any:
    plan = {key: value for key, value in document["plan"].items() if key != "solve_ms"}
    return {**document, "plan": plan}


@pytest.mark.parametrize("what", ["sections", "branches"])
def test_each_element_is_the_what_if_of_that_place(what: str) -> None:
    grid = Grid(draw(RING))
    asked: Any = {"load_scale": 1.1, "unavailable": ["s3"]}
    documents = list(grid.sweep(what, **asked).documents())
    places = grid.network.sections if what == "sections" else grid.network.branches
    assert [document["fault"] for document in documents] == [[place] for place in places]
    for document in documents:
        alone = grid.what_if(faults=document["fault"], outlook=False, **asked).to_plain()
        assert timeless(document) == timeless(alone)


@pytest.mark.parametrize("name", ["hanoi_ring", "rbts_bus4"])
def test_shipped_grids(name: str) -> None:
    grid = open_grid(name)
    found = grid.sweep()
    rows = found.rows
    assert [row.place for row in rows] == [
        s for s in grid.network.sections if s not in found.asked.without_supply
    ]
    assert all(r.customers_interrupted >= r.customers_restored >= 0 for r in rows)
    assert all(r.minutes_avoided >= 0.0 for r in rows)
    assert found.summary["guard"]["vetoed"] == 0
    alone = grid.what_if(faults=[rows[len(rows) // 2].place], outlook=False).to_plain()
    assert timeless(alone) == timeless(json.loads(found.texts[len(rows) // 2]))


def test_what_the_sum_says() -> None:
    summary = swept(RING).summary
    # S1, A and B hang on b1, C too; D, E and S2 on b2; each letter is 100 customers.
    assert summary["faults"] == 7
    assert summary["secure"] == {"count": 7, "share": 1.0}
    customers = summary["customers"]
    assert customers["interrupted"] == 3 * 300 + 2 * 200 + 300 + 200
    assert customers["until_repair"] == 5 * 100  # A fault keeps its own section dark, a busbar none
    assert summary["restored_share"] == pytest.approx(1300 / 1800)
    assert summary["causes"] == {"fault": 5, "lost_supply": 2}
    assert summary["unserved"] == {}
    assert summary["binding"] == []
    assert summary["guard"] == {"passed": 7, "vetoed": 0, "invariants": {}}
    assert sum(each["count"] for each in summary["proofs"].values()) == 7


def test_a_spur_leaves_healthy_customers_dark_and_says_why() -> None:
    found = swept(SPUR)
    dark = {row.place: row.customers_unserved for row in found.rows}
    assert dark == {"SS1": 300, "SA": 200, "SB": 100, "SC": 0}
    assert [row.is_secure for row in found.rows] == [False, False, False, True]
    assert found.summary["unserved"]["no-tie"]["customers"] >= 300
    assert found.summary["worst"][0]["fault"] == "SS1"


def test_a_limit_that_binds_is_named_with_its_element() -> None:
    tight = Limits(voltage_pu_min=0.95, voltage_pu_max=1.05, loading_pct_max=0.5)
    summary = swept(RING, limits=tight).summary
    assert {one["because"] for one in summary["binding"]} == {"overload"}
    assert all(one["customers"] > 0 and one["element"] for one in summary["binding"])
    assert summary["rejected"]["overload"] > 0


def test_what_has_no_supply_is_left_out_and_told() -> None:
    found = swept(DARK)
    assert found.summary["without_supply"] == ["SB"]
    assert [row.place for row in found.rows] == ["SS1", "SA"]


def test_where_nothing_has_supply_nothing_is_swept() -> None:
    network = draw(RING)
    before = standing(network, WhatIf())
    dark = replace(before, traced=before.traced.with_dead(frozenset(network.sources)))
    with pytest.raises(ScenarioError, match="none of the branches has supply"):
        round_of(dark, SweepOf.BRANCHES)


def test_what_cannot_be_swept_is_refused() -> None:
    with pytest.raises(ScenarioError, match="'nodes' cannot be swept"):
        swept(RING, "nodes")


def test_the_table_has_a_row_for_each_fault() -> None:
    pytest.importorskip("pandas")
    found = swept(RING)
    frame = found.to_frame()
    assert list(frame["fault"]) == [row.place for row in found.rows]
    assert frame["customers_restored"].sum() == found.summary["customers"]["restored_by_switching"]
    assert frame["secure"].all()


def test_two_processes_say_what_one_says() -> None:
    grid = open_grid("hanoi_ring")
    one, two = grid.sweep(workers=1), grid.sweep(workers=2)
    assert list(map(timeless, one.documents())) == list(map(timeless, two.documents()))
    assert one.summary == two.summary


# the file to go on with


def kept(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_a_finished_sweep_is_read_and_not_worked_out_again(tmp_path: Path) -> None:
    file = tmp_path / "ring.jsonl"
    told: list[tuple[int, int]] = []
    first = swept(RING, resume=file)
    again = swept(RING, resume=file, progress=lambda done, of: told.append((done, of)))
    assert again.texts == first.texts  # solve_ms and all
    assert told == [(7, 7)]


@pytest.mark.parametrize("torn", [1, 40, 10_000])
def test_a_line_that_was_cut_short_is_worked_out_again(tmp_path: Path, torn: int) -> None:
    file = tmp_path / "ring.jsonl"
    first = swept(RING, resume=file)
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    cut = b"".join(lines[:4]) + lines[4][: min(torn, len(lines[4]) - 1)]
    file.write_bytes(cut)
    told: list[int] = []
    again = swept(RING, resume=file, progress=lambda done, _: told.append(done))
    assert told == [3, 4, 5, 6, 7]
    assert list(map(timeless, again.documents())) == list(map(timeless, first.documents()))
    assert len(kept(file)) == len(lines)


def test_a_first_line_that_was_cut_short_begins_again(tmp_path: Path) -> None:
    file = tmp_path / "ring.jsonl"
    file.write_text('{"gridops_sw', encoding="utf-8")
    assert len(swept(RING, resume=file).rows) == 7
    assert len(kept(file)) == 8


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"load_scale": 1.4}, "load_scale 1.0; asked now: 1.4"),
        ({"opened": ["s2"], "closed": ["t1"]}, "opened [], closed []"),
        ({"limits": Limits(voltage_pu_min=0.9)}, "limits"),
        ({"as_indicated": True}, "as_indicated false"),
        ({"shedding": True}, "shedding false"),
    ],
)
def test_a_file_of_other_options_is_refused_by_name(
    tmp_path: Path, other: dict[str, Any], named: str
) -> None:
    file = tmp_path / "ring.jsonl"
    swept(RING, resume=file)
    before = file.read_bytes()
    with pytest.raises(GridOpsError) as refused:
        swept(RING, resume=file, **other)
    assert named in str(refused.value)
    assert str(file) in str(refused.value)
    assert file.read_bytes() == before


def test_a_file_of_another_grid_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "ring.jsonl"
    swept(RING, resume=file)
    with pytest.raises(GridOpsError, match="fingerprint"):
        swept(SPUR, resume=file)


def test_a_damaged_file_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "ring.jsonl"
    swept(RING, resume=file)
    lines = kept(file)
    file.write_text("\n".join([*lines[:3], "{}", *lines[4:]]) + "\n", encoding="utf-8")
    with pytest.raises(GridOpsError, match="line 4 is damaged"):
        swept(RING, resume=file)
    file.write_text("fault,customers\n", encoding="utf-8")
    with pytest.raises(GridOpsError, match="no file of a sweep"):
        swept(RING, resume=file)


def test_a_file_serves_one_sweep_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "ring.jsonl"

    def second(done: int, of: int) -> None:
        if done == 2:
            with pytest.raises(GridOpsError, match="another sweep writes"):
                swept(RING, resume=file)

    swept(RING, resume=file, progress=second)


def test_a_file_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GridOpsError, match="cannot be opened"):
        swept(RING, resume=tmp_path / "nowhere" / "ring.jsonl")


def test_a_section_is_known_by_its_id_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "ring.jsonl"
    found = swept(RING, "branches", resume=file)
    sections = [json.loads(line)["section"] for line in kept(file)[1:]]
    assert sections == [target.section for target in found.asked.targets]
    assert SectionId("SA") in sections
