"""The way of fault current: what an ideal field would show for a fault in a section."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gridops.ids import SectionId, SwitchId
from gridops.network import IndicatorKind, Network, Switch, SwitchKind
from gridops.state import Energisation, energise


@dataclass(frozen=True, slots=True, kw_only=True)
class Indications:
    """`tripped` is the nearest upstream device that opens by itself; empty if there is none.
    `flagged` are the indicators that fault current passes."""

    tripped: tuple[SwitchId, ...]
    flagged: frozenset[SwitchId]


def opens_by_itself(switch: Switch) -> bool:
    """Whether fault current alone can open it: relay protection, or a fuse that blows."""
    return switch.protects or switch.kind is SwitchKind.FUSE


def is_flagging(switch: Switch) -> bool:
    return switch.indicator is not IndicatorKind.NONE


def expected_indications(
    network: Network, closed: AbstractSet[SwitchId], *, section: SectionId
) -> Indications:
    """What healthy devices show for a fault in `section` with the switches `closed`.

    S1 [b1] A [s1] B [r1] C   fault in C: r1 trips; s1 and r1 flag (b1 carries no indicator).
    A section without supply shows nothing. Holds for radial operation.
    """
    return indications_in(energise(network, closed), section)


def indications_in(before: Energisation, section: SectionId) -> Indications:
    """As `expected_indications`, of a state that is traced already."""
    path = [before.network.switches[s] for s in before.path(section)]
    opening = [switch.id for switch in path if opens_by_itself(switch)]
    return Indications(
        tripped=tuple(opening[-1:]),
        flagged=frozenset(switch.id for switch in path if is_flagging(switch)),
    )
