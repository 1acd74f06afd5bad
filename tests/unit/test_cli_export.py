"""`gridops export`: pandapower and GeoJSON."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cli_story import Terminal

from gridops.adapters.content import models_dir
from gridops.adapters.geojson import geojson_of
from gridops.adapters.grid_files import load_grid, read_grid, save_grid
from gridops.errors import GridUnreadable
from gridops.network import build_network, draw


def test_a_grid_goes_to_pandapower_and_comes_back_the_same(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    pytest.importorskip("pandapower")
    file, folder = tmp_path / "net.json", tmp_path / "hanoi_ring"
    assert gridops_says("export", "pandapower", "hanoi_ring", str(file)).code == 0
    back = gridops_says("import", "pandapower", str(file), str(folder), "--json")
    assert back.code == 0
    assert back.document["assumptions"] == []
    original = models_dir() / "hanoi_ring"
    assert read_grid(folder).components == read_grid(original).components


def test_one_json_document_says_what_was_written(gridops_says: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "map.geojson"
    said = gridops_says("export", "geojson", "oberrhein", str(file), "--json")
    assert said.document == {"grid": "oberrhein", "format": "geojson", "file": str(file)}
    assert json.loads(file.read_text())["type"] == "FeatureCollection"
    assert [each.name for each in tmp_path.iterdir()] == ["map.geojson"]


def test_a_file_that_is_there_is_overwritten_only_if_asked(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "map.geojson"
    file.write_text("mine")
    assert "--force" in gridops_says("export", "geojson", "oberrhein", str(file)).complaint
    assert file.read_text() == "mine"
    assert gridops_says("export", "geojson", "oberrhein", str(file), "--force").code == 0
    assert file.read_text() != "mine"


def test_what_cannot_be_exported_is_told_in_one_line(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    file = str(tmp_path / "out")
    assert "near: geojson" in gridops_says("export", "geojsn", "oberrhein", file).complaint
    assert "formats: geojson" in gridops_says("export", "shape", "oberrhein", file).complaint
    place = str(tmp_path / "no" / "where")
    assert "cannot be written" in gridops_says("export", "geojson", "oberrhein", place).complaint


def test_a_grid_without_coordinates_has_no_map(gridops_says: Terminal, tmp_path: Path) -> None:
    save_grid(draw("S1 [b1] A").components, tmp_path / "drawn")
    said = gridops_says("export", "geojson", str(tmp_path / "drawn"), str(tmp_path / "map"))
    assert "longitude_deg" in said.complaint
    with pytest.raises(GridUnreadable, match="no node has coordinates"):
        geojson_of(draw("S1 [b1] A"))


def features(grid: str) -> dict[str, Any]:
    document = geojson_of(load_grid(models_dir() / grid))
    return {feature["id"]: feature for feature in document["features"]}


def test_the_map_has_every_element_with_what_a_gis_asks_for() -> None:
    network, found = load_grid(models_dir() / "oberrhein"), features("oberrhein")
    counts = len(network.nodes) + len(network.branches) + len(network.switches)
    assert len(found) == counts
    node = found["node/190"]
    place = network.nodes["190"]  # type: ignore[index]
    assert node["geometry"]["coordinates"] == [place.longitude_deg, place.latitude_deg]
    assert node["properties"]["customers"] > 0
    line = found["branch/L7"]
    assert line["geometry"]["type"] == "LineString"
    assert {"kind", "length_m", "current_a_max", "section", "feeder", "customers"} <= set(
        line["properties"]
    )
    assert line["properties"]["feeder"] in {"F1", "F2", "F3", "F4"}
    tie = found["switch/SW311"]["properties"]
    assert tie["normal_position"] == "open"
    assert len(tie["feeders"]) == 2
    assert found["switch/SW99"]["properties"]["head_of"] == "F1"


def test_coordinates_are_as_the_standard_wants_them() -> None:
    """RFC 7946: longitude first, two positions or more in a line, ids unique, no crs member."""
    for feature in features("hanoi_ring").values():
        positions = feature["geometry"]["coordinates"]
        if feature["geometry"]["type"] == "Point":
            positions = [positions]
        else:
            assert len(positions) == 2
        assert all(
            105 < longitude < 106 and 20 < latitude < 22 for longitude, latitude in positions
        )


def test_what_has_no_place_is_there_without_a_geometry() -> None:
    components = draw("S1 [b1] A").components
    placed = replace(components.nodes[0], longitude_deg=105.8, latitude_deg=21.0)
    network = build_network(replace(components, nodes=(placed, *components.nodes[1:])))
    found = {each["id"]: each["geometry"] for each in geojson_of(network)["features"]}
    assert found["node/S1"] == {"type": "Point", "coordinates": [105.8, 21.0]}
    assert found["switch/b1"] is None
