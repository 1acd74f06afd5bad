"""What it costs to plan for every section of a city, and what the plans are worth.

`python benchmarks/planning.py` prints the table; `--write` also puts it into benchmarks/README.md.
Every section that has supply fails once at each load scale; the devices trip as they should and
the fault is known where it is. Timed is each stage alone, in processor time of the process, on a
situation that is laid out already (supply before the fault, positions, loads). Then the guard
judges every plan by power-grid-model, untimed. `--every N` takes every Nth section, `--last` the
last stage alone, which is what `propose` does by default.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from page import put_into_readme

from gridops.bench.machine import machine, one_thread_each

PART = "planning"
SEED = 1
FEEDERS = 700
SCALES = (1.0, 1.4, 1.8)
WARM = 20


@dataclass(slots=True)
class Row:
    """One stage at one load scale."""

    stage: str
    scale: float
    seconds: list[float] = field(default_factory=list)
    proofs: Counter[str] = field(default_factory=Counter)
    gaps: list[float] = field(default_factory=list)
    steps: int = 0
    vetoed: Counter[str] = field(default_factory=Counter)
    guarded: int = 0

    def text(self) -> str:
        ms = 1e3 * np.array(self.seconds)
        total = max(len(ms), 1)
        share = {kind: 100.0 * n / total for kind, n in self.proofs.items()}
        gap = f"{max(self.gaps):.3g} %" if self.gaps else "-"
        vetoes = sum(self.vetoed.values())
        why = ", ".join(f"{n} by {rule}" for rule, n in sorted(self.vetoed.items()))
        guard = f"{vetoes} of {self.guarded:,}" + (f" ({why})" if why else "")
        return (
            f"| {self.stage} | {self.scale:g} | {len(ms):,} | {self.steps:,} "
            f"| {np.median(ms):.2f} | {np.percentile(ms, 99):.2f} | {ms.max():.2f} "
            f"| {share.get('optimal', 0):.2f} % | {share.get('gap', 0):.2f} %, {gap} "
            f"| {share.get('heuristic', 0):.2f} % | {guard if self.guarded else '-'} |"
        )


def stages():  # type: ignore[no-untyped-def]
    """By name: settings; each stage gives a better or equal plan than the one before."""
    from gridops.restoration import PlanSettings  # noqa: PLC0415

    one = PlanSettings(ties_at_once_max=1, combinations_max=0, load_transfer=False)
    return {
        "one tie for each dark part": one,
        "exact within the dead part": PlanSettings(load_transfer=False),
        "with load transfer": PlanSettings(),
    }


class City:
    """The grid with all that is laid out before a fault."""

    def __init__(self, feeders: int) -> None:
        from gridops.adapters.engines import PowerGridModelEngine  # noqa: PLC0415
        from gridops.city import build_city  # noqa: PLC0415
        from gridops.guard import Guard  # noqa: PLC0415
        from gridops.network import build_network  # noqa: PLC0415
        from gridops.powerflow import RadialFlow  # noqa: PLC0415
        from gridops.state import energise  # noqa: PLC0415

        self.network = build_network(build_city(feeders, seed=SEED))
        self.engine = RadialFlow(self.network)
        self.guard = Guard(self.network, PowerGridModelEngine(self.network))
        self.closed = frozenset(self.network.normally_closed)
        self.before = energise(self.network, self.network.normally_closed)

    def sections(self, every: int):  # type: ignore[no-untyped-def]
        return [s for s in self.network.sections if self.before.is_supplied(s)][::every]

    def situations(self, sections, scale: float):  # type: ignore[no-untyped-def]
        from gridops.powerflow import LoadPowers  # noqa: PLC0415
        from gridops.study.random_cases import outage_at, told_plainly  # noqa: PLC0415

        loads = LoadPowers.stated(self.network, scale=scale)
        for section in sections:
            yield told_plainly(outage_at(self.network, self.closed, faults=(section,), loads=loads))


def measured(city: City, sections, scale: float, *, last: bool):  # type: ignore[no-untyped-def]
    from gridops.restoration import propose  # noqa: PLC0415

    asked = list(stages().items())  # type: ignore[no-untyped-call]
    for name, settings in asked[-1:] if last else asked:
        row = Row(name, scale)
        for k, plain in enumerate(city.situations([*sections[:WARM], *sections], scale)):
            told = replace(plain, settings=settings)
            told.snapshot.closed  # noqa: B018 (worked out before the clock runs)
            seconds, found = timed(propose, told, city.engine)
            if k < WARM:
                continue
            row.seconds.append(seconds)
            row.proofs[found.proof.value] += 1
            row.gaps += [found.gap_pct] if found.proof.value == "gap" else []
            row.steps += bool(found.steps)
            judge(city, row, told, found)
        yield row


def timed(plan: Callable[..., object], told: object, engine: object):  # type: ignore[no-untyped-def]
    started = time.process_time()
    found = plan(told, engine)
    return time.process_time() - started, found


def judge(city: City, row: Row, told, plan) -> None:  # type: ignore[no-untyped-def]
    from gridops.study.random_trials import guarded  # noqa: PLC0415

    if not plan.steps:
        return
    row.guarded += 1
    verdict = guarded(city.guard, told, plan=plan)
    row.vetoed.update({violation.invariant for violation in verdict.violations})


def table(rows: Sequence[str], sections: int, every: int) -> str:
    on = machine()
    which = "every section" if every == 1 else f"every {every}th section"
    return "\n".join(
        [
            f"Measured on {on['processor']}, {on['cores']} cores, {on['system']}, Python "
            f"{on['python']}; one thread; city of {FEEDERS} feeders, seed {SEED}, {which} "
            f"({sections:,}); processor time in ms; load average at the end "
            f"{on['load_average']}.",
            "",
            "| stage | load | faults | with steps | median | p99 | most | optimal | gap, largest "
            "| heuristic | vetoed |",
            "|---|---|---|---|---|---|---|---|---|---|---|",
            *rows,
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeders", type=int, default=FEEDERS)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--scales", type=float, nargs="+", default=SCALES)
    parser.add_argument("--last", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    one_thread_each()
    city = City(asked.feeders)
    sections = city.sections(asked.every)
    rows = []
    for scale in asked.scales:
        for row in measured(city, sections, scale, last=asked.last):
            rows.append(row.text())
            print(rows[-1], flush=True)
    text = table(rows, len(sections), asked.every)
    print(text)
    if asked.write:
        put_into_readme(PART, text)


if __name__ == "__main__":
    main()
