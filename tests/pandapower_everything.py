"""A pandapower net with one row of every element that is carried."""

from typing import Any

import pytest

from gridops.adapters.pandapower_grid.coverage import READ

pp = pytest.importorskip("pandapower")


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


def columns() -> list[tuple[str, str]]:
    """Every column that pandapower makes, and every one that we read though it is optional."""
    net = everything()
    made = {(table, column) for table in READ for column in net[table].columns}
    return sorted(made | {(table, column) for table in READ for column in READ[table]})
