"""A sheet cut into stretches: between two acts that change what is earthed.

The guard judges movements of switches under tags that stay (its plans have no earths, 04). A
sheet earths and takes earths off on its way, so each stretch is judged from the state and with
the tags that the steps before it leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from gridops.events.operator import TagKind
from gridops.events.sheets import StepAct, StepDraft
from gridops.guard import GuardViolation, Knowledge, Permit
from gridops.guard.world import World, could_be_live, walk
from gridops.ids import SectionId, SwitchId, TagId, UserName
from gridops.measurement import Measured, Position, Quality
from gridops.sheets.course import Course
from gridops.sheets.form import broken
from gridops.state import DEAD_VOLTAGE_PU, Tag

Tags = Mapping[SwitchId, tuple[Tag, ...]]


class SwitchStep(NamedTuple):
    """One step that names a switch."""

    number: int
    step: StepDraft
    switch: SwitchId

    @property
    def position(self) -> Position:
        """Where an opening or a closing leaves its switch."""
        return Position.CLOSED if self.step.act is StepAct.CLOSE else Position.OPEN


@dataclass(slots=True)
class Stretch:
    """Movements under tags that stay, from the state `moved_to` on."""

    moved_to: Mapping[SwitchId, bool]
    """Where the steps before it have put their switches (True: closed), those behind left out."""
    tags: Tags
    behind: list[SwitchStep] = field(default_factory=list)
    left: list[SwitchStep] = field(default_factory=list)


@dataclass(slots=True)
class LaidOut:
    stretches: list[Stretch]
    findings: list[GuardViolation | None]
    """Of checks for voltage, of earths and of doubled steps. Invariants 02, 03, 36, 40."""


def laid_out(course: Course, knowledge: Knowledge) -> LaidOut:
    """Follows the steps one by one. They must have no flaw of form."""
    walk = _Walk(knowledge, running=course.running)
    for number, step in course.numbered():
        if step.switch is not None and step.act is not StepAct.NOTE:
            walk.take(SwitchStep(number, step, step.switch), is_done=number in course.done)
    return LaidOut(walk.stretches, walk.findings)


class _Walk:
    """The state that the steps so far leave behind, in the guard's own words."""

    def __init__(self, knowledge: Knowledge, *, running: bool) -> None:
        self.findings: list[GuardViolation | None] = []
        self._knowledge = knowledge
        self._network = knowledge.network
        self._running = running
        self._world = World(network=knowledge.network, snapshot=knowledge.snapshot)
        self._tags: dict[SwitchId, tuple[Tag, ...]] = dict(knowledge.snapshot.tags)
        self._checked: dict[SwitchId, frozenset[SectionId]] = {}
        """Where no voltage was found, and the ends that have been dead ever since."""
        self.stretches = [Stretch({}, dict(self._tags))]

    def take(self, line: SwitchStep, *, is_done: bool) -> None:
        if line.step.act in (StepAct.OPEN, StepAct.CLOSE):
            self._move(line, is_done=is_done)
            return
        if not is_done:
            self.findings.append(self._flaw_of(line))
        switch = line.switch
        if line.step.act is StepAct.CHECK_DEAD:
            self._checked[switch] = self._dead_at(switch)
            return
        self._checked.pop(switch, None)
        if not is_done:
            self._change_tags(line)
        self.stretches.append(Stretch(dict(self._world.moved_to), dict(self._tags)))

    def _move(self, line: SwitchStep, *, is_done: bool) -> None:
        stretch = self.stretches[-1]
        if is_done:
            stretch.behind.append(line)
            return
        stretch.left.append(line)
        self._world = self._world.moved(line.switch, line.position)
        if line.position is Position.CLOSED:
            self._checked = {
                at: dead
                for at, dead in self._checked.items()
                if not any(could_be_live(self._world, section) for section in dead)
            }

    def _change_tags(self, line: SwitchStep) -> None:
        others = self._tags.get(line.switch, ())
        if line.step.act is StepAct.EARTH:
            earth = _earth(line, at=self._knowledge.snapshot.at)
            self._tags[line.switch] = (*others, earth)
        else:
            self._tags[line.switch] = tuple(tag for tag in others if not _is_earth(tag))

    def _flaw_of(self, line: SwitchStep) -> GuardViolation | None:
        if line.step.act is StepAct.CHECK_DEAD:
            return self._check_flaw(line.number, line.switch)
        if line.step.act is StepAct.EARTH:
            return self._earth_flaw(line.number, line.switch)
        return self._unearth_flaw(line.number, line.switch)

    def _dead_at(self, switch: SwitchId) -> frozenset[SectionId]:
        ends = self._network.section_ends[switch]
        return frozenset(end for end in ends if not could_be_live(self._world, end))

    def _is_earthed(self, switch: SwitchId) -> bool:
        return any(map(_is_earth, self._tags.get(switch, ())))

    def _check_flaw(self, number: int, switch: SwitchId) -> GuardViolation | None:
        """40: there is no voltage only where nothing could feed, and where none is measured."""
        if self._checked.get(switch):
            return broken("36", number, switch, "sheet-checked-already", switch=switch)
        dead = self._dead_at(switch)
        if not dead:
            return broken("40", number, switch, "sheet-check-where-live", switch=switch)
        return self._voltage_flaw(number, dead)

    def _voltage_flaw(self, number: int, dead: frozenset[SectionId]) -> GuardViolation | None:
        """40: what is measured now counts once a running sheet has come to the step: no movement
        is left before it."""
        if not self._running or self._world.moved_to:
            return None
        network = self._network
        for node, reading in self._knowledge.snapshot.voltages_v.items():
            section = network.section_of_node[node]
            nominal = network.nodes[node].voltage_v_nominal
            if section in dead and reading.is_good and reading.value >= DEAD_VOLTAGE_PU * nominal:
                words = ("40", number, node, "guard-voltage-on-suspect")
                return broken(*words, element=node, section=section)
        return None

    def _earth_flaw(self, number: int, switch: SwitchId) -> GuardViolation | None:
        """02 and 40: only what cannot be live, and was found without voltage before, on every side
        that the earth may lie on."""
        if self._is_earthed(switch):
            return broken("36", number, switch, "sheet-earthed-already", switch=switch)
        dead = self._dead_at(switch)
        if not dead:
            return broken("02", number, switch, "sheet-earths-live", switch=switch)
        if not dead <= self._checked.get(switch, frozenset()):
            return broken("40", number, switch, "sheet-earth-unchecked", switch=switch)
        return None

    def _unearth_flaw(self, number: int, switch: SwitchId) -> GuardViolation | None:
        """03 and 36: there is an earth to take off, and nobody works under its protection."""
        if not self._is_earthed(switch):
            return broken("36", number, switch, "sheet-not-earthed", switch=switch)
        if any(self._protects(switch, permit) for permit in self._knowledge.permits):
            return broken("03", number, switch, "sheet-unearths-at-work", switch=switch)
        return None

    def _protects(self, switch: SwitchId, permit: Permit) -> bool:
        """Whoever works beside it, or in anything that hangs together with a dead end of it."""
        ends = self._network.section_ends[switch]
        behind = walk(self._network, self._dead_at(switch), passes=self._world.may_pass)
        near = {*ends, *behind.sections}
        return switch in permit.isolated_by or not permit.sections.isdisjoint(near)


def _is_earth(tag: Tag) -> bool:
    return tag.kind is TagKind.EARTH_APPLIED


def _earth(line: SwitchStep, *, at: datetime) -> Tag:
    """As it is going to stand when the step is done; `by` names the step."""
    return Tag(
        id=TagId(f"S{line.number}"),
        switch=line.switch,
        kind=TagKind.EARTH_APPLIED,
        by=UserName(f"S{line.number}"),
        placed_at=at,
        reason="",
    )


def knowledge_at(stretch: Stretch, knowledge: Knowledge) -> Knowledge:
    """What the guard is to reckon with where the stretch begins.

    Movements of the steps before count as told now, so that no reading of before speaks of the
    state after them.
    """
    snapshot = knowledge.snapshot
    moved = {
        switch: Measured(Position.CLOSED if closed else Position.OPEN, Quality.GOOD, snapshot.at)
        for switch, closed in stretch.moved_to.items()
    }
    return replace(
        knowledge,
        snapshot=replace(
            snapshot,
            positions={**snapshot.positions, **moved},
            unknown=snapshot.unknown - moved.keys(),
            tags=stretch.tags,
        ),
    )
