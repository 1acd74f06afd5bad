"""Every check of the house, in the order in which a mistake is cheapest to see.

`python3 go.py test` makes the environment and runs this in it. What needs nothing of each
other goes on side by side. Each step closes with one line; a step that lacks a system package is
skipped by name, with the way to get it (`--all`: failed).
"""

import argparse
import filecmp
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = ROOT / "console"
COMMITTED_CONSOLE = ROOT / "gridops" / "api" / "console"
NODE_PEERS = ROOT / "tests" / "interop"

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CLOSING = re.compile(r"\b(\d+ (passed|failed|errors?|skipped|deselected)|no tests ran)\b.* in ")
COUNT = re.compile(r"\b(\d+) (passed|failed|error|skipped|xfailed|xpassed|warning)s?\b")
SECONDS = re.compile(r" in ([\d.]+)s\b")
PASSED, NO_TESTS = 0, 5
"""Exit codes of pytest."""
WORKERS_MOST = 4
"""Each takes up to a gigabyte."""
LANES = 2
"""For tests that wait: so many at a time leave each of them the most of a core."""
POSTGRES_FOLDERS = "/usr/lib/postgresql/*/bin/postgres"


class End(StrEnum):
    PASSED = "passed"
    FAILED = "FAILED"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    step: str
    end: End
    seconds: float
    note: str = ""

    def __str__(self) -> str:
        return f"{self.end:<7}  {self.step:<16} {self.seconds:6.1f} s  {self.note}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A system package that some tests need."""

    what: str
    tests: str
    remedy: str


def environment() -> dict[str, str]:
    """The tools of this environment come first; nothing asks questions. Bytecode is written, as
    on any installation: without it each of some hundred processes compiles all modules again."""
    own = str(Path(sys.executable).parent)
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PATH": f"{own}{os.pathsep}{inherited['PATH']}", "CI": "1"}


def succeeds(*command: str | Path, cwd: Path = ROOT) -> bool:
    """What it says is printed when it ends, in one piece: another may run beside it."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(f"\n--- {' '.join(map(str, command))}\n{done.stdout}", end="", flush=True)
    return done.returncode == 0


def missing_parts() -> list[Missing]:
    found = []
    if not any(shutil.which(name) for name in CHROMIUM):
        found.append(Missing(what="chromium", tests="browser", remedy="apt-get install chromium"))
    if not (shutil.which("postgres") or list(Path("/").glob(POSTGRES_FOLDERS[1:]))):
        found.append(
            Missing(what="PostgreSQL", tests="postgresql", remedy="apt-get install postgresql")
        )
    if not (shutil.which("prometheus") and shutil.which("promtool")):
        found.append(
            Missing(what="Prometheus", tests="prometheus", remedy="apt-get install prometheus")
        )
    if not (shutil.which("node") and shutil.which("npm")):
        found.append(
            Missing(
                what="node", tests="node", remedy="apt-get install nodejs npm (Node 20 or newer)"
            )
        )
    return found


def python_tests(
    missing: Sequence[Missing], *, strict: bool, slow: bool = False
) -> tuple[bool, str]:
    """Runs pytest and returns its closing words. `strict`: a test that skips itself fails;
    `slow`: the long runs and nothing else."""
    parts: list[tuple[Sequence[str], str]] = [
        (side_by_side(WORKERS_MOST), "not slow and not undisturbed"),
        (side_by_side(LANES), "not slow and undisturbed and not alone"),
        ((), "not slow and undisturbed and alone"),
    ]
    if slow:
        parts = [((), "slow")]
    lacking = "".join(f" and not {m.tests}" for m in missing)
    ends = [pytest_run(*options, "-m", wanted + lacking) for options, wanted in parts]
    codes = {code for code, _ in ends}
    passed = codes <= {PASSED, NO_TESTS} and PASSED in codes
    last = summed_up([closing for _, closing in ends])
    if strict and re.search(r"\b\d+ skipped", last):
        return False, f"{last}: with --all a skip is a failure"
    return passed, last


def side_by_side(most: int) -> Sequence[str]:
    """As many workers as cores, up to `most`; what the tests of a file share is made once. In
    the order of the folders: short files come last, and no worker waits long for the other."""
    workers = min(len(os.sched_getaffinity(0)), most)
    return ("-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder")


def pytest_run(*options: str) -> tuple[int, str]:
    """Its exit code and closing line."""
    last = "no closing line"
    with subprocess.Popen(
        (sys.executable, "-m", "pytest", "-q", *options),
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip(" =\n") if CLOSING.search(line) else last
    return process.returncode, last


def summed_up(closings: Sequence[str]) -> str:
    """The closing lines of several runs as the line of one, without what each left to the
    others; as they are where one has none."""
    if len(closings) == 1 or not all(CLOSING.search(closing) for closing in closings):
        return "; ".join(closings)
    text = " ".join(closings)
    counts = Counter[str]()
    for count, word in COUNT.findall(text):
        counts[word] += int(count)
    seconds = sum(map(float, SECONDS.findall(text)))
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    return f"{told or 'no tests ran'} in {seconds:.2f}s"


def console() -> bool:
    return (
        succeeds("npm", "ci", "--no-audit", "--no-fund", cwd=CONSOLE)
        and succeeds("npm", "test", cwd=CONSOLE)
        and succeeds("npm", "run", "check", cwd=CONSOLE)
        and committed_console_is_fresh()
    )


def committed_console_is_fresh() -> bool:
    """Builds into a folder of its own and compares byte for byte with what is committed."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "console"
        if not succeeds(
            "npm", "run", "build", "--", "--outDir", fresh, "--emptyOutDir", cwd=CONSOLE
        ):
            return False
        differing = differences(fresh, COMMITTED_CONSOLE)
    for path in differing:
        print(f"{COMMITTED_CONSOLE.relative_to(ROOT)}/{path} is not what a fresh build gives")
    return not differing


