"""The only places that the public is told of: areas with enough customers in them."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

from gridops.ids import FeederId, LoadId, SectionId
from gridops.network import Network

ELSEWHERE = ""
"""The area of whoever lives in none, or in one too small to be named."""
AREAS_FOUND_MAX = 20
"""Areas that one code stands for; a feeder runs through a few."""


class Places:
    """Which area each service transformer is told under, and which areas a code means.

    Guarantees: an area with fewer than `customers_min` customers is never told apart from
    `ELSEWHERE`; a code (area, feeder or transformer, however it is written) leads to areas alone,
    so that nobody learns by asking more than what stands there for all.
    """

    area_of: Mapping[LoadId, str]
    customers_of: Mapping[str, int]

    def __init__(
        self,
        network: Network,
        feeder_of: Mapping[SectionId, FeederId | None],
        *,
        customers_min: int,
    ) -> None:
        """`feeder_of`: in the normal state of the grid."""
        loads = network.loads.values()
        stated = _customers((load.area.strip(), load.customers) for load in loads)
        named = {area for area, count in stated.items() if area and count >= customers_min}
        self.area_of = {
            load.id: area if (area := load.area.strip()) in named else ELSEWHERE for load in loads
        }
        self.customers_of = _customers((self.area_of[load.id], load.customers) for load in loads)
        self._codes = self._codes_of(network, feeder_of)

    def _codes_of(
        self, network: Network, feeder_of: Mapping[SectionId, FeederId | None]
    ) -> Mapping[str, frozenset[str]]:
        codes: dict[str, set[str]] = defaultdict(set)
        for load in network.loads.values():
            area = self.area_of[load.id]
            feeder = feeder_of.get(network.section_of_node[load.node])
            names: list[str] = [load.area, load.id]
            if feeder is not None:
                names += [feeder, network.switches[network.heads[feeder]].name]
            for name in names:
                codes[folded(name)].add(area)
        codes.pop("", None)
        return {code: frozenset(areas) for code, areas in codes.items()}

    def look_up(self, words: str) -> tuple[str, ...] | None:
        """The areas that a code stands for, in alphabetical order; None: nothing is called so."""
        found = self._codes.get(folded(words))
        return None if found is None else tuple(sorted(found)[:AREAS_FOUND_MAX])


def _customers(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for area, customers in counted:
        found[area] += customers
    return dict(found)


def folded(words: str) -> str:
    """Without marks, case and double spaces: "Giang  vo" finds "Giảng Võ"."""
    parted = unicodedata.normalize("NFKD", words.casefold().replace("đ", "d"))
    letters = "".join(letter for letter in parted if not unicodedata.combining(letter))
    return " ".join(letters.split())
