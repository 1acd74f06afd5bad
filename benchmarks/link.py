"""The field link under load, over real TCP: rates, costs, avalanches, plans, a day of traffic.

`python benchmarks/link.py` runs every case one after the other, each in processes of its own, and
prints the tables; `--only rate:node points` runs the cases whose names begin so, `--list` names
all, `--write` puts the tables that have lines into benchmarks/README.md, `--toy` only shows that
everything still works. Servers are of node-opcua (`npm ci` in tests/interop) and of asyncua,
without security and by SignAndEncrypt with Basic256Sha256. Processor time is that of processes,
by the kernel's account: other work on the machine stretches the times on the wall far more.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

from page import put_into_readme

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gridops.bench.machine import machine, one_thread_each  # noqa: E402 (the path is set)
from tests.load.sizes import TOY, Sizes  # noqa: E402

CASE_S_MAX = 3_600.0
Lines = dict[str, list[Sequence[str]]]


def alone(name: str, sizes: Sizes) -> list[tuple[str, Sequence[str]]]:
    """In a process of its own. Raises: RuntimeError with its last words."""
    command = [sys.executable, __file__, "--alone", name, "--sizes", json.dumps(asdict(sizes))]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=CASE_S_MAX, cwd=ROOT
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr[-2_000:]}")
    found: list[tuple[str, Sequence[str]]] = json.loads(done.stdout.splitlines()[-1])
    return found


def run_alone(name: str, sizes: Sizes) -> None:
    from tests.load.cases import run  # noqa: PLC0415 (threads are set)

    with tempfile.TemporaryDirectory(prefix="gridops-load-") as folder:
        print(json.dumps(asyncio.run(run(name, sizes, Path(folder)))))


def measured(names: Sequence[str], sizes: Sizes) -> tuple[Lines, bool]:
    """The lines of every table, and whether all cases came to their end."""
    found: Lines = {}
    is_whole = True
    for name in names:
        began = time.monotonic()
        try:
            lines = alone(name, sizes)
        except (RuntimeError, subprocess.TimeoutExpired, ValueError) as error:
            print(f"{name} FAILED: {error}", file=sys.stderr, flush=True)
            is_whole = False
            continue
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        for table, cells in lines:
            found.setdefault(table, []).append(cells)
            print(f"{table}: | {' | '.join(cells)} |", flush=True)
    return found, is_whole


def page(name: str, lines: Sequence[Sequence[str]], *, sizes: Sizes, before: object) -> str:
    from importlib.metadata import version  # noqa: PLC0415

    from tests.load.tables import encrypted_beside_plain, table  # noqa: PLC0415

    on = machine()
    differs = {
        field.name: getattr(sizes, field.name)
        for field in fields(Sizes)
        if getattr(sizes, field.name) != field.default
    }
    other = f"; not the usual sizes: {differs}" if differs else ""
    return "\n".join(
        [
            f"Measured on {on['processor']}, {on['cores']} cores, {on['system']}, Python "
            f"{on['python']}, asyncua {version('asyncua')}; load average {before} at the start, "
            f"{on['load_average']} at the end{other}.",
            "",
            table(name, lines),
            *(["", said] if name == "rate" and (said := encrypted_beside_plain(lines)) else []),
        ]
    )


def sizes_of(asked: argparse.Namespace) -> Sizes:
    if asked.sizes:
        return Sizes(**json.loads(asked.sizes))
    given = {field.name: getattr(asked, field.name, None) for field in fields(Sizes)}
    changed = {name: value for name, value in given.items() if value is not None}
    return replace(TOY if asked.toy else Sizes(), **changed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=[""], help="beginnings of names of cases")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--toy", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--sizes", help=argparse.SUPPRESS)
    for field in fields(Sizes):
        kind = int if isinstance(field.default, int) else float
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind)
    asked = parser.parse_args()
    one_thread_each()
    if asked.alone:
        run_alone(asked.alone, sizes_of(asked))
        return 0
    from tests.load.cases import CASES  # noqa: PLC0415

    names = [name for name in CASES if any(name.startswith(only) for only in asked.only)]
    if asked.list or not names:
        print("\n".join(CASES))
        return 0 if asked.list else 2
    before = machine()["load_average"]
    sizes = sizes_of(asked)
    found, is_whole = measured(names, sizes)
    for name, lines in found.items():
        text = page(name, lines, sizes=sizes, before=before)
        print(f"\n{text}", flush=True)
        if asked.write:
            put_into_readme(f"link-{name}", text)
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
