"""CIM CGMES 2.4.15 through pandapower's converter.

The documents are looked at first (`cgmes_documents`) and given to the converter under names of
our own. What the converter remarks is told as an assumption. Ids are the names of the CIM objects
where they are unique, else their master resource ids.
"""

import logging
import re
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gridops.adapters.cgmes_documents import Document, plain_id, read_documents
from gridops.adapters.importing import Imported
from gridops.adapters.pandapower_grid import convert
from gridops.adapters.pandapower_grid.reading import is_stated, named
from gridops.adapters.pandapower_grid.source import quiet, require_pandapower
from gridops.errors import GridUnreadable
from gridops.network import NodeKind

IDS = (
    "Names of the CIM objects where they are unique in their table, else their master resource "
    "ids (mRID). Nodes are connectivity nodes, named after their station, voltage and number, or "
    "after their busbar section."
)
REMARKS_MAX = 20
LINE_LENGTH = re.compile(rb"<(?:\w+:)?Conductor\.length>")
LINE = re.compile(rb"<(?:\w+:)?ACLineSegment[ >]")
_NAMED_TABLES = ("line", "trafo", "switch", "ext_grid", "load", "sgen", "gen", "storage", "shunt")


def import_cgmes(source: str) -> Imported:
    """The grid of CGMES 2.4.15 documents: a zip file, XML files, a folder; several with commas.

    Needs the extra `cgmes`. Raises: GridUnreadable for documents that cannot be trusted or read,
        profiles that are missing, and what the native format cannot express.
    """
    documents = read_documents(source)
    net, remarks = _converted(documents, where=source)
    _require_positions(net, documents, where=source)
    connected = _connect_lines_behind_open_switches(net)
    _give_names(net)
    imported = convert(net)
    said = (*_said_of_lines(documents, connected), *imported.assumptions, *remarks)
    return replace(
        imported,
        assumptions=said,
        title=Path(source.split(",", maxsplit=1)[0]).stem,
        source=f"CIM CGMES 2.4.15, {', '.join(document.name for document in documents)}",
        ids=IDS,
        is_ours=False,
    )


def _converted(documents: Sequence[Document], *, where: str) -> tuple[Any, tuple[str, ...]]:
    """The pandapower net, and what the converter remarked."""
    require_pandapower()
    try:
        with quiet():
            from pandapower.converter.cim.cim2pp.from_cim import (  # noqa: PLC0415  slow
                from_cim,
            )
    except ImportError as failure:
        raise GridUnreadable(
            f"the CIM converter cannot be loaded ({failure})",
            remedy="pip install gridops[cgmes]",
        ) from failure
    with tempfile.TemporaryDirectory() as folder, _remarks() as remarks, quiet():
        # The converter sets values on slices of tables; pandas warns of the style, not of the net.
        warnings.filterwarnings("ignore", message=r"\s*A value is trying to be set on a copy")
        files = []
        for number, document in enumerate(documents):
            file = Path(folder) / f"{number}.xml"
            file.write_bytes(document.content)
            files.append(str(file))
        try:
            net = from_cim(file_list=files, cgmes_version="2.4.15")
        except Exception as failure:  # the converter raises whatever it meets
            raise GridUnreadable(
                f"pandapower's converter fails: {type(failure).__name__}: {failure}"[:300],
                where=where,
                remedy="check that the profiles belong to one model",
            ) from failure
    if not len(net["bus"]):
        raise GridUnreadable(
            "the profiles hold no node", where=where, remedy="check that they belong to one model"
        )
    return net, tuple(remarks)


@contextmanager
def _remarks() -> Iterator[list[str]]:
    """Warnings of the converter, as sentences; nothing of them goes to the terminal."""
    said: list[str] = []
    logger = logging.getLogger("cim")
    handler = _Keeping(said)
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates


class _Keeping(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        text = " ".join(record.getMessage().split()).rstrip(".")[:200]
        sentence = f"The converter says: {text}."
        if len(self._said) < REMARKS_MAX and sentence not in self._said:
            self._said.append(sentence)


def _require_positions(net: Any, documents: Sequence[Document], *, where: str) -> None:
    """The converter closes a switch of which nothing is known.

    Raises: GridUnreadable with the switches that are stated neither open nor closed.
    """
    stated = {ident: text for document in documents for ident, text in document.positions.items()}
    unknown = [
        str(name)
        for name, ident in zip(net.switch["name"], net.switch["origin_id"], strict=True)
        if stated.get(plain_id(str(ident)), "").lower() not in ("true", "false")
    ]
    if unknown:
        raise GridUnreadable(
            f"switches are stated neither open nor closed ({named(unknown)})",
            where=where,
            remedy="write true or false as their Switch.open in SSH",
        )


def _connect_lines_behind_open_switches(net: Any) -> list[str]:
    """A line with an open switch at its end is in service: the switch says how it stands.

    CGMES calls the terminal behind an open switch not connected, and the converter then takes
    the line out of service, which would lose the tie.
    """
    opened = net.switch[~net.switch.closed.astype(bool)]
    behind = set(opened.bus) | set(opened.element)
    idle = net.line.index[~net.line.in_service.astype(bool)]
    connected = [k for k in idle if {net.line.at[k, "from_bus"], net.line.at[k, "to_bus"]} & behind]
    net.line.loc[connected, "in_service"] = True
    return [str(net.line.at[k, "name"]) for k in connected]


def _give_names(net: Any) -> None:
    """Ids that people know, station names, and busbars named as such."""
    bus = net.bus
    stations = bus["zone"] if "zone" in bus else bus["name"].map(lambda _: "")
    busbars = bus["Busbar_name"] if "Busbar_name" in bus else bus["name"].map(lambda _: None)
    names = [
        str(busbar) if is_stated(busbar) and busbar else f"{station or 'node'} {kv:g} kV {name}"
        for busbar, station, kv, name in zip(
            busbars, stations, bus["vn_kv"], bus["name"], strict=True
        )
    ]
    bus["gridops_kind"] = [str(NodeKind.BUSBAR) if is_stated(each) else None for each in busbars]
    bus["substation"] = stations
    bus["name"] = names
    bus["gridops_id"] = _ids(names, bus["origin_id"])
    taken: set[str] = set(bus["gridops_id"])
    for table in _NAMED_TABLES:
        frame = net[table]
        if len(frame) and "origin_id" in frame:
            frame["gridops_id"] = _ids(frame["name"], frame["origin_id"], taken=taken)
            taken |= set(frame["gridops_id"]) if table in ("line", "trafo") else set()


def _ids(names: Any, mrids: Any, *, taken: Any = frozenset()) -> list[str]:
    """The name where it is unique (and no node has it), else the mRID."""
    count = Counter(str(name) for name in names)
    return [
        str(name)
        if is_stated(name) and str(name) and count[str(name)] == 1 and str(name) not in taken
        else str(mrid).removeprefix("_")
        for name, mrid in zip(names, mrids, strict=True)
    ]


def _said_of_lines(documents: Sequence[Document], connected: Sequence[str]) -> Iterator[str]:
    equipment = [document.content for document in documents if document.profile == "EQ"]
    lines = sum(len(LINE.findall(content)) for content in equipment)
    lengths = sum(len(LINE_LENGTH.findall(content)) for content in equipment)
    if lines > lengths:
        yield f"Lines without a length are taken as 1 km long: {lines - lengths} of {lines}."
    if connected:
        yield (
            "A line that CGMES calls disconnected because a switch at its end is open is in "
            f"service; the switch stays open ({named(list(connected))})."
        )
