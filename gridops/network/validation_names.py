"""Ids and names that people would mistake for one another, and device names out of custom."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from gridops.ids import NodeId
from gridops.network.components import SwitchKind
from gridops.network.flaws import GridFlaw, Place, gathered
from gridops.network.network import TABLES, Components, Row

VOLTAGE_DIGITS: Mapping[str, float] = {"1": 110e3, "3": 35e3, "4": 22e3, "9": 10e3}
"""First digit of a Vietnamese breaker number: breaker 471 is at 22 kV."""
_NUMBER = re.compile(r"(?<!\d)([1-9])\d\d(?!\d)")
_LETTERS_OF_VIETNAM = frozenset("đĐăĂơƠưƯạẠảẢấẤầẦậẬếẾềỀệỆịỊọỌốỐồỒộỘớỚờỜợỢụỤủỦứỨừỪựỰỳỲ")
NUMBERED_SHARE = 0.5
"""From this share of numbered breakers on, the grid follows the custom."""


def name_flaws(components: Components) -> Iterator[GridFlaw]:
    for table in TABLES:
        yield from _confusable(table, components.rows(table))
    yield from _shared_switch_names(components)
    yield from _odd_device_names(components)


def _confusable(table: str, rows: Sequence[Row]) -> Iterator[GridFlaw]:
    first: dict[str, str] = {}
    for index, row in enumerate(rows):
        twin = first.setdefault(_as_read(row.id), row.id)
        if twin != row.id:
            yield Place(table, index, (row.id, twin)).warning(
                "confusable-id",
                f"ids {twin!r} and {row.id!r} differ only in case, spaces or how letters are made",
                remedy="make them one if they mean one, else name one of them anew",
            )


def _as_read(ident: str) -> str:
    """What a person takes an id for."""
    text = ident if ident.isascii() else unicodedata.normalize("NFKC", ident)
    return "".join(text.split()).casefold()


def _shared_switch_names(components: Components) -> Iterator[GridFlaw]:
    """Orders are given by name, so a name must mean one device."""
    first: dict[str, str] = {}
    for index, switch in enumerate(components.switches):
        name = switch.name.strip()
        twin = first.setdefault(name, switch.id)
        if name and twin != switch.id:
            yield Place("switches", index, (switch.id, twin)).warning(
                "duplicate-name",
                f"switches {twin} and {switch.id} are both called {name!r}",
                remedy="give each switch a name of its own: orders are given by name",
            )


def _odd_device_names(components: Components) -> Iterator[GridFlaw]:
    """Only where breakers are numbered the Vietnamese way, and never more than a note."""
    breakers = [
        (index, switch)
        for index, switch in enumerate(components.switches)
        if switch.kind is SwitchKind.BREAKER
    ]
    numbers = {index: _NUMBER.search(switch.name) for index, switch in breakers}
    numbered = sum(found is not None for found in numbers.values())
    if not breakers or numbered < NUMBERED_SHARE * len(breakers) or not _is_vietnamese(components):
        return
    voltage = {node.id: node.voltage_v_nominal for node in components.nodes}
    odd = [
        Place("switches", index, (switch.id,))
        for index, switch in breakers
        if not _fits(numbers[index], voltage, node=switch.node_a)
    ]
    yield from gathered(
        "device-name-odd",
        odd,
        message="breakers whose number does not tell their voltage",
        remedy="by custom 22 kV begins with 4, 35 kV with 3, 10 kV with 9, 110 kV with 1",
    )


def _is_vietnamese(components: Components) -> bool:
    names = (row.name for rows in (components.switches, components.nodes) for row in rows)
    return any(_LETTERS_OF_VIETNAM & set(unicodedata.normalize("NFC", name)) for name in names)


def _fits(found: re.Match[str] | None, voltage: Mapping[NodeId, float], *, node: NodeId) -> bool:
    nominal_v = voltage.get(node)
    if nominal_v not in VOLTAGE_DIGITS.values():
        return True
    return found is not None and VOLTAGE_DIGITS.get(found.group(1)) == nominal_v
