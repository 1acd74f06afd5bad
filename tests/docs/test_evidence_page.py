"""The page of witnesses against the settings that it quotes."""

import dataclasses
import math
import re
from pathlib import Path

import pytest

from gridops.outage.crews import CrewSettings
from gridops.outage.customer_model import CustomerSettings
from gridops.outage.earth_fault_search import SearchSettings
from gridops.outage.earth_faults import EarthFaultSettings
from gridops.outage.fault_current import CurrentSettings
from gridops.outage.predicted_device import PredictionSettings
from gridops.outage.voltage_loss import VoltageSettings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "evidence.md").read_text()
OF_WITNESS = {
    "meters of one transformer": CustomerSettings(),
    "all silent meters": CustomerSettings(),
    "callers of one transformer": CustomerSettings(),
    "measured fault current": CurrentSettings(),
    "patrol": CrewSettings(),
    "trial": CrewSettings(),
    "voltage detector": VoltageSettings(),
    "earth-fault relay": EarthFaultSettings(),
}
IN_PROSE = (PredictionSettings(), SearchSettings())
WRITTEN = {"5 %": 0.05, "1/3": 1 / 3, "100 kA": 1e5, "ln 10000": math.log(1e4)}


def value_of(text: str) -> float:
    return WRITTEN[text] if text in WRITTEN else float(text.partition(" ")[0])


def quoted() -> list[tuple[object, str, str]]:
    """(settings, name, default) of every row."""
    found, witness = [], ""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 5 or cells[0] in ("witness", "---"):
            continue
        witness = cells[0] or witness
        names = re.findall(r"`(\w+)`", cells[2])
        values = cells[3].split(", ") if cells[3] else []
        assert len(names) == len(values), line
        found += [(OF_WITNESS[witness], n, v) for n, v in zip(names, values, strict=True)]
    prose = re.findall(r"`(\w+)`\s+\(([\d.]+)", PAGE)
    for name, value in prose:
        (owner,) = [s for s in IN_PROSE if hasattr(s, name)]
        found.append((owner, name, value))
    return found


@pytest.mark.parametrize(("settings", "name", "default"), quoted(), ids=lambda v: str(v)[:40])
def test_every_default_is_as_written(settings: object, name: str, default: str) -> None:
    assert getattr(settings, name) == pytest.approx(value_of(default))


def test_every_setting_is_on_the_page() -> None:
    written = {(type(settings), name) for settings, name, _ in quoted()}
    for settings in (*OF_WITNESS.values(), *IN_PROSE):
        fields = {field.name for field in dataclasses.fields(settings)}  # type: ignore[arg-type]
        assert {name for kind, name in written if kind is type(settings)} == fields
