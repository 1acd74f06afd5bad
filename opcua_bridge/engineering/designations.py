"""Which elements of a grid a name may speak of."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridops.network import Network
from opcua_bridge.engineering.atoms import Atom, atoms_of, places_of, words

KIND_WORDS = frozenset(
    words(
        "switch breaker circuit cb sw lbs rmu recloser rec mc dcl fco cdpt disconnector isolator"
        " may cat dao cach ly cau phu tai feeder xuat tuyen lo ngan bay node bus busbar thanh cai"
        " line duong day device thiet bi tram substation station rtu dcu"
    )
)
"""Kinds of things; they do not tell one from another."""
_NAME_ENOUGH = 0.6
_NAME_WHOLE = 0.95
"""Confidence in a device whose whole name is there, though not in one piece."""
_SHORT_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Match:
    """An element found at some atoms of a text."""

    element: str
    is_node: bool
    base: float
    """Confidence before anything else is looked at."""
    places: frozenset[int]
    how: str

    @property
    def begin(self) -> int:
        return min(self.places)

    @property
    def end(self) -> int:
        return max(self.places) + 1


@dataclass(frozen=True, slots=True)
class _Called:
    element: str
    is_node: bool
    run: tuple[str, ...]
    how: str


class Designations:
    """All ids and names of a grid, ready to be found in texts."""

    def __init__(self, network: Network) -> None:
        self._by_run: dict[tuple[str, ...], list[_Called]] = defaultdict(list)
        self._names: list[tuple[_Called, list[tuple[str, ...]]]] = []
        self._context: dict[tuple[str, bool], frozenset[str]] = {}
        frequency: Counter[str] = Counter()
        for element, is_node, name, around in _elements(network):
            identity = _Called(element, is_node, words(element), "its id")
            self._by_run[identity.run].append(identity)
            called = _Called(element, is_node, words(name), "its name")
            if len(called.run) > 1 and called.run != identity.run:
                self._by_run[called.run].append(called)
                self._names.append((called, _digit_runs(name)))
            frequency.update(set(called.run))
            self._context[element, is_node] = frozenset((*called.run, *words(around)))
        self._longest = max(map(len, self._by_run), default=0)
        total = max(1, len(self._context))
        self._weight = {word: math.log(1.0 + total / count) for word, count in frequency.items()}
        self._by_rarest: dict[str, list[tuple[_Called, list[tuple[str, ...]]]]] = defaultdict(list)
        for called, runs in self._names:
            rarest = max(runs[0] if runs else called.run, key=lambda word: self._weight[word])
            self._by_rarest[rarest].append((called, runs))

    def context_of(self, element: str, is_node: bool) -> frozenset[str]:
        """Words that may stand beside the element without meaning anything else."""
        return self._context[element, is_node]

    def in_text(self, atoms: Sequence[Atom]) -> list[Match]:
        """Those in one piece first kept; one inside a longer one is not meant."""
        whole = list(self._in_one_piece(atoms))
        kept = [match for match in whole if not any(match.places < other.places for other in whole)]
        met = {(match.element, match.is_node) for match in kept}
        return kept + [
            match for match in self._scattered(atoms) if (match.element, match.is_node) not in met
        ]

    def _in_one_piece(self, atoms: Sequence[Atom]) -> Iterator[Match]:
        texts = tuple(atom.text for atom in atoms)
        for begin in range(len(texts)):
            for end in range(begin + 1, min(begin + self._longest, len(texts)) + 1):
                for called in self._by_run.get(texts[begin:end], ()):
                    yield Match(
                        called.element,
                        called.is_node,
                        _edge(atoms, begin=begin, end=end),
                        frozenset(range(begin, end)),
                        called.how,
                    )

    def _scattered(self, atoms: Sequence[Atom]) -> Iterator[Match]:
        where: dict[str, int] = {atom.text: place for place, atom in enumerate(atoms)}
        for word in where:
            for called, runs in self._by_rarest.get(word, ()):
                starts = [places_of(run, atoms) for run in runs]
                if not all(starts):
                    continue
                share = self._share(called, where)
                if share < (_NAME_ENOUGH if runs else 1.0):
                    continue
                base = _NAME_WHOLE * share
                places = {where[each] for each in called.run if each in where}
                for run, begins in zip(runs, starts, strict=True):
                    base *= max(_edge(atoms, begin=begin, end=begin + len(run)) for begin in begins)
                    places.update(range(begins[-1], begins[-1] + len(run)))
                how = "its name" if share == 1.0 else f"{share:.0%} of its name"
                yield Match(called.element, called.is_node, base, frozenset(places), how)

    def _share(self, called: _Called, where: dict[str, int]) -> float:
        words_of_it = set(called.run)
        weight = sum(self._weight[word] for word in words_of_it)
        return sum(self._weight[word] for word in words_of_it if word in where) / weight


def is_bare(element: str) -> bool:
    """An id so short that it may be any number: of a bay, a feeder, a folder."""
    run = words(element)
    return len(run) == 1 and len(run[0]) <= _SHORT_DIGITS


def _edge(atoms: Sequence[Atom], *, begin: int, end: int) -> float:
    """A designation that goes on is another one: 471 is not 471-7, nor 7."""
    factor = 1.0
    if begin > 0 and atoms[begin].is_joined and atoms[begin - 1].text not in KIND_WORDS:
        factor *= 0.35
    if end < len(atoms) and atoms[end].is_joined and _goes_on(atoms[end].text):
        factor *= 0.35
    return factor


def _goes_on(text: str) -> bool:
    return text.isdigit() or len(text) == 1


def _digit_runs(name: str) -> list[tuple[str, ...]]:
    """Designations inside a name: `LBS 471-2 RMU Kim Mã` has (471, 2)."""
    runs: list[list[str]] = []
    for atom in atoms_of(name):
        if atom.text.isdigit():
            if atom.is_joined and runs and runs[-1]:
                runs[-1].append(atom.text)
            else:
                runs.append([atom.text])
        elif runs and runs[-1]:
            runs.append([])
    return [tuple(run) for run in runs if run]


def _elements(network: Network) -> Iterator[tuple[str, bool, str, str]]:
    """Id, whether it is a node, name, and the words of what is around it."""
    links: dict[str, str] = {}
    for point in network.components.points:
        link = network.links[point.link]
        links[point.element] = f"{link.id} {link.name}"
    for node in network.nodes.values():
        yield str(node.id), True, node.name, f"{node.station} {links.get(node.id, '')}"
    for switch in network.switches.values():
        ends = [network.nodes[end] for end in (switch.node_a, switch.node_b)]
        around = " ".join(f"{end.id} {end.name} {end.station}" for end in ends)
        feeder = switch.feeder or ""
        yield str(switch.id), False, switch.name, f"{around} {feeder} {links.get(switch.id, '')}"
