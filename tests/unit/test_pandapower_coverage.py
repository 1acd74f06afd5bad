"""No table and no column of a pandapower net is passed over in silence."""

import copy
import json
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from gridops.adapters.pandapower_grid import convert
from gridops.adapters.pandapower_grid.coverage import HARMLESS, NO_LOSS, READ, REFUSED
from gridops.errors import GridUnreadable
from tests.pandapower_everything import columns, everything

BOTH_HARMLESS = {key for key, values in HARMLESS.items() if set(values) == {True, False}}
"""Flags that mean nothing to a power flow."""


@pytest.fixture(scope="module")
def whole() -> Any:
    return everything()


@pytest.fixture(scope="module")
def whole_outcome(whole: Any) -> tuple[object, ...]:
    return outcome(whole)


def outcome(net: Any) -> tuple[object, ...]:
    try:
        imported = convert(net)
    except GridUnreadable as refusal:
        return ("refused", str(refusal))
    return imported.components, imported.assumptions


def tables(net: Any) -> Iterator[str]:
    for table in net:
        if isinstance(net[table], pd.DataFrame) and not table.startswith(("res_", "_")):
            yield table


def changed(net: Any, table: str, column: str) -> Any:
    """The net with another value in that column of the first row."""
    other = copy.copy(net)
    frame = other[table] = net[table].copy()
    old = frame[column].iloc[0] if column in frame else None
    frame[column] = frame[column].astype(object) if column in frame else None
    frame.loc[frame.index[0], column] = another(table, column, old=old)
    return other


def another(table: str, column: str, *, old: Any) -> Any:
    special = {
        ("switch", "et"): "t",
        ("switch", "in_service"): False,
        ("trafo", "tap_side"): "lv",
        ("trafo", "tap_changer_type"): None,
        ("line", "type"): "ol",
        ("switch", "type"): "LBS",
        ("bus", "geo"): json.dumps({"coordinates": [7.2, 48.2], "type": "Point"}),
        ("bus", "substation"): "Mitte",
        ("sgen", "type"): "wind",
        ("gen", "type"): "hydro",
        ("asymmetric_sgen", "type"): "PV",
        ("trafo", "parallel"): 2,
        ("motor", "cos_phi"): 0.7,
    }
    if (table, column) in special:
        return special[table, column]
    if isinstance(old, bool | np.bool_):
        return not old
    if "bus" in column or column == "element":
        return 2 if old == 3 else 3
    if isinstance(old, int | float | np.number) and not pd.isna(old):
        return float(old) * 1.5 + 1.0
    return 0.5 if column != "name" else "renamed"


@pytest.mark.parametrize(("table", "column"), columns(), ids=str)
def test_a_change_in_any_column_shows_or_is_named(
    whole: Any, whole_outcome: tuple[object, ...], table: str, column: str
) -> None:
    if column in NO_LOSS.get(table, ()) or (table, column) in BOTH_HARMLESS:
        return  # says nothing of how the grid behaves; the tables say why
    if (table, column) == ("gen", "vm_pu"):
        assert any("voltage control is lost" in str(said) for said in convert(whole).assumptions)
        return
    before, after = whole_outcome, outcome(changed(whole, table, column))
    named = any(
        table in str(said) and column in str(said) for said in cast(tuple[str, ...], before[1])
    )
    assert before != after or named


def test_every_table_that_pandapower_makes_is_read_refused_or_told(whole: Any) -> None:
    for table in tables(whole):
        if table in READ or table in REFUSED:
            continue
        net = copy.deepcopy(whole)
        net[table] = pd.DataFrame([dict.fromkeys(net[table].columns, 1)])
        said = [each for each in convert(net).assumptions if f"Table {table} (1 row)" in each]
        assert said == [f"Table {table} (1 row) is not carried over."]


@pytest.mark.parametrize("table", REFUSED)
def test_what_joins_buses_otherwise_is_refused(whole: Any, table: str) -> None:
    net = copy.deepcopy(whole)
    row = dict.fromkeys(net[table].columns, 1)
    net[table] = pd.DataFrame([{**row, "in_service": True}], index=[4])
    with pytest.raises(GridUnreadable, match=rf"{table} \(1: {table} 4\)"):
        convert(net)
    net[table]["in_service"] = False
    assert f"Out of service in table {table}, left out (1: 4)." in convert(net).assumptions


def test_a_column_that_somebody_added_is_named(whole: Any) -> None:
    net = copy.deepcopy(whole)
    net.line["age_years"] = 31
    assert any("table line" in s and "age_years" in s for s in convert(net).assumptions)


def test_shunt_conductance_and_switch_impedance_are_named_with_their_rows(whole: Any) -> None:
    net = copy.deepcopy(whole)
    net.line.loc[1, "g_us_per_km"] = 2.0
    net.switch.loc[0, "z_ohm"] = 0.5
    said = convert(net).assumptions
    assert "Column g_us_per_km (shunt conductance) is not carried over (1: line 1)." in said
    assert "Column z_ohm (impedance of the switch) is not carried over (1: switch 0)." in said
