"""Why a switch stays off its normal position."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from gridops.ids import SwitchId
from gridops.restoration.plan import Rejected
from gridops.restoration.return_moves import refused_by
from gridops.restoration.return_search import Search, Way


def why_it_stays(search: Search, way: Way, *, switch: SwitchId) -> Rejected:
    """The first reason at the end of `way`: of the switch itself; else, where it would drop
    somebody, of what should take them over; else, where two feeds would meet, of what should
    part them first."""
    refused = search.refusal(way, switch)
    if refused is None:
        return _nobody_takes_over(search, way, switch=switch)
    if refused.because in ("loop", "parallel", "ring-not-allowed"):
        return _nothing_parts(search, way, switch=switch) or refused
    return refused


def _nobody_takes_over(search: Search, way: Way, *, switch: SwitchId) -> Rejected:
    """The movement alone could be made; what should follow it cannot."""
    network = search.moves.network
    further = search.advanced(way, switch)
    if further is None:
        return Rejected(option=(switch,), because="interruption", element=switch)
    late: SwitchId | None = None
    refusals: list[Rejected] = []
    asked: set[SwitchId] = set()
    while (other := _next_at_dark(search, further, asked=asked)) is not None:
        asked.add(other)
        refused = search.refusal(further, other)
        taken = search.advanced(further, other)
        if refused is not None:
            refusals.append(refused)
        elif taken is None:
            late = late or other
        elif taken.dropped >= further.dropped:
            further = taken  # two dead parts became one: what is at the other may feed both
        elif (broken := search.moves.broken_later(taken.moves)) is not None:
            refusals.append(refused_by(broken, switch=switch))
    if refusals:
        return _for(switch, refusals[0])
    if late is not None:
        return Rejected(option=(switch,), because="interruption", element=late)
    first = next((s for s in network.sections if s in further.dropped), None)
    if first is not None:
        return Rejected(option=(switch,), because="drops-supply", element=first)
    return _later(search, further, switch=switch) or Rejected(
        option=(switch,), because="not-looked-at", element=switch
    )


def _later(search: Search, way: Way, *, switch: SwitchId) -> Rejected | None:
    """Where the movement, or one more after it, could be made and would not hold for long."""
    ways = [way, *(search.advanced(way, s) for s in search.moves.wanted if s in way.left)]
    for one in ways:
        if one is None or search.moves.has_ring(one.live):
            continue
        broken = search.moves.broken_later(one.moves)
        if broken is not None:
            return refused_by(broken, switch=switch)
    return None


def _next_at_dark(search: Search, way: Way, *, asked: AbstractSet[SwitchId]) -> SwitchId | None:
    """A switch at what is dark on `way` that was not asked about yet."""
    ends = search.moves.network.section_ends
    for switch in search.moves.wanted:
        open_question = switch in way.left and switch not in asked
        if open_question and not all(way.live.is_supplied(end) for end in ends[switch]):
            return switch
    return None


def _nothing_parts(search: Search, way: Way, *, switch: SwitchId) -> Rejected | None:
    """Closing it joins two feeds: why none of the openings that would part them helps."""
    for other in search.moves.wanted:
        if other not in way.left or search.moves.closes[other]:
            continue
        refused = search.refusal(way, other)
        if refused is not None:
            return _for(switch, refused)
        further = search.advanced(way, other)
        if further is None:
            continue
        after = search.refusal(further, switch)
        if after is not None:
            return _for(switch, after)
        if search.advanced(further, switch) is None:
            return Rejected(option=(switch,), because="interruption", element=switch)
    return None


def _for(switch: SwitchId, refused: Rejected) -> Rejected:
    return replace(refused, option=(switch,))
