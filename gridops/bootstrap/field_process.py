"""A virtual field in a process of its own, as `gridops field serve` runs it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from gridops.errors import LinkError
from gridops.ids import LinkId

END_S_MAX = 5.0


@dataclass(frozen=True, slots=True)
class FieldProcess:
    """A field that runs. `go` starts the happenings of its scenario."""

    endpoints: Mapping[LinkId, str]
    _stdin: IO[str]

    def go(self) -> None:
        self._say("go")

    def set_speed(self, speed: float) -> None:
        """So many times as fast from now on; 0 stands still."""
        self._say(f"speed {speed}")

    def happens(self, entry: str) -> None:
        """One entry of `[[happens]]` as JSON; its `at_s` counts from now."""
        self._say(entry)

    def _say(self, line: str) -> None:
        self._stdin.write(f"{line}\n")
        self._stdin.flush()


@contextmanager
def field_process(grid: str, *, scenario: Path | None = None) -> Iterator[FieldProcess]:
    """Ends with the `with`, and with this process, whatever ends it: the field stops when its
    standard input closes.

    Raises: LinkError when the process does not come up.
    """
    command = [sys.executable, "-m", "gridops", "field", "serve", grid]
    if scenario is not None:
        command += ["--scenario", str(scenario)]
    process = subprocess.Popen(  # noqa: S603  # our own program with the user's own paths
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    stdin, stdout = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
    try:
        line = stdout.readline()
        if not line:
            raise LinkError(
                "the virtual field did not start", remedy="its own message stands above"
            )
        said = json.loads(line)["endpoints"]
        yield FieldProcess({LinkId(link): url for link, url in said.items()}, stdin)
    finally:
        stdin.close()
        stdout.close()
        try:
            process.wait(timeout=END_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
