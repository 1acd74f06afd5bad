"""What it costs to locate one fault in a city, and how that grows.

`python benchmarks/location.py` prints the table; `--write` also puts it into benchmarks/README.md.
Every case is one fault (or two behind one device) drawn by lot, with the indicators that a healthy
or partly failed field would show, located as the desk locates it: the supply before the fault is
known already. Each case is timed once after one case that is not counted; the figures are over
all cases, in processor time of the process.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
from page import put_into_readme

from gridops.bench.machine import machine, one_thread_each

PART = "location"
SIZES = (100, 700, 2000)
CASES = 2000
SEED = 1
AT = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = (
    "one fault, all devices sound",
    "one fault, one device wrong",
    "two faults, or three wrong",
)


def measured(feeders: int, cases: int) -> Iterator[tuple[str, list[float], list[int], int]]:
    """Of each kind: seconds and candidate sections of each case, and how many weighed pairs."""
    from gridops.city import build_city  # noqa: PLC0415 (threads are set)
    from gridops.network import build_network  # noqa: PLC0415
    from gridops.outage import infer  # noqa: PLC0415
    from gridops.state import energise  # noqa: PLC0415

    network = build_network(build_city(feeders, seed=SEED))
    before = energise(network, network.normally_closed)
    draw = Draw(network, before)
    for kind in KINDS:
        heard = [draw.case(kind) for _ in range(cases + 1)]
        infer(network, heard[0])
        seconds, sections, pairs = [], [], 0
        for one in heard[1:]:
            started = time.process_time()
            found = infer(network, one)
            seconds.append(time.process_time() - started)
            sections.append(len(found.suspects))
            pairs += found.p_two_faults > 0.0
        yield kind, seconds, sections, pairs


class Draw:
    """Faults by lot, and what the field shows of them."""

    def __init__(self, network, before) -> None:  # type: ignore[no-untyped-def]
        from gridops.outage.fault_path import is_flagging, opens_by_itself  # noqa: PLC0415

        self.dice = random.Random(SEED)  # noqa: S311 (no secret)
        self.network, self.before = network, before
        self.guards = {s.id for s in network.switches.values() if opens_by_itself(s)}
        self.fitted = {s.id for s in network.switches.values() if is_flagging(s)}
        self.sections = [s for s in before.order if self.guards.intersection(before.path(s))]
        self.silent = {s: _said("no") for s in self.fitted}

    def case(self, kind: str):  # type: ignore[no-untyped-def]
        from gridops.outage import Heard  # noqa: PLC0415

        first = self.dice.choice(self.sections)
        path = self.before.path(first)
        tripped = [s for s in path if s in self.guards][-1]
        behind = sorted(self.before.behind(tripped))
        seen = set(path)
        wrong = {KINDS[0]: 0, KINDS[1]: 1}.get(kind, 3)
        if wrong == 3 and self.dice.random() < 0.5:
            seen |= set(self.before.path(self.dice.choice(behind)))
            wrong = 0
        flags = {**self.silent, **{s: _said("yes") for s in seen & self.fitted}}
        near = sorted({s for k in behind for s in self.network.sections[k].switches} & self.fitted)
        for liar in self.dice.sample(near, min(wrong, len(near))):
            flags[liar] = _said("no" if flags[liar].value == "yes" else "yes")
        return Heard(
            closed_before=self.before.closed,
            before=self.before,
            since=AT,
            tripped=(tripped,),
            flags=flags,
        )


def _said(word: str):  # type: ignore[no-untyped-def]
    from gridops.measurement import Measured, Quality, Reading  # noqa: PLC0415

    return Measured(Reading(word), Quality.GOOD, AT)


def table(rows: Sequence[str]) -> str:
    on = machine()
    return "\n".join(
        [
            f"Measured on {on['processor']}, {on['cores']} cores, {on['system']}, Python "
            f"{on['python']}; one thread; seed {SEED}, processor time in ms; load average at the "
            f"end {on['load_average']}.",
            "",
            "| feeders | case | median | p99 | most | sections, median and most | with pairs |",
            "|---|---|---|---|---|---|---|",
            *rows,
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    one_thread_each()
    rows = []
    for feeders in asked.sizes:
        for kind, seconds, sections, pairs in measured(feeders, asked.cases):
            ms = 1e3 * np.array(seconds)
            rows.append(
                f"| {feeders:,} | {kind} | {np.median(ms):.2f} | {np.percentile(ms, 99):.2f} | "
                f"{ms.max():.2f} | {int(np.median(sections))}, {max(sections)} | "
                f"{100.0 * pairs / len(seconds):.0f} % |"
            )
            print(rows[-1], flush=True)
    text = table(rows)
    print(text)
    if asked.write:
        put_into_readme(PART, text)


if __name__ == "__main__":
    main()
