"""`gridops import`: what is written, what is said, what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from cli_story import Terminal

from gridops.adapters.grid_files import read_grid

pp = pytest.importorskip("pandapower")
networks = pytest.importorskip("pandapower.networks")

pytestmark = pytest.mark.filterwarnings(  # raised by pandapower about its own file
    "ignore:tap_dependency_table:DeprecationWarning"
)


@pytest.fixture(scope="module")
def oberrhein_json(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("net") / "oberrhein.json"
    pp.to_json(networks.mv_oberrhein(scenario="load"), str(file))
    return str(file)


def test_a_net_becomes_a_grid_that_can_be_asked(
    gridops_says: Terminal, oberrhein_json: str, tmp_path: Path
) -> None:
    folder = tmp_path / "My Rhein"
    said = gridops_says("import", "pandapower", oberrhein_json, str(folder), "--json")
    assert said.code == 0, said.err
    assert set(said.document) == {"grid", "folder", "format", "assumptions", "check"}
    assert (said.document["grid"], said.document["format"]) == ("my_rhein", "pandapower")
    assert said.document["folder"] == str(folder)
    assert said.document["check"]["ok"] is True
    assert said.document["assumptions"] == list(read_grid(folder).about.assumptions)
    papers = (folder / "README.md").read_text()
    assert all(each in papers for each in said.document["assumptions"])
    fault = gridops_says("whatif", str(folder), "--fault", "L20", "--json")
    assert fault.document["customers"]["restored_by_switching"] > 0


def test_people_are_told_how_many_assumptions_and_flaws_there_are(
    gridops_says: Terminal, oberrhein_json: str, tmp_path: Path
) -> None:
    said = gridops_says("import", "pandapower", oberrhein_json, str(tmp_path / "grid"))
    assert said.code == 0
    count = len(read_grid(tmp_path / "grid").about.assumptions)
    assert f"{count} assumptions" in said.out
    assert "ok; 0 errors" in said.out


def test_bare_writes_only_what_the_source_says(
    gridops_says: Terminal, oberrhein_json: str, tmp_path: Path
) -> None:
    folder = tmp_path / "grid"
    said = gridops_says("import", "pandapower", oberrhein_json, str(folder), "--bare", "--json")
    assert said.code == 1, "no feeder heads, so no grid that could be operated"
    codes = {flaw["code"] for flaw in said.document["check"]["flaws"]}
    assert "feeder-head-missing" in codes
    components = read_grid(folder).components
    assert {load.customers for load in components.loads} == {0}
    assert components.points == ()


def test_a_line_that_becomes_a_tie_is_not_said_to_be_left_out(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    """Lines 32 to 36 of case33bw are spare; where bus 17 is out too, lines 16 and 35 are lost."""
    file = tmp_path / "case33bw.json"
    net = networks.case33bw()
    net.bus.loc[17, "in_service"] = False
    net.line.loc[16, "in_service"] = False
    pp.to_json(net, str(file))

    def said_of_lines(*options: str) -> list[str]:
        folder = tmp_path / f"grid{len(options)}"
        said = gridops_says("import", "pandapower", str(file), str(folder), *options).out
        found = [s[2:] for s in said.splitlines() if "Out of service in table line" in s]
        papers = (folder / "README.md").read_text()
        assert all(f"* {sentence}" in papers for sentence in found)
        return found

    lost = "Out of service in table line, left out (2: 16, 35)."
    spare = "Out of service in table line, between buses in service: left out (4: 32, 33, 34, 36)."
    assert said_of_lines() == [lost]
    assert said_of_lines("--bare") == [lost, spare]


def test_an_unknown_format_is_told_what_is_near(gridops_says: Terminal, tmp_path: Path) -> None:
    complaint = gridops_says("import", "pandapowr", "net.json", str(tmp_path)).complaint
    assert "'pandapowr'" in complaint
    assert "near: pandapower" in complaint
    complaint = gridops_says("import", "excel", "net.xlsx", str(tmp_path)).complaint
    assert "formats: cgmes, opendss, pandapower, simbench" in complaint


def test_a_folder_with_something_else_is_left_alone(
    gridops_says: Terminal, oberrhein_json: str, tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").write_text("work of years")
    complaint = gridops_says("import", "pandapower", oberrhein_json, str(tmp_path)).complaint
    assert "--force" in complaint
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]
    said = gridops_says("import", "pandapower", oberrhein_json, str(tmp_path), "--force")
    assert said.code == 0
    assert (tmp_path / "thesis.tex").read_text() == "work of years"


def test_a_grid_of_ours_is_written_anew_but_not_over_somebodys_papers(
    gridops_says: Terminal, oberrhein_json: str, tmp_path: Path
) -> None:
    again = ("import", "pandapower", oberrhein_json, str(tmp_path / "grid"))
    assert gridops_says(*again).code == 0
    assert gridops_says(*again).code == 0
    (tmp_path / "grid" / "README.md").write_text("# Ours, by hand\n")
    assert "README.md" in gridops_says(*again).complaint


def test_a_file_in_the_place_of_the_folder_is_refused(
    gridops_says: Terminal, oberrhein_json: str, tmp_path: Path
) -> None:
    (tmp_path / "grid").write_text("")
    complaint = gridops_says("import", "pandapower", oberrhein_json, str(tmp_path / "grid"))
    assert "a grid is a folder" in complaint.complaint


def spoiled(text: str, **change: object) -> str:
    return json.dumps(json.loads(text) | change)


BAD_FILES: dict[str, tuple[str, str]] = {
    "not JSON": ('{\n"bus": ,', ":2: is not JSON"),
    "a list": ("[1, 2]", "holds no pandapower net"),
    "another document": ('{"type": "FeatureCollection"}', "holds no pandapower net"),
    "nested without end": ("[" * 100_000, "is nested too deeply"),
    "a module that is not pandapower's": (
        json.dumps({"_module": "os", "_class": "pandapowerNet", "_object": {}}),
        "wants to load os.pandapowerNet",
    ),
    "a module hidden in a text": (
        json.dumps(
            {
                "_module": "pandapower.auxiliary",
                "_class": "pandapowerNet",
                "_object": {"x": json.dumps({"_module": "subprocess", "_class": "Popen"})},
            }
        ),
        "wants to load subprocess.Popen",
    ),
    "a module that is spelled with escapes": (
        json.dumps(
            {
                "_module": "pandapower.auxiliary",
                "_class": "pandapowerNet",
                "_object": {"x": '{"\\u005fmodule": "subprocess", "_class": "Popen"}'},
            }
        ),
        "wants to load subprocess.Popen",
    ),
    "a file behind a table": (
        json.dumps(
            {
                "_module": "pandapower.auxiliary",
                "_class": "pandapowerNet",
                "_object": {
                    "bus": {
                        "_module": "pandas.core.frame",
                        "_class": "DataFrame",
                        "_object": "/etc/secret.json",
                    }
                },
            }
        ),
        "wants to load /etc/secret.json",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_is_no_net_is_refused_in_one_line(
    gridops_says: Terminal, tmp_path: Path, case: str
) -> None:
    text, said = BAD_FILES[case]
    file = tmp_path / "net.json"
    file.write_text(text)
    complaint = gridops_says("import", "pandapower", str(file), str(tmp_path / "grid")).complaint
    assert said in complaint
    assert str(file) in complaint
    assert not (tmp_path / "grid").exists()


def test_a_missing_file_and_a_binary_file_are_told(gridops_says: Terminal, tmp_path: Path) -> None:
    missing = gridops_says("import", "pandapower", str(tmp_path / "no.json"), str(tmp_path / "g"))
    assert "No such file" in missing.complaint
    (tmp_path / "net.p").write_bytes(b"\x80\x04\x95\xff")
    pickled = gridops_says("import", "pandapower", str(tmp_path / "net.p"), str(tmp_path / "g"))
    assert "is not UTF-8" in pickled.complaint


def test_an_empty_net_and_one_of_a_newer_pandapower_are_told(
    gridops_says: Terminal, tmp_path: Path, oberrhein_json: str
) -> None:
    file = tmp_path / "net.json"
    pp.to_json(pp.create_empty_network(), str(file))
    empty = gridops_says("import", "pandapower", str(file), str(tmp_path / "grid")).complaint
    assert "it has no bus" in empty
    document: dict[str, Any] = json.loads(Path(oberrhein_json).read_text())
    document["_object"] |= {"version": "99.0.0", "format_version": "99.0.0"}
    file.write_text(json.dumps(document))
    newer = gridops_says("import", "pandapower", str(file), str(tmp_path / "grid")).complaint
    assert "a newer pandapower wrote it" in newer


def written(net: Any, folder: Path) -> str:
    pp.to_json(net, str(folder / "net.json"))
    return str(folder / "net.json")


def test_a_net_without_switches_can_be_asked_what_if(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    """The 33 buses of Baran and Wu, whose five tie lines pandapower has out of service."""
    file, folder = written(networks.case33bw(), tmp_path), str(tmp_path / "grid")
    assert gridops_says("import", "pandapower", file, folder).code == 0
    said = gridops_says("whatif", folder, "--fault", "L6", "--json")
    assert said.document["tripped"] == ["SW-L0-0"]
    assert said.document["fence"] == ["SW-L6-6", "SW-L6-7"]
    assert said.document["customers"]["restored_by_switching"] > 1900
    assert said.document["guard"]["passed"] is True


def test_a_net_with_a_loop_is_written_and_the_check_says_so(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    net = networks.simple_mv_open_ring_net()
    net.switch["closed"] = True
    said = gridops_says("import", "pandapower", written(net, tmp_path), str(tmp_path / "grid"))
    assert said.code == 1
    assert "written, but cannot be used yet; 1 errors" in said.out
    assert "gridops check" in said.err
    assert len(read_grid(tmp_path / "grid").components.branches) == 6


def test_elements_that_cannot_be_said_are_listed_at_once(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    file = written(networks.example_multivoltage(), tmp_path)
    complaint = gridops_says("import", "pandapower", file, str(tmp_path / "grid")).complaint
    assert "trafo3w (1: trafo3w 0) and impedance (1: impedance 0)" in complaint
    assert "two-winding transformers" in complaint
    assert not (tmp_path / "grid").exists()


def test_names_too_long_for_a_file_are_told(
    gridops_says: Terminal, oberrhein_json: str, tmp_path: Path
) -> None:
    long = str(tmp_path / ("y" * 300))
    for command in (
        ("import", "pandapower", oberrhein_json),
        ("export", "pandapower", "oberrhein"),
    ):
        said = gridops_says(*command, long)
        assert (said.code, said.err.count("\n")) == (2, 1)
        assert "File name too long" in said.err


def test_an_export_that_fails_leaves_nothing_behind(gridops_says: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.mkdir()
    said = gridops_says("export", "geojson", "oberrhein", str(folder), "--force")
    assert (said.code, [each.name for each in tmp_path.iterdir()]) == (2, ["taken"])
