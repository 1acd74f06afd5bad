"""The process that answers studies beside a service: a grid on the first line of standard input,
then one question a line; one answer a line on standard output."""

import json
import sys
from typing import IO, Any

from gridops.adapters.grid_files import fingerprint_of, grid_texts
from gridops.bootstrap.workbench import Grid, open_grid
from gridops.errors import GridOpsError, UnknownId


def answer_questions(read: IO[str], write: IO[str]) -> None:
    """Until `read` ends. Raises: GridUnreadable, GridInvalid."""
    grid = open_grid(json.loads(read.readline())["grid"])
    _say(write, {"fingerprint": fingerprint_of(grid_texts(grid.network.components))})
    for line in read:
        _say(write, _answer(grid, json.loads(line)))


def _answer(grid: Grid, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": grid.what_if(**asked).to_plain()}
    except GridOpsError as refused:
        near = list(refused.near) if isinstance(refused, UnknownId) else []
        return {"refused": {"what": str(refused), "remedy": refused.remedy, "near": near}}


def _say(write: IO[str], said: dict[str, Any]) -> None:
    write.write(json.dumps(said) + "\n")
    write.flush()


def main() -> int:
    try:
        answer_questions(sys.stdin, sys.stdout)
    except GridOpsError as error:
        sys.stderr.write(f"gridops: studies: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
