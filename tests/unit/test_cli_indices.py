"""`gridops indices` at the terminal: journals, tables of the past, and all that is wrong there."""

import csv
import io
from pathlib import Path

import pytest
from cli_story import Terminal

from gridops.adapters.content import resolve_scenario
from gridops.adapters.outage_records import RecordMapping, read_mapping, read_records
from gridops.adapters.ruleset_files import SHIPPED
from gridops.bootstrap.simulate import play
from gridops.errors import FileFlawed

EXAMPLE = SHIPPED.parent / "outages" / "example.csv"
MAPPING = EXAMPLE.with_suffix(".toml")
PAGE = (Path(__file__).parents[2] / "docs" / "minutes.md").read_text(encoding="utf-8")
YEAR = ("--from", "2025-01-01", "--to", "2026-01-01")
OF_EXAMPLE = ("indices", str(EXAMPLE), "--mapping", str(MAPPING), *YEAR)
ZONE = 'time_zone = "Europe/Dublin"\n'
PLAIN = (
    "format = 1\n" + ZONE + '[columns]\nbegan = "from"\nended = "to"\ncustomers = "n"\n'
    'load = "where"\nevent = "id"\ncause = "why"\n'
    '[causes]\nstorm = { cause = "fault" }\n[customers]\nserved = 100\n'
)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("night")
    play(resolve_scenario("automatic_release"), folder=folder)
    return str(folder / "journal.sqlite")


def flaws_of(tmp_path: Path, *rows: str, mapping: str = PLAIN) -> list[str]:
    table, told = written(tmp_path, *rows, mapping=mapping)
    with pytest.raises(FileFlawed) as caught:
        read_records(table, read_mapping(told))
    return [flaw.removeprefix(f"{table}:") for flaw in caught.value.flaws]


def written(tmp_path: Path, *rows: str, mapping: str = PLAIN) -> tuple[Path, Path]:
    table, told = tmp_path / "past.csv", tmp_path / "past.toml"
    table.write_text("\n".join(("id,where,from,to,n,why", *rows)) + "\n", encoding="utf-8")
    told.write_text(mapping, encoding="utf-8")
    return table, told


# a journal


def test_what_switching_saved_adds_up_by_hand(gridops_says: Terminal, night: str) -> None:
    found = gridops_says("indices", night, "--avoided", "--json").document
    parts = ("protection", "automation", "dispatcher", "crew", "source", "unknown")
    assert found["incidents"]
    for told in (found, *found["incidents"]):
        cost, saved = told["customer_minutes"], told["avoided"]
        assert sum(saved[name] for name in parts) == pytest.approx(saved["in_all"])
        assert saved["in_all"] == pytest.approx(cost["nobody"] - cost["was"])
    assert found["customer_minutes"]["was"] > 0
    assert "Customer minutes avoided" in gridops_says("indices", night, "--avoided").out


def test_what_automation_would_have_done_is_told_by_feeder(
    gridops_says: Terminal, night: str
) -> None:
    found = gridops_says("indices", night, "--scorecard", "--json").document
    assert found["incidents"]
    for card in found["feeders"]:
        of_feeder = [one for one in found["incidents"] if one["feeder"] == card["feeder"]]
        assert card["incidents"] == len(of_feeder)
        saved = sum(one["customer_minutes"] for one in of_feeder)
        assert card["customer_minutes"] == pytest.approx(saved)
        assert sum(card["held"][word] for word in ("yes", "no", "unknown")) == len(of_feeder)
    assert gridops_says("indices", night, "--scorecard").code == 0


def test_a_journal_is_counted_and_only_read(gridops_says: Terminal, night: str) -> None:
    before = Path(night).read_bytes()
    said = gridops_says("indices", night, "--by", "feeder", "--json")
    assert said.code == 0
    found = said.document
    assert found["indices"]["maifi_e"] + found["indices"]["saifi"] > 0
    shares = [group["share"]["maifi_e"] for group in found["groups"]]
    assert sum(shares) == pytest.approx(found["indices"]["maifi_e"])
    assert found["groups"][0]["own"]["customers_served"] > 0
    assert set(found["ruleset"]["unverified"].values()) == {
        "unverified: check against the official text"
    }
    assert gridops_says("indices", night, "--by", "feeder", "--json").document == found
    assert Path(night).read_bytes() == before


