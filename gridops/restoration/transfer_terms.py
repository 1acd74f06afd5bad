"""What the power flow of a region consists of: buses, and pieces of line between them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class Bus:
    """Per unit; `p` and `q` are the least that is drawn here."""

    group: int
    p: float = 0.0
    q: float = 0.0
    square_min: float = 0.0
    """Of the voltage, as all that was folded in needs it."""
    square: float | None = None
    """Of a source: held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A segment between two buses, a to b; the ideal ratio stands at a."""

    number: int
    ends: tuple[int, int]
    r: float
    x: float
    ratio: float
    """Squared."""
    most: float
    """Apparent power that passes its series impedance at most, its own charging included;
    infinite: no limit."""
    lines: tuple[int, ...]
    """Lines of the region that part it; none: it always conducts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A bus inside a chain whose voltage must not be forgotten: what stands at a, less the drop
    of `r`, `x` by what reaches b and of `drop`, must be `square_min`; `*_b` the same from b."""

    r: float
    x: float
    drop: float
    r_b: float
    x_b: float
    drop_b: float
    square_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Pieces in a row that always conduct, from bus a to bus b; losses within are left out.

    `p`, `q` are drawn inside. `drop_to_b` is what that adds to the voltage drop beside what
    reaches b, `drop_from_a` what it takes off the drop that all that enters at a would make.
    `most_to_b`, `most_to_a`: by angle, what may reach b, and what may leave at a.
    """

    ends: tuple[int, int]
    r: float
    x: float
    p: float
    q: float
    drop_to_b: float
    drop_from_a: float
    most_to_b: tuple[float, ...]
    most_to_a: tuple[float, ...]
    inner: tuple[Inner, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    buses: Mapping[int, Bus]
    pieces: tuple[Piece, ...]
    chains: tuple[Chain, ...]
    angles: tuple[float, ...]
    """Of apparent power, in which it is bounded."""
    square_max: float
    feeding_in: tuple[float, float]
    """Active and reactive power that may be given in all: 0 where everything only draws."""
    drawn: tuple[float, float]
    """All that may flow."""
    is_bound: bool
    """Whether the model is a relaxation of AC; see docs/restoration.md."""
