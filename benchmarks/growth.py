"""How the cost of one question grows with the city: flat where only a part of it is concerned.

`python benchmarks/growth.py` prints the table; `--write` also puts it into benchmarks/README.md
and draws benchmarks/growth.svg. Every figure is the median of rounds over all sizes, so that no
size meets all that disturbs the machine; in a round each size has a process of its own.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from page import HERE, put_into_readme

from gridops.bench.machine import machine, one_thread_each

if TYPE_CHECKING:
    from gridops.bench.bench_city import BenchCity
    from gridops.bench.measuring import Side
    from gridops.events import Event
    from gridops.ids import SwitchId

PART, PLOT = "growth", HERE / "growth.svg"
SIZES = (10, 30, 100, 300, 700, 1000, 2000)
REPEATS, ROUNDS = 7, 3
SEED = 1
EVENTS = 20
"""Handled within one reading."""

Figures = Mapping[str, float]

WHAT = {
    "event_kernel_s": "switch event, kernel",
    "event_moved_s": "switch event, Energisation.moved",
    "event_state_s": "switch event, LiveState and who is out",
    "event_desk_s": "switch event, Desk.handle",
    "candidate_s": "restoration candidate",
    "retrace_s": "full retrace",
    "ac_warm_s": "AC of the whole city, warm",
    "ac_cold_s": "AC of the whole city, cold",
    "ac_call_s": "AC of the whole city, all results",
}
FLAT = ("event_kernel_s", "event_moved_s", "event_state_s", "event_desk_s", "candidate_s")
"""What is to cost the same in a city of any size."""


def figures(feeders: int, repeats: int) -> Figures:
    """Seconds of each, in this process."""
    from gridops.bench import candidates_ours, events_ours, flow_ours  # noqa: PLC0415 (threads are set)
    from gridops.bench.bench_city import BenchCity  # noqa: PLC0415
    from gridops.bench.candidate_cases import in_the_city  # noqa: PLC0415
    from gridops.bench.measuring import measured  # noqa: PLC0415
    from gridops.bench.switchings import Switchings  # noqa: PLC0415

    city = BenchCity(feeders, SEED)
    switchings = Switchings(city)
    sides: dict[str, Callable[[], Side]] = {
        "event_kernel_s": lambda: events_ours.by_kernel(switchings),
        "event_moved_s": lambda: events_ours.step_by_step(switchings),
        "event_state_s": lambda: _live_state(city),
        "event_desk_s": lambda: _desk(city),
        "candidate_s": lambda: candidates_ours.in_one_call(in_the_city(city)),
        "retrace_s": lambda: events_ours.in_full(switchings),
        "ac_warm_s": lambda: flow_ours.warm(city),
        "ac_cold_s": lambda: flow_ours.cold(city),
        "ac_call_s": lambda: flow_ours.whole_call(city),
    }
    network = city.network
    counts = {"feeders": feeders, "nodes": len(network.nodes), "switches": len(network.switches)}
    return counts | {
        name: measured([make()], repeats=repeats)[0].median for name, make in sides.items()
    }


def _live_state(city: "BenchCity") -> "Side":
    """An event folded in, and the customers that are out after it."""
    from gridops.state import LiveState  # noqa: PLC0415

    state = LiveState(network=city.network)

    def take(event: "Event") -> int:
        state.apply(event)
        return state.energisation.customers_dark

    return _handling(take, _told_switches(city, state.link_of))


def _desk(city: "BenchCity") -> "Side":
    """An operator's switching that leaves nobody without supply: no incident begins, so this is
    what every event costs before there is anything to work out."""
    from gridops.bootstrap.wiring import engines_of  # noqa: PLC0415
    from gridops.incident.desk import Desk  # noqa: PLC0415
    from gridops.state import energise  # noqa: PLC0415

    desk = Desk(city.network, engines_of(city.network))
    normal = energise(city.network, city.closed)
    told = _told_switches(city, desk.state.link_of)
    return _handling(desk.handle, [s for s in told if not normal.customers_behind(s)])


def _told_switches(city: "BenchCity", link_of: Mapping["SwitchId", object]) -> "list[SwitchId]":
    """Closed switches that report their position."""
    return [switch for switch in city.closed if switch in link_of]


def _handling(take: Callable[["Event"], object], switches: Sequence["SwitchId"]) -> "Side":
    """Each of `switches` in turn opened and closed again, a second apart."""
    from gridops.bench.measuring import Side, timed  # noqa: PLC0415

    events = _events(switches)

    def work() -> None:
        for event in itertools.islice(events, EVENTS):
            take(event)

    return Side(read=timed(work, pieces=EVENTS))


def _events(switches: Sequence["SwitchId"]) -> Iterator["Event"]:
    from gridops.events import SwitchMoved  # noqa: PLC0415
    from gridops.measurement import Position  # noqa: PLC0415

    at = datetime(2026, 1, 1, tzinfo=UTC)
    for switch in itertools.cycle(switches):
        for position in (Position.OPEN, Position.CLOSED):
            at += timedelta(seconds=1)
            yield SwitchMoved(at=at, source_time=at, switch=switch, position=position)


def in_its_own_process(feeders: int, repeats: int) -> Figures:
    command = [sys.executable, __file__, "--one", str(feeders), "--repeats", str(repeats)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: Figures = json.loads(done.stdout)
    print(f"{feeders} feeders done", file=sys.stderr)
    return found


def measured_in_rounds(sizes: Sequence[int], *, repeats: int, rounds: int) -> list[Figures]:
    """One for each size, in order."""
    runs = [[in_its_own_process(size, repeats) for size in sizes] for _ in range(rounds)]
    return [
        {name: statistics.median(run[name] for run in of_size) for name in of_size[0]}
        for of_size in zip(*runs, strict=True)
    ]


def table(rows: Sequence[Figures], taken: str, load_average: float) -> str:
    on = machine()
    lines = [
        f"Measured on {on['processor']}, {on['cores']} cores, {on['system']}, Python "
        f"{on['python']}; one thread; seed {SEED}, {taken}, in µs; load average at "
        f"the start {load_average:.1f}.",
        "",
        f"| feeders | nodes | switches | {' | '.join(WHAT.values())} |",
        f"|{'---|' * (len(WHAT) + 3)}",
    ]
    for row in rows:
        counts = [f"{row[name]:,.0f}" for name in ("feeders", "nodes", "switches")]
        times = [
            f"{1e6 * row[name]:,.3g}" if row[name] < 1e-3 else f"{1e6 * row[name]:,.0f}"
            for name in WHAT
        ]
        lines.append(f"| {' | '.join(counts + times)} |")
    return "\n".join(lines)


def draw(rows: Sequence[Figures]) -> None:
    """Both axes logarithmic: what is flat is flat, and a slope of 1 is linear growth."""
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "growth"
    import matplotlib.pyplot as plt  # noqa: PLC0415

    sizes = [row["feeders"] for row in rows]
    figure, axes = plt.subplots(figsize=(7.2, 4.8))
    for name, what in WHAT.items():
        style = "o-" if name in FLAT else "s--"
        axes.loglog(sizes, [1e6 * row[name] for row in rows], style, markersize=4, label=what)
    axes.set_xlabel("feeders")
    axes.set_ylabel("µs")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.tight_layout()
    figure.savefig(PLOT, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--repeats", type=int, default=REPEATS, metavar="N")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    parser.add_argument("--write", action="store_true", help="update README.md and the picture")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    one_thread_each()
    if asked.one:
        print(json.dumps(figures(asked.one, asked.repeats)))
        return
    load_average = os.getloadavg()[0]
    rows = measured_in_rounds(asked.sizes, repeats=asked.repeats, rounds=asked.rounds)
    taken = f"medians of {asked.rounds} rounds of {asked.repeats}"
    text = table(rows, taken, load_average)
    print(text)
    if asked.write:
        put_into_readme(PART, text)
        draw(rows)


if __name__ == "__main__":
    main()
