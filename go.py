#!/usr/bin/env python3
"""Sets GridOps up in .venv and runs it. Standard library only; works from any folder.

    python3 go.py demo [options]     the main job, on a real grid
    python3 go.py test [--all]       every check; with --all a skipped one is a failure
    python3 go.py test --slow        the long runs instead: random grids, large cities
    python3 go.py -- <arguments>     `gridops <arguments>` in the same environment

Only hash-checked versions from requirements.lock (demo) or requirements-dev.lock (test) are
installed, through whatever index this machine is configured for. Setting up writes to standard
error, so that `--json` on standard output stays one document.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (this file is what an older Python reads)
    sys.exit(
        "GridOps needs Python 3.11 or newer, and this is "
        + sys.version.split()[0]
        + ".\nIf a newer one is installed, name it: python3.11 go.py demo"
        + "\nOtherwise: apt-get install python3.11 python3.11-venv (or your system's equivalent)"
    )

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".gridops-stamp"
RUNTIME = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"
DESCRIBES_THE_INSTALL = (RUNTIME, DEVELOPMENT, "pyproject.toml", "go.py")


class SetupFailed(Exception):
    """The environment could not be made; the text says what to do."""


def say(text: str) -> None:
    print(f"go.py: {text}", file=sys.stderr, flush=True)


def run(command: Sequence[str | Path]) -> bool:
    """Runs `command` with all of its output on standard error; says whether it succeeded."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    return subprocess.run(command, cwd=ROOT, stdout=2, env=environment, check=False).returncode == 0


def install_key(root: Path = ROOT) -> str:
    """Changes whenever an environment made before may no longer be right."""
    digest = hashlib.sha256(f"{root} {sys.version_info[:2]}".encode())
    for name in DESCRIBES_THE_INSTALL:
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def is_current(stamp: str, lock: str, key: str) -> bool:
    """The development environment holds the run-time one (same versions, and more)."""
    return stamp in (f"{key} {lock}", f"{key} {DEVELOPMENT}")


def fits(python: Path) -> bool:
    """Whether an environment of this Python version stands there already."""
    if not python.exists():
        return False
    version = sys.version_info[:2]
    return run([python, "-c", f"import sys; sys.exit(sys.version_info[:2] != {version})"])


def install_with_uv(uv: str, lock: str) -> bool:
    say(f"installing {lock} with uv")
    pip: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", PYTHON]
    return (
        (fits(PYTHON) or run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV]))
        and run([*pip, "--require-hashes", "-r", lock])
        and run([*pip, "--no-deps", "--no-build-isolation", "-e", "."])
    )


def install_with_pip(lock: str) -> bool:
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupFailed(
            "this Python cannot make environments; install one package and try again:\n"
            "    apt-get install python3-venv"
        )
    say(f"installing {lock} with pip; the first time takes a few minutes")
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet"]
    has_pip = fits(PYTHON) and run([PYTHON, "-c", "import pip"])
    return (
        (has_pip or run([sys.executable, "-m", "venv", "--clear", VENV]))
        and run([*pip, "--require-hashes", "-r", lock])
        and run([*pip, "--no-deps", "--no-build-isolation", "-e", "."])
    )


def set_up(lock: str) -> None:
    """Makes .venv hold exactly the versions of `lock`; nothing to do is the usual case.

    Raises: SetupFailed.
    """
    key = install_key()
    with Path(__file__).open() as only_one_at_a_time:
        fcntl.flock(only_one_at_a_time, fcntl.LOCK_EX)
        if PYTHON.exists() and STAMP.exists() and is_current(STAMP.read_text(), lock, key):
            return
        STAMP.unlink(missing_ok=True)
        uv = shutil.which("uv")
        if not (uv and install_with_uv(uv, lock)) and not install_with_pip(lock):
            raise SetupFailed(
                f"the packages of {lock} could not be installed; the lines above say why.\n"
                "Behind a proxy or a mirror, set up pip first (pip config set ...)."
            )
        STAMP.write_text(f"{key} {lock}")


def become(*command: str | Path) -> NoReturn:
    """Replaces this process, so that signals and the exit code are the command's own."""
    sys.stdout.flush()
    os.execv(command[0], [str(part) for part in command])


def main(arguments: Sequence[str]) -> int:
    command, *rest = arguments or [""]
    if command not in ("demo", "test", "--"):
        asked = command in ("-h", "--help")
        print(__doc__, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    try:
        set_up(DEVELOPMENT if command == "test" else RUNTIME)
    except SetupFailed as failure:
        say(str(failure))
        return 2
    if command == "test":
        become(PYTHON, ROOT / ".ci" / "checks.py", *rest)
    become(PYTHON, "-m", "gridops", *(["demo"] if command == "demo" else []), *rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
