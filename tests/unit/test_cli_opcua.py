"""What `gridops opcua` prints, and what it says when it cannot."""

import json
from pathlib import Path

import pytest

from gridops.cli import run
from opcua_bridge.security.certificates import fingerprint_of
from opcua_bridge.security.pki import Pki
from tests.certificates import own

SERVER = own("server", "urn:test:rtu")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "var" / "pki"


def test_the_own_certificate_is_one_json_document(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["opcua", "certs", "own", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    (uri,) = said["application_uris"]
    assert uri.startswith("urn:")
    assert 1090 <= said["days_left"] <= 1095
    assert "PRIVATE" not in json.dumps(said)
    assert (folder / "own" / "private.pem").exists()


def test_looking_makes_no_certificate(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["opcua", "certs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["own"] == []
    assert not (folder / "own" / "private.pem").exists()


def test_a_certificate_goes_from_unknown_to_trusted_to_banned(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Pki(folder).keep_unknown(SERVER.certificate)
    name = fingerprint_of(SERVER.certificate)
    for words, now in (([], "trusted"), (["--reject"], "banned"), (["--issuer"], "issuers")):
        assert run(["opcua", "trust", name[:8], *words]) == 0
        capsys.readouterr()
        assert run(["opcua", "trust", "list", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        where = {kind for kind, held in said.items() if isinstance(held, list) and held}
        assert where == {now}


def test_the_folder_of_the_settings_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "site.toml"
    file.write_text('[security]\npki_folder = "elsewhere"\napplication_uri = "urn:site:gridops"\n')
    assert run(["opcua", "certs", "own", "--settings", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["application_uris"] == ["urn:site:gridops"]
    assert (tmp_path / "elsewhere" / "own").is_dir()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["endpoints", "opc.tcp://127.0.0.1:1"], "no OPC UA server answers"),
        (["endpoints", "http://127.0.0.1:1"], "is not an OPC UA address"),
        (["endpoints", "opc.tcp://me:geheim@127.0.0.1:1"], "must not hold a user or a password"),
        (["trust", "0123456789"], "0 certificates have a fingerprint"),
        (["trust", "nothing.der", "--crl"], "nothing.der: it cannot be read"),
        (["trust", "list", "--issuer", "--reject"], "one of --issuer, --reject and --crl"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["opcua", *words]) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert len(said.err.splitlines()) == 1
    assert "geheim" not in said.err
    assert said.out == ""
