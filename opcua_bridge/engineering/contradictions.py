"""Positions that what is measured contradicts, and pairs that look exchanged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network import Network

LOADED_A = 5.0
"""A contact that is open carries less."""
IDLE_A = 1.0


@dataclass(frozen=True, slots=True)
class Contradicted:
    """`switch` says open and carries `current_a`; `partners` say closed, and would fit the place
    of it. One partner: the two points are exchanged, for all that can be seen."""

    switch: SwitchId
    current_a: float
    partners: tuple[SwitchId, ...]


def contradictions(
    network: Network,
    *,
    positions: Mapping[SwitchId, Position],
    currents_a: Mapping[SwitchId, float],
    neighbours: Mapping[SwitchId, Sequence[SwitchId]],
) -> Iterator[Contradicted]:
    """`neighbours`: with which switches a mistake in the list of points could exchange each.

    A partner says closed and carries nothing; where its current is not measured, it must be
    one that is normally open, and the contradicted one normally closed.
    """
    for switch, position in positions.items():
        current_a = abs(currents_a.get(switch, 0.0))
        if position is not Position.OPEN or current_a <= LOADED_A:
            continue
        partners = tuple(
            other
            for other in neighbours.get(switch, ())
            if other != switch
            and positions.get(other) is Position.CLOSED
            and _would_fit(network, switch, other=other, currents_a=currents_a)
        )
        yield Contradicted(switch, current_a, partners)


def _would_fit(
    network: Network, loaded: SwitchId, *, other: SwitchId, currents_a: Mapping[SwitchId, float]
) -> bool:
    if other in currents_a:
        return abs(currents_a[other]) < IDLE_A
    normal = network.switches[loaded].normal_position, network.switches[other].normal_position
    return normal == (Position.CLOSED, Position.OPEN)
