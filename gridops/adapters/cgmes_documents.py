"""CGMES documents from files that may come from anywhere: bounded, and never trusted.

A name inside a zip file is never used as a path; sizes are counted as they are read, not as they
are declared; a document type or entity is refused before any other parser sees the text.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from gridops.errors import GridUnreadable

DOCUMENTS_MAX = 64
BYTES_MAX = 256 * 1024 * 1024
"""Of all documents together, unpacked."""
RATIO_MAX = 200
"""CGMES shrinks to a tenth or a thirtieth; what grows more than this when unpacked is no grid."""
CIM16 = "http://iec.ch/TC57/2013/CIM-schema-cim16#"
PROFILES = {
    "EquipmentCore": "EQ",
    "EquipmentOperation": "EQ",
    "EquipmentShortCircuit": "EQ",
    "SteadyStateHypothesis": "SSH",
    "Topology": "TP",
    "StateVariables": "SV",
    "DiagramLayout": "DL",
    "GeographicalLocation": "GL",
    "EquipmentBoundary": "EQ_BD",
    "EquipmentBoundaryOperation": "EQ_BD",
    "TopologyBoundary": "TP_BD",
    "Dynamics": "DY",
}
NEEDED = ("EQ", "SSH", "TP", "SV")
_POSITION = " Switch.open"
_COLLECTED = ("Model.profile", _POSITION)
_PROFILE_URI = re.compile(r"/CIM/(\w+)/|entsoe\.eu/CIM/(\w+)/")


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    """For messages; never a path."""
    content: bytes
    profile: str
    """`EQ`, `SSH`, ...; empty if it names none that is known."""
    positions: Mapping[str, str] = field(default_factory=dict)
    """Id of a switch -> what stands as `Switch.open`, as it is written."""


@dataclass(slots=True)
class _Budget:
    """What may still be read."""

    where: str
    left: int
    documents: int = 0

    def take(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise GridUnreadable(
                f"unpacks to more than {BYTES_MAX // 2**20} MiB",
                where=self.where,
                remedy="give the profiles of one grid, without its history",
            )


def read_documents(source: str) -> tuple[Document, ...]:
    """All CGMES 2.4.15 documents in a zip file, an XML file, a folder, or several with commas.

    Raises: GridUnreadable for what is missing, too large, not XML, of another CIM version, or
        tries to reach outside itself; and if a needed profile is absent.
    """
    budget = _Budget(source, BYTES_MAX)
    found: list[Document] = []
    for path in _paths(source):
        for name, content in _unpacked(path.name, _bytes_of(path, budget), budget=budget):
            found.append(_checked(name, content))
    _require_profiles(source, found)
    return tuple(found)


def _paths(source: str) -> Iterator[Path]:
    for part in [source] if _exists(Path(source)) else source.split(","):
        path = Path(part.strip())
        if _exists(path) and path.is_dir():
            yield from sorted(p for p in path.iterdir() if p.suffix.lower() in (".xml", ".zip"))
        else:
            yield path


def _exists(path: Path) -> bool:
    """No path that is too long for one, as several with commas may be."""
    try:
        return path.exists()
    except OSError:
        return False


def _bytes_of(path: Path, budget: _Budget) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    except OSError as failure:
        raise GridUnreadable(
            f"cannot be read: {failure.strerror}", where=str(path), remedy="check the path"
        ) from failure
    budget.take(len(content))
    return content


def _unpacked(
    name: str, content: bytes, *, budget: _Budget, depth: int = 0
) -> Iterator[tuple[str, bytes]]:
    """The XML documents in `content`; a zip file may hold zip files, one for each profile."""
    if not content.startswith(b"PK\x03\x04"):
        budget.documents += 1
        if budget.documents > DOCUMENTS_MAX:
            raise GridUnreadable(
                f"holds more than {DOCUMENTS_MAX} documents",
                where=name,
                remedy="give the profiles of one grid",
            )
        yield name, content
        return
    if depth > 1:
        raise GridUnreadable(
            "is a zip file in a zip file in a zip file", where=name, remedy="unpack it first"
        )
    for member, inner in _members(name, content, budget=budget):
        if inner.startswith(b"PK\x03\x04") or member.lower().endswith(".xml"):
            yield from _unpacked(f"{name}/{member}", inner, budget=budget, depth=depth + 1)


def _members(name: str, content: bytes, *, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            for info in files[: DOCUMENTS_MAX + 1]:
                yield info.filename, _member(archive, info, name=name, budget=budget)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as failure:
        raise GridUnreadable(
            f"is no whole zip file: {failure}", where=name, remedy="pack it again, unencrypted"
        ) from failure


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, name: str, budget: _Budget
) -> bytes:
    where = f"{name}/{info.filename}"[:200]
    path = info.filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or ":" in path:
        raise GridUnreadable(
            "a name leads out of the zip file", where=where, remedy="do not trust this file"
        )
    allowed = min(budget.left, max(info.compress_size, 1024) * RATIO_MAX)
    with archive.open(info) as file:
        content = file.read(allowed + 1)
    if len(content) > allowed:
        raise GridUnreadable(
            f"unpacks to more than {RATIO_MAX} times its size, or than "
            f"{BYTES_MAX // 2**20} MiB in all",
            where=where,
            remedy="do not trust this file",
        )
    budget.take(len(content))
    return content


def plain_id(text: str) -> str:
    """A master resource id, however it is referred to."""
    return text.removeprefix("#").removeprefix("urn:uuid:").removeprefix("_")


@dataclass(slots=True)
class _Look:
    """What the first, harmless parser notices."""

    where: str
    profiles: list[str] = field(default_factory=list)
    is_rdf: bool = False
    cim: str = ""
    positions: dict[str, str] = field(default_factory=dict)
    _subject: str = ""
    _collects: bool = False
    _text: str = ""

    def refuse(self, *_: object) -> None:
        raise GridUnreadable(
            "declares a document type or entity, which CGMES never does",
            where=self.where,
            remedy="do not trust this file; ask for one without DOCTYPE",
        )

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        for key in attributes:
            if key.endswith((" about", " ID")):
                self._subject = plain_id(attributes[key])
        if name.endswith(_COLLECTED):
            self._collects, self._text = True, ""
        self.is_rdf = self.is_rdf or name.endswith("RDF")

    def namespace(self, _: str | None, uri: str) -> None:
        if "CIM-schema" in uri or uri.endswith("CIM100#"):
            self.cim = uri

    def text(self, text: str) -> None:
        if self._collects:
            self._text += text

    def end(self, name: str) -> None:
        if self._collects:
            text = self._text.strip()
            if name.endswith(_POSITION):
                self.positions[self._subject] = text
            else:
                self.profiles.append(text)
            self._collects = False


def _checked(name: str, content: bytes) -> Document:
    look = _Look(name)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = look.refuse
    parser.EntityDeclHandler = look.refuse
    parser.StartElementHandler = look.start
    parser.EndElementHandler = look.end
    parser.CharacterDataHandler = look.text
    parser.StartNamespaceDeclHandler = look.namespace
    try:
        parser.Parse(content, True)
    except expat.ExpatError as failure:
        raise GridUnreadable(
            f"is not XML: {expat.errors.messages[failure.code]}",
            where=f"{name}:{failure.lineno}",
            remedy="give the CGMES files as they were exported",
        ) from failure
    except (LookupError, ValueError) as failure:
        raise GridUnreadable(
            f"is in an encoding that is not read: {failure}",
            where=name,
            remedy="save it as UTF-8, and say so in its first line",
        ) from failure
    if not look.is_rdf or not look.cim:
        raise GridUnreadable(
            "is no CIM document", where=name, remedy="give the CGMES files, nothing else"
        )
    if look.cim != CIM16:
        raise GridUnreadable(
            f"is of another CIM ({look.cim}), not of CGMES 2.4.15 (CIM 16)",
            where=name,
            remedy="export CGMES 2.4.15",
        )
    return Document(name, content, _profile_of(look.profiles), look.positions)


def _profile_of(uris: Sequence[str]) -> str:
    for uri in uris:
        match = _PROFILE_URI.search(uri)
        profile = PROFILES.get(next(filter(None, match.groups()), "")) if match else None
        if profile:
            return profile
    return ""


def _require_profiles(source: str, documents: Sequence[Document]) -> None:
    there = {document.profile for document in documents}
    missing = [profile for profile in NEEDED if profile not in there]
    if missing:
        named = ", ".join(sorted(each for each in there if each)) or "none"
        raise GridUnreadable(
            f"profiles are missing: {', '.join(missing)} (there: {named})",
            where=source,
            remedy="export EQ, SSH, TP and SV, and name all of them",
        )