def differences(left: Path, right: Path) -> list[str]:
    """Files that only one side has or that differ; Python's own files aside."""
    names = sorted(
        {
            str(file.relative_to(side))
            for side in (left, right)
            for file in side.rglob("*")
            if file.is_file() and file.suffix not in (".py", ".pyc")
        }
    )
    _, differing, missing = filecmp.cmpfiles(left, right, names, shallow=False)
    return sorted(differing + missing)


Check = Callable[[], bool]


def types() -> bool:
    scripts = [ROOT / "go.py", *sorted((ROOT / ".ci").glob("*.py"))]
    mypy = (sys.executable, "-m", "mypy")
    return succeeds(*mypy) and succeeds(*mypy, *scripts)


def steps_before_the_tests() -> list[tuple[str, Check]]:
    python = sys.executable
    return [
        ("format", lambda: succeeds(python, "-m", "ruff", "format", "--check", "--quiet", ".")),
        ("lint", lambda: succeeds(python, "-m", "ruff", "check", ".")),
        ("types", types),
        ("layers", lambda: succeeds("lint-imports", "--no-cache")),
        ("shape", lambda: succeeds(python, ROOT / ".ci" / "shape.py")),
    ]


def kernel_steps() -> list[tuple[str, Check]]:
    """Compiles what the tests call, once: each of their workers would do it for itself."""
    gridops = (sys.executable, "-m", "gridops")
    goals = (f"--goal={goal}" for goal in ("G1", "G2", "G3", "G7"))
    plan = (*gridops, "simulate", "fault_mid_feeder")
    measure = (*gridops, "bench", "--feeders=5", "--repeats=1", *goals)
    return [("kernels", lambda: succeeds(*plan) and succeeds(*measure))]


def closed(step: str, began: float, *, passed: bool, note: str = "") -> Outcome:
    end = End.PASSED if passed else End.FAILED
    outcome = Outcome(step=step, end=end, seconds=time.monotonic() - began, note=note)
    print(outcome, flush=True)
    return outcome


def carried_out(steps: Sequence[tuple[str, Check]]) -> list[Outcome]:
    """One after the other."""
    outcomes = []
    for step, check in steps:
        began = time.monotonic()
        outcomes.append(closed(step, began, passed=check()))
    return outcomes


def node_steps() -> list[tuple[str, Check]]:
    steps: list[tuple[str, Check]] = []
    if (CONSOLE / "package.json").exists():
        steps.append(("console", console))
    if (NODE_PEERS / "package.json").exists():
        steps.append(("node peers", lambda: succeeds("npm", "ci", cwd=NODE_PEERS)))
    return steps


def all_outcomes(*, strict: bool) -> list[Outcome]:
    missing = missing_parts()
    lanes = [steps_before_the_tests(), kernel_steps()]
    if all(m.tests != "node" for m in missing):
        lanes.append(node_steps())
    outcomes = [
        Outcome(
            step=m.tests,
            end=End.FAILED if strict else End.SKIPPED,
            seconds=0.0,
            note=f"no {m.what} on this machine; {m.remedy}",
        )
        for m in missing
    ]
    with ThreadPoolExecutor(len(lanes)) as pool:
        for done in pool.map(carried_out, lanes):
            outcomes += done
    print("\n--- tests", flush=True)
    began = time.monotonic()
    passed, note = python_tests(missing, strict=strict)
    return [*outcomes, closed("tests", began, passed=passed, note=note)]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="go.py test", description=__doc__)
    parser.add_argument("--all", action="store_true", help="a skipped step is a failure")
    parser.add_argument("--slow", action="store_true", help="only the long runs, some minutes")
    asked = parser.parse_args(arguments)
    if importlib.util.find_spec("pytest") is None:
        parser.exit(2, "checks: run `python3 go.py test`, which installs what this needs\n")
    if asked.slow:
        passed, note = python_tests(missing_parts(), strict=asked.all, slow=True)
        print(f"long runs: {note}")
        return 0 if passed else 1
    outcomes = all_outcomes(strict=asked.all)
    print("\n--- all steps")
    for outcome in outcomes:
        print(outcome)
    failed = [o for o in outcomes if o.end is End.FAILED]
    skipped = sum(o.end is End.SKIPPED for o in outcomes)
    if failed:
        print(f"failed: {', '.join(o.step for o in failed)}; {outcomes[-1].note}")
        return 1
    print(f"every step passed, {skipped} skipped; {outcomes[-1].note}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
