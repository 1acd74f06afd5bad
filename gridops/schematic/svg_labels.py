"""Names beside what they name: none over a symbol, a line or another name."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

CELL_PX = 64
LETTER_PX = 5.7
BOLD_PX = 7.0
HEIGHT_PX = 9.0
LONGEST = 22
"""Letters of a name that are drawn; the rest is an ellipsis, the tooltip holds it all."""
SHORTEST = 11

Box = tuple[float, float, float, float]
"""left, top, right, bottom in pixels"""


class Taken:
    """What is drawn already, as boxes."""

    def __init__(self) -> None:
        self._boxes: dict[tuple[int, int], list[Box]] = defaultdict(list)

    def add(self, box: Box) -> None:
        for cell in _cells(box):
            self._boxes[cell].append(box)

    def is_free(self, box: Box) -> bool:
        left, top, right, bottom = box
        return not any(
            other[0] < right and left < other[2] and other[1] < bottom and top < other[3]
            for cell in _cells(box)
            for other in self._boxes.get(cell, ())
        )


@dataclass(frozen=True, slots=True)
class Label:
    """`spots`: the text's (x, baseline, side), best first; side -1 ends there, 1 begins."""

    text: str
    spots: Sequence[tuple[float, float, int]]
    style: str = ""
    letter_px: float = LETTER_PX
    must: bool = False
    """Drawn on its first spot if none is free; others are left out."""

    def box(self, spot: tuple[float, float, int]) -> Box:
        x, y, side = spot
        width = len(self.text) * self.letter_px
        left = x if side > 0 else x - width
        return left, y - HEIGHT_PX, left + width, y + 2.0


def placed(labels: Sequence[Label], taken: Taken) -> Iterator[tuple[Label, float, float, int]]:
    """The labels that find a place, the first first, each with that place; cut short where
    that helps.
    """
    for wanted in labels:
        for label in (wanted, replace(wanted, text=shortened(wanted.text, SHORTEST))):
            free = (spot for spot in label.spots if taken.is_free(label.box(spot)))
            spot = next(free, label.spots[0] if label.must else None)
            if spot is not None:
                taken.add(label.box(spot))
                yield (label, *spot)
                break


def around(x: float, y: float, *, gap: float) -> list[tuple[float, float, int]]:
    """Right of a symbol and left of it, level with it, then above and below."""
    return [
        (x + side * gap, y + down, side) for down, side in product((3.0, -4.5, 11.0, -8.0), (1, -1))
    ]


def shortened(text: str, letters: int = LONGEST) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = (int(edge // CELL_PX) for edge in box)
    yield from product(range(left, right + 1), range(top, bottom + 1))
