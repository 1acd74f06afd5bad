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

pp = pytest.importorskip("pandapower")

BOTH_HARMLESS = {key for key, values in HARMLESS.items() if set(values) == {True, False}}
"""Flags that mean nothing to a power flow."""


def everything() -> Any:
    """One row of every element that is carried, all at one feeder."""
    net = pp.create_empty_network(name="everything")
    high, low, far, end = (pp.create_bus(net, kv, geodata=(7.1, 48.1)) for kv in (110, 20, 20, 20))
    pp.create_ext_grid(net, high, s_sc_max_mva=1000.0, rx_max=0.1)
    pp.create_transformer(net, high, low, "25 MVA 110/20 kV", tap_pos=1)
    for ends in ((low, far), (far, end)):
        pp.create_line_from_parameters(net, *ends, 2.0, 0.2, 0.1, 250.0, 0.3, type="cs")
    pp.create_switch(net, low, 0, "l", type="CB", in_ka=0.63)
    pp.create_load(net, far, 1.0, 0.3)
    pp.create_sgen(net, far, 0.5, 0.1, sn_mva=0.6, type="PV")
    pp.create_gen(net, end, 0.4, vm_pu=1.0, sn_mva=0.5)
    pp.create_storage(net, far, 0.1, max_e_mwh=1.0, q_mvar=0.05, sn_mva=0.2)
    pp.create_motor(net, far, 0.2, 0.85, efficiency_percent=90.0)
    pp.create_asymmetric_load(net, far, 0.1, 0.2, 0.3, 0.01, 0.02, 0.03)
    pp.create_asymmetric_sgen(net, far, 0.1, 0.2, 0.3, 0.01, 0.02, 0.03, sn_mva=1.0)
    pp.create_shunt(net, far, -0.3, p_mw=0.01)
    pp.create_ward(net, far, 0.1, 0.05, 0.02, 0.03)
    pp.create_xward(net, far, 0.1, 0.05, 0.02, 0.03, 0.1, 0.1, 1.0)
    return net


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


def columns() -> list[tuple[str, str]]:
    """Every column that pandapower makes, and every one that we read though it is optional."""
    net = everything()
    made = {(table, column) for table in READ for column in net[table].columns}
    return sorted(made | {(table, column) for table in READ for column in READ[table]})


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
