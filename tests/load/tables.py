"""What a run found, as the lines of tables."""

import math
from collections.abc import Iterator, Sequence

from tests.load.cost import Cost
from tests.load.day import Day, Memory
from tests.load.plan import Plans
from tests.load.points import Avalanche, Subscribed
from tests.load.rate import Rate

RATE = (
    "server, channel",
    "taken by",
    "produced/s",
    "taken/s",
    "lost",
    "silent",
    "wrong at last",
    "µs for a change",
    "of one core, at this rate",
    "changes/s and core",
    "x asyncua",
    "servers, of one core",
)
COST = ("decoded, filtered", "as numbers", "compared, an event", "framed", "unframed", "in all")
SUBSCRIBED = ("server, channel", "points", "until all are read, s", "our processor time, s")
AVALANCHE = (
    "server, channel",
    "points",
    "produced in, s",
    "all told after, s",
    "our processor time, s",
    "states lost",
    "silent",
    "wrong at last",
    "overflows",
)
PLAN = (
    "server, channel",
    "bursts of",
    "failed",
    "with steps",
    "vetoes",
    "control room, processor ms, p50, p99",
    "worker, processor ms, p50, p99",
    "the plan alone, ms on the wall, p50, p99",
    "from link to journal, ms on the wall, p50, p99",
    "from the server's write, ms on the wall, p50, p99",
    "beyond the publishing interval, p99, ms",
)
DAY = (
    "server, channel",
    "hours",
    "played in, s",
    "changes",
    "told",
    "journalled",
    "troubles",
    "control room, µs for a change",
    "worker, µs for a change",
    "control room, MB: start, middle, end",
    "MB in a day",
    "worker, MB: start, middle, end",
    "MB in a day",
    "journal, MB",
)
HEADS = {
    "rate": RATE,
    "cost": COST,
    "subscribed": SUBSCRIBED,
    "avalanche": AVALANCHE,
    "plan": PLAN,
    "day": DAY,
}
Line = tuple[str, Sequence[str]]
"""Of which table, and the cells."""


def lines_of_rates(rates: Sequence[Rate]) -> Iterator[Line]:
    theirs = next(rate.cost_us for rate in rates if rate.how.startswith("asyncua"))
    for rate in rates:
        verdict = rate.verdict
        yield (
            "rate",
            (
                f"{rate.servers} {rate.make.stack}, {rate.make.channel}",
                rate.how,
                f"{rate.produced / rate.seconds:,.0f}",
                f"{rate.received / rate.seconds:,.0f}",
                "-" if verdict is None else f"{verdict.lost:,}{_strange(rate)}",
                "-" if verdict is None else f"{verdict.silent:,}",
                _wrong(rate),
                f"{rate.cost_us:.2f}",
                _shares(rate),
                f"{1e6 / rate.cost_us:,.0f}" if rate.cost_us else "-",
                f"{theirs / rate.cost_us:.1f}" if rate.cost_us else "-",
                f"{100.0 * rate.server_s / rate.seconds:.0f} %",
            ),
        )


def _wrong(rate: Rate) -> str:
    if not rate.is_whole:
        return "-"
    return f"{rate.wrong:,}" + (f" (link lost {rate.losses} times)" if rate.losses else "")


def _strange(rate: Rate) -> str:
    assert rate.verdict is not None
    return f" (and {rate.verdict.strange:,} never produced)" if rate.verdict.strange else ""


def _shares(rate: Rate) -> str:
    ours = 100.0 * rate.ours_s / rate.seconds
    if not rate.is_whole:
        return f"{ours:.1f} %"
    return f"{ours:.1f} % control room, {100.0 * rate.worker_s / rate.seconds:.1f} % workers"


def line_of_cost(cost: Cost) -> Line:
    pieces = (cost.arrays, cost.samples, cost.compared, cost.framed, cost.unframed)
    return "cost", [f"{piece:.3g}" for piece in (*pieces, sum(pieces))]


def lines_of_points(subscribed: Subscribed, avalanche: Avalanche) -> Iterator[Line]:
    where = f"{subscribed.make.stack}, {subscribed.make.channel}"
    yield (
        "subscribed",
        (
            where,
            f"{subscribed.points:,}",
            f"{subscribed.wall_s:.2f}",
            f"{subscribed.ours_s:.2f}",
        ),
    )
    verdict = avalanche.verdict
    yield (
        "avalanche",
        (
            where,
            f"{avalanche.points:,}",
            f"{avalanche.produced_in_s:.2f}",
            f"{avalanche.all_in_s:.2f}" if math.isfinite(avalanche.all_in_s) else "never",
            f"{avalanche.ours_s:.2f}",
            f"{verdict.lost:,} of {verdict.produced:,}",
            f"{verdict.silent:,}",
            f"{avalanche.wrong:,}",
            f"{avalanche.overflows:,}",
        ),
    )


def line_of_plans(plans: Plans) -> Line:
    bursts = plans.bursts
    changes = max((burst.changes for burst in bursts), default=0)
    return (
        "plan",
        (
            f"{plans.make.stack}, {plans.make.channel}",
            f"{len(bursts)} of {changes:,} changes",
            f"{plans.failed}",
            f"{sum(burst.steps > 0 for burst in bursts)}",
            f"{sum(burst.vetoes for burst in bursts)}",
            *(
                f"{1e3 * plans.percentile(name, 50):.1f}, {1e3 * plans.percentile(name, 99):.1f}"
                for name in ("room_s", "worker_s", "plan_s", "from_link_s", "from_write_s")
            ),
            f"{1e3 * plans.beyond_publishing_s:.1f}",
        ),
    )


def line_of_day(day: Day) -> Line:
    return (
        "day",
        (
            f"{day.make.stack}, {day.make.channel}",
            f"{day.hours:g}",
            f"{day.took_s:,.0f}",
            f"{day.changes:,}",
            f"{day.told:,}",
            f"{day.journalled:,}",
            f"{day.troubles:,}",
            f"{day.room_us:.0f}",
            f"{day.worker_us:.0f}",
            *_memory(day.room),
            *_memory(day.worker),
            f"{day.journal_mb:,.0f}",
        ),
    )


def _memory(memory: Memory) -> tuple[str, str]:
    return (
        f"{memory.first:.1f}, {memory.middle:.1f}, {memory.last:.1f}",
        f"{memory.per_day:+.1f}",
    )


def encrypted_beside_plain(lines: Sequence[Sequence[str]]) -> str:
    """What a change costs us on an encrypted channel, in terms of a plain one; by lines of `RATE`,
    empty where there are not both."""
    cost = {(line[0], line[1]): float(line[RATE.index("µs for a change")]) for line in lines}
    said = []
    for (where, how), plain in cost.items():
        secured = cost.get((where.replace("plain", "encrypted"), how))
        if where.endswith("plain") and secured is not None and plain:
            said.append(f"{how} of {where.removesuffix(', plain')} x {secured / plain:.2f}")
    return f"Encrypted beside plain, our cost of a change: {'; '.join(said)}." if said else ""


def table(name: str, lines: Sequence[Sequence[str]]) -> str:
    head = HEADS[name]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *lines))
