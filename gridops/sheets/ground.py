"""What an approval rests on, as a digest. Invariant 27."""

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from hashlib import sha256

import numpy as np

from gridops.events.sheets import StepBy
from gridops.guard import Knowledge
from gridops.guard.world import World, walk
from gridops.ids import SectionId, SwitchId
from gridops.powerflow import LoadPowers
from gridops.sheets.course import Course
from gridops.state import DEAD_VOLTAGE_PU

LOAD_STEP = 0.05
"""Loads count in steps of this share of what the grid states of each: what is measured trembles,
and nobody is to be asked again for that."""
UNSTATED_STEP_VA = 5_000.0
"""The step of a load of which the grid states nothing."""
SWITCHED_OFF_A = 5.0
"""Up to this a current transformer of an open device may show noise."""


def ground_of(course: Course, knowledge: Knowledge, *, grid: str) -> str:
    """sha256 of what could change the judgement on `course`: version of the grid, tags,
    positions and their doubt, loads, limits, and what is off limits, all of the concerned part.

    The concerned part is every island that the lines could touch or join: all that hangs
    together with their switches, these and every doubtful one taken as closed, sibling feeders of
    the same busbar included, since they load the same transformer. What happens on any other
    feeder changes nothing. Equal grounds do not replace a judgement, they say that nothing gave
    rise to another one.
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
        "loads": _loads(knowledge, part),
    }
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def concerned_by(course: Course, knowledge: Knowledge) -> frozenset[SectionId]:
    """The sections of every island that the sheet could touch or join."""
    network = knowledge.network
    own = frozenset(switch for switch in course.switches if switch in network.switches)
    world = World(network=network, snapshot=knowledge.snapshot)
    start = [end for switch in sorted(own) for end in network.section_ends[switch]]
    start += sorted(s for s in course.suspected | course.gives_up if s in network.sections)
    reach = walk(network, start, passes=lambda s: s in own or world.may_pass(s))
    return frozenset(reach.sections)


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
    remote = {s.switch for _, s in course.lines() if s.by is StepBy.REMOTE}
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


def _loads(knowledge: Knowledge, part: AbstractSet[SectionId]) -> str:
    """A digest, in steps: there may be thousands."""
    network = knowledge.network
    arrays = network.arrays
    here = np.zeros(len(arrays.sections), np.bool_)
    here[arrays.sections.numbers(part)] = True
    rows = np.flatnonzero(here[arrays.load_section])
    drawn, stated = LoadPowers.of(network, knowledge.loads), LoadPowers.stated(network)
    whole = np.hypot(stated.p_w[rows], stated.q_var[rows]) * LOAD_STEP
    step = np.where(whole > 0.0, whole, UNSTATED_STEP_VA)
    steps = [np.rint(values[rows] / step).astype(np.int64) for values in (drawn.p_w, drawn.q_var)]
    return sha256(np.concatenate(steps).tobytes()).hexdigest()
