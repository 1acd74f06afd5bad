"""Rule-sets from files: what the shipped ones say, and every flaw of a wrong one."""

from datetime import timedelta
from pathlib import Path

import pytest

from gridops.adapters.ruleset_files import SHIPPED, RuleSetFile, read_ruleset, shipped_rulesets
from gridops.errors import FileFlawed
from gridops.reliability import IEEE1366, LABEL, MajorEventRule, RuleSet, YearRule

DOCS = Path(__file__).parents[2] / "docs"


def flaws_of(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FileFlawed) as caught:
        read_ruleset(file)
    return [flaw.removeprefix(f"{file}:") for flaw in caught.value.flaws]


def test_what_a_control_room_counts_by_is_the_shipped_file() -> None:
    assert read_ruleset("ieee1366") == IEEE1366


def test_vietnam_is_the_sum_of_its_months_and_owns_up_to_what_was_not_read() -> None:
    found = read_ruleset("vn-tt39")
    assert found.year is YearRule.SUM_OF_MONTHS
    assert found.sustained_after == timedelta(minutes=5)
    assert found.time_zone == "Asia/Ho_Chi_Minh"
    assert found.major_events is MajorEventRule.NONE
    assert {"excluded", "threshold_is_sustained", "shots_before_lockout_count"} <= set(
        found.unverified
    )


def test_a_rule_set_of_one_s_own_needs_little(tmp_path: Path) -> None:
    file = tmp_path / "three.toml"
    file.write_text(
        'format = 1\nname = "three"\ntext = "Ours"\n'
        "sustained_after_s = 180\nthreshold_is_sustained = true\nrepeats = [4, 2, 2]\n",
        encoding="utf-8",
    )
    assert read_ruleset(file) == RuleSet(
        name="three",
        text="Ours",
        sustained_after=timedelta(minutes=3),
        threshold_is_sustained=True,
        repeats=(2, 4),
        major_events=MajorEventRule.NONE,
    )


def test_every_flaw_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    found = flaws_of(
        tmp_path,
        'format = 1\nname = "own"\ntext = "Ours"\n'
        "sustained_after_s = -1\nthreshold_is_sustained = 0\n"
        'year = "months"\ntime_zone = "Asia/Hanoi"\nsustained_for = 3\n'
        'unverified = ["customers", "weather"]\n',
    )
    assert [flaw.partition(": ")[0] for flaw in found] == ["4", "5", "6", "7", "8", "9"]
    told = "\n".join(found)
    for said in ("sustained_after_s", "sum_of_months", "Asia/Ha", "sustained_for", "weather"):
        assert said in told, said


def test_a_key_that_is_missing_is_named(tmp_path: Path) -> None:
    found = flaws_of(tmp_path, 'format = 1\nname = "own"\ntext = "Ours"\nsustained_after_s = 1\n')
    assert found == ["1: threshold_is_sustained: Field required"]


def test_what_is_no_toml_or_not_there_is_told(tmp_path: Path) -> None:
    assert flaws_of(tmp_path, "format = 1\nname =\n")[0].startswith("2: is not TOML")
    with pytest.raises(FileFlawed, match=r"no such rule-set.*ieee1366"):
        read_ruleset("ieee1367")


def test_every_parameter_is_on_the_page_and_labelled_where_it_was_not_read() -> None:
    page = (DOCS / "minutes.md").read_text(encoding="utf-8")
    rows = {
        line.split("`")[1]: line
        for line in page.splitlines()
        if line.startswith("| `") and "`" in line
    }
    assert set(RuleSetFile.model_fields) <= set(rows)
    for name in shipped_rulesets():
        for key in read_ruleset(name).unverified:
            assert f"unverified: {name}" in rows[key] or "unverified: both" in rows[key], (
                name,
                key,
            )
    assert LABEL in page


def test_the_files_come_with_the_package() -> None:
    assert SHIPPED.parent.parent.name == "gridops"
    assert sorted(path.name for path in SHIPPED.iterdir()) == ["ieee1366.toml", "vn-tt39.toml"]
