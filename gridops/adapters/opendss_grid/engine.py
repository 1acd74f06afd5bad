"""The OpenDSS engine in a process of its own: statements in, circuit out."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from gridops.adapters.opendss_grid.script import Statement
from gridops.errors import GridUnreadable

SECONDS_MAX = 300.0
REASON_CHARACTERS_MAX = 300

Circuit = Mapping[str, Any]
"""What `worker` writes: name, frequency, elements by class, buses with solved voltages."""


def solved_circuit(statements: Sequence[Statement], source: str) -> Circuit:
    """The circuit that the statements make, solved as a snapshot.

    Nothing of the engine touches this process; each call has an engine of its own, which has
    bounded time and memory and cannot write files.

    Raises: GridUnreadable with the engine's message and the statement's file and row, if it
        refuses one, ends unexpectedly, takes too long, or is not installed.
    """
    document = _document(statements, source)
    if "missing" in document:
        raise GridUnreadable(
            "OpenDSS files need the OpenDSS engine, which is not installed",
            where=source,
            remedy="pip install gridops[opendss]",
        )
    if "error" in document:
        raise _told(document, statements, source=source)
    return document


def _document(statements: Sequence[Statement], source: str) -> dict[str, Any]:
    question = json.dumps({"statements": [[s.text, s.folder] for s in statements]})
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OPENBLAS_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
    }
    with tempfile.TemporaryDirectory() as nowhere:
        try:
            run = subprocess.run(
                [sys.executable, "-B", "-m", "gridops.adapters.opendss_grid.worker"],
                input=question,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=SECONDS_MAX,
                cwd=nowhere,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired as failure:
            raise GridUnreadable(
                f"the engine took longer than {SECONDS_MAX:g} s",
                where=source,
                remedy="remove long simulations from the script: a snapshot is enough",
            ) from failure
    if run.returncode:
        raise GridUnreadable(
            f"the engine ended unexpectedly: {_short(run.stderr) or f'code {run.returncode}'}",
            where=source,
            remedy="try the script in OpenDSS itself; remove what it stumbles on",
        )
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def _told(
    document: Mapping[str, Any], statements: Sequence[Statement], *, source: str
) -> GridUnreadable:
    index = int(document["statement"])
    where = statements[index].where if 0 <= index < len(statements) else source
    remedy = "mend the statement" if 0 <= index < len(statements) else "mend the circuit"
    return GridUnreadable(f"OpenDSS: {_short(document['error'])}", where=where, remedy=remedy)


def _short(text: str) -> str:
    """One line, of bounded length."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith("[file:")] or lines
    return " ".join(kept)[-REASON_CHARACTERS_MAX:] if kept else ""
