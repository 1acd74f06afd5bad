"""What people call the elements of a grid."""

from dataclasses import dataclass

from gridops.ids import BranchId, FeederId, LoadId, NodeId, SectionId, SwitchId
from gridops.network.components import NodeKind
from gridops.network.network import Network

PLACES_MAX = 2
"""A section is called by so many of its places."""


@dataclass(frozen=True, slots=True)
class Names:
    """By the grid files, as the console shows them; an id without a name stands for itself.

    A feeder is called by its head, a section by the places in it, else by its lines:
    in S1 [s1] A B [s2] C the section between s1 and s2 is "A – B".
    """

    network: Network

    def __call__(self, ident: str) -> str:
        network = self.network
        head = network.heads.get(FeederId(ident))
        named = (
            network.nodes.get(NodeId(ident))
            or network.branches.get(BranchId(ident))
            or network.switches.get(SwitchId(ident))
            or network.loads.get(LoadId(ident))
            or (None if head is None else network.switches[head])
        )
        if named is not None:
            return named.name or ident
        return self._section(SectionId(ident)) or ident

    def _section(self, ident: SectionId) -> str:
        network = self.network
        if ident not in network.sections:
            return ""
        section = network.sections[ident]
        inside = [network.nodes[n] for n in section.nodes]
        places = [n.name for n in inside if n.kind is not NodeKind.TERMINAL and n.name]
        lines = [network.branches[b].name for b in section.branches]
        called = dict.fromkeys(places or [line for line in lines if line])
        return " – ".join(list(called)[:PLACES_MAX])
