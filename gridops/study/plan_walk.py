"""A third pair of eyes: walks a plan by sets of bits, with neither planner's nor guard's code.

Every combination of the unknown positions is walked, state by state. What is found is told in
plain words; nothing found means that no state on the way is unsafe in the sense of each check.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gridops.events.operator import IMMOVABLE, TagKind
from gridops.ids import SectionId, SwitchId
from gridops.network import Control, Network, SwitchKind
from gridops.powerflow import FlowResult, PowerFlow
from gridops.restoration import By, Plan, Situation, Step

UNKNOWN_MAX = 6
"""Unknown switches beside the plan whose every combination is walked; of more, all open and all
closed."""
BREAKS_LOAD = (SwitchKind.BREAKER, SwitchKind.RECLOSER, SwitchKind.LOAD_BREAK_SWITCH)
BREAKS_FAULT = (SwitchKind.BREAKER, SwitchKind.RECLOSER)
LEAST_TO_SHED = 3
"""Loads of a priority below are never shed."""
TOLERANCE = 1e-6
"""Relative, between two engines."""


class GridBits:
    """A grid as numbers: sections and switches by bit."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.section = {s: k for k, s in enumerate(network.sections)}
        self.switch = {s: k for k, s in enumerate(network.switches)}
        self.ends = [
            (self.section[a], self.section[b])
            for a, b in (network.section_ends[s] for s in network.switches)
        ]
        self.at: list[list[tuple[int, int]]] = [[] for _ in self.section]
        for k, (a, b) in enumerate(self.ends):
            self.at[a].append((1 << k, b))
            self.at[b].append((1 << k, a))
        self.source_of_section: dict[int, list[str]] = {}
        for source in network.sources.values():
            at = self.section[network.section_of_node[source.node]]
            self.source_of_section.setdefault(at, []).append(source.id)

        self.islanders = sum(
            1 << k
            for k in {
                self.section[network.section_of_node[generator.node]]
                for generator in network.generators.values()
                if generator.island_capable
            }
        )
        """Sections with a generator that may keep an island alive."""

    def sections(self, some: AbstractSet[SectionId]) -> int:
        return sum(1 << self.section[s] for s in some)

    def switches(self, some: AbstractSet[SwitchId]) -> int:
        return sum(1 << self.switch[s] for s in some)

    def roots(self, dead: AbstractSet[str] = frozenset()) -> int:
        """Sections with a source that is not dead."""
        return sum(
            1 << at
            for at, sources in self.source_of_section.items()
            if any(source not in dead for source in sources)
        )

    def spread(self, start: int, closed: int) -> int:
        """All that `closed` joins to `start`."""
        found, fresh = start, start
        while fresh:
            low = fresh & -fresh
            fresh ^= low
            for bit, other in self.at[low.bit_length() - 1]:
                if closed & bit and not found >> other & 1:
                    found |= 1 << other
                    fresh |= 1 << other
        return found

    def names(self, sections: int) -> str:
        ids = self.network.arrays.sections.ids
        return " ".join(ids[k] for k in range(len(ids)) if sections >> k & 1)


@dataclass(slots=True)
class _Walk:
    """One plan: its states with known positions, and the combinations of the unknown ones."""

    bits: GridBits
    situation: Situation
    plan: Plan
    states: list[int]
    combinations: list[tuple[int, int]]
    """Bits to force open, bits to force closed, over the unknown."""

    def at(self, k: int) -> Iterator[int]:
        """State `k` with every combination; a switch that a step moved is known."""
        moved = self.bits.switches({step.switch for step in self.plan.steps[:k]})
        for opened, closed in self.combinations:
            yield self.states[k] & ~(opened & ~moved) | closed & ~moved


def unsafe(situation: Situation, plan: Plan, *, bits: GridBits) -> list[str]:
    """What is wrong with the plan, by connectivity, authority and order; empty: nothing."""
    if not plan.steps:
        return []
    walk = _walk_of(situation, plan, bits=bits)
    return [
        *_feeds_what_must_stay_dead(walk),
        *_joins(walk),
        *_drops(walk),
        *_may_not_move(walk),
        *_times(walk),
        *_tells_wrongly(walk),
    ]


