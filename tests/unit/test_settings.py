import os
from pathlib import Path

import pytest

from gridops.bootstrap.serve import endpoints_of
from gridops.bootstrap.wiring import incident_settings
from gridops.errors import SettingsError
from gridops.events.operator import Mode
from gridops.ids import LinkId
from gridops.incident import IncidentSettings
from gridops.outage import LocationSettings
from gridops.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _environment_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("GRIDOPS_")]:
        monkeypatch.delenv(name)


def written(folder: Path, text: str) -> Path:
    file = folder / "gridops.toml"
    file.write_text(text)
    return file


def test_out_of_the_box_nothing_is_exposed_and_nothing_moves() -> None:
    settings = load_settings()
    assert settings.server.host == "127.0.0.1"
    assert not settings.control.execution_enabled
    assert settings.control.mode is Mode.ADVISORY


def test_caller_beats_environment_beats_file_beats_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "[server]\nport = 1\nsession_lifetime_s = 600\n[link]\nkind = 'none'")
    monkeypatch.setenv("GRIDOPS_SERVER__PORT", "2")
    assert load_settings(file).server.port == 2
    settings = load_settings(file, {"server": {"port": 3}})
    assert settings.server.port == 3
    assert settings.server.session_lifetime_s == 600
    assert settings.link.kind == "none"
    assert settings.detection.indicator_window_s == 10.0


def test_endpoints_keep_the_spelling_of_the_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDOPS_LINK__ENDPOINTS", '{"RTU-Bắc": "opc.tcp://127.0.0.1:4840"}')
    assert load_settings().link.endpoints == {"RTU-Bắc": "opc.tcp://127.0.0.1:4840"}


def test_a_link_may_have_servers_in_pairs(tmp_path: Path) -> None:
    pair = ["opc.tcp://10.0.0.1:4840", "opc.tcp://10.0.0.2:4840"]
    settings = load_settings(written(tmp_path, f"[link.endpoints]\nR1 = {pair}"))
    assert settings.link.endpoints == {"R1": pair}
    assert [server.url for server in endpoints_of(settings)[LinkId("R1")]] == pair


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[link.endpoints]\nR1 = []", "give one address, or several that differ"),
        (
            "[link.endpoints]\nR1 = ['opc.tcp://a:1', 'opc.tcp://a:1']",
            "give one address, or several that differ",
        ),
        (
            "[link.endpoints]\nR1 = ['opc.tcp://a:1', 'http://b:1']",
            "does not begin with opc.tcp://",
        ),
        ("gird = 'x'", "no setting is called gird (near: grid)"),
        ("[server]\nprot = 1", "no setting is called server.prot (near: server.port"),
        ("[control]\nindicator_windows_s = 1", "near: detection.indicator_window_s"),
        ("[server]\nport = 70000", "server.port: "),
        ("[server]\nport = ", "not TOML"),
        ("[link.endpoints]\nR1 = 'http://x'", "does not begin with opc.tcp://"),
        ("[server]\nhost = '0.0.0.0'", "reachable from other machines without TLS"),
        ("[server]\ntls_key_file = 'key.pem'", "go together"),
        ("[control]\nmode = 'auto'", "control.mode: "),
    ],
)
def test_what_cannot_be_used_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(written(tmp_path, text))
    assert says in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_every_flaw_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(written(tmp_path, "lang = 'vi'\n[server]\nport = -1\n"))
    assert "lang" in str(refused.value)
    assert "server.port" in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_needs_no_tls(host: str) -> None:
    assert load_settings(overrides={"server": {"host": host}}).server.host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.1.1", "scada.example", ""])
def test_beyond_this_machine_needs_tls_or_a_proxy(host: str) -> None:
    with pytest.raises(SettingsError):
        load_settings(overrides={"server": {"host": host}})
    tls = {"tls_certificate_file": "c.pem", "tls_key_file": "k.pem"}
    assert load_settings(overrides={"server": {"host": host, **tls}}).server.host == host
    proxied = {"host": host, "allow_insecure_bind": True}
    assert load_settings(overrides={"server": proxied}).server.host == host


def test_a_misspelt_variable_is_refused_with_near_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDOPS_SERVER__PROT", "1")
    with pytest.raises(SettingsError, match="GRIDOPS_SERVER__PORT"):
        load_settings()


def test_a_variable_that_is_not_json_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDOPS_LINK__ENDPOINTS", "opc.tcp://x")
    with pytest.raises(SettingsError, match="link"):
        load_settings()


def test_a_file_that_is_not_there_is_no_empty_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_settings(tmp_path / "nowhere.toml")


def test_settings_do_not_change_under_the_hand() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().server = load_settings().server


def test_the_section_on_location_defaults_to_what_the_engine_assumes() -> None:
    engine, section = LocationSettings(), load_settings().location
    assert {name: getattr(engine, name) for name in type(section).model_fields} == (
        section.model_dump()
    )
    settings = load_settings(None, {"location": {"p_missing": 0.07, "hold_probability": 0.99}})
    assert incident_settings(settings).location == LocationSettings(
        p_missing=0.07, hold_probability=0.99
    )


def test_the_section_on_incidents_defaults_to_what_the_engine_assumes() -> None:
    engine = IncidentSettings()
    for name, value in load_settings().incidents.model_dump().items():
        assert getattr(engine, name) == value, name
