import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridops.cli import doctor as surgery
from gridops.cli.doctor import Finding, Report, State, doctor


@pytest.fixture(autouse=True)
def _environment_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("GRIDOPS_")]:
        monkeypatch.delenv(name)


def finding(report: Report, check: str) -> Finding:
    (found,) = [each for each in report.findings if each.check == check]
    return found


def settings_in(folder: Path, text: str) -> Path:
    file = folder / "gridops.toml"
    file.write_text(text)
    return file


def test_every_finding_that_is_not_ok_has_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    report = doctor()
    assert finding(report, "chromium").state is State.WARN
    assert all(bool(each.remedy) == (each.state is not State.OK) for each in report.findings)


def test_the_report_is_plain_json() -> None:
    plain = json.loads(json.dumps(doctor().as_plain()))
    assert {"check", "state", "found", "remedy"} == set(plain["checks"][0])
    assert plain["ok"] is all(each["state"] != "fail" for each in plain["checks"])


def test_a_warning_is_no_failure() -> None:
    warned = Finding(check="node", state=State.WARN, found="not found", remedy="install it")
    failed = Finding(check="port", state=State.FAIL, found="in use", remedy="end it")
    assert Report((warned,)).ok
    assert not Report((warned, failed)).ok


def test_this_environment_is_whole() -> None:
    report = doctor()
    for check in ("python", "packages", "compiled parts", "field link", "settings", "clock"):
        assert finding(report, check).state is State.OK, finding(report, check)


def test_a_port_in_use_is_seen(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        file = settings_in(tmp_path, f"[server]\nport = {port}")
        seen = finding(doctor(file), "port")
    assert seen.state is State.FAIL
    assert str(port) in seen.found


def test_a_journal_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "not-a-folder").write_text("")
    url = f"sqlite:///{tmp_path}/not-a-folder/journal.sqlite"
    seen = finding(doctor(settings_in(tmp_path, f'journal_url = "{url}"')), "journal")
    assert seen.state is State.FAIL


def test_a_journal_folder_that_will_be_made_is_no_fault(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/deeper/journal.sqlite"
    report = doctor(settings_in(tmp_path, f'journal_url = "{url}"'))
    assert finding(report, "journal").state is State.OK
    assert not (tmp_path / "new").exists(), "a doctor changes nothing"


def test_passwords_do_not_leave_the_settings(tmp_path: Path) -> None:
    file = settings_in(tmp_path, 'journal_url = "postgresql+psycopg://ops:hidden@db/journal"')
    assert "hidden" not in json.dumps(doctor(file).as_plain())


def test_unusable_settings_are_a_finding_and_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    report = doctor(settings_in(tmp_path, "gird = 'x'"))
    assert "grid" in finding(report, "settings").found
    assert not report.ok
    assert finding(report, "clock").state is State.OK


def test_a_clock_that_was_never_set_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unset:
        def now(self) -> datetime:
            return datetime(1970, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(surgery, "SystemClock", Unset)
    assert finding(doctor(), "clock").state is State.FAIL


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surgery, "_is_installed", lambda name: name != "networkx")
    assert finding(doctor(), "packages").found == "missing: networkx"