def _walk_of(situation: Situation, plan: Plan, *, bits: GridBits) -> _Walk:
    closed = bits.switches(situation.snapshot.closed)
    states = [closed]
    for step in plan.steps:
        bit = 1 << bits.switch[step.switch]
        closed = closed | bit if step.closes else closed & ~bit
        states.append(closed)
    doubted = [1 << bits.switch[s] for s in sorted(_unknown(situation))]
    both: Iterable[tuple[bool, ...]] = itertools.product((False, True), repeat=len(doubted))
    if len(doubted) > UNKNOWN_MAX:
        both = ((False,) * len(doubted), (True,) * len(doubted))
    combinations = []
    for some in both:
        shut = sum(bit for bit, is_closed in zip(doubted, some, strict=True) if is_closed)
        combinations.append((sum(doubted) & ~shut, shut))
    return _Walk(bits, situation, plan, states, combinations)


def _unknown(situation: Situation) -> set[SwitchId]:
    snapshot = situation.snapshot
    return set(snapshot.unknown) | {
        s for s, m in snapshot.positions.items() if not m.is_good or not m.value.is_definite
    }


def _roots_that_may_live(walk: _Walk) -> int:
    """A source measured dead may come back, but not into its own faulty section: it was cut off
    above."""
    dead = walk.situation.snapshot.dead_sources
    own = walk.bits.sections(walk.situation.suspected | walk.plan.suspected)
    return walk.bits.roots() & ~(own & ~walk.bits.roots(dead))


def _feeds_what_must_stay_dead(walk: _Walk) -> Iterator[str]:
    """Once the first closing is about to come, the zone is dead; what other incidents or people
    need dead is not made live by any step."""
    bits, plan, situation = walk.bits, walk.plan, walk.situation
    roots = _roots_that_may_live(walk)
    zone = bits.sections(situation.suspected | plan.suspected)
    first = next((k for k, step in enumerate(plan.steps) if step.closes), len(plan.steps))
    for k in range(first, len(walk.states)):
        for state in walk.at(k):
            live = bits.spread(roots, state)
            if live & zone:
                yield f"after step {k} suspected {bits.names(live & zone)} is live"
    # Twice: sources measured dead may come back, and as long as they do not, a closing may feed
    # their busbars. A generator that runs on feeds what it is joined with.
    yield from _newly_live(walk, roots | bits.islanders)
    yield from _newly_live(walk, bits.roots(situation.snapshot.dead_sources) | bits.islanders)


def _newly_live(walk: _Walk, roots: int) -> Iterator[str]:
    """What other incidents or people need dead, and was dead with the unknown standing so."""
    bits = walk.bits
    kept = bits.sections(walk.situation.forbidden) | _at_tags(walk, TagKind.EARTH_APPLIED)
    before = [bits.spread(roots, state) for state in walk.at(0)]
    for k in range(1, len(walk.states)):
        for state, was in zip(walk.at(k), before, strict=True):
            live = bits.spread(roots, state) & kept & ~was
            if live:
                yield f"after step {k} {bits.names(live)} must not be live"


def _at_tags(walk: _Walk, kind: TagKind) -> int:
    tags = walk.situation.snapshot.tags
    at = [s for s, each in tags.items() if any(tag.kind is kind for tag in each)]
    ends = [end for s in at for end in walk.bits.ends[walk.bits.switch[s]]]
    return sum(1 << end for end in set(ends))


def _joins(walk: _Walk) -> Iterator[str]:
    """No closing joins two sources, feeds a line that is worked on live, or makes a ring but a
    declared one on one busbar that the next step opens."""
    bits = walk.bits
    roots = bits.roots() | bits.islanders
    hot = _at_tags(walk, TagKind.HOT_LINE)
    for k, step in enumerate(walk.plan.steps):
        if not step.closes:
            continue
        one, other = (1 << end for end in bits.ends[bits.switch[step.switch]])
        for state in walk.at(k):
            here, there = bits.spread(one, state), bits.spread(other, state)
            declared = _may_be_a_ring(walk, k, before=state, ends=(one, other))
            if here & there and not declared:
                yield f"step {step.number} closes a ring"
            if here & roots and there & roots and not declared:
                yield f"step {step.number} joins two sources"
            gained = there if here & roots else here
            if hot & gained and (here | there) & roots:
                yield f"step {step.number} feeds a line with hot-line work"


