"""What is wrong with this installation, and the remedy."""

import importlib
import re
import shutil
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib import metadata, resources
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gridops.adapters.clocks import SystemClock
from gridops.adapters.content import shipped_grids
from gridops.errors import GridOpsError
from gridops.settings import Settings, load_settings

PYTHON_MIN = (3, 11)
CLOCK_MIN = datetime(2025, 1, 1, tzinfo=UTC)
"""No GridOps is older; a clock before this was never set."""
COMPILED = ("numpy", "power_grid_model", "argon2")
"""Parts that can be installed and still not load, for want of a library or a processor."""
FIELD_LINKS = "gridops.field_links"


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    """Works without; a part of the tests or of the comfort is missing."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check saw. `remedy` is empty exactly when there is nothing to do."""

    check: str
    state: State
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Nothing failed; warnings are no failure."""
        return all(finding.state is not State.FAIL for finding in self.findings)

    def as_plain(self) -> dict[str, object]:
        """The document of `doctor --json`."""
        return {"ok": self.ok, "checks": [asdict(finding) for finding in self.findings]}


def doctor(settings_file: Path | None = None) -> Report:
    """Looks at everything that the service needs to start. Changes nothing, never raises for
    what it finds: a finding is a result."""
    findings = [_python(), _packages(), _compiled_parts(), _content(), _console(), _field_link()]
    try:
        settings = load_settings(settings_file)
    except GridOpsError as error:
        findings.append(
            _failed("settings", str(error), remedy="correct the setting; docs/settings.md")
        )
    else:
        findings += [_ok("settings", str(settings_file or "defaults and environment"))]
        findings += [_journal(settings), _port(settings)]
    findings += [_clock(), _program("chromium"), _program("node")]
    return Report(tuple(findings))


def _ok(check: str, found: str) -> Finding:
    return Finding(check=check, state=State.OK, found=found)


def _failed(check: str, found: str, *, remedy: str) -> Finding:
    return Finding(check=check, state=State.FAIL, found=found, remedy=remedy)


def _python() -> Finding:
    version = sys.version.split()[0]
    if sys.version_info[:2] < PYTHON_MIN:
        return _failed("python", version, remedy="install Python 3.11 or newer")
    return _ok("python", version)


def _packages() -> Finding:
    try:
        required = metadata.requires("gridops") or []
    except metadata.PackageNotFoundError:
        return _failed("packages", "gridops is not installed", remedy="python3 go.py -- doctor")
    names = [re.split(r"[^\w.\-]", text)[0] for text in required if "extra ==" not in text]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        return _failed(
            "packages", f"missing: {', '.join(missing)}", remedy="python3 go.py -- doctor"
        )
    return _ok("packages", f"{len(names)} installed")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _compiled_parts() -> Finding:
    for name in COMPILED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            return _failed(
                "compiled parts", f"{name}: {error}", remedy="delete .venv and run go.py again"
            )
    return _ok("compiled parts", ", ".join(COMPILED))


def _content() -> Finding:
    try:
        grids = shipped_grids()
    except GridOpsError as error:
        return _failed("grids", error.what, remedy=error.remedy)
    if not grids:
        return _failed("grids", "none came with this installation", remedy="install gridops again")
    return _ok("grids", ", ".join(grids))


def _console() -> Finding:
    if resources.files("gridops.api").joinpath("console", "index.html").is_file():
        return _ok("console", "built")
    return _failed("console", "not built", remedy="cd console && npm ci && npm run build")


def _field_link() -> Finding:
    links = sorted(entry.name for entry in metadata.entry_points(group=FIELD_LINKS))
    if links:
        return _ok("field link", ", ".join(links))
    return _failed("field link", f"no entry point {FIELD_LINKS}", remedy="install gridops again")


def _journal(settings: Settings) -> Finding:
    try:
        url = make_url(settings.journal_url)
    except ArgumentError:
        return _failed(
            "journal", "journal_url is no database address", remedy="correct journal_url"
        )
    place = url.render_as_string(hide_password=True)
    if url.get_backend_name() != "sqlite":
        return _ok("journal", f"{place}, tried only when the service starts")
    folder = _nearest_existing(Path(url.database or "").absolute().parent)
    try:
        with tempfile.TemporaryFile(dir=folder):
            return _ok("journal", place)
    except OSError as error:
        return _failed("journal", f"{folder}: {error.strerror}", remedy="make the folder writable")


def _nearest_existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _port(settings: Settings) -> Finding:
    host, port = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            # As servers do: a port that only lingers after a restart counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        remedy = "end what listens there (GridOps itself?), or set server.port"
        return _failed("port", f"{host}:{port}: {error.strerror}", remedy=remedy)
    return _ok("port", f"{host}:{port} is free")


def _clock() -> Finding:
    now = SystemClock().now()
    if now < CLOCK_MIN:
        return _failed("clock", f"{now:%Y-%m-%d %H:%M} UTC", remedy="set the clock; keep it by NTP")
    return _ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _program(name: str) -> Finding:
    path = shutil.which(name)
    if path:
        return _ok(name, path)
    package = {"node": "nodejs npm"}.get(name, name)
    return Finding(
        check=name,
        state=State.WARN,
        found="not found; only tests need it",
        remedy=f"apt-get install {package}",
    )
