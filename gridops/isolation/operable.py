"""Which switches may be moved now, and why the others may not."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Position
from gridops.network import Control, Network
from gridops.state import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """The switchgear as it stands at one instant.

    A switch counts as open or closed only when its position may carry an argument.
    """

    network: Network
    snapshot: Snapshot
    unavailable: frozenset[SwitchId] = frozenset()
    """Failed before, at work elsewhere, or on a feeder that is off limits."""
    crew: bool = True
    """Whether switches without telecontrol may be used."""

    def is_unknown(self, switch: SwitchId) -> bool:
        return switch in self.snapshot.unknown or switch not in self.snapshot.positions

    def is_closed(self, switch: SwitchId) -> bool:
        return self._stands(switch, Position.CLOSED)

    def is_open(self, switch: SwitchId) -> bool:
        return self._stands(switch, Position.OPEN)

    def _stands(self, switch: SwitchId, position: Position) -> bool:
        return not self.is_unknown(switch) and self.snapshot.positions[switch].value is position

    def why_not_open(self, switch: SwitchId, live: AbstractSet[SectionId]) -> str | None:
        """None: a closed switch that may be opened with `live` supplied; else a reason code.

        Codes: unknown-position, tag, not-operable, unreachable, duty.
        """
        tags = self.snapshot.tags.get(switch, ())
        if any(tag.blocks_opening for tag in tags):
            return "tag"
        return self._why_not_moved(switch, live)

    def why_not_close(self, switch: SwitchId, live: AbstractSet[SectionId]) -> str | None:
        """None: an open switch that may be closed with `live` supplied; else a reason code."""
        tags = self.snapshot.tags.get(switch, ())
        if any(tag.blocks_closing for tag in tags):
            return "tag"
        return self._why_not_moved(switch, live)

    def _why_not_moved(self, ident: SwitchId, live: AbstractSet[SectionId]) -> str | None:
        switch = self.network.switches[ident]
        if self.is_unknown(ident):
            return "unknown-position"
        if ident in self.unavailable or switch.control is Control.NONE:
            return "not-operable"
        if switch.control is Control.CREW and not self.crew:
            return "not-operable"
        if switch.control is Control.REMOTE and ident in self.snapshot.unreachable:
            return "unreachable"
        under_load = any(end in live for end in self.network.section_ends[ident])
        return "duty" if under_load and not switch.breaks_load else None


def kept_alive(network: Network, may_conduct: Callable[[SwitchId], bool]) -> frozenset[SectionId]:
    """What may carry voltage without any source: all that hangs on a generator that can keep an
    island alive."""
    nodes = (g.node for g in network.generators.values() if g.island_capable)
    starts = {network.section_of_node[node] for node in nodes}
    return hangs_on(network, starts, may_conduct=may_conduct)


def hangs_on(
    network: Network,
    sections: AbstractSet[SectionId],
    *,
    may_conduct: Callable[[SwitchId], bool],
) -> frozenset[SectionId]:
    """All that is joined with one of `sections`, itself included."""
    found = dict.fromkeys(sections)
    waiting = list(found)
    for section in waiting:  # grows while it is walked
        for switch in network.sections[section].switches:
            other = network.across(switch, section)
            if other not in found and may_conduct(switch):
                found[other] = None
                waiting.append(other)
    return frozenset(found)
