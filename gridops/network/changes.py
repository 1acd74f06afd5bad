"""What differs between two versions of a grid. Pure; the same two give the same answer."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network.changes_topology import (
    FeederChange,
    SectionChange,
    feeder_changes,
    section_changes,
)
from gridops.network.network import TABLES, Components, Network, build_network

PAPER = frozenset(
    {
        *("name", "station", "area", "longitude_deg", "latitude_deg", "x", "y"),
        *("failures_per_year", "repair_time_s", "replacement_time_s", "profile", "p_w_average"),
        *("transformer_failures_per_year", "transformer_repair_time_s"),
        *("transformer_replacement_time_s", "transformer_power_va_rated"),
    }
)
"""Fields that neither switching nor supply leans on: names, places, statistics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """One element that is in both versions and differs."""

    ident: str
    fields: tuple[FieldChange, ...]

    @property
    def is_paper(self) -> bool:
        """Nothing but names, places and statistics."""
        return all(each.field in PAPER for each in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChanges:
    """One table, ids in file order. `reordered`: what stayed stands in another order."""

    table: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[RowChange, ...] = ()
    reordered: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed or self.reordered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """A guess: what went and what came have the same ends and kind. Nothing acts on it."""

    table: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reused:
    """An id that means an element of another table now."""

    ident: str
    old_table: str
    new_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalPosition:
    """A switch of both versions that is to stand elsewhere in undisturbed operation."""

    switch: SwitchId
    old: Position
    new: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class GridChanges:
    """Everything that differs. Tables, sections and feeders without a change are left out."""

    tables: tuple[TableChanges, ...]
    renamed: tuple[Renamed, ...]
    reused: tuple[Reused, ...]
    sections: tuple[SectionChange, ...]
    feeders: tuple[FeederChange, ...]
    normal_positions: tuple[NormalPosition, ...]
    customers_old: int
    customers_new: int

    @property
    def is_empty(self) -> bool:
        return not self.tables

    def table(self, name: str) -> TableChanges:
        return next((t for t in self.tables if t.table == name), TableChanges(table=name))

    def essential(self, table: str) -> frozenset[str]:
        """Ids of the elements of both versions that differ in more than paper."""
        return frozenset(row.ident for row in self.table(table).changed if not row.is_paper)

    def summary(self) -> str:
        """One line: rows added, removed and changed per table, and the customers."""
        parts = [_counted(each) for each in self.tables]
        more = self.customers_new - self.customers_old
        if more:
            parts.append(f"customers {more:+d}")
        return ", ".join(parts) or "nothing differs"


def compare(old: Components, new: Components) -> GridChanges:
    """Both must be sound: `validate` finds no error in either."""
    return compare_networks(build_network(old), build_network(new))


def compare_networks(was: Network, now: Network) -> GridChanges:
    old, new = was.components, now.components
    tables = [_network_row(old, new), *(_table(old, new, table=table) for table in TABLES)]
    differing = tuple(each for each in tables if not each.is_empty)
    return GridChanges(
        tables=differing,
        renamed=tuple(_renamed(old, new, differing=differing)),
        reused=tuple(_reused(differing)),
        sections=section_changes(was, now),
        feeders=feeder_changes(was, now),
        normal_positions=tuple(_normal_positions(differing)),
        customers_old=was.customers,
        customers_new=now.customers,
    )


def _counted(changes: TableChanges) -> str:
    counts = (("+", changes.added), ("-", changes.removed), ("~", changes.changed))
    words = [f"{sign}{len(ids)}" for sign, ids in counts if ids]
    return " ".join([changes.table, *(words or ["in another order"])])


def _network_row(old: Components, new: Components) -> TableChanges:
    names = ("name", "frequency_hz", "limits")
    found = tuple(
        FieldChange(field=name, old=getattr(old, name), new=getattr(new, name))
        for name in names
        if getattr(old, name) != getattr(new, name)
    )
    changed = (RowChange(ident=new.name, fields=found),) if found else ()
    return TableChanges(table="network", changed=changed)


def _table(old: Components, new: Components, *, table: str) -> TableChanges:
    was, now = _by_id(old, table), _by_id(new, table)
    return TableChanges(
        table=table,
        added=tuple(ident for ident in now if ident not in was),
        removed=tuple(ident for ident in was if ident not in now),
        changed=tuple(
            RowChange(ident=ident, fields=_fields(was[ident], row))
            for ident, row in now.items()
            if ident in was and was[ident] != row
        ),
        reordered=[i for i in was if i in now] != [i for i in now if i in was],
    )


def _by_id(components: Components, table: str) -> Mapping[str, Any]:
    return {row.id: row for row in getattr(components, table)}


def _fields(old: Any, new: Any) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(field=f.name, old=getattr(old, f.name), new=getattr(new, f.name))
        for f in fields(old)
        if getattr(old, f.name) != getattr(new, f.name)
    )


def _normal_positions(tables: Sequence[TableChanges]) -> Iterator[NormalPosition]:
    rows = [row for table in tables if table.table == "switches" for row in table.changed]
    for row in rows:
        for each in row.fields:
            if each.field == "normal_position":
                yield NormalPosition(switch=SwitchId(row.ident), old=each.old, new=each.new)


# guesses

_ALIKE: Mapping[str, Callable[[Any], Hashable]] = MappingProxyType(
    {
        "nodes": lambda row: (row.name, row.kind, row.voltage_v_nominal, row.station),
        "branches": lambda row: (frozenset((row.from_node, row.to_node)), row.kind),
        "transformers": lambda row: frozenset((row.from_node, row.to_node)),
        "switches": lambda row: (frozenset((row.node_a, row.node_b)), row.kind),
        "sources": lambda row: row.node,
        "profiles": lambda row: row.factors,
        "loads": lambda row: (row.node, row.load_class),
        "generators": lambda row: (row.node, row.kind),
        "shunts": lambda row: row.node,
        "links": lambda row: row.namespace_uri,
        "points": lambda row: (row.link, row.element, row.signal),
    }
)


def _renamed(
    old: Components, new: Components, *, differing: Sequence[TableChanges]
) -> Iterator[Renamed]:
    """Only where one that went and one that came are alike; of several nobody can tell."""
    for changes in differing:
        alike = _ALIKE.get(changes.table)
        if alike is None:
            continue
        went = _grouped(_by_id(old, changes.table), changes.removed, key=alike)
        came = _grouped(_by_id(new, changes.table), changes.added, key=alike)
        for key, idents in went.items():
            if len(idents) == 1 and len(came.get(key, ())) == 1:
                yield Renamed(table=changes.table, old=idents[0], new=came[key][0])


def _grouped(
    rows: Mapping[str, Any], idents: Sequence[str], *, key: Callable[[Any], Hashable]
) -> dict[Hashable, list[str]]:
    found: dict[Hashable, list[str]] = defaultdict(list)
    for ident in idents:
        found[key(rows[ident])].append(ident)
    return found


def _reused(differing: Sequence[TableChanges]) -> Iterator[Reused]:
    went = {ident: t.table for t in differing for ident in t.removed}
    for changes in differing:
        for ident in changes.added:
            if went.get(ident, changes.table) != changes.table:
                yield Reused(ident=ident, old_table=went[ident], new_table=changes.table)
