"""Names in comparable pieces: `RMU Giảng Võ/LBS_471-2.Vị trí` has the atoms rmu, giang, vo, lbs,
471, 2, vi, tri."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PIECE = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"[a-z](?=[A-Z])|[A-Z](?=[A-Z][a-z])")
_UNITS = frozenset({"kV", "kA", "kW", "MW"})
LOOSE = frozenset("-")
"""Signs that join two pieces into one designation, as in 471-7; so does nothing at all."""


@dataclass(frozen=True, slots=True)
class Atom:
    text: str
    is_joined: bool
    """To the atom before: they are one designation, or one word."""


def plain_letters(text: str) -> str:
    """Small letters without the marks of Vietnamese and other languages; đ is d."""
    apart = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(each for each in apart if not unicodedata.combining(each))


def atoms_of(text: str) -> tuple[Atom, ...]:
    """Words are cut where capitals begin (`FaultFlag`), and letters from digits."""
    return tuple(_atoms(plain_letters(text)))


def _atoms(text: str) -> Iterator[Atom]:
    end = 0
    for found in _PIECE.finditer(text):
        between = text[end : found.start()]
        end = found.end()
        # pieces that a capital parts are two words; a letter beside a digit is one designation
        is_joined = found.start() > 0 and set(between) <= LOOSE
        begin = 0
        cuts = [] if found[0] in _UNITS else [each.end() for each in _CAMEL.finditer(found[0])]
        for cut in (*cuts, len(found[0])):
            yield Atom(found[0][begin:cut].casefold(), is_joined and begin == 0)
            begin = cut


def words(text: str) -> tuple[str, ...]:
    return tuple(atom.text for atom in atoms_of(text))


def places_of(wanted: Sequence[str], atoms: Sequence[Atom]) -> list[int]:
    """Where `wanted` begins among `atoms`, as a run."""
    size = len(wanted)
    return [
        begin
        for begin in range(len(atoms) - size + 1)
        if all(atoms[begin + k].text == wanted[k] for k in range(size))
    ]
