"""Names and ids of a foreign grid -> ones that the native format takes.

A text may not begin like a spreadsheet formula, hold invisible characters, or begin or end with
blanks (a cell would lose them). References follow their ids.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from gridops.adapters.grid_files.attributes import Attribute, columns
from gridops.adapters.importing import Imported
from gridops.ids import BranchId, SwitchId
from gridops.network import TABLES, Components
from gridops.network.validation_data import FORMULA_STARTS

TOLD_MAX = 10
BEFORE = "_"
"""Put before what would begin like a formula."""
_TEXTUAL = frozenset({"text", "id", "reference"})
_EDGES = ("branches", "transformers")
"""They share one set of ids."""

_Renamed = Mapping[str, str]


def with_fitting_texts(imported: Imported) -> Imported:
    """The same grid, with texts that its folder can hold; a sentence tells which were changed.

    Ids that differ stay different, and ids that are alike stay alike: `gridops check` names them.
    A grid of ours has such texts already.
    """
    if imported.is_ours:
        return imported
    components = imported.components
    ids = {table: _renamed(components, (table,)) for table in TABLES if table not in _EDGES}
    ids |= dict.fromkeys(_EDGES, _renamed(components, _EDGES))
    changed: dict[str, None] = {}
    tables: dict[str, Any] = {
        table: _fitted(getattr(components, table), table, ids=ids, changed=changed)
        for table in TABLES
    }
    sentences = tuple(visible(each) for each in imported.assumptions)
    imported = replace(
        imported,
        assumptions=sentences,
        said_of_spare=visible(imported.said_of_spare),
        title=visible(imported.title),
        source=visible(imported.source),
    )
    if not changed:
        return imported
    edges, switches = ids["branches"], ids["switches"]
    return replace(
        imported,
        components=replace(components, **tables),
        assumptions=(*sentences, _told(list(changed))),
        spare=_fitted(imported.spare, "branches", ids=ids, changed={}),
        unstated_kinds=frozenset(SwitchId(switches.get(s, s)) for s in imported.unstated_kinds),
        unstated_ratings=frozenset(SwitchId(switches.get(s, s)) for s in imported.unstated_ratings),
        substation_lines=frozenset(BranchId(edges.get(b, b)) for b in imported.substation_lines),
    )


def fitting(text: str) -> str:
    """`text` as a cell can hold it; itself nearly always."""
    kept = visible(text).strip()
    return f"{BEFORE}{kept}" if kept.startswith(FORMULA_STARTS) else kept


def visible(text: str) -> str:
    """Blanks for line ends, control characters and halves of characters."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c).startswith("C") else c for c in text)


def _renamed(components: Components, tables: Sequence[str]) -> _Renamed:
    """Ids that cannot stay -> new ones that nothing else has."""
    known = dict.fromkeys(each.id for table in tables for each in getattr(components, table))
    taken = {ident for ident in known if fitting(ident) == ident and ident}
    renamed: dict[str, str] = {}
    for ident in known:
        if ident in taken:
            continue
        wanted = fitting(ident) or BEFORE
        renamed[ident] = next(each for each in _numbered(wanted) if each not in taken)
        taken.add(renamed[ident])
    return renamed


def _numbered(ident: str) -> Iterator[str]:
    yield ident
    number = 2
    while True:
        yield f"{ident}{BEFORE}{number}"
        number += 1


def _fitted(
    rows: Sequence[Any],
    table: str,
    *,
    ids: Mapping[str, _Renamed],
    changed: dict[str, None],
) -> tuple[Any, ...]:
    """Rows with fitting texts. What was changed goes into `changed`, as it reads now."""
    found = list(rows)
    for attribute in columns(table).values():
        if attribute.kind not in _TEXTUAL:
            continue
        for place, text in _odd(attribute, map(attrgetter(attribute.name), rows), ids=ids):
            found[place] = replace(found[place], **{attribute.name: text})
            changed[text] = None
    return tuple(found)


def _odd(
    attribute: Attribute, texts: Iterable[str | None], *, ids: Mapping[str, _Renamed]
) -> Iterator[tuple[int, str]]:
    """Places of texts that change, and what becomes of them."""
    referred = attribute.type.partition(":")[2] or attribute.table
    is_key = attribute.name == "id" or attribute.kind == "reference"
    renamed = ids[referred] if is_key else {}
    for place, text in enumerate(texts):
        if not text:
            continue
        fitted = renamed.get(text, text) if is_key else fitting(text)
        if fitted != text:
            yield place, fitted


def _told(texts: Sequence[str]) -> str:
    shown = ", ".join(texts[:TOLD_MAX]) + (", ..." if len(texts) > TOLD_MAX else "")
    return (
        "Names and ids without invisible characters and outer blanks; before what a spreadsheet "
        f"would take for a formula stands {BEFORE!r} ({len(texts)}: {shown})."
    )
