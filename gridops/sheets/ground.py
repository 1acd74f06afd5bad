"""What an approval rests on. Invariant 27."""

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from hashlib import sha256

import numpy as np

from gridops.events.sheets import StepBy
from gridops.guard import Knowledge
from gridops.guard.world import Passes, World, walk
from gridops.ids import SectionId, SwitchId
from gridops.network import Network
from gridops.powerflow import LoadPowers
from gridops.sheets.course import Course
from gridops.state import DEAD_VOLTAGE_PU

LOAD_SHARE = 0.1
"""What the loads of a feeder may have changed since the approval, as a share of what they were:
what is measured trembles, and nobody is to be asked again for that."""
LOAD_KVA = 20
"""So much they may have changed whatever they were."""
SWITCHED_OFF_A = 5.0
"""Up to this a current transformer of an open device may show noise."""


def ground_of(course: Course, knowledge: Knowledge, *, grid: str) -> str:
    """What could change the judgement on `course`: a sha256 of the version of the grid, tags,
    positions and their doubt, limits, and what is off limits, and the loads in kVA, all of the
    concerned part. Compare two with `still_stands`.

    The concerned part is every island that the steps could touch or join: all that hangs
    together with their switches, these and every doubtful one taken as closed, sibling feeders of
    the same busbar included, since they load the same transformer. What happens on any other
    feeder changes nothing. A ground that stands does not replace a judgement: it says that
    nothing gave rise to another one.
    """
    part = concerned_by(course, knowledge)
    switches = sorted({s for each in part for s in knowledge.network.sections[each].switches})
    said = {
        "grid": grid,
        "limits": asdict(knowledge.limits),
        "positions": list(_positions(knowledge, switches)),
        "tags": list(_tags(knowledge, switches)),
        "readings": list(_readings(knowledge, part, switches=switches)),
        "withheld": _withheld(course, knowledge, part=part, switches=frozenset(switches)),
    }
    digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return f"{digest}/{','.join(map(str, _loads_kva(knowledge, part=part)))}"


def still_stands(approved: str, now: str) -> bool:
    """Whether nothing relevant has changed from one ground to the other: the loads of each feeder
    by no more than `LOAD_SHARE` or `LOAD_KVA`, everything else not at all."""
    one, _, loads_then = approved.partition("/")
    other, _, loads_now = now.partition("/")
    if one != other:
        return False
    pairs = zip(loads_then.split(","), loads_now.split(","), strict=True)
    return approved == now or all(_is_near(float(was), float(is_now)) for was, is_now in pairs)


def _is_near(was_kva: float, is_kva: float) -> bool:
    return abs(is_kva - was_kva) <= max(LOAD_SHARE * abs(was_kva), LOAD_KVA)


def concerned_by(course: Course, knowledge: Knowledge) -> frozenset[SectionId]:
    """The sections of every island that the sheet could touch or join."""
    network = knowledge.network
    start = [end for switch in _own(course, network) for end in network.section_ends[switch]]
    start += sorted(s for s in course.suspected | course.gives_up if s in network.sections)
    return frozenset(walk(network, start, passes=_passes(course, knowledge)).sections)


def _own(course: Course, network: Network) -> list[SwitchId]:
    return sorted(switch for switch in course.switches if switch in network.switches)


def _passes(course: Course, knowledge: Knowledge) -> Passes:
    own = frozenset(course.switches)
    world = World(network=knowledge.network, snapshot=knowledge.snapshot)
    return lambda switch: switch in own or world.may_pass(switch)


def _positions(knowledge: Knowledge, switches: list[SwitchId]) -> Iterator[tuple[str, bool, bool]]:
    """Where a doubtful one was last heard of counts as well: power flow takes it so."""
    now = World(network=knowledge.network, snapshot=knowledge.snapshot)
    return ((s, now.last_passed(s), now.is_unknown(s)) for s in switches)


def _tags(knowledge: Knowledge, switches: list[SwitchId]) -> Iterator[list[tuple[str, str, str]]]:
    for switch in switches:
        tags = knowledge.snapshot.tags.get(switch)
        if tags:
            yield sorted((switch, tag.id, tag.kind.value) for tag in tags)


def _readings(
    knowledge: Knowledge, part: AbstractSet[SectionId], *, switches: list[SwitchId]
) -> Iterator[tuple[str, bool]]:
    """Only what may contradict the positions: voltage or none, current or none (25)."""
    network, snapshot = knowledge.network, knowledge.snapshot
    for node, voltage in sorted(snapshot.voltages_v.items()):
        if voltage.is_good and network.section_of_node[node] in part:
            nominal = network.nodes[node].voltage_v_nominal
            yield node, voltage.value >= DEAD_VOLTAGE_PU * nominal
    for switch in switches:
        current = snapshot.currents_a.get(switch)
        if current is not None and current.is_good:
            yield switch, abs(current.value) > SWITCHED_OFF_A


def _withheld(
    course: Course,
    knowledge: Knowledge,
    *,
    part: AbstractSet[SectionId],
    switches: AbstractSet[SwitchId],
) -> Mapping[str, Sequence[str] | Sequence[Sequence[str]]]:
    """What must not be fed, moved or commanded now."""
    network, snapshot = knowledge.network, knowledge.snapshot
    own = frozenset(course.switches)
    remote = {s.switch for _, s in course.numbered() if s.by is StepBy.REMOTE}
    sources = {source for section in part for source in network.sections[section].sources}
    return {
        "forbidden": sorted(knowledge.forbidden & part),
        "allowed_dark": sorted(knowledge.allowed_dark & part),
        "unphased": sorted(knowledge.phasing_unverified & part),
        "busy": sorted(knowledge.busy & own),
        "unreachable": sorted(snapshot.unreachable & remote),
        "recloses": sorted(knowledge.reclosing_on & switches),
        "dead_sources": sorted(snapshot.dead_sources & sources),
        "permits": sorted(
            [*sorted(permit.sections), *sorted(permit.isolated_by)]
            for permit in knowledge.permits
            if permit.sections & part or permit.isolated_by & switches
        ),
    }


def _loads_kva(knowledge: Knowledge, *, part: AbstractSet[SectionId]) -> Iterator[int]:
    """What is drawn of each feeder in the part: of what hangs together now between busbars with
    a source, in grid order. Apparent power."""
    network = knowledge.network
    drawn = LoadPowers.of(network, knowledge.loads)
    arrays = network.arrays
    by_section = np.zeros((2, len(arrays.sections)))
    for line, powers in zip(by_section, (drawn.p_w, drawn.q_var), strict=True):
        np.add.at(line, arrays.load_section, powers)
    number = arrays.sections.of
    waiting = dict.fromkeys(sorted(part, key=number.__getitem__))
    passes = World(network=network, snapshot=knowledge.snapshot).may_pass
    while waiting:
        first = next(iter(waiting))
        if network.sections[first].sources:
            del waiting[first]
            continue
        reach = walk(network, (first,), passes=passes, beyond_infeeds=False).sections
        here = [s for s in reach if s in waiting and not network.sections[s].sources]
        p_w, q_var = by_section[:, [number[s] for s in here]].sum(axis=1)
        yield round(float(np.hypot(p_w, q_var)) / 1e3)
        for section in here:
            del waiting[section]
