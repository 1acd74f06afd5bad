"""What can be measured, and one run over it.

Milliseconds depend on the machine; ratios within a run much less. Peers are imported where they
are asked, and one that is not installed is a row that says so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from gridops.bench import candidates, events, flow, keeping, start, sweeping
from gridops.bench.bench_city import BenchCity
from gridops.bench.machine import machine
from gridops.bench.race import Race, against, alone
from gridops.bench.rows import Bench, Row

GOALS: Mapping[str, Callable[[BenchCity], Iterator[Race]]] = {
    "G1": flow.races,
    "G2": candidates.races,
    "G3": events.races,
    "G7": sweeping.races,
    "G9": start.races,
    "G10": keeping.races,
}
"""What can be measured, by goal; another goal is one more entry."""


def run_bench(
    city: BenchCity,
    goals: Sequence[str],
    *,
    repeats: int,
    against_peers: bool,
    told: Callable[[Row], None] = lambda _: None,
) -> Bench:
    """Measures `goals` in this order; `told` gets each row when it is done.

    Every figure is the median of `repeats` readings. Raises: KeyError for a goal that is not in
    `GOALS`.
    """
    on = machine()
    rows = list[Row]()
    for goal in goals:
        for race in GOALS[goal](city):
            done = (
                against(race, repeats=repeats) if against_peers else [alone(race, repeats=repeats)]
            )
            for row in done:
                told(row)
                rows.append(row)
    return Bench(machine=on, rows=tuple(rows))
