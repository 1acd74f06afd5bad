"""`gridops compare`: what differs, what it would break, and with which exit code."""

import shutil
from pathlib import Path

import pytest
from cli_story import Terminal

from gridops.adapters.content import resolve_grid
from gridops.adapters.grid_files import grid_fingerprint
from gridops.adapters.journal import open_journal
from gridops.bootstrap.taking_in import room_on
from gridops.bootstrap.wiring import install
from gridops.events import TagPlaced
from gridops.events.operator import TagKind
from gridops.ids import SwitchId, TagId, UserName
from gridops.incident import IncidentSettings
from tests.playbook import NIGHT


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(resolve_grid("hanoi_ring"), tmp_path / "copy")


@pytest.fixture
def journal(tmp_path: Path) -> str:
    """hanoi_ring runs, and RMU6-3 carries a tag."""
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    opened = open_journal(url)
    room = room_on(install("hanoi_ring", IncidentSettings()), opened)
    room.start(NIGHT)
    room.accept(
        [
            TagPlaced(
                at=NIGHT,
                by=UserName("lan"),
                tag=TagId("T1"),
                switch=SwitchId("RMU6-3"),
                kind=TagKind.NO_CLOSE,
                reason="work",
            )
        ]
    )
    opened.close()
    return url


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, f"{old!r} must name one place"
    file.write_text(text.replace(old, new))


def test_a_grid_and_itself(gridops_says: Terminal, copy: Path) -> None:
    said = gridops_says("compare", "hanoi_ring", str(copy))
    assert said.code == 0
    assert "nothing differs" in said.out
    assert "nothing blocks" in said.out


def test_the_document_has_everything(gridops_says: Terminal, copy: Path) -> None:
    spoil(copy / "loads.csv", "KM1,TBA Kim Mã 1,RMU2,800000,200000,810", "KM1,K,RMU2,8e5,2e5,700")
    said = gridops_says("compare", "hanoi_ring", str(copy), "--json")
    assert said.code == 0
    document = said.document
    assert set(document) == {"old", "new", "ok", "journal", "findings", "changes"}
    assert document["new"]["fingerprint"] == grid_fingerprint(copy)
    assert document["journal"] is None
    assert document["ok"] is True
    assert document["changes"]["customers"] == {"old": 7692, "new": 7582}
    (table,) = document["changes"]["tables"]
    assert table["table"] == "loads"
    assert table["changed"] == [
        {
            "id": "KM1",
            "fields": [
                {"field": "name", "old": "TBA Kim Mã 1", "new": "K"},
                {"field": "customers", "old": "810", "new": "700"},
            ],
        }
    ]
    (feeder,) = document["changes"]["feeders"]
    assert feeder["feeder"] == "471-E1.9"


def test_a_tag_of_the_running_installation_blocks(
    gridops_says: Terminal, copy: Path, journal: str
) -> None:
    spoil(copy / "switches.csv", "RMU6-3,LBS 473-472 RMU", "RMU6-9,LBS 473-472 RMU")
    points = copy / "points.csv"
    points.write_text(points.read_text().replace("RMU6-3", "RMU6-9"))
    without = gridops_says("compare", "hanoi_ring", str(copy))
    assert without.code == 0
    assert "Perhaps only renamed" in without.out
    said = gridops_says("compare", "hanoi_ring", str(copy), "--journal", journal)
    assert said.code == 1
    assert "tag-without-switch" in said.out
    assert "take the tag off first" in said.out
    assert "perhaps it is called RMU6-9 now" in " ".join(said.out.split())
    document = gridops_says(
        "compare", "hanoi_ring", str(copy), "--journal", journal, "--json"
    ).document
    assert document["ok"] is False
    assert [f["code"] for f in document["findings"] if f["severity"] == "blocks"] == [
        "tag-without-switch"
    ]
    assert document["journal"] == {"sequence": 2, "at": NIGHT.isoformat()}


def test_in_the_normal_state_a_moved_open_point_is_told(gridops_says: Terminal, copy: Path) -> None:
    spoil(copy / "switches.csv", "RMU3,RMU3-2.k,open", "RMU3,RMU3-2.k,closed")
    spoil(copy / "switches.csv", "RMU3-1.k,RMU3,closed", "RMU3-1.k,RMU3,open")
    said = gridops_says("compare", "hanoi_ring", str(copy), "--json")
    assert said.code == 0
    moved = {n["switch"]: n["new"] for n in said.document["changes"]["normal_positions"]}
    assert moved == {"RMU3-1": "open", "RMU3-2": "closed"}
    assert "off-new-normal" in {f["code"] for f in said.document["findings"]}


def test_errors_of_the_new_version_come_first(gridops_says: Terminal, copy: Path) -> None:
    spoil(copy / "switches.csv", "RMU3-1.k,RMU3,closed", "RMU3-1.k,RMU33,closed")
    complaint = gridops_says("compare", "hanoi_ring", str(copy), "--json").complaint
    assert "RMU33" in complaint
    assert "gridops check" in complaint


def test_the_old_grid_must_be_the_one_that_runs(
    gridops_says: Terminal, copy: Path, journal: str
) -> None:
    spoil(copy / "loads.csv", "KM1,TBA Kim Mã 1,RMU2,800000,200000,810", "KM1,K,RMU2,8e5,2e5,700")
    complaint = gridops_says("compare", str(copy), "hanoi_ring", "--journal", journal).complaint
    assert grid_fingerprint(copy) in complaint
    assert grid_fingerprint(resolve_grid("hanoi_ring")) in complaint


def test_a_journal_that_is_not_there_is_not_made(
    gridops_says: Terminal, copy: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "missing.sqlite"
    said = gridops_says("compare", "hanoi_ring", str(copy), "--journal", f"sqlite:///{missing}")
    assert "no such journal" in said.complaint
    assert not missing.exists()


def test_many_rows_are_cut_on_the_screen_and_not_in_the_document(
    gridops_says: Terminal, copy: Path
) -> None:
    loads = copy / "loads.csv"
    more = [f"N{n},N{n},RMU2,1000,300,1,residential,3,,residential" for n in range(50)]
    loads.write_text(loads.read_text() + "\n".join(more) + "\n")
    said = gridops_says("compare", "hanoi_ring", str(copy))
    assert "... and 10 more" in said.out
    assert "N39" in said.out
    assert "N40" not in said.out.partition("Sections")[0]
    document = gridops_says("compare", "hanoi_ring", str(copy), "--json").document
    assert len(document["changes"]["tables"][0]["added"]) == 50
