"""Ids, references, texts, coordinates, customers."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from operator import attrgetter

from gridops.errors.severity import Severity
from gridops.network.components import Generator, Load
from gridops.network.flaws import Gaps, GridFlaw, Place
from gridops.network.network import TABLES, Components, Row
from gridops.network.validation_geography import coordinate_flaws

FORMULA_STARTS = ("=", "+", "-", "@")
"""A spreadsheet takes a cell that begins so for a formula, and may run it."""
_FORMULA = re.compile(f"^[{re.escape(''.join(FORMULA_STARTS))}]", re.MULTILINE)
TEXTS = (
    *("id", "name", "feeder", "station", "area", "node_id", "object_id", "namespace_uri"),
    *("identity_node_id", "identity_value", "open_node_id"),
)
"""What people type; other columns are numbers, words of a list, or refer to an id."""
PRIORITIES = range(1, 5)


DANGLING = {
    "branch": "dangling-branch",
    "transformer": "dangling-transformer",
    "switch": "dangling-switch",
    "source": "dangling-source",
    "load": "dangling-load",
    "generator": "dangling-generator",
    "shunt": "dangling-shunt",
}


REFERENCES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "branch": ("branches", ("from_node", "to_node")),
    "transformer": ("transformers", ("from_node", "to_node")),
    "switch": ("switches", ("node_a", "node_b")),
    "source": ("sources", ("node",)),
    "load": ("loads", ("node",)),
    "generator": ("generators", ("node",)),
    "shunt": ("shunts", ("node",)),
}
"""What refers to nodes: its table and columns, in the order of the tables."""


def data_flaws(components: Components, gaps: Gaps) -> Iterator[GridFlaw]:
    """In the order of the tables; references last."""
    yield from _empty_tables(components, gaps)
    for table in TABLES:
        elements = components.rows(table)
        yield from _duplicates(table, elements)
        if _has_odd_text(elements):
            for index, element in enumerate(elements):
                yield from _text_flaws(table, index, element=element)
    yield from _shared_branch_ids(components)
    yield from _ambiguous_ids(components)
    yield from coordinate_flaws(components.nodes)
    yield from _load_flaws(components)
    yield from _dangling(components, gaps)
    yield from _dangling_profiles(components, gaps)


def _empty_tables(components: Components, gaps: Gaps) -> Iterator[GridFlaw]:
    for table, elements in (("nodes", components.nodes), ("sources", components.sources)):
        if not elements and not gaps.ids.get(table) and table not in gaps.tables:
            yield GridFlaw(
                code="empty-table",
                severity=Severity.ERROR,
                table=table,
                message=f"a grid without {table} supplies nobody",
                remedy="add at least one row",
            )


def _duplicates(table: str, elements: Sequence[Row]) -> Iterator[GridFlaw]:
    if len(set(map(attrgetter("id"), elements))) == len(elements):
        return
    seen: set[str] = set()
    for index, element in enumerate(elements):
        if element.id in seen:
            yield Place(table, index, (element.id,)).error(
                "duplicate-id",
                f"id {element.id!r} is taken by an earlier row",
                remedy="give each row an id of its own",
            )
        seen.add(element.id)


def _shared_branch_ids(components: Components) -> Iterator[GridFlaw]:
    lines = {branch.id for branch in components.branches}
    for index, transformer in enumerate(components.transformers):
        if transformer.id in lines:
            yield Place("transformers", index, (transformer.id,)).error(
                "duplicate-id",
                f"id {transformer.id!r} is also a branch",
                remedy="branches and transformers share one set of ids: rename one",
            )


def _ambiguous_ids(components: Components) -> Iterator[GridFlaw]:
    """A fault is placed by the id of a branch, a node or a section (`S` + first node)."""
    nodes = {str(node.id) for node in components.nodes}
    for index, branch in enumerate(components.branches):
        if branch.id in nodes or _is_section(branch.id, nodes):
            yield _ambiguous("branches", index, ident=branch.id)
    for index, node in enumerate(components.nodes):
        if _is_section(node.id, nodes):
            yield _ambiguous("nodes", index, ident=node.id)


def _is_section(ident: str, nodes: AbstractSet[str]) -> bool:
    return ident[:1] == "S" and ident[1:] in nodes


def _ambiguous(table: str, index: int, *, ident: str) -> GridFlaw:
    return Place(table, index, (ident,)).warning(
        "ambiguous-id",
        f"{ident!r} may also mean a node, or the section named after one",
        remedy="rename it, so that a fault place has one meaning",
    )


def _has_odd_text(elements: Sequence[Row]) -> bool:
    """Whether `_text_flaws` can find anything: nearly always not, so whole columns are looked at.

    A printable character is of no category C.
    """
    for attribute in (a for a in TEXTS if elements and hasattr(elements[0], a)):
        texts = [text for text in map(attrgetter(attribute), elements) if text]
        if not "".join(texts).isprintable() or _FORMULA.search("\n".join(texts)):
            return True
    return False


def _text_flaws(table: str, index: int, *, element: Row) -> Iterator[GridFlaw]:
    for attribute in TEXTS:
        text = getattr(element, attribute, None) or ""
        if not text.isprintable() and any(unicodedata.category(c).startswith("C") for c in text):
            yield Place(table, index, (_printable(element.id),)).error(
                "control-character",
                f"{attribute} {_printable(text)!r} holds an invisible character",
                remedy="type the text anew",
            )
        if text.startswith(FORMULA_STARTS):
            yield Place(table, index, (_printable(element.id),)).error(
                "formula-cell",
                f"{attribute} {_printable(text)!r} begins like a spreadsheet formula",
                remedy="begin it with a letter or digit",
            )


def _printable(text: str) -> str:
    return "".join("?" if unicodedata.category(c).startswith("C") else c for c in text)


def _load_flaws(components: Components) -> Iterator[GridFlaw]:
    for index, load in enumerate(components.loads):
        if load.customers < 0:
            yield Place("loads", index, (load.id,)).error(
                "customers-negative",
                f"load {load.id} has {load.customers} customers",
                remedy="write 0 if nobody is behind it",
            )
        if load.priority not in PRIORITIES:
            yield Place("loads", index, (load.id,)).error(
                "priority-out-of-range",
                f"load {load.id} has priority {load.priority}",
                remedy="use 1 (never shed) to 4 (shed first)",
            )


def _dangling(components: Components, gaps: Gaps) -> Iterator[GridFlaw]:
    nodes = {node.id for node in components.nodes}
    for kind, (table, columns) in REFERENCES.items():
        rows: Sequence[Row] = getattr(components, table)
        ends = [list(map(attrgetter(column), rows)) for column in columns]
        if nodes.issuperset(chain(*ends)):
            continue
        for index, (row, *named) in enumerate(zip(rows, *ends, strict=True)):
            absent = [end for end in named if end not in nodes and not gaps.has("nodes", end)]
            if absent:
                yield _dangles(kind, Place(table, index, (row.id, *absent)))


def _dangles(kind: str, place: Place) -> GridFlaw:
    ident, *absent = place.ids
    named = " and ".join(map(repr, absent))
    return place.error(
        DANGLING[kind],
        f"{kind} {ident} refers to {named}, which nodes.csv does not list",
        remedy="add the node or mend the reference",
    )


def _dangling_profiles(components: Components, gaps: Gaps) -> Iterator[GridFlaw]:
    profiles = {profile.id for profile in components.profiles}
    following: tuple[tuple[str, tuple[Load | Generator, ...]], ...] = (
        ("loads", components.loads),
        ("generators", components.generators),
    )
    for table, rows in following:
        for index, row in enumerate(rows):
            named = row.profile
            if named is None or named in profiles or gaps.has("profiles", named):
                continue
            yield Place(table, index, (row.id, named)).error(
                "dangling-profile",
                f"{row.id} follows profile {named!r}, which profiles.csv does not list",
                remedy="add the profile or mend the reference",
            )
