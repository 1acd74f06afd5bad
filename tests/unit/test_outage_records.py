"""Tables of the past as they come out of spreadsheets: all that is wrong has its row."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_story import Terminal

from gridops.adapters.outage_records import Records, read_mapping, read_records
from gridops.adapters.ruleset_files import SHIPPED, read_ruleset
from gridops.errors import FileFlawed, GridOpsError
from gridops.reliability import IEEE1366, Account, By, Period

MAPPING = (
    'format = 1\ntime_zone = "Europe/Berlin"\n'
    '[columns]\nbegan = "from"\nended = "to"\ncustomers = "n"\nload = "where"\nevent = "id"\n'
    'priority = "p"\n[customers]\nserved = 100\nload = { T2 = 60 }\n'
)
IN_MINUTES = MAPPING.replace('ended = "to"', 'minutes = "to"')
HEAD = "id,where,from,to,n,p"
ROW = "1,T1,2025-06-01T10:00,2025-06-01T11:00,50,1"


def read(folder: Path, *rows: str | bytes, mapping: str = MAPPING, head: str = HEAD) -> Records:
    table, told = folder / "past.csv", folder / "past.toml"
    lines = [row if isinstance(row, bytes) else row.encode() for row in (head, *rows)]
    table.write_bytes(b"\n".join(lines) + b"\n")
    told.write_text(mapping, encoding="utf-8")
    return read_records(table, read_mapping(told))


def flaw(folder: Path, *rows: str, mapping: str = MAPPING, head: str = HEAD) -> str:
    with pytest.raises(FileFlawed) as caught:
        read(folder, *rows, mapping=mapping, head=head)
    assert len(caught.value.flaws) == 1
    return caught.value.flaws[0].rpartition("past.")[2]


def with_key(line: str) -> str:
    return MAPPING.replace("[columns]", f"{line}\n[columns]")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("1,T1,0001-01-01T00:00,2025-06-01T11:00,5,1", "'0001-01-01T00:00' lies outside"),
        ("1,T1,9999-12-31T23:00-05:00,,5,1", "lies outside the years 1900 to 2199"),
        ("1,T1,2025-06-01T10:00,2025-06-01T11:00,101,1", "more than the 100 of all"),
        ("1,T2,2025-06-01T10:00,2025-06-01T11:00,61,1", "more than the 60 of load T2"),
        ("1,T1,2025-06-01T10:00,2025-06-01T11:00,1_0,1", "'1_0' is no number"),
        ("1,T1,2025-06-01T10:00,2025-06-01T11:00,nan,1", "'nan' is no number"),
        ('1,T1,2025-06-01T10:00,2025-06-01T11:00,"5,0",1', "is the `decimal` another?"),
        (f"1,T1,2025-06-01T10:00,2025-06-01T11:00,5,{'9' * 5000}", "is no whole number"),
        ('1,"T1,2025-06-01T10:00,2025-06-01T11:00,5,1', "is a quotation mark left open?"),
        ('1,"T1"x,2025-06-01T10:00,2025-06-01T11:00,5,1', "no CSV"),
        (f'1,"{"x" * 200000}",2025-06-01T10:00,2025-06-01T11:00,5,1', "no CSV"),
    ],
)
def test_a_row_that_cannot_be_is_told_by_its_line(tmp_path: Path, row: str, told: str) -> None:
    found = flaw(tmp_path, "0,T9,2025-05-01T10:00,2025-05-01T11:00,50,1", row)
    assert found.startswith("csv:3: ")
    assert told in found
    assert len(found) < 400


def test_a_length_that_no_calendar_holds_is_a_flaw(tmp_path: Path) -> None:
    found = flaw(tmp_path, "1,T1,2025-06-01T10:00,1e12,5,1", mapping=IN_MINUTES)
    assert "minutes '1e12' is no number from 0 to" in found


def test_a_line_twice_does_not_count_twice_in_silence(tmp_path: Path) -> None:
    assert "csv:4: says the same as line 2" in flaw(tmp_path, ROW, ROW.replace(",T1", ",T3"), ROW)


def test_parts_of_a_load_are_not_more_than_the_load(tmp_path: Path) -> None:
    rows = [f"1,T2,2025-06-01T10:00,2025-06-01T1{k}:00,{n},1" for k, n in ((1, 40), (2, 30))]
    assert "with line 2 70 of 60 customers of T2" in flaw(tmp_path, *rows)
    assert len(read(tmp_path, rows[0], rows[1].replace(",30,", ",20,")).table) == 2


def test_a_table_of_nothing_but_flaws_has_one_for_each_line(tmp_path: Path) -> None:
    with pytest.raises(FileFlawed) as caught:
        read(tmp_path, *(f"{k},T1,2025-06-01T10:00,,5,1" for k in range(300)))
    assert len(caught.value.flaws) == 299
    with pytest.raises(FileFlawed) as caught:
        read(
            tmp_path,
            *(
                f"1,T1,2025-06-01T10:00,2025-06-02T1{k // 60}:00:{k % 60:02},1,1"
                for k in range(120)
            ),
        )
    assert "more than 100 parts" in caught.value.flaws[0]


def test_an_overlap_behind_a_longer_one_is_found(tmp_path: Path) -> None:
    rows = [f"{k},T1,2025-06-01T{b}:00,2025-06-01T{e}:00,5,1"
            for k, b, e in ((1, 10, 11), (2, 10, 15), (3, 12, 13))]  # fmt: skip
    with pytest.raises(FileFlawed) as caught:
        read(tmp_path, *rows)
    assert [each.rpartition("past.csv:")[2][0] for each in caught.value.flaws] == ["3", "4"]


def test_columns_that_stand_twice_or_are_parted_by_another_sign_are_named(tmp_path: Path) -> None:
    assert "'n' for customers stands 2 times" in flaw(tmp_path, ROW + ",7", head=HEAD + ",n")
    with pytest.raises(FileFlawed, match="is the `delimiter` ';'"):
        read(tmp_path, ROW.replace(",", ";"), head=HEAD.replace(",", ";"))


@pytest.mark.parametrize(
    "line",
    [
        'times = ["%Q"]',
        'times = ["%d %d"]',
        'times = ["%H:%M"]',
        'encoding = "a\\u0000b"',
        'encoding = "undefined"',
        'encoding = "rot13"',
        'delimiter = "\\n"',
        "delimiter = '\"'",
        "times = " + "[" * 3000,
    ],
)
def test_a_mapping_that_cannot_work_is_refused_before_the_table(tmp_path: Path, line: str) -> None:
    found = flaw(tmp_path, ROW, mapping=with_key(line))
    assert found.startswith("toml:")
    assert "Value error" not in found


def test_decimal_commas_and_points_between_thousands(tmp_path: Path) -> None:
    mapping = IN_MINUTES.replace("[columns]", 'decimal = ","\ndelimiter = ";"\n[columns]')
    row = "1;T1;2025-06-01T10:00;1.234,5;5;1"
    table = read(tmp_path, row, mapping=mapping, head=HEAD.replace(",", ";")).table
    assert (table.ended - table.began).tolist() == [1_234_500_000 * 60]
    wrong = row.replace("1.234,5", "1234.5")
    assert "decimal" in flaw(tmp_path, wrong, mapping=mapping, head=HEAD.replace(",", ";"))


def test_letters_are_the_same_however_they_are_composed(tmp_path: Path) -> None:
    row = unicodedata.normalize("NFD", "Sự cố 1,Tây Hồ,2025-06-01T10:00,2025-06-01T11:00,50,1")
    head = unicodedata.normalize("NFD", HEAD.replace("id", " Số "))
    found = read(tmp_path, row, b",,,,,", head=head, mapping=MAPPING.replace('"id"', '"Số"'))
    assert found.table.events == ("Sự cố 1",)
    assert found.table.loads == ("Tây Hồ",)


def test_a_file_that_cannot_be_read_could_not_be_counted(
    tmp_path: Path, gridops_says: Terminal
) -> None:
    read(tmp_path, ROW)
    table, mapping = tmp_path / "past.csv", str(tmp_path / "past.toml")
    argv = ("indices", str(table), "--mapping", mapping)
    table.write_bytes(table.read_bytes() + b"2,T\xe9,2025-06-01T10:00,2025-06-01T11:00,5,1\n")
    assert f"{table}:3: is not written in utf-8-sig" in gridops_says(*argv).complaint
    table.write_bytes(b"")
    assert "is empty" in gridops_says(*argv).complaint
    table.unlink()
    assert "No such file" in gridops_says(*argv).complaint
    table.mkdir()
    assert "Is a directory" in gridops_says(*argv).complaint


def test_rule_sets_from_an_editor_that_marks_the_byte_order(tmp_path: Path) -> None:
    plain = b'format = 1\nname = "own"\ntext = "x"\nsustained_after_s = 60\n'
    own = tmp_path / "own.toml"
    own.write_bytes(b"\xef\xbb\xbf" + plain + b"threshold_is_sustained = true\n")
    assert read_ruleset(own).name == "own"
    with pytest.raises(GridOpsError, match="no such rule-set"):
        read_ruleset("a" * 400)


def test_what_is_asked_for_has_to_go_together(tmp_path: Path, gridops_says: Terminal) -> None:
    read(tmp_path, ROW)
    argv = ("indices", str(tmp_path / "past.csv"), "--mapping", str(tmp_path / "past.toml"))
    out = str(tmp_path / "out.json")
    assert "--json" in gridops_says(*argv, "--json", "--format", "csv").complaint
    assert "--out" in gridops_says(*argv, "--out", out).complaint
    assert "outside the years" in gridops_says(*argv, "--to", "9999-12-31").complaint
    assert gridops_says(*argv, "--format", "json", "--out", out).code == 0
    assert '"saidi_min": 30.0' in Path(out).read_text(encoding="utf-8")


def test_a_day_with_23_hours_demands_23_hours_of_service(
    tmp_path: Path, gridops_says: Terminal
) -> None:
    read(tmp_path, "1,T1,2025-03-30T10:00,2025-03-30T11:09,100,1")
    argv = ("indices", str(tmp_path / "past.csv"), "--mapping", str(tmp_path / "past.toml"))
    day = gridops_says(*argv, "--from", "2025-03-30", "--to", "2025-03-31", "--json").document
    assert day["indices"]["asai"] == 1 - 69 / (23 * 60)


def test_what_lasts_is_said_to_be_counted_to_where_it_is(
    tmp_path: Path, gridops_says: Terminal
) -> None:
    read(tmp_path, ROW, "2,T5,2025-06-01T10:30,,5,1")
    argv = ("indices", str(tmp_path / "past.csv"), "--mapping", str(tmp_path / "past.toml"))
    said = gridops_says(*argv, "--to", "2026-01-01")
    assert "1 interruptions have no end yet: counted up to 2025-06-01T11:00:00+02:00" in said.out


def test_parts_of_a_load_are_the_same_people_in_the_next_event(
    tmp_path: Path, gridops_says: Terminal
) -> None:
    """By hand: 40 wait for 1 h and 20 for 9 h, a month later all 60 for 1 h: 60 people, 120
    interruptions, twice each; 20 of them over 8 h at once, none 24 h in all. Of 100 served."""
    read(
        tmp_path,
        "A,T2,2025-06-01T10:00,2025-06-01T11:00,40,1",
        "A,T2,2025-06-01T10:00,2025-06-01T19:00,20,1",
        "B,T2,2025-07-01T10:00,2025-07-01T11:00,60,1",
    )
    argv = ("indices", str(tmp_path / "past.csv"), "--mapping", str(tmp_path / "past.toml"))
    found = gridops_says(*argv, "--by", "load", "--json").document
    had = found["customers"]
    assert (had["hit"], had["caifi"]) == (60, 2.0)
    assert (had["cemi"]["1"], had["cemi"]["2"], had["cemi"]["3"]) == (0.6, 0.6, 0.0)
    assert (had["celid_single"]["8"], had["celid_total"]["24"]) == (0.2, 0.0)
    assert [group["group"] for group in found["groups"]] == ["T2"]
    assert found["groups"][0]["own"]["saifi"] == 2.0


def test_a_major_event_day_has_what_began_in_it_wherever_minutes_fall(
    tmp_path: Path, gridops_says: Terminal
) -> None:
    read(
        tmp_path,
        *(f"{d},T1,2025-05-0{d}T10:00,2025-05-0{d}T10:1{d},50,1" for d in range(1, 10)),
        "S,T1,2025-06-01T23:00,2025-06-02T20:00,50,1",
    )
    own = tmp_path / "own.toml"
    own.write_text(
        'format = 1\nname = "own"\ntext = "x"\nsustained_after_s = 300\nmajor_events = "beta"\n'
        'threshold_is_sustained = false\nminutes_belong_to = "where_they_fall"\n',
        encoding="utf-8",
    )
    argv = ("indices", str(tmp_path / "past.csv"), "--mapping", str(tmp_path / "past.toml"))
    period = ("--ruleset", str(own), "--from", "2025-06-01", "--to", "2025-07-01", "--json")
    found = gridops_says(*argv, *period).document
    assert [day["day"] for day in found["major_event_days"]["days"]] == ["2025-06-01"]
    assert found["major_event_days"]["days"][0]["saidi_min"] == 21 * 60 * 50 / 100
    assert found["without_major_event_days"]["saidi_min"] == 0.0


# the tables that GridOps brings along


def test_minutes_with_a_decimal_comma_are_read_to_the_second() -> None:
    """`durations.csv`, added up by hand: K. Mã 3 95.5 x 212 and 240 x 212, Nghĩa Tân 1 47.2 x 305;
    3.75 min and 5 min exactly are not sustained; what the source cost counts in one rule-set."""
    table = SHIPPED.parent / "outages" / "durations.csv"
    found = read_records(table, read_mapping(table.with_suffix(".toml")))
    account = Account(
        table=found.table,
        ruleset=IEEE1366,
        served=found.served,
        now=datetime(2026, 1, 2, tzinfo=UTC),
        zone=found.zone,
    )
    year = Period(*(datetime(y, 1, 1, tzinfo=found.zone).astimezone(UTC) for y in (2025, 2026)))
    own = 95.5 * 212 + 240 * 212 + 47.2 * 305
    assert account.indices(year).customer_minutes == pytest.approx(own + 180.5 * 141, abs=1e-9)
    vietnam = replace(account, ruleset=read_ruleset("vn-tt39"))
    assert vietnam.indices(year).customer_minutes == pytest.approx(own, abs=1e-9)
    assert account.indices(year).maifi == (188 + 305) / 846
    by_cause = {g.key: g.share.ens_wh for g in account.groups(year, By.CAUSE)}
    assert by_cause["planned"] == pytest.approx(1_036_250 * 4)
