"""The other end of `gridops.bootstrap.beside`: a process that answers line by line."""

import json
import os
import resource
import sys
from collections.abc import Callable
from typing import IO, Any

from gridops.errors import GridOpsError

Plain = dict[str, Any]
Answered = tuple[Plain, str]
"""Head and body; see `Said`."""
Answerer = Callable[[Plain], Answered]
DATA_BYTES_MAX = 4 * 1024 * 1024 * 1024
"""What grows beyond it ends, and not the machine that the control room runs on."""
NICE = 10
"""The control room and its links go first."""


def answer_lines(begin: Callable[[Plain], tuple[Plain, Answerer]]) -> int:
    """Answers standard input on standard output until it ends; the exit code.

    `begin` takes the first line, and gives what is said to it, and what answers the others. What
    either refuses (GridOpsError) is `refused` in the head; one that cannot begin ends.
    """
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES_MAX, DATA_BYTES_MAX))
    try:
        try:
            opened, answer = begin(json.loads(sys.stdin.readline()))
        except GridOpsError as error:
            _say(sys.stdout, _refused(error))
            return 1
        _say(sys.stdout, (opened, ""))
        for line in sys.stdin:
            _say(sys.stdout, _answered(answer, json.loads(line)))
    except KeyboardInterrupt:
        return 0
    return 0


def _answered(answer: Answerer, asked: Plain) -> Answered:
    try:
        return answer(asked)
    except GridOpsError as error:
        return _refused(error)


def _refused(error: GridOpsError) -> Answered:
    told = {name: getattr(error, name) for name in ("code", "what", "where", "remedy")}
    return {"refused": {**told, "where": str(told["where"])}}, ""


def _say(write: IO[str], answered: Answered) -> None:
    head, body = answered
    write.write(f"{json.dumps(head)}\n{body}\n")
    write.flush()
