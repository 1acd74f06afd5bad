"""A pandapower net asked what the shipped grid is asked."""

from pathlib import Path

import pytest

from gridops import from_pandapower, import_grid, open_grid, to_geojson, to_pandapower
from gridops.errors import GridInvalid, GridUnreadable

pytestmark = pytest.mark.filterwarnings(  # raised by pandapower about its own file
    "ignore:tap_dependency_table:DeprecationWarning"
)
pandapower = pytest.importorskip("pandapower")
networks = pytest.importorskip("pandapower.networks")


def test_the_net_answers_as_the_grid_made_from_it() -> None:
    ours = open_grid("oberrhein").what_if(faults=["L20"])
    theirs = from_pandapower(networks.mv_oberrhein(scenario="load")).what_if(faults=["L20"])
    assert theirs.answer.plan == ours.answer.plan
    assert theirs.answer.fingerprint == ours.answer.fingerprint


def test_what_cannot_be_expressed_is_named() -> None:
    with pytest.raises(GridUnreadable, match="trafo3w"):
        from_pandapower(networks.example_multivoltage())


def test_the_grid_goes_out_and_comes_back_and_answers_the_same() -> None:
    ours = open_grid("oberrhein")
    again = from_pandapower(to_pandapower(ours))
    assert again.network.components == ours.network.components


def test_what_is_no_net_is_refused() -> None:
    with pytest.raises(GridUnreadable, match="a dict is no pandapower net"):
        from_pandapower({"bus": []})
    with pytest.raises(GridUnreadable, match="the net is empty"):
        from_pandapower(pandapower.create_empty_network())


def test_a_file_is_imported_without_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    pandapower.to_json(networks.case33bw(), str(file))
    grid = import_grid("pandapower", str(file))
    assert grid.what_if(faults=["L6"]).answer.plan.customers.restored_by_switching > 0
    with pytest.raises(GridInvalid, match="feeder head"):
        import_grid("pandapower", str(with_switches(tmp_path)), bare=True)


def with_switches(folder: Path) -> Path:
    file = folder / "ring.json"
    pandapower.to_json(networks.simple_mv_open_ring_net(), str(file))
    return file


def test_the_map_is_a_document_for_any_gis() -> None:
    document = to_geojson(open_grid("oberrhein"))
    assert document["type"] == "FeatureCollection"


@pytest.mark.parametrize("numbers", [["a", "b"], [0, 0]])
def test_rows_without_a_number_of_their_own_are_refused(numbers: list[object]) -> None:
    net = pandapower.create_empty_network()
    pandapower.create_buses(net, 2, vn_kv=20.0)
    net.bus.index = numbers
    with pytest.raises(GridUnreadable, match="table bus are not numbered"):
        from_pandapower(net)


def test_a_net_that_lacks_tables_or_voltages_is_no_riddle() -> None:
    net = networks.case33bw()
    del net["switch"]
    assert from_pandapower(net).network.switches
    del net.bus["vn_kv"]
    with pytest.raises(GridUnreadable, match="no column vn_kv"):
        from_pandapower(net)


@pytest.mark.parametrize("position", [None, float("nan"), "False", "open", 2])
def test_a_switch_is_never_closed_because_its_position_cannot_be_read(position: object) -> None:
    net = networks.simple_mv_open_ring_net()
    net.switch["closed"] = net.switch["closed"].astype(object)
    net.switch.at[1, "closed"] = position
    with pytest.raises(GridUnreadable, match="switch 1: closed is"):
        from_pandapower(net)
