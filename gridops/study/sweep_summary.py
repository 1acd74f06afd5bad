"""What a sweep says of the grid as a whole."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gridops.powerflow import ViolationKind
from gridops.restoration import Proof
from gridops.study.sweep import Round
from gridops.study.sweep_rows import Row, worst_first

WORST_LISTED = 10
BINDING_LISTED = 10

Plain = dict[str, Any]


def summary_of(asked: Round, rows: Sequence[Row]) -> Plain:
    """`rows` are those of `asked.places`, in that order; docs/sweep.md says what each key means.

    The same rows give the same summary. Shares are of 1; 0 where there is nothing to share.
    """
    return {
        "what": asked.what.value,
        "faults": len(rows),
        "without_supply": list(asked.without_supply),
        "causes": dict(sorted(Counter(row.cause for row in rows).items())),
        "secure": _counted(sum(row.is_secure for row in rows), len(rows)),
        "customers": _tally(rows, of=lambda row: row.customers_interrupted,
                            back=lambda row: row.customers_restored),
        "p_w": _tally(rows, of=lambda row: row.p_w_interrupted,
                      back=lambda row: row.p_w_restored),
        "restored_share": _share(
            sum(row.customers_restored for row in rows),
            sum(row.customers_interrupted for row in rows),
        ),
        "customer_minutes": {
            "with_plan": sum(row.minutes_with_plan for row in rows),
            "without": sum(row.minutes_without for row in rows),
        },
        "proofs": _proofs(rows),
        "gap_pct_max": max((row.gap_pct for row in rows), default=0.0),
        "unserved": _unserved(rows),
        "binding": _binding(rows),
        "rejected": _sorted(Counter(code for row in rows for code in row.rejected)),
        "guard": _guard(rows),
        "worst": [_worst(row) for row in worst_first(rows)[:WORST_LISTED]],
    }  # fmt: skip


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _counted(count: int, of: int) -> Plain:
    return {"count": count, "share": _share(count, of)}


def _tally(
    rows: Sequence[Row], *, of: Callable[[Row], float], back: Callable[[Row], float]
) -> Plain:
    interrupted, restored = sum(map(of, rows)), sum(map(back, rows))
    return {
        "interrupted": interrupted,
        "restored_by_switching": restored,
        "until_repair": interrupted - restored,
    }


def _proofs(rows: Sequence[Row]) -> Plain:
    counts = Counter(row.proof for row in rows)
    return {proof.value: _counted(counts[proof.value], len(rows)) for proof in Proof}


def _sorted(counts: Mapping[str, int]) -> Plain:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _unserved(rows: Iterable[Row]) -> Plain:
    """By reason: how many faults leave customers dark for it, and how many customers."""
    faults, customers = Counter[str](), Counter[str]()
    for row in rows:
        dark = [one for one in row.unserved if one.customers]
        faults.update({one.because for one in dark})
        for one in dark:
            customers[one.because] += one.customers
    return {
        because: {"faults": faults[because], "customers": count}
        for because, count in _sorted(customers).items()
    }


def _binding(rows: Iterable[Row]) -> list[Plain]:
    """The limits that keep the most customers dark, each with the element where it binds."""
    limits = frozenset(kind.value for kind in ViolationKind)
    faults, customers = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in rows:
        dark = [one for one in row.unserved if one.customers and one.because in limits]
        faults.update({(one.because, one.element) for one in dark})
        for one in dark:
            customers[one.because, one.element] += one.customers
    ranked = sorted(customers, key=lambda key: (-customers[key], key))
    return [
        {
            "because": because,
            "element": element,
            "faults": faults[because, element],
            "customers": customers[because, element],
        }
        for because, element in ranked[:BINDING_LISTED]
    ]


def _guard(rows: Sequence[Row]) -> Plain:
    broken = Counter(invariant for row in rows for invariant in set(row.violations))
    vetoed = sum(bool(row.violations) for row in rows)
    return {
        "passed": len(rows) - vetoed,
        "vetoed": vetoed,
        "invariants": dict(sorted(broken.items())),
    }


def _worst(row: Row) -> Plain:
    return {
        "fault": row.place,
        "customers_until_repair": row.customers_until_repair,
        "customers_unserved": row.customers_unserved,
        "customer_minutes": row.minutes_with_plan,
    }
