"""CGMES 2.4.15: a foreign file, and files that nobody should trust."""

import io
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_story import Terminal
from pandapower_flow import flow, normally

from gridops import import_grid
from gridops.adapters import cgmes_documents
from gridops.adapters.cgmes_documents import read_documents
from gridops.adapters.cgmes_grid import import_cgmes
from gridops.adapters.completion import complete
from gridops.adapters.pandapower_grid import to_net
from gridops.errors import GridUnreadable
from gridops.network import SwitchKind, build_network
from tests.radial_sweep import RadialSweep

pytest.importorskip("lxml")
from_cim = pytest.importorskip("pandapower.converter.cim.cim2pp.from_cim")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pandapower")

FILE = Path(__file__).parents[1] / "data" / "cgmes" / "mv_test.zip"


def documents() -> dict[str, bytes]:
    with zipfile.ZipFile(FILE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: dict[str, bytes], to: Path) -> str:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return str(to)


@pytest.fixture(scope="module")
def imported() -> Any:
    return import_cgmes(str(FILE))


def test_switches_keep_their_names_kinds_and_positions(imported: Any) -> None:
    switches = {switch.id: switch for switch in imported.components.switches}
    assert len(switches) == 22
    assert switches["M-CB-A"].kind is SwitchKind.BREAKER
    assert switches["M-DS-A"].kind is SwitchKind.DISCONNECTOR
    assert switches["S1-LBS-A"].kind is SwitchKind.LOAD_BREAK_SWITCH
    opened = [switch.id for switch in switches.values() if not switch.is_normally_closed]
    assert opened == ["S2-LBS-D"]


def test_busbars_stations_and_the_grid_above_are_what_the_file_says(imported: Any) -> None:
    components = imported.components
    nodes = {node.id: node for node in components.nodes}
    assert nodes["20 kV"].kind == "busbar"
    assert nodes["Station 1 20 kV 1"].station == "Station 1"
    (source,) = components.sources
    assert (source.id, source.voltage_pu) == ("Grid above", pytest.approx(112 / 110))
    assert components.generators == ()
    (shunt,) = components.shunts
    assert shunt.q_var == pytest.approx(-0.6e6)


def test_the_line_behind_an_open_switch_stays_as_a_tie(imported: Any) -> None:
    assert "Cable D" in {branch.id for branch in imported.components.branches}
    assert any("the switch stays open (1: Cable D)" in each for each in imported.assumptions)
    assert "Lines without a length are taken as 1 km long: 5 of 5." in imported.assumptions


