"""docs/city.md has every parameter of the city with its value and a source."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from gridops.city import HANOI

PAGE = Path(__file__).resolve().parents[2] / "docs" / "city.md"
ROW = re.compile(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def shown(value: object) -> str:
    """As the page writes a value: a span as `low to high`, shares by name."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return ", ".join(f"{name} {share:g}" for name, share in value)
    if isinstance(value, tuple):
        return " to ".join(shown(each) for each in value)
    if isinstance(value, float) and value >= 1e6:
        mantissa, _, exponent = f"{value:.1e}".partition("e+")
        figure = f"{mantissa}e{int(exponent)}"
        return figure.replace(".0e9", "e9")
    return repr(value)


def rows() -> dict[str, tuple[str, str]]:
    """Parameters of a row, as they stand there -> its value and source."""
    found = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {names: (value, source) for names, value, source in found}


def test_the_page_has_every_parameter_once() -> None:
    named = [name for names in rows() for name in re.findall(r"[a-z_]+", names)]
    assert sorted(named) == sorted(each.name for each in fields(HANOI))


@pytest.mark.parametrize("names", rows())
def test_the_page_states_the_value_in_force(names: str) -> None:
    value, source = rows()[names]
    in_force = [shown(getattr(HANOI, name)) for name in re.findall(r"[a-z_]+", names)]
    assert value == ", ".join(in_force)
    assert source.strip()
