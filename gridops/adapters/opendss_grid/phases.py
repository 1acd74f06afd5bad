"""Phases of an element, and what stands for it in a balanced calculation.

An element with n of the three phases becomes a three-phase one through which the same power
flows. Its phase current is then n/3 of the real one, so that

    Z = 3/n^2 * u* Zn u      C = 1/3 * u* Cn u      I = n/3 * In

where u holds a unit phasor for each of its phases (0, -120, +120 degrees) and Zn is its phase
matrix. If its phases carry equal currents, losses and charging power are exactly the real
ones, and the voltage drop is the mean of the real drops, relative to each phase's voltage.
For n = 3 this is the positive-sequence value (mean self less mean mutual); for n = 1 it is
three times the impedance of the one phase.
"""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass

PHASES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where an element ends: `nodes` as the source orders them, 0 is ground."""

    bus: str
    nodes: tuple[int, ...]

    @property
    def phases(self) -> tuple[int, ...]:
        """Those of the three phases that it uses, in its own order."""
        return tuple(dict.fromkeys(n for n in self.nodes if n in PHASES))

    @property
    def is_grounded(self) -> bool:
        return bool(self.nodes) and set(self.nodes) == {0}


def terminal_of(text: str, phases: int) -> Terminal:
    """`b.1.3` -> bus b, nodes 1 and 3; without nodes, the first `phases` ones."""
    bus, *nodes = text.lower().split(".")
    if not nodes:
        return Terminal(bus, tuple(range(1, phases + 1)))
    return Terminal(bus, tuple(int(node) for node in nodes))


def phasor(phase: int) -> complex:
    return cmath.rect(1.0, -2 * math.pi / 3 * (phase - 1))


def winding_phasor(terminal: Terminal, phases: int) -> complex:
    """Voltage across a one-phase winding in a balanced system; 0 if it spans nothing."""
    first, second = (*terminal.nodes, 0, 0)[:2] if phases == 1 else (1, 0)
    ends = [phasor(node) if node in PHASES else 0j for node in (first, second)]
    return ends[0] - ends[1]


Matrix = Sequence[Sequence[float]]


def series_ohm(r: Matrix, x: Matrix, *, nodes: Sequence[int]) -> complex:
    """Equivalent series impedance of a line with these conductors."""
    full = [
        [complex(a, b) for a, b in zip(row_r, row_x, strict=True)]
        for row_r, row_x in zip(r, x, strict=True)
    ]
    kept, phases = _without_neutrals(full, list(nodes))
    return 3 / len(phases) ** 2 * _seen(kept, phases)


def charging_share(c: Matrix, nodes: Sequence[int]) -> float:
    """Equivalent capacitance, in the unit of `c`."""
    phases = [node for node in nodes if node in PHASES]
    rows = [k for k, node in enumerate(nodes) if node in PHASES]
    full = [[complex(c[i][k]) for k in rows] for i in rows]
    return _seen(full, phases).real / 3


def current_share(phases: Sequence[int]) -> float:
    """Phase current of the equivalent, of the real one."""
    return len(phases) / len(PHASES)


def _seen(matrix: Sequence[Sequence[complex]], phases: Sequence[int]) -> complex:
    u = [phasor(phase) for phase in phases]
    return sum(
        (u[i].conjugate() * matrix[i][k] * u[k] for i in range(len(u)) for k in range(len(u))),
        start=0j,
    )


def _without_neutrals(
    full: list[list[complex]], nodes: list[int]
) -> tuple[list[list[complex]], list[int]]:
    """Conductors that are no phase are taken as grounded at both ends (Kron's reduction)."""
    while any(node not in PHASES for node in nodes):
        out = next(k for k, node in enumerate(nodes) if node not in PHASES)
        keep = [k for k in range(len(nodes)) if k != out]
        own = full[out][out]
        full = [
            [full[i][k] - (full[i][out] * full[out][k] / own if own else 0) for k in keep]
            for i in keep
        ]
        nodes = [nodes[k] for k in keep]
    return full, nodes
