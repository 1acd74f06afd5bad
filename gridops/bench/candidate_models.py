"""One tie of a case on its own, for engines that are given a grid and not a question."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gridops.bench.candidate_cases import Case, Tie, part_of
from gridops.bench.fused import FusedGrid, fused
from gridops.ids import SectionId, SourceId, SwitchId
from gridops.network import Network, Switch
from gridops.state import energise


@dataclass(frozen=True, slots=True, kw_only=True)
class TieModel:
    """All that hangs on the lender's source, with the tie closed and what it may take over.

    `line_end[cut]` is the line that hangs on a cut, by number, and which of its ends (0, 1): the
    cut is open when that end is. The first cut needs none: what lies before it is not here.
    """

    tie: Tie
    network: Network
    grid: FusedGrid
    line_end: Mapping[SwitchId, tuple[int, int]]


def tie_models(case: Case) -> Iterator[TieModel]:
    """In the order of `case.ties`."""
    network = case.network
    before = energise(network, case.closed)
    supplied: dict[SourceId, list[SectionId]] = {}
    for section in before.order:
        supplied.setdefault(before.source_of[section], []).append(section)
    for tie in case.ties:
        ends = network.section_ends[tie.switch]
        [source] = [before.source_of[end] for end in ends if before.is_supplied(end)]
        yield _model(case, tie, island=supplied[source], source=source)


def _model(case: Case, tie: Tie, *, island: Sequence[SectionId], source: SourceId) -> TieModel:
    sources = [case.network.sources[source]]
    part = part_of(case.network, [*island, *tie.beyond], sources=sources)
    closed = case.closed | {tie.switch}
    return TieModel(
        tie=tie,
        network=part,
        grid=fused(part, closed),
        line_end={cut: _line_end(part, part.switches[cut]) for cut in tie.cuts[1:]},
    )


def _line_end(part: Network, cut: Switch) -> tuple[int, int]:
    """Raises: ValueError if at neither end of the cut there is one line and nothing else."""
    numbers = {line.id: k for k, line in enumerate(part.components.branches)}
    for node in (cut.node_a, cut.node_b):
        section = part.sections[part.section_of_node[node]]
        at = [part.branches[b] for b in section.branches]
        at = [b for b in at if node in (b.from_node, b.to_node)]
        others = [s for s in section.switches if s != cut.id and node in _ends(part, s)]
        is_bare = not any(part.loads[load].node == node for load in section.loads)
        if len(at) == 1 and is_bare and not others:
            [line] = at
            return numbers[line.id], int(line.to_node == node)
    raise ValueError(f"{cut.id} stands at the end of no line")


def _ends(part: Network, switch: SwitchId) -> tuple[str, str]:
    return part.switches[switch].node_a, part.switches[switch].node_b
