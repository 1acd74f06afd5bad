"""Back to the normal state, once the fault is repaired."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet

from gridops.ids import SwitchId
from gridops.network import Network
from gridops.powerflow import PowerFlow
from gridops.restoration.checks import check_of
from gridops.restoration.phase_checks import phase_check_of
from gridops.restoration.plan import (
    Plan,
    Proof,
    Rejected,
    Unserved,
)
from gridops.restoration.return_moves import Moves
from gridops.restoration.return_search import Search, Way
from gridops.restoration.return_stays import why_it_stays
from gridops.restoration.scoring import score_of
from gridops.restoration.situation import Situation
from gridops.restoration.steps import step_of
from gridops.restoration.tallies import tallies_of


def off_normal(
    network: Network, closed: AbstractSet[SwitchId], *, among: Collection[SwitchId] | None = None
) -> tuple[SwitchId, ...]:
    """The switches that do not stand at their normal position, in grid order."""
    number = network.arrays.switches.of
    asked = network.switches if among is None else sorted(set(among), key=number.__getitem__)
    return tuple(s for s in asked if (s in closed) != network.switches[s].is_normally_closed)


def return_to_normal(
    situation: Situation, engine: PowerFlow, *, among: Collection[SwitchId] | None = None
) -> Plan:
    """The plan that brings the switches off their normal position home; `among`: only these.

    S1 [b1] A (s1) B (s2) C [t1] D [b2] S2   s1 closes and B is back; then C goes home: t1 opens
    and s2 closes (open transition), or s2 closes before t1 opens if both feeders hang on one
    busbar and s2 has `closes_ring` (closed transition).

    Guarantees: pure and deterministic, bounded by counts. Each switch moves once at most. After
    every movement what hangs on its ends keeps every limit by AC power flow; it is radial, or
    has one ring on one busbar, which the next step opens. Who is dropped is in
    `Step.sections_dropped`, for no longer than `interruption_s_max`, and is supplied again by a
    later step. What stays off its normal position is named in `rejected`, each switch with its
    first reason. `suspected` of the situation must be empty.

    The way leaves the least weight in the dark, then the fewest switches off their normal
    position, then has the least score (docs/restoration.md). OPTIMAL when all such ways were
    looked at.
    """
    wanted = off_normal(situation.network, situation.snapshot.closed, among=among)
    moves = Moves(situation, engine, wanted=wanted)
    search = Search(moves, situation.settings.return_states_max)
    way = search.best()
    stays = tuple(why_it_stays(search, way, switch=s) for s in wanted if s in way.left)
    return Plan(
        fence=(),
        suspected=frozenset(),
        steps=tuple(
            step_of(situation, k, move=move, check=check_of(situation, move, judge=moves))
            for k, move in enumerate(way.moves, start=1)
        ),
        shed=(),
        proof=Proof.HEURISTIC if search.is_cut_short else Proof.OPTIMAL,
        gap_pct=0.0,
        rejected=stays,
        unserved=_unserved(situation, way, stays=stays),
        score=score_of(situation, way.moves),
        phases=phase_check_of(situation),
        **tallies_of(situation, way.moves),
    )


def _unserved(
    situation: Situation, way: Way, *, stays: tuple[Rejected, ...]
) -> tuple[Unserved, ...]:
    """What is dark at the end, each with what keeps the nearest switch from going home."""
    found = []
    for section in situation.network.sections:
        if section not in way.dark_since_s:
            continue
        at_it = situation.network.sections[section].switches
        why = next((r for r in stays if r.option[0] in at_it), stays[0] if stays else None)
        because, element = ("no-tie", section) if why is None else (why.because, why.element)
        found.append(Unserved(section=section, because=because, element=element))
    return tuple(found)
