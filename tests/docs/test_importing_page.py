"""docs/importing.md: its Python runs, and it says what the code does."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from gridops.adapters import cgmes_documents
from gridops.adapters.completion import customers, devices, drawing, station, switchgear
from gridops.adapters.exporters import EXPORTERS
from gridops.adapters.importers import FORMATS
from gridops.adapters.pandapower_grid.coverage import READ, REFUSED
from gridops.adapters.pandapower_grid.edges import SWITCH_KINDS
from gridops.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
FLAT = " ".join(PAGE.split())


@pytest.mark.filterwarnings("ignore:tap_dependency_table:DeprecationWarning")
@pytest.mark.parametrize("block", re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S))
def test_the_python_runs(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pandapower")
    monkeypatch.chdir(ROOT)
    exec(compile(block, "docs/importing.md", "exec"), {})


def test_every_format_has_its_command() -> None:
    assert set(re.findall(r"^gridops import (\w+)", PAGE, re.M)) == set(FORMATS)
    assert set(re.findall(r"^gridops export (\w+)", PAGE, re.M)) == set(EXPORTERS)


def test_every_option_of_import_is_described() -> None:
    described = set(re.findall(r"^\| `(--[\w-]+)`", PAGE, re.M))
    command = get_command(app).commands["import"]  # type: ignore[attr-defined]
    taken = {flag for each in command.params for flag in each.opts if flag.startswith("--")}
    assert described == taken - {"--help"}


def test_every_table_of_pandapower_that_is_read_or_refused_is_named() -> None:
    section = PAGE.split("## pandapower")[1].split("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", section))
    assert set(READ) | set(REFUSED) <= named
    assert all(re.search(rf"\b{kind}\b", section) for kind in SWITCH_KINDS)


def test_every_figure_of_the_rules_is_the_one_in_the_code() -> None:
    for said in (
        f"{switchgear.CURRENT_A_RATED:g} A at both ends",
        f"above {station.MEDIUM_VOLTAGE_V_MAX / 1e3:g} kV",
        f"{switchgear.BREAKER_CURRENT_A_RATED:,.0f} A where no rating",
        f"{devices.RATINGS_A[0]:,.0f} to {devices.RATINGS_A[-1]:,.0f} A",
        f"pick-up {devices.PICKUP_OF_AMPACITY:g} times the best rating",
        f"{devices.PICKUP_OF_LOAD:g} times the current of all loads",
        f"at least {devices.LOAD_A_MIN:g} A",
        f"rounded up to {devices.PICKUP_STEP_A:g} A",
        f"trip after {devices.TRIP_DELAY_S:g} s",
        f"pick-up {devices.PICKUP_OF_TRANSFORMER:g} times the rated current",
        f"{devices.GRADING_S:g} s after the one below",
        f"({devices.OPERATING_TIME_S_BREAKER:g} s)",
        f"({devices.OPERATING_TIME_S_REMOTE:g} s)",
        f"{switchgear.OPERATING_TIME_S_CREW / 60:g} minutes",
        f"each {customers.WATTS_PER_CUSTOMER / 1e3:g} kW",
        f"every {customers.CRITICAL_EVERY}th is critical",
        f"from {customers.COMMERCIAL_FROM_W / 1e3:g} kW commercial",
        f"{customers.AREA_COLUMNS * customers.AREA_ROWS} squares",
        f"{drawing.SCHEMATIC_WIDTH:,.0f} wide",
        f"more than {cgmes_documents.RATIO_MAX} times its size",
        f"{cgmes_documents.BYTES_MAX // 2**20} MiB",
        f"more than {cgmes_documents.DOCUMENTS_MAX} documents",
    ):
        assert said in FLAT, said
    assert devices.TELECONTROL_EVERY == 3
    assert "every third station" in FLAT
