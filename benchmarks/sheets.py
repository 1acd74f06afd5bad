"""How long a sheet takes to be judged on a synthetic city, and what of it the loop would wait for.

    python benchmarks/sheets.py [--feeders 700] [--seed 1] [--sheets 300]

Each sheet takes one section out for work and hands what hangs behind over to a neighbour: six
lines or more by the template `section_out`, on sections and ties drawn from the city. Times are
of one core in one process: p50, p99 and the most, of `judged` (every edit), of `verdict_on`
(before each line) and of `ground_of`.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from gridops.adapters.template_files import read_templates
from gridops.bootstrap.wiring import engines_of
from gridops.city import build_city
from gridops.guard import Knowledge
from gridops.ids import SwitchId
from gridops.measurement import Measured, Quality
from gridops.network import COLD_LOAD, Network, build_network
from gridops.powerflow import LoadPowers, PowerFlow
from gridops.sheets.course import Course
from gridops.sheets.drafting import drafted
from gridops.sheets.ground import ground_of
from gridops.sheets.judging import judged, verdict_on
from gridops.state import LiveState, energise

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LINES_MIN = 6


def knowledge_of(network: Network) -> Knowledge:
    """Everybody has supply and every switch is known."""
    blank = LiveState(network=network).snapshot(NOW)
    positions = {
        s.id: Measured(s.normal_position, Quality.GOOD, NOW) for s in network.switches.values()
    }
    none: frozenset[SwitchId] = frozenset()
    return Knowledge(
        network=network,
        snapshot=replace(blank, positions=positions, unknown=none, unreachable=none),
        limits=network.limits,
        loads=LoadPowers.stated(network),
        cold_load=COLD_LOAD,
        lasts_s=4 * 3600.0,
    )


def sheets_of(knowledge: Knowledge, planner: PowerFlow, *, seed: int) -> Iterator[Course]:
    """The section before the last switch on the way to a tie is taken out; the tie takes over
    what hangs behind."""
    network = knowledge.network
    live = energise(network, network.normally_closed)
    template = next(t for t in read_templates() if t.id == "section_out")
    open_ones = [s for s in network.switches if s not in live.closed]
    random.Random(seed).shuffle(open_ones)  # noqa: S311  # a draw of cases, nothing secret
    for tie in open_ones:
        for end in network.section_ends[tie]:
            path = live.path(end)
            if len(path) < 3:
                continue
            behind = next(s for s in network.section_ends[path[-1]] if live.path(s)[-1] != path[-1])
            chosen = {"section": behind, "tie": tie}
            found = drafted(template, chosen, knowledge=knowledge, planner=planner)
            if len(found.steps) >= LINES_MIN:
                yield Course(steps=found.steps, gives_up=frozenset(found.gives_up))


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of the processor: what else the machine does disturbs least."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e3


def told(name: str, times_ms: list[float]) -> str:
    p99 = statistics.quantiles(times_ms, n=100)[98]
    return (
        f"{name:<11} p50 {statistics.median(times_ms):7.1f} ms   p99 {p99:7.1f} ms   "
        f"most {max(times_ms):7.1f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeders", type=int, default=700)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sheets", type=int, default=300)
    asked = parser.parse_args()
    network = build_network(build_city(asked.feeders, seed=asked.seed))
    knowledge, engines = knowledge_of(network), engines_of(network)
    listed = sheets_of(knowledge, engines.planner, seed=asked.seed)
    sheets = [sheet for sheet, _ in zip(listed, range(asked.sheets), strict=False)]
    passed = sum(judged(s, knowledge, engines=engines).verdict.passed for s in sheets)
    lines = statistics.mean(len(sheet.steps) for sheet in sheets)
    print(
        f"city of {asked.feeders} feeders, seed {asked.seed}: {len(sheets)} sheets, "
        f"{lines:.1f} lines on average, {passed} pass; time of the processor"
    )
    works: dict[str, Callable[[Course], object]] = {
        "judged": lambda sheet: judged(sheet, knowledge, engines=engines),
        "verdict_on": lambda sheet: verdict_on(sheet, knowledge, guard=engines.guard),
        "ground_of": lambda sheet: ground_of(sheet, knowledge, grid=""),
    }
    for name, work in works.items():
        print(told(name, [timed(lambda w=work, s=sheet: w(s)) for sheet in sheets]))  # type: ignore[misc]


if __name__ == "__main__":
    main()
