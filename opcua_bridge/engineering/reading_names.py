"""What one name says: of which element, which signal, and how sure that is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridops.network import Signal
from gridops.state.telemetry import MEASUREMENTS
from opcua_bridge.engineering.atoms import Atom, atoms_of, places_of
from opcua_bridge.engineering.designations import KIND_WORDS, Designations, Match, is_bare
from opcua_bridge.engineering.signal_words import (
    FILLERS,
    OTHER_THINGS,
    PHASES,
    SCALES,
    WEAK_POSITION,
    Said,
    signals_in,
)

Target = tuple[str, Signal]
_LEAST = 0.2
_LETTER = 0.85
_SECOND_WORD = 0.9
_STRANGE_WORD = 0.85
_STRANGE_WORD_ABOVE = 0.96
_SOMETHING_ELSE = 0.4
_ONE_PHASE = 0.5
_OTHER_SCALE = 0.5
_WEAK = 0.75
_FARTHER = 0.6
_NEAR_OTHERS = 0.9


@dataclass(frozen=True, slots=True)
class Reading:
    confidence: float
    why: str


@dataclass(frozen=True, slots=True)
class _Text:
    atoms: tuple[Atom, ...]
    last: int
    """Where the last part of a path begins among the atoms."""


class NameReader:
    """Reads texts of one server for one grid."""

    def __init__(self, designations: Designations, common: frozenset[str]) -> None:
        """`common`: atoms that most variables of the server share; they tell nothing."""
        self._designations = designations
        self._common = common
        self._phase_keys: set[tuple[str, ...]] = set()

    def prepare(self, texts: Sequence[str]) -> None:
        """All texts that will be read, so that those which differ by a phase only are known."""
        self._phase_keys = {tuple(atom.text for atom in atoms_of(text)) for text in texts}

    def read(self, parts: Sequence[str]) -> dict[Target, Reading]:
        """`parts`: of a path, the node's own name last; or the identifier alone."""
        text = _text(parts)
        signals = signals_in(text.atoms)
        matches = self._designations.in_text(text.atoms)
        readings: dict[Target, Reading] = {}
        for match, nearness in self._near(matches, signals):
            for said, share in self._told(text, match, signals=signals):
                target = (match.element, said.signal)
                if (said.signal is Signal.VOLTAGE) != match.is_node:
                    continue
                confidence = match.base * nearness * share * self._beside(text, match, said=said)
                if confidence < _LEAST:
                    continue
                words = " ".join(atom.text for atom in text.atoms[said.begin : said.end])
                why = f"{match.how}, {words!r} is {said.signal}"
                if target not in readings or readings[target].confidence < confidence:
                    readings[target] = Reading(confidence, why)
        return readings

    def _near(
        self, matches: Sequence[Match], signals: Sequence[Said]
    ) -> Iterator[tuple[Match, float]]:
        """Of several elements, the one nearest to the word for the signal is meant."""
        if not matches:
            return
        anchor = signals[-1].begin if signals else 10**6
        nearest = min(matches, key=lambda match: (abs(anchor - match.end), -len(match.places)))
        for match in matches:
            others = [
                other
                for other in matches
                if other is not match and not self._contains(match, other)
            ]
            if match is nearest or self._contains(nearest, match):
                yield match, _NEAR_OTHERS if others and match is not nearest else 1.0
            else:
                yield match, _FARTHER

    def _contains(self, match: Match, other: Match) -> bool:
        """Whether `other` is where `match` stands, as a ring main unit is of its switches."""
        context = self._designations.context_of(match.element, match.is_node)
        run = {atom.text for atom in atoms_of(other.element)}
        return run <= context

    def _told(
        self, text: _Text, match: Match, *, signals: Sequence[Said]
    ) -> Iterator[tuple[Said, float]]:
        free = [said for said in signals if match.places.isdisjoint(range(said.begin, said.end))]
        if not free:
            for phrase in WEAK_POSITION:
                for begin in places_of(phrase, text.atoms)[-1:]:
                    yield Said(Signal.POSITION, begin, begin + len(phrase)), _WEAK
        for number, said in enumerate(reversed(free)):
            share = 1.0 if number == 0 else 0.5
            if any(other.begin >= text.last for other in free if other is not said):
                share *= _SECOND_WORD
            if said.end - said.begin == 1 and len(text.atoms[said.begin].text) == 1:
                share *= _LETTER
            if said.signal in MEASUREMENTS and self._is_of_one_phase(text, said, match=match):
                share *= _ONE_PHASE
            yield said, share

    def _is_of_one_phase(self, text: _Text, said: Said, *, match: Match) -> bool:
        rest = {
            atom.text
            for place, atom in enumerate(text.atoms)
            if place >= text.last
            and place not in match.places
            and not said.begin <= place < said.end
        }
        if rest & PHASES:
            return True
        key = [atom.text for atom in text.atoms]
        if key[said.end - 1] != "a":
            return False
        return (*key[: said.end - 1], "b", *key[said.end :]) in self._phase_keys

    def _beside(self, text: _Text, match: Match, *, said: Said) -> float:
        """How much the rest of the name speaks of something else."""
        known = FILLERS | self._common | self._designations.context_of(match.element, match.is_node)
        if not is_bare(match.element):
            known |= KIND_WORDS
        factor = 1.0
        for place, atom in enumerate(text.atoms):
            if place in match.places or said.begin <= place < said.end:
                continue
            if atom.text in SCALES:
                factor *= _OTHER_SCALE
            elif atom.text in OTHER_THINGS and place >= text.last:
                factor *= _SOMETHING_ELSE
            elif atom.text not in known:
                factor *= _STRANGE_WORD if place >= text.last else _STRANGE_WORD_ABOVE
        return factor


def _text(parts: Sequence[str]) -> _Text:
    before = [atom for part in parts[:-1] for atom in atoms_of(part)]
    own = atoms_of(parts[-1])
    return _Text((*before, *own), len(before))