@pytest.mark.parametrize("by", ["area", "cause", "priority", "month", "day", "load"])
def test_every_way_to_tell_apart_adds_up(gridops_says: Terminal, night: str, by: str) -> None:
    found = gridops_says("indices", night, "--by", by, "--json").document
    energy = [group["share"]["ens_wh"] for group in found["groups"]]
    assert sum(energy) == pytest.approx(found["indices"]["ens_wh"])
    assert sum(energy) > 0


def test_the_table_for_people_has_the_labels(gridops_says: Terminal, night: str) -> None:
    said = gridops_says("indices", night, "--ruleset", "vn-tt39")
    assert said.code == 0
    for word in ("SAIDI", "Loads that had most", "threshold_is_sustained: unverified"):
        assert word in said.out


# the past


def test_the_example_by_hand(gridops_says: Terminal) -> None:
    found = gridops_says(*OF_EXAMPLE, "--ruleset", "vn-tt39", "--by", "month", "--json").document
    months = {g["group"]: g["share"]["customer_minutes"] for g in found["groups"]}
    assert len(months) == 12
    assert months["2025-03"] == pytest.approx(240 * (91 + 5 / 60) + 310 * (184 + 40 / 60))
    assert months["2025-04"] == 240 * 240
    assert months["2025-05"] == 95 * 28.5
    assert months["2025-06"] == months["2025-10"] == 0
    assert months["2025-09"] == 95 * 1130 + 150 * 155 + 60 * 830
    assert found["indices"]["saidi_min"] == pytest.approx(
        (months["2025-03"] + months["2025-04"] + months["2025-05"]) / 1040
        + months["2025-09"] / 1055
    )
    assert [(one["why"], one["customer_minutes"]) for one in found["left_out"]] == [
        ("source_lost", 180 * 41)
    ]
    assert found["indices"]["maifi_e"] == pytest.approx(180 / 1040 + 310 / 1055)
    assert found["time_zone"] == "Asia/Ho_Chi_Minh"


def test_lines_of_one_transformer_that_overlap_are_different_customers(
    gridops_says: Terminal,
) -> None:
    found = gridops_says(*OF_EXAMPLE, "--by", "load", "--json").document
    loads = {g["group"]: g["share"] for g in found["groups"]}
    # 150 and 60 of them, at the same time: the load is named once, and whole
    assert loads["T202"]["customer_interruptions"] == 210
    assert not [load for load in loads if "part" in load]


def test_csv_for_a_spreadsheet(gridops_says: Terminal, tmp_path: Path) -> None:
    said = gridops_says(*OF_EXAMPLE, "--by", "feeder", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert {row["group"] for row in rows} == {"471E1.9", "473E1.9"}
    file = tmp_path / "out.csv"
    assert (
        gridops_says(*OF_EXAMPLE, "--by", "feeder", "--format", "csv", "--out", str(file)).code == 0
    )
    assert list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))) == rows


