"""Limits that a net states for its elements, where they can be limits of the whole grid."""

from dataclasses import replace

from gridops.adapters.pandapower_grid.reading import Reading, Row
from gridops.network import Limits

NORMAL_LIMITS = Limits()
LOADED_TABLES = ("line", "trafo")


def limits_of(reading: Reading) -> Limits:
    """The voltage band of all buses without a source, the loading of all lines and transformers.

    Only where all of them state one and the same; what differs is told with the other columns
    that are not carried over.
    """
    sources = {row.whole("bus") for row in reading.rows("ext_grid")}
    buses = [row for row in reading.rows("bus") if row.index not in sources]
    low, high = _shared(buses, "min_vm_pu"), _shared(buses, "max_vm_pu")
    limits = NORMAL_LIMITS
    if low is not None and high is not None and low < high:
        limits = replace(limits, voltage_pu_min=low, voltage_pu_max=high)
        reading.carried |= {("bus", "min_vm_pu"), ("bus", "max_vm_pu")}
        reading.notes.say(
            f"All buses without a source state one voltage band: {low:g} to {high:g} pu are the "
            "limits."
        )
    tables = [table for table in LOADED_TABLES if any(True for _ in reading.rows(table))]
    loadings = {_shared(list(reading.rows(table)), "max_loading_percent") for table in tables}
    loading = loadings.pop() if len(loadings) == 1 else None
    if loading is not None and loading > 0:
        limits = replace(limits, loading_pct_max=loading)
        reading.carried |= {(table, "max_loading_percent") for table in tables}
        reading.notes.say(
            f"All lines and transformers state one highest loading: {loading:g} % is the limit."
        )
    return limits


def _shared(rows: list[Row], column: str) -> float | None:
    """The value that every row states; None if they differ or one states nothing."""
    values = {row.number(column, float("nan")) for row in rows if row.states(column)}
    stated = bool(rows) and all(row.states(column) for row in rows)
    return values.pop() if stated and len(values) == 1 else None
