"""How writing, loading and checking a city grow with its size.

`python benchmarks/city_scale.py` prints the table; `--write` also puts it into
benchmarks/README.md and draws benchmarks/city_scale.svg. Every figure is the median of several
runs, each in a process of its own, so that no run profits from the one before.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from page import HERE, put_into_readme

PART, PLOT = "city_scale", HERE / "city_scale.svg"
SIZES = (10, 30, 100, 300, 700, 1000, 2000)
REPEATS = 3
SEED = 1

Figures = Mapping[str, float]
Made = TypeVar("Made")


def timed(name: str, run: Callable[[], Made]) -> tuple[Made, dict[str, float]]:
    """What `run` returns, and its time: on the wall, and of the processor alone, which other
    work on the machine disturbs less."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    made = run()
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    return made, {f"{name}_s": wall_s, f"{name}_cpu_s": cpu_s}


def written(folder: Path, feeders: int) -> Figures:
    """Time to build and write the city, and what is in it."""
    from gridops.adapters.city_folder import write_city  # noqa: PLC0415 (the import is not timed)
    from gridops.network import build_network  # noqa: PLC0415

    city, took = timed("write", lambda: write_city(folder, feeders=feeders, seed=SEED))
    counts = {name: float(str(value)) for name, value in city.counts.items()}
    bytes_ = sum(file.stat().st_size for file in folder.iterdir())
    sections = len(build_network(city.components).sections)
    return {**counts, "sections": sections, "bytes": bytes_, **took}


def loaded(folder: Path, _: int) -> Figures:
    """Time of `load_grid`, and the resident memory of the process that has just done it."""
    from gridops.adapters.grid_files import load_grid  # noqa: PLC0415

    before = resident_bytes()
    network, took = timed("load", lambda: load_grid(folder))
    resident = resident_bytes()
    if not network.nodes:
        raise SystemExit(f"{folder}: nothing was loaded")
    return {**took, "resident_bytes": resident, "before_bytes": before}


def checked(folder: Path, _: int) -> Figures:
    """Time of what `gridops check` does, and how many flaws it finds."""
    from gridops.adapters.grid_files import check_grid  # noqa: PLC0415

    report, took = timed("check", lambda: check_grid(folder))
    good = sum(each.grade in ("A", "B") for each in report.feeders)
    return {**took, "flaws": len(report.flaws), "a_or_b": good / len(report.feeders)}


def resident_bytes() -> int:
    """Of this process now. Linux only."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


TASKS: Mapping[str, Callable[[Path, int], Figures]] = {
    "write": written,
    "load": loaded,
    "check": checked,
}


def in_its_own_process(task: str, folder: Path, *, feeders: int) -> Figures:
    command = [sys.executable, __file__, "--task", task, "--folder", str(folder)]
    done = subprocess.run(
        [*command, "--sizes", str(feeders)], check=True, capture_output=True, text=True
    )
    figures: Figures = json.loads(done.stdout)
    return figures


def measured(feeders: int, repeats: int) -> Figures:
    """The medians of one size."""
    runs: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "city"
        for number in range(repeats):
            run: dict[str, float] = {}
            for task in TASKS:
                run |= in_its_own_process(task, folder, feeders=feeders)
            runs.append(run)
            print(f"{feeders} feeders, run {number + 1} of {repeats}", file=sys.stderr)
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def machine() -> str:
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = found[0].partition(":")[2].strip() if found else model
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def table(rows: Sequence[Figures], *, load_average: float, repeats: int) -> str:
    """Markdown: counts, times and memory, then the same per feeder."""
    counts = [
        "| feeders | nodes | switches | sections | loads | customers | MB on disk |",
        "|---|---|---|---|---|---|---|",
    ]
    names = ("feeders", "nodes", "switches", "sections", "loads", "customers")
    for row in rows:
        cells = [f"{row[name]:,.0f}" for name in names] + [f"{row['bytes'] / 1e6:.1f}"]
        counts.append(f"| {' | '.join(cells)} |")
    times = [
        "| feeders | write s (CPU) | load s (CPU) | check s (CPU) | MB resident after load "
        "| write CPU ms/feeder | load CPU ms/feeder | check CPU ms/feeder | kB/feeder | A or B |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        feeders = row["feeders"]
        own = (row["resident_bytes"] - row["before_bytes"]) / feeders
        each = [f"{row[f'{task}_cpu_s'] / feeders * 1e3:.2f}" for task in TASKS]
        cells = [
            f"{feeders:,.0f}",
            *(f"{row[f'{task}_s']:.2f} ({row[f'{task}_cpu_s']:.2f})" for task in TASKS),
            f"{row['resident_bytes'] / 1e6:.0f}",
            *each,
            f"{own / 1e3:.0f}",
            f"{row['a_or_b']:.0%}",
        ]
        times.append(f"| {' | '.join(cells)} |")
    told = (
        f"Measured on {machine()}; seed {SEED}, medians of {repeats}; load average of the "
        f"machine at the start {load_average:.1f}."
    )
    return "\n".join((told, "", *counts, "", *times))


def draw(rows: Sequence[Figures]) -> None:
    """Times and memory over size, both axes logarithmic; a slope of 1 is linear growth."""
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "city_scale"
    import matplotlib.pyplot as plt  # noqa: PLC0415

    sizes = [row["feeders"] for row in rows]
    figure, axes = plt.subplots(figsize=(6.4, 4.0))
    for task, mark in (("write", "o-"), ("load", "s-"), ("check", "^-")):
        times = [row[f"{task}_cpu_s"] for row in rows]
        axes.loglog(sizes, times, mark, label=f"{task}, CPU s")
    memory = [row["resident_bytes"] / 1e8 for row in rows]
    axes.loglog(sizes, memory, "d:", label="resident, 100 MB")
    line = [rows[-1]["load_cpu_s"] * size / sizes[-1] for size in sizes]
    axes.loglog(sizes, line, "k--", linewidth=0.8, label="in proportion")
    axes.set_xlabel("feeders")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(PLOT, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--repeats", type=int, default=REPEATS, metavar="N")
    parser.add_argument("--write", action="store_true", help="update README.md and the picture")
    parser.add_argument("--task", choices=sorted(TASKS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.task:
        print(json.dumps(TASKS[asked.task](asked.folder, asked.sizes[0])))
        return
    load_average = os.getloadavg()[0]
    rows = [measured(feeders, asked.repeats) for feeders in asked.sizes]
    text = table(rows, load_average=load_average, repeats=asked.repeats)
    print(text)
    if asked.write:
        put_into_readme(PART, text)
        draw(rows)


if __name__ == "__main__":
    main()