def _may_be_a_ring(walk: _Walk, k: int, *, before: int, ends: tuple[int, int]) -> bool:
    """Step `k` closes a ring in the state `before`: the device is declared for it, one busbar with
    a live source is all that either end hangs on, and the next step parts the ends but for it."""
    bits, steps = walk.bits, walk.plan.steps
    device = walk.situation.network.switches[steps[k].switch]
    roots = bits.roots()
    found = bits.spread(ends[0], before) & roots
    alive = found & bits.roots(walk.situation.snapshot.dead_sources)
    if not device.closes_ring or found.bit_count() != 1 or not alive or k + 1 >= len(steps):
        return False
    opened = 1 << bits.switch[steps[k + 1].switch]
    parted = before & ~opened
    one, other = (bits.spread(end, parted) for end in ends)
    return not steps[k + 1].closes and not one & other and bool((one | other) & roots)


def _drops(walk: _Walk) -> Iterator[str]:
    """Who had supply keeps it, but for what the plan says, and that has it again in the end."""
    bits = walk.bits
    roots = bits.roots(walk.situation.snapshot.dead_sources)
    said = bits.sections(walk.plan.dropped)
    zone = bits.sections(walk.situation.suspected | walk.plan.suspected)
    for k, step in enumerate(walk.plan.steps):
        allowed = bits.sections(set(step.sections_dropped)) | zone
        for before, after in zip(walk.at(k), walk.at(k + 1), strict=True):
            lost = bits.spread(roots, before) & ~bits.spread(roots, after) & ~allowed
            if lost:
                yield f"step {step.number} drops {bits.names(lost)}"
    missing = said & ~bits.spread(roots, walk.states[-1])
    may = _may_be_shed(walk)
    if missing & ~may:
        yield f"{bits.names(missing & ~may)} was dropped for good"


def _may_be_shed(walk: _Walk) -> int:
    """What the plan says that it sheds, where that is allowed and nobody's priority forbids it."""
    network = walk.situation.network
    if not walk.situation.settings.shedding:
        return 0
    named = set(walk.plan.shed)
    found = {
        section
        for section in walk.plan.dropped
        for loads in [network.loads_of_section[section]]
        if all(load.id in named and load.priority >= LEAST_TO_SHED for load in loads)
    }
    return walk.bits.sections(found)


def _may_not_move(walk: _Walk) -> Iterator[str]:
    """Tags, telecontrol, crews, failed devices, duty; nothing moves to where it is."""
    bits, situation = walk.bits, walk.situation
    for k, step in enumerate(walk.plan.steps):
        if why := _why_not(walk, step):
            yield f"step {step.number} moves {step.switch}: {why}"
        if walk.states[k] == walk.states[k + 1]:
            yield f"step {step.number} changes nothing"
        device = situation.network.switches[step.switch]
        ends = bits.ends[bits.switch[step.switch]]
        for state in walk.at(k):
            live = bits.spread(bits.roots() | bits.islanders, state)
            under_voltage = any(live >> end & 1 for end in ends)
            if under_voltage and device.kind not in BREAKS_LOAD:
                yield f"step {step.number} moves {step.switch} under voltage"
            fault = live & bits.sections(situation.suspected)
            at_fault = under_voltage and bits.spread(1 << ends[0], state) & fault
            if at_fault and device.kind not in BREAKS_FAULT:
                yield f"step {step.number} parts a fault with {step.switch}"


def _why_not(walk: _Walk, step: Step) -> str | None:
    snapshot = walk.situation.snapshot
    device = walk.situation.network.switches[step.switch]
    kinds = {tag.kind for tag in snapshot.tags.get(step.switch, ())}
    blocked = kinds - {TagKind.CAUTION} if step.closes else kinds & IMMOVABLE
    reasons: Mapping[str, bool] = {
        "tag": bool(blocked),
        "unavailable": step.switch in walk.situation.unavailable,
        "unknown": step.switch in _unknown(walk.situation),
        "immovable": device.control is Control.NONE,
        "no telecontrol": step.by is By.REMOTE and device.control is not Control.REMOTE,
        "unreachable": step.by is By.REMOTE and step.switch in snapshot.unreachable,
        "no crew": step.by is By.CREW and not walk.situation.settings.crew_available,
        "no fence": step.closes and step.switch in walk.plan.fence,
    }
    return next((why for why, holds in reasons.items() if holds), None)