def test_parquet_is_written_where_it_can_be_and_refused_where_not(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "out.parquet"
    said = gridops_says(*OF_EXAMPLE, "--format", "parquet", "--out", str(file))
    if said.code == 0:
        assert file.read_bytes()[:4] == b"PAR1"
    else:
        assert "pyarrow" in said.complaint
        assert not file.exists()
    assert "--out" in gridops_says(*OF_EXAMPLE, "--format", "parquet").complaint


def test_every_flaw_of_a_table_is_told_with_its_line_and_nothing_is_counted(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    table, mapping = written(
        tmp_path,
        "A,T1,2026-01-05T08:00,2026-01-05T07:00,10,storm",
        "B,T2,yesterday,2026-01-05T09:00,many,storm",
        "C,T3,2026-03-29T01:30,2026-03-29T03:30,10,storm",
        "D,T4,2026-10-25T01:30,2026-10-25T03:30,10,strom",
        "E,T5,2026-01-05T08:00",
        "F,T6,2026-02-01T08:00,2026-02-01T10:00,10,storm",
        "G,T6,2026-02-01T09:00,2026-02-01T11:00,10,storm",
        "H,T7,2026-02-01T09:00,2026-02-01T11:00,2.5,",
    )
    said = gridops_says("indices", str(table), "--mapping", str(mapping), "--json")
    assert said.code == 1
    assert said.document["ok"] is False
    flaws = [flaw.removeprefix(f"{table}:") for flaw in said.document["flaws"]]
    assert [int(flaw.partition(":")[0]) for flaw in flaws] == [2, 3, 3, 4, 5, 5, 6, 8, 9]
    told = "\n".join(flaws)
    for word in (
        "before it begins", "'yesterday' is no time", "'many' is no number", "the clocks skip it",
        "comes twice", "near: storm", "as many cells", "by line 7", "no whole number",
    ):  # fmt: skip
        assert word in told, word
    people = gridops_says("indices", str(table), "--mapping", str(mapping))
    assert people.code == 1
    assert "9 flaws; nothing was counted." in people.out


def test_a_time_that_comes_twice_is_what_the_mapping_says(tmp_path: Path) -> None:
    row = "A,T1,2026-10-25T01:30,2026-10-25T02:30,10,storm"
    for twice, minutes in (("first", 120), ("second", 60)):
        table, told = written(
            tmp_path, row, mapping=PLAIN.replace(ZONE, f'{ZONE}twice = "{twice}"\n')
        )
        found = read_records(table, read_mapping(told)).table
        assert (found.ended[0] - found.began[0]) / 60e6 == minutes


def test_a_missing_column_is_named_with_what_is_near(tmp_path: Path) -> None:
    found = flaws_of(tmp_path, mapping=PLAIN.replace('"where"', '"wher"'))
    assert found == ["1: no column 'wher' for load (near: where)"]


def test_what_still_lasts_has_an_empty_end(gridops_says: Terminal, tmp_path: Path) -> None:
    table, told = written(
        tmp_path,
        "A,T1,2026-01-05T08:00,,10,storm",
        "B,T2,2026-01-05T08:00,2026-01-05T09:00,10,storm",
    )
    found = gridops_says("indices", str(table), "--mapping", str(told), "--json").document
    assert found["lasting"] == 1
    assert found["indices"]["customer_minutes"] == 1200


def test_a_mapping_with_flaws_is_refused_with_all_of_them(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    table, told = written(
        tmp_path, mapping=PLAIN.replace("Dublin", "Dubln").replace("served = 100", "served = 0")
    )
    said = gridops_says("indices", str(table), "--mapping", str(told))
    assert f"{told}:2: time_zone" in said.complaint
    assert f"{told}:13: customers.served" in said.complaint
    both = PLAIN.replace('ended = "to"\n', "").replace("served = 100", "")
    told.write_text(both, encoding="utf-8")
    said = gridops_says("indices", str(table), "--mapping", str(told))
    assert "either ended or minutes" in said.complaint
    assert f"{told}:11: give either served or months" in said.complaint


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (("none.sqlite",), "none.sqlite"),
        ((str(EXAMPLE),), "--mapping"),
        ((str(EXAMPLE), "--ruleset", "ieee1367"), "ieee1366"),
        ((*OF_EXAMPLE[1:], "--from", "last year"), "last year"),
        ((*OF_EXAMPLE[1:], "--from", "2027-01-01"), "--from"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    gridops_says: Terminal, argv: tuple[str, ...], word: str
) -> None:
    assert word in gridops_says("indices", *argv).complaint


def test_every_key_of_a_mapping_is_on_the_page() -> None:
    section = PAGE.split("## The past", 1)[1]
    for name, part in RecordMapping.model_fields.items():
        assert f"`{name}`" in section, name
        for key in getattr(part.annotation, "model_fields", {}):
            assert f"`{key}`" in section, key
