"""A sweep for people: what the grid can bear, and where it cannot."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gridops.cli.figures import count, share
from gridops.cli.output import say, show_table

if TYPE_CHECKING:
    from gridops.study.quick import QuickRow
    from gridops.study.sweep_rows import Row

Plain = Mapping[str, Any]
STATUSES = {
    "complete": "No plan could bring back more",
    "needs_plan": "A plan might bring back more",
    "lost_supply": "Not looked at, supply is lost from above",
    "no_fence": "No plan could bring back anybody, for there is no fence",
}


def show_sweep(summary: Plain, rows: "Sequence[Row]", *, listed: int) -> None:
    """The figures of the whole, then the `listed` worst faults."""
    for line in _headline(summary):
        say(line)
    _show_reasons(summary)
    _show_worst(rows, listed)
    for line in _guard(summary["guard"]):
        say(line)


def show_quick_sweep(summary: Plain, rows: "Sequence[QuickRow]", *, listed: int) -> None:
    """The figures of the whole, then `listed` of the faults that ask for a plan."""
    customers, statuses = summary["customers"], summary["statuses"]
    say(f"{summary['faults']:,} {summary['what']} faulted, {summary['checks']:,} states checked.")
    say(
        f"Customers, over all faults: {count(customers['interrupted'])} interrupted,"
        f" {count(customers['restored_by_switching'])} back over one tie for each dead part"
        f" ({share(summary['restored_share'])})."
    )
    for status, of in statuses.items():
        say(f"{STATUSES[status]}: {of['count']:,} ({share(of['share'])}).")
    left = [row for row in rows if row.needs_plan and row.interrupted is not None]
    left.sort(key=lambda row: (row.restored or 0) - (row.interrupted or 0))
    if left:
        columns = ("fault", ">dark", ">back at least", ">dead parts", ">of them dark")
        show_table("Only a plan can tell", columns, rows=map(_quick_line, left[:listed]))
    if len(left) > listed:
        say(f"{len(left) - listed:,} more; --json has all of them")


def _quick_line(row: "QuickRow") -> tuple[str, ...]:
    return (
        row.place,
        count(row.interrupted or 0),
        count(row.restored or 0),
        str(row.components),
        str(row.unresolved),
    )


def _headline(summary: Plain) -> Iterator[str]:
    customers, minutes = summary["customers"], summary["customer_minutes"]
    secure, what = summary["secure"], summary["what"]
    yield f"{summary['faults']:,} {what} faulted, one by one."
    if summary["without_supply"]:
        yield f"{len(summary['without_supply']):,} {what} without supply were left out."
    yield (
        f"Secure: {secure['count']:,} ({share(secure['share'])}), where everybody outside of the"
        " fault comes back by switching."
    )
    yield (
        f"Customers, over all faults: {count(customers['interrupted'])} interrupted,"
        f" {count(customers['restored_by_switching'])} back by switching"
        f" ({share(summary['restored_share'])})."
    )
    yield (
        f"Customer minutes: {count(minutes['with_plan'])} with the plans,"
        f" {count(minutes['without'])} without."
    )
    shares = (f"{share(of['share'])} {proof}" for proof, of in summary["proofs"].items())
    yield f"Proof of the plans: {', '.join(shares)}; largest gap {summary['gap_pct_max']:.1f} %."


def _show_reasons(summary: Plain) -> None:
    if summary["unserved"]:
        reasons = [
            (because, f"{each['faults']:,}", count(each["customers"]))
            for because, each in summary["unserved"].items()
        ]
        show_table("Why customers stay dark", ("reason", ">faults", ">customers"), rows=reasons)
    if summary["binding"]:
        limits = [
            (one["because"], one["element"], f"{one['faults']:,}", count(one["customers"]))
            for one in summary["binding"]
        ]
        columns = ("limit", "at", ">faults", ">customers")
        show_table("Limits that bind", columns, rows=limits)


def _show_worst(rows: "Sequence[Row]", listed: int) -> None:
    from gridops.study.sweep_rows import worst_first

    columns = ("fault", ">dark", ">back", ">until repair", ">of them healthy")
    more = (">minutes", ">without plan", ">steps", "proof", "guard")
    title = "Worst faults" if len(rows) > listed else "Faults, worst first"
    show_table(title, (*columns, *more), rows=map(_line, worst_first(rows)[:listed]))
    if len(rows) > listed:
        say(f"{len(rows) - listed:,} more; --csv FILE writes all of them")


def _line(row: "Row") -> tuple[str, ...]:
    return (
        row.place,
        count(row.customers_interrupted),
        count(row.customers_restored),
        count(row.customers_until_repair),
        count(row.customers_unserved),
        count(row.minutes_with_plan),
        count(row.minutes_without),
        str(row.steps),
        f"within {row.gap_pct:.1f} %" if row.proof == "gap" else row.proof,
        "VETO" if row.violations else "passed",
    )


def _guard(guard: Plain) -> Iterator[str]:
    if not guard["vetoed"]:
        yield f"Guard: passed all {guard['passed']:,} plans."
        return
    broken = ", ".join(f"{number} ({plans:,})" for number, plans in guard["invariants"].items())
    yield f"Guard: VETO on {guard['vetoed']:,} plans; invariants broken: {broken}."
