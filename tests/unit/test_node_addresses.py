"""Addresses of nodes: what is read, what is refused and how that is said."""

from pathlib import Path
from uuid import UUID

import pytest

from gridops.adapters.grid_files import read_grid, save_grid
from gridops.network import AddressFlaw, NodeAddress, draw, parse_address
from gridops.network.node_addresses import STANDARD_URI

GUID = UUID("09087e75-8e5e-499b-954f-f2a9603db28a")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("471.position", NodeAddress(identifier="471.position")),
        ('"DB 1"."Pos;x=1"', NodeAddress(identifier='"DB 1"."Pos;x=1"')),
        ("i=85", NodeAddress(identifier=85, index=0)),
        ("ns=2;i=4294967295", NodeAddress(identifier=4294967295, index=2)),
        ("ns=2;s=a;ns=3;i=1", NodeAddress(identifier="a;ns=3;i=1", index=2)),
        (f"ns=1;g={GUID}", NodeAddress(identifier=GUID, index=1)),
        (f"ns=1;g={str(GUID).upper()}", NodeAddress(identifier=GUID, index=1)),
        ("ns=1;b=AAE=", NodeAddress(identifier=b"\0\1", index=1)),
        ("nsu=urn:a;i=7", NodeAddress(identifier=7, uri="urn:a")),
        ("nsu=urn:a%3Bb%25;s=x", NodeAddress(identifier="x", uri="urn:a;b%")),
        ("nsu=http://x/a%20b;s=x", NodeAddress(identifier="x", uri="http://x/a%20b")),
    ],
)
def test_the_forms_of_the_standard_and_names_alone(text: str, meant: NodeAddress) -> None:
    assert parse_address(text) == meant
    assert parse_address(str(meant)) == meant


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("", "no node id", "i=1001"),
        ("ns=2", "semicolon", "ns=2;i=1001"),
        ("ns=2,i=5", "semicolon", "ns=2;i=1001"),
        ("ns=x;i=5", "a number up to 65535", "ns=2;i=1001"),
        ("ns=65536;i=5", "a number up to 65535", "ns=2;i=1001"),
        ("ns=2;1001", "what kind of identifier", "i=, s=, g= or b="),
        ("ns=2;I=1001", "what kind of identifier", "i=, s=, g= or b="),
        ("ns=2;i=", "no number", "decimal digits"),
        ("ns=2;i=-1", "no number", "decimal digits"),
        ("ns=2;i=4294967296", "no number from 0 to 4294967295", "decimal digits"),
        ("ns=2;i=0x10", "no number", "s= is for text"),
        ("ns=2;i=٣", "no number", "decimal digits"),
        ("ns=2;s=", "1 to 4096 letters", "copy it"),
        ("ns=2;s=" + "x" * 4097, "1 to 4096 letters", "copy it"),
        ("ns=2;g={09087e75-8e5e-499b-954f-f2a9603db28a}", "no GUID", "no braces"),
        ("ns=2;g=09087e758e5e499b954ff2a9603db28a", "no GUID", "no braces"),
        ("ns=2;b=", "no base64", "b=M/RbKBsRVkePCePcx24oRA=="),
        ("ns=2;b=AAE", "no base64", "b=M/RbKBsRVkePCePcx24oRA=="),
        ("ns=2;b=AAF=", "no base64", "b=M/RbKBsRVkePCePcx24oRA=="),
        ("ns=2;b=0x0001", "no base64", "b=M/RbKBsRVkePCePcx24oRA=="),
        ("nsu=urn:a", "a URI, a semicolon", "nsu=URI"),
        ("nsu=;i=1", "a URI, a semicolon", "nsu=URI"),
        ("svr=1;ns=2;i=5", "another server", "name the server"),
    ],
)
def test_what_is_no_address_says_why_and_what_to_write(text: str, what: str, remedy: str) -> None:
    with pytest.raises(AddressFlaw, match=what) as refused:
        parse_address(text)
    assert remedy in refused.value.remedy


def test_an_index_means_what_the_link_says_and_nothing_else() -> None:
    two = parse_address("ns=2;i=5")
    assert two.by_uri("urn:home", ("urn:a", "urn:b")) == NodeAddress(identifier=5, uri="urn:b")
    assert parse_address("i=5").by_uri("urn:home", ()).uri == STANDARD_URI
    assert parse_address("name").by_uri("urn:home", ()).uri == "urn:home"
    with pytest.raises(AddressFlaw, match="nobody says which namespace 2 is") as refused:
        two.by_uri("urn:home", ("urn:a",))
    assert "nsu=URI;i=5" in refused.value.remedy


def test_a_wrong_address_is_told_with_file_line_and_remedy(tmp_path: Path) -> None:
    changed = {
        "b1.position": "ns=2;i=x",
        "b1.command": "ns=2;i=7",
        "s1.position": "nsu=urn:gridops:drawing;s=s1.command",
    }
    save_grid(draw("S1 [b1] A [s1] B").components, tmp_path / "grid")
    path = tmp_path / "grid" / "points.csv"
    lines = path.read_text().splitlines()
    for point, address in changed.items():
        at = next(n for n, line in enumerate(lines) if line.startswith(f"{point},"))
        lines[at] = lines[at].removesuffix(f",{point}") + f",{address}"
    path.write_text("\n".join(lines) + "\n")
    flaws = {flaw.ids[0]: flaw for flaw in read_grid(tmp_path / "grid").flaws if flaw.is_error}
    where = {
        line.partition(",")[0]: number
        for number, line in enumerate(path.read_text().splitlines(), start=1)
    }
    bad, unnamed, twice = flaws["b1.position"], flaws["b1.command"], flaws["s1.command"]
    assert bad.code == unnamed.code == "point-address-invalid"
    assert (bad.file, bad.row) == ("points.csv", where["b1.position"])
    assert "decimal digits" in bad.remedy
    assert "namespaces in links.csv" in unnamed.remedy
    assert twice.code == "duplicate-point-address"
