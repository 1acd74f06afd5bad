"""The command `gridops`.

Exit codes of every command: 0 done; 1 done, and the answer is "no" (a flawed model, a missed
expectation); 2 could not, and one line on standard error says what, where and the remedy.

Commands import what they need when they run: help and completion must not wait for numpy.
"""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from typer import TyperException
from typer.main import get_command

from gridops.cli.app import app
from gridops.cli.output import complain
from gridops.errors import GridOpsError

COULD_NOT = 2


def main(argv: Sequence[str] | None = None) -> None:
    """Runs one command and exits with its code. `argv` None: what the shell gave.

    A console may lack letters that names hold: they are shown escaped, nothing stops over them.
    """
    _keep_output_clean()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def _keep_output_clean() -> None:
    """What we print goes to standard output; what a library's machine code prints there goes to
    standard error (HiGHS does so now and then), so that `--json` stays one document."""
    shown = sys.__stdout__
    if shown is None or sys.stdout is not shown:
        return  # nobody looks, or somebody collects it
    shown.flush()
    ours = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(ours, "w", encoding=shown.encoding)


def run(argv: Sequence[str]) -> int:
    """Runs one command and returns its exit code."""
    try:
        code = get_command(app).main(list(argv), prog_name="gridops", standalone_mode=False)
    except TyperException as error:
        complain(f"{error.format_message()} (gridops --help, gridops COMMAND --help)")
        return COULD_NOT
    except GridOpsError as error:
        complain(str(error))
        return COULD_NOT
    return code if isinstance(code, int) else 0