def _times(walk: _Walk) -> Iterator[str]:
    """One after the other, each as long as its device takes, with the gap between closings."""
    now = free = 0.0
    for step in walk.plan.steps:
        takes = walk.situation.network.switches[step.switch].operating_time_s
        if step.starts_s < (max(now, free) if step.closes else now) - 2e-3:
            yield f"step {step.number} starts too soon"
        if abs(step.done_s - step.starts_s - takes) > 2e-3:
            yield f"step {step.number} takes another time than its device"
        now = step.done_s
        if step.closes:
            free = now + walk.situation.settings.closing_gap_s


def _tells_wrongly(walk: _Walk) -> Iterator[str]:
    """What the plan says that a step restores and drops is what it does."""
    bits, situation = walk.bits, walk.situation
    roots = bits.roots(situation.snapshot.dead_sources)
    zone = bits.sections(situation.suspected | walk.plan.suspected)
    for k, step in enumerate(walk.plan.steps):
        before, after = (bits.spread(roots, walk.states[j]) for j in (k, k + 1))
        if (after & ~before) != bits.sections(set(step.sections_restored)):
            yield f"step {step.number} says another supply than it gives"
        if (before & ~after & ~zone) != bits.sections(set(step.sections_dropped)):
            yield f"step {step.number} says another loss than it causes"
    dark = bits.sections(situation.dark) & ~bits.spread(roots, walk.states[-1])
    told = bits.sections({u.section for u in walk.plan.unserved}) | zone
    if dark & ~told:
        yield f"{bits.names(dark & ~told)} stays dark without a word"


def beyond_limits(situation: Situation, plan: Plan, *, engine: PowerFlow) -> list[str]:
    """The limits that a state breaks in what hangs on the switch that led to it, if that gave
    supply, or closed or opened a ring; and the load that no switch there may part."""
    found: list[str] = []
    closed = set(situation.snapshot.closed)
    for k, step in enumerate(plan.steps):
        if not step.closes:
            found += _breaks_too_much(situation, step, closed=closed, engine=engine)
        (closed.add if step.closes else closed.discard)(step.switch)
        in_ring = any(s.sections_handed_over for s in plan.steps[k : k + 2])
        if (step.closes and step.sections_restored) or in_ring:
            flow = _flow_at(situation, step, closed=closed, engine=engine)
            found += [f"after step {step.number} {text}" for text in _broken(situation, flow)]
    return found


def _flow_at(
    situation: Situation, step: Step, *, closed: AbstractSet[SwitchId], engine: PowerFlow
) -> FlowResult:
    return engine.solve(
        frozenset(closed),
        situation.loads,
        dead_sources=situation.snapshot.dead_sources,
        around=situation.network.section_ends[step.switch],
    )


def _breaks_too_much(
    situation: Situation, step: Step, *, closed: AbstractSet[SwitchId], engine: PowerFlow
) -> Iterator[str]:
    """A load-break switch breaks its rated current and no more."""
    device = situation.network.switches[step.switch]
    if device.kind is not SwitchKind.LOAD_BREAK_SWITCH:
        return
    flow = _flow_at(situation, step, closed=closed, engine=engine)
    amperes = flow.switch_current_a.get(step.switch, 0.0)
    if amperes > device.current_a_rated * (1 + TOLERANCE):
        yield f"step {step.number} parts {amperes:.3f} A with {step.switch}"


def _broken(situation: Situation, flow: FlowResult) -> Iterator[str]:
    if not flow.converged:
        yield "no power flow"
    limits = situation.limits
    low, high = limits.voltage_pu_min or 0.0, limits.voltage_pu_max or float("inf")
    for node, pu in flow.voltage_pu.items():
        if not low * (1 - TOLERANCE) <= pu <= high * (1 + TOLERANCE):
            yield f"{node} is at {pu:.6f} pu"
    if limits.loading_pct_max is not None:
        yield from _overloaded(situation.network, flow, most=limits.loading_pct_max)


def _overloaded(network: Network, flow: FlowResult, *, most: float) -> Iterator[str]:
    for branch, pct in flow.loading_pct.items():
        if pct > most * (1 + TOLERANCE):
            yield f"{branch} is at {pct:.4f} %"
    for switch, amperes in flow.switch_current_a.items():
        device = network.switches[switch]
        if amperes > device.current_a_rated * most / 100 * (1 + TOLERANCE):
            yield f"{switch} carries {amperes:.3f} A"
        if device.pickup_current_a is not None and amperes >= device.pickup_current_a:
            yield f"{switch} trips at {amperes:.3f} A"
