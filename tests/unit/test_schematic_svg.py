"""The picture itself: what stands in the file that `gridops draw` writes."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cli_story import Terminal

from gridops.adapters.content import models_dir, resolve_grid
from gridops.adapters.grid_files import load_grid, read_grid, save_grid
from gridops.api.grid_view import grid_view
from gridops.network import Network, build_network, draw
from gridops.schematic import geographic_layout, layout, picture

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert('x')</script>&\"]]>\x00\x1b\ud800 Đường dây 471"


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}text")]


def uses(svg: str) -> list[str]:
    return [each.attrib["href"] for each in ET.fromstring(svg).iter(f"{SVG}use")]


@pytest.fixture(scope="module")
def oberrhein() -> Network:
    return load_grid(resolve_grid("oberrhein"))


def test_every_switch_has_its_symbol_filled_when_closed() -> None:
    network = draw("S1 [b1] A [r1] B [s1] C [d1] D [f1] E\nE (t1) B")
    svg = picture(network, layout(network))
    body = uses(svg)[:-10]  # the last ten are the legend
    assert {"#breaker-c", "#recloser-c", "#disconnector-c", "#fuse-c"} <= set(body)
    assert body.count("#load_break_switch-c") == 1
    assert body.count("#load_break_switch-o") == 1


def test_title_feeders_ties_and_counts_are_written(oberrhein: Network) -> None:
    said = texts(picture(oberrhein, layout(oberrhein)))
    assert said[0] == "oberrhein"
    assert "4 feeders" in said[1]
    assert "322 switches, 6 of them normally open" in said[1]
    assert {"F1", "F2", "F3", "F4"} <= set(said)
    assert {"SW14", "SW34", "SW48", "SW107", "SW144", "SW311"} <= set(said)


def test_a_picture_of_a_real_grid_is_small(oberrhein: Network) -> None:
    assert len(picture(oberrhein, layout(oberrhein)).encode()) < 150_000


def test_hostile_names_stay_text() -> None:
    parts = draw("S1 [b1] A (t1) B").components
    named = build_network(
        replace(
            parts,
            name=HOSTILE,
            nodes=tuple(replace(node, name=HOSTILE) for node in parts.nodes),
            branches=tuple(replace(branch, name=HOSTILE) for branch in parts.branches),
            switches=tuple(replace(switch, name=HOSTILE) for switch in parts.switches),
        )
    )
    svg = picture(named, layout(named))
    tags = {each.tag.removeprefix(SVG) for each in ET.fromstring(svg).iter()}
    assert tags == {"svg", "style", "defs", "g", "rect", "path", "circle", "use", "text", "title"}
    assert "<script>alert('x')</script>&\"]]>" in texts(svg)[0]
    assert "Đường dây 471" in texts(svg)[0]
    svg.encode("utf-8")


def test_no_two_names_lie_over_each_other(oberrhein: Network) -> None:
    svg = picture(oberrhein, layout(oberrhein))
    boxes = []
    for each in ET.fromstring(svg).iter(f"{SVG}text"):
        x, y = float(each.attrib["x"]), float(each.attrib["y"])
        wide = 4.0 * len(each.text or "")
        left = x - wide if "e" in each.attrib.get("class", "").split() else x
        boxes.append((left, y - 7, left + wide, y))
    over = [
        (a, b)
        for k, a in enumerate(boxes)
        for b in boxes[k + 1 :]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    assert over == []


def test_a_map_keeps_directions(oberrhein: Network) -> None:
    drawn = geographic_layout(oberrhein)
    assert drawn is not None
    nodes = list(oberrhein.nodes.values())
    east = max(nodes, key=lambda node: node.longitude_deg or 0.0)
    north = max(nodes, key=lambda node: node.latitude_deg or 0.0)
    assert drawn.places[east.id].x == max(place.x for place in drawn.places.values())
    assert drawn.places[north.id].y == min(place.y for place in drawn.places.values())


def test_a_node_without_coordinates_lies_at_its_neighbour(oberrhein: Network) -> None:
    parts = oberrhein.components
    lost = parts.nodes[5]
    nodes = tuple(
        replace(node, longitude_deg=None, latitude_deg=None) if node is lost else node
        for node in parts.nodes
    )
    drawn = geographic_layout(build_network(replace(parts, nodes=nodes)))
    assert drawn is not None
    around = [s for s in parts.switches if lost.id in (s.node_a, s.node_b)]
    neighbours = {s.node_a if s.node_b == lost.id else s.node_b for s in around}
    assert drawn.places[lost.id] in {drawn.places[node] for node in neighbours}


def test_a_grid_without_coordinates_has_no_map() -> None:
    assert geographic_layout(draw("S1 [b1] A")) is None


# the command


def test_draw_writes_the_same_bytes_each_time(gridops_says: Terminal, tmp_path: Path) -> None:
    one, other = tmp_path / "one.svg", tmp_path / "other.svg"
    said = gridops_says("draw", "hanoi_ring", str(one))
    assert said.code == 0
    assert "hanoi_ring" in said.out
    assert gridops_says("draw", "models/hanoi_ring", str(other)).code == 0
    assert one.read_bytes() == other.read_bytes()
    assert one.read_bytes().startswith(b"<svg ")


def test_draw_answers_in_json(gridops_says: Terminal, tmp_path: Path) -> None:
    said = gridops_says("draw", "hanoi_ring", str(tmp_path / "a.svg"), "--json")
    assert set(said.document) == {"grid", "file", "crossings"}
    said = gridops_says("draw", "hanoi_ring", str(tmp_path / "a.svg"), "--json", "--geographic")
    assert said.document["crossings"] is None


def test_draw_refuses_what_is_no_svg(gridops_says: Terminal, tmp_path: Path) -> None:
    assert "NAME.svg" in gridops_says("draw", "hanoi_ring", str(tmp_path / "a.png")).complaint
    assert not (tmp_path / "a.png").exists()


def test_draw_says_where_it_could_not_write(gridops_says: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "a.svg"
    assert str(file) in gridops_says("draw", "hanoi_ring", str(file)).complaint


def test_draw_needs_coordinates_for_a_map(gridops_says: Terminal, tmp_path: Path) -> None:
    save_grid(draw("S1 [b1] A [s1] B").components, tmp_path / "bare")
    said = gridops_says("draw", str(tmp_path / "bare"), str(tmp_path / "a.svg"), "--geographic")
    assert "coordinates" in said.complaint


def test_written_places_stay_when_a_station_is_added(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    folder, file = tmp_path / "grid", str(tmp_path / "a.svg")
    save_grid(draw("S1 [b1] A [s1] B").components, folder)
    assert gridops_says("draw", str(folder), file, "--write-places").code == 0
    before = read_grid(folder).components
    assert all(node.x is not None and node.y is not None for node in before.nodes)
    grown = draw("S1 [b1] A [s1] B\nA [s2] C").components
    known = {node.id: node for node in before.nodes}
    nodes = tuple(known.get(node.id, node) for node in grown.nodes)
    view = grid_view(build_network(replace(grown, nodes=nodes)), "f")
    places = {node["id"]: (node["x"], node["y"]) for node in view["nodes"]}
    assert all(places[node.id] == (node.x, node.y) for node in before.nodes)


def test_a_map_writes_no_places(gridops_says: Terminal, tmp_path: Path) -> None:
    said = gridops_says(
        "draw", "hanoi_ring", str(tmp_path / "a.svg"), "--geographic", "--write-places"
    )
    assert "schematic" in said.complaint


def test_a_grid_that_comes_along_keeps_its_places(gridops_says: Terminal, tmp_path: Path) -> None:
    nodes = models_dir() / "hanoi_ring" / "nodes.csv"
    before = nodes.read_bytes()
    said = gridops_says("draw", "hanoi_ring", str(tmp_path / "a.svg"), "--write-places")
    assert nodes.read_bytes() == before
    assert "copy" in said.complaint