def test_the_power_flow_is_that_of_the_converters_net(imported: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = from_cim.from_cim(file_list=str(FILE), cgmes_version="2.4.15")
    theirs.line["in_service"] = True
    ours = flow(to_net(imported.components))
    assert len(ours) == len(theirs.bus)
    assert (ours - flow(theirs)).abs().max() < 1e-9


def test_the_power_flow_is_that_of_the_program_that_wrote_it(imported: Any) -> None:
    """The SV profile says 21.2206 kV at the 20 kV busbar and 21.1376 kV in station 4.

    It has the transformer's magnetising branch at one end, we have half of it at each: 3 V.
    """
    network = build_network(imported.components)
    voltages = normally(RadialSweep(network), network).voltage_pu
    kilovolts = {node: 20 * voltages[network.nodes[node].id] for node in ("20 kV", "Station 4")}
    assert kilovolts == pytest.approx({"20 kV": 21.2206, "Station 4": 21.1376}, abs=4e-3)


def test_it_can_be_operated_once_completed(imported: Any) -> None:
    components, said = complete(imported)
    heads = {switch.id: switch.feeder for switch in components.switches if switch.feeder}
    assert heads == {"M-CB-A": "F1", "M-CB-B": "F2"}
    assert [switch.kind for switch in components.switches] == [
        switch.kind for switch in imported.components.switches
    ]
    assert len(said) > 5
    result = import_grid("cgmes", str(FILE)).what_if(faults=["Cable C"])
    assert result.answer.plan.customers.interrupted == 2667
    assert result.answer.verdict.passed


def test_the_command_writes_it_and_says_where_it_comes_from(
    gridops_says: Terminal, tmp_path: Path
) -> None:
    said = gridops_says("import", "cgmes", str(FILE), str(tmp_path / "ring"), "--json")
    assert said.code == 0
    assert said.document["check"]["ok"] is True
    assert "mv_test_EQ.xml" in (tmp_path / "ring" / "README.md").read_text()


@pytest.mark.parametrize("how", ["folder", "files with commas", "zip of zips"])
def test_profiles_may_come_in_one_file_or_several(how: str, tmp_path: Path) -> None:
    for name, content in documents().items():
        (tmp_path / name).write_bytes(content)
    source = str(tmp_path)
    if how == "files with commas":
        source = ",".join(str(tmp_path / name) for name in documents())
    if how == "zip of zips":
        inner = {f"{name}.zip": zipped({name: text}) for name, text in documents().items()}
        source = packed(inner, tmp_path / "all.zip")
        for name in documents():
            (tmp_path / name).unlink()
    assert {d.profile for d in read_documents(source)} == {"EQ", "SSH", "TP", "SV"}


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize("profile", ["EQ", "SSH", "TP", "SV"])
def test_a_profile_that_is_missing_is_named(profile: str, tmp_path: Path) -> None:
    rest = {name: text for name, text in documents().items() if f"_{profile}." not in name}
    with pytest.raises(GridUnreadable, match=f"profiles are missing: {profile} "):
        import_cgmes(packed(rest, tmp_path / "part.zip"))


DOCTYPE = b"""<?xml version="1.0"?>
<!DOCTYPE rdf [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:cim="http://iec.ch/TC57/2013/CIM-schema-cim16#">&b;&c;</rdf:RDF>"""


def in_zip(name: str, content: bytes) -> Callable[[Path], str]:
    return lambda folder: packed({**documents(), name: content}, folder / "x.zip")


def cut(folder: Path) -> str:
    (folder / "cut.zip").write_bytes(FILE.read_bytes()[:9000])
    return str(folder / "cut.zip")


def of_cim100(folder: Path) -> str:
    newer = documents()["mv_test_EQ.xml"].replace(
        b"http://iec.ch/TC57/2013/CIM-schema-cim16#", b"http://iec.ch/TC57/CIM100#"
    )
    return packed({"EQ.xml": newer}, folder / "x.zip")


UNTRUSTED: dict[str, tuple[Callable[[Path], str], str]] = {
    "entities": (in_zip("e.xml", DOCTYPE), "document type or entity"),
    "a path upwards": (in_zip("../../home/.profile.xml", b"<a/>"), "leads out of the zip file"),
    "an absolute path": (in_zip("/etc/cron.d/x.xml", b"<a/>"), "leads out of the zip file"),
    "a Windows path": (in_zip("..\\x.xml", b"<a/>"), "leads out of the zip file"),
    "a bomb": (in_zip("b.xml", b" " * 20_000_000), "unpacks to more than 200 times its size"),
    "a zip three deep": (
        in_zip("a.zip", zipped({"b.zip": zipped({"c.xml": b"<a/>"})})),
        "zip file in a zip file in a zip file",
    ),
    "no XML": (in_zip("n.xml", b"<a>\n<b></a>"), r"n\.xml:2: is not XML"),
    "an unknown encoding": (
        in_zip("e.xml", b'<?xml version="1.0" encoding="vni-times"?><a/>'),
        "in an encoding that is not read: unknown encoding: vni-times",
    ),
    "an encoding of several bytes": (
        in_zip("e.xml", b'<?xml version="1.0" encoding="big5"?><a/>'),
        "in an encoding that is not read",
    ),
    "a name too long for a file": (lambda folder: "x" * 5000, "File name too long"),
    "no CIM": (in_zip("n.xml", b"<a/>"), "is no CIM document"),
    "half a zip": (cut, "is no whole zip file"),
    "CGMES 3": (of_cim100, "not of CGMES 2.4.15"),
    "nothing": (lambda folder: str(folder / "none.zip"), "No such file"),
    "an empty folder": (str, "profiles are missing: EQ, SSH, TP, SV"),
}


@pytest.mark.parametrize("case", UNTRUSTED)
def test_what_cannot_be_trusted_or_read_is_refused_in_one_line(
    case: str, gridops_says: Terminal, tmp_path: Path
) -> None:
    make, words = UNTRUSTED[case]
    (tmp_path / "in").mkdir()
    complaint = gridops_says("import", "cgmes", make(tmp_path / "in"), str(tmp_path / "out"))
    assert complaint.complaint
    with pytest.raises(GridUnreadable, match=words):
        read_documents(make(tmp_path / "in"))
    assert not (tmp_path / "out").exists()


def test_a_declared_size_is_not_believed(tmp_path: Path) -> None:
    """The header of the member says 10 bytes; it is counted while it is read."""
    content = bytearray(zipped({"b.xml": b" " * 3_000_000}))
    size = (3_000_000).to_bytes(4, "little")
    assert content.count(size) == 2
    (tmp_path / "b.zip").write_bytes(bytes(content).replace(size, (10).to_bytes(4, "little")))
    with pytest.raises(GridUnreadable):
        read_documents(str(tmp_path / "b.zip"))


def test_what_is_no_document_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a zip file full of other things fills the memory."""
    monkeypatch.setattr(cgmes_documents, "BYTES_MAX", 300_000)
    filler = bytes(range(256)) * 80
    members = {f"{k}.bin": filler for k in range(20)}
    with pytest.raises(GridUnreadable, match="times its size, or than"):
        read_documents(packed(members, tmp_path / "full.zip"))


@pytest.mark.parametrize("text", [b"", b"NaN", b"1", b"abc", None])
def test_a_switch_is_never_closed_because_nothing_is_said_of_it(
    text: bytes | None, tmp_path: Path
) -> None:
    stated = b"<cim:Switch.open>true</cim:Switch.open>"
    instead = b"" if text is None else stated.replace(b"true", text)
    members = {name: content.replace(stated, instead) for name, content in documents().items()}
    with pytest.raises(GridUnreadable, match=r"neither open nor closed \(1: S2-LBS-D\)"):
        import_cgmes(packed(members, tmp_path / "unknown.zip"))
