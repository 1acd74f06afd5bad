"""docs/scenarios.md against the models that read the files."""

import re
import typing
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import BaseModel

from gridops.adapters import scenario_files as files
from gridops.adapters import study_files
from gridops.calibration.drawing import FieldWays
from gridops.calibration.report import Expectation
from gridops.events.operator import Mode, TagKind
from gridops.incident import IncidentSettings, Phase
from gridops.outage import Cause, Verdict
from gridops.virtual_field import LinkTrouble
from gridops.virtual_field.vocabulary import FieldSettings, Misbehaviour

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")


def part(heading: str) -> str:
    """The text under `## heading`."""
    return PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(heading: str, column: str) -> list[list[str]]:
    """The table under `heading` whose first column is called `column`."""
    table = part(heading).split(f"| {column} |", 1)[1].split("\n\n", 1)[0]
    lines = table.splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def word(cell: str) -> str:
    return cell.strip("` ")


def members(union: object) -> list[type[BaseModel]]:
    """The models of `Annotated[A | B, ...]`."""
    return list(typing.get_args(typing.get_args(union)[0]))


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("Top of the file", files.Scenario),
        ("`[operator]`", files.Operator),
        ("`[expect]`", files.Expected),
        ("`[[expect.incidents]]`", files.ExpectedIncident),
        ("Studies of random faults", study_files.RandomFaults),
        ("`[expect]` of a study", study_files.ExpectedFigures),
    ],
)
def test_every_key_is_described_and_no_other(heading: str, model: type[BaseModel]) -> None:
    described = {word(row[0]): row[1] == "yes" for row in rows(heading, "key")}
    read = {name: field.is_required() for name, field in model.model_fields.items()}
    assert described == read


def test_every_way_of_the_field_is_described_with_its_default() -> None:
    described = {word(row[0]): row[1] for row in rows("`[field]` of a study", "key")}
    read = {each.name: as_written(each.default) for each in fields(FieldWays)}
    assert described == read
    models = {name: field.default for name, field in study_files.Ways.model_fields.items()}
    assert {name: as_written(value) for name, value in models.items()} == read


def test_what_a_study_expects_is_what_the_figures_are_compared_with() -> None:
    assert set(study_files.ExpectedFigures.model_fields) == {f.name for f in fields(Expectation)}


def as_written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


@pytest.mark.parametrize(
    ("heading", "union"), [("`[[happens]]`", files.Happens), ("`[[acts]]`", files.Acts)]
)
def test_every_kind_of_entry_is_described_with_its_keys(heading: str, union: object) -> None:
    described = {
        word(row[0]): {word(key) for key in row[1].split(",")} for row in rows(heading, "`what`")
    }
    read = {
        what: set(model.model_fields) - {"at_s", "what"}
        for model in members(union)
        for what in typing.get_args(model.model_fields["what"].annotation)
    }
    assert described == read


@pytest.mark.parametrize(
    ("heading", "settings"), [("`[engine]`", IncidentSettings), ("`[field]`", FieldSettings)]
)
def test_every_setting_is_described_with_its_default(
    heading: str, settings: type[IncidentSettings | FieldSettings]
) -> None:
    described = {word(row[0]): row[1] for row in rows(heading, "key")}
    read = {
        each.name: str(each.default).lower() if each.type is bool else f"{each.default:g}"
        for each in fields(settings)
        if each.type in (bool, float)
    }
    assert described == read


def test_every_misbehaviour_is_described() -> None:
    described = [word(row[0]) for row in rows("`[[happens]]`", "`kind`")]
    assert described == [kind.value for kind in Misbehaviour]


def test_every_trouble_of_a_link_is_described() -> None:
    described = [word(row[0]) for row in rows("`[[happens]]`", "`trouble`")]
    assert described == [kind.value for kind in LinkTrouble]


@pytest.mark.parametrize(
    ("heading", "key", "values"),
    [
        ("`[[acts]]`", "tag", TagKind),
        ("`[[acts]]`", "mode", Mode),
        ("`[[expect.incidents]]`", "cause", Cause),
        ("`[[expect.incidents]]`", "verdict", Verdict),
        ("`[[expect.incidents]]`", "phase", Phase),
    ],
)
def test_every_value_is_named(
    heading: str, key: str, values: type[TagKind | Mode | Cause | Verdict | Phase]
) -> None:
    (row,) = re.findall(rf"^\| `{key}` \|.*$", part(heading), re.M)
    assert {value.value for value in values} <= set(re.findall(r"`(\w+)`", row))


def test_the_example_can_be_played(tmp_path: Path) -> None:
    example, _ = re.findall(r"^```toml\n(.*?)^```", PAGE, re.M | re.S)
    file = tmp_path / "example.toml"
    file.write_text(example, encoding="utf-8")
    assert files.load_scenario(file).happenings()


def test_the_example_of_a_study_can_be_read(tmp_path: Path) -> None:
    _, example = re.findall(r"^```toml\n(.*?)^```", PAGE, re.M | re.S)
    file = tmp_path / "example.toml"
    file.write_text(example, encoding="utf-8")
    study = study_files.load_simulation(file)
    assert isinstance(study, study_files.RandomFaults)
    assert study.study.faults == 1_000


def test_every_shipped_story_is_listed() -> None:
    listed = [(row[0], word(row[1]), row[2]) for row in rows("Shipped stories", "scenario")]
    shipped = []
    for file in sorted((ROOT / "simulations").glob("*.toml")):
        scenario = study_files.load_simulation(file)
        link = f"[{file.stem}](../simulations/{file.name})"
        shipped.append((link, scenario.grid, scenario.title))
    assert listed == shipped
