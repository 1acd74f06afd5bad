"""From a template and what a person chose to the steps of a sheet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from gridops.events.operator import TagKind
from gridops.events.sheets import StepAct, StepBy, StepDraft
from gridops.guard import Knowledge
from gridops.ids import FeederId, SectionId, SwitchId
from gridops.network import Control, Network, SwitchKind
from gridops.powerflow import PowerFlow
from gridops.reasons import Reason, because
from gridops.restoration import off_normal, return_to_normal
from gridops.sheets.course import Course
from gridops.sheets.effects import passages_of, situation_of
from gridops.sheets.from_plan import steps_of
from gridops.sheets.templates import TEXT_MAX, Parameter, ParameterKind, Place, Template
from gridops.state import Energisation, energise

Chosen = Mapping[str, str]
"""By the names of the parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """Steps to begin a sheet with; none where something is wrong with what was chosen. Nothing is
    judged yet."""

    steps: tuple[StepDraft, ...] = ()
    gives_up: tuple[SectionId, ...] = ()
    """What the steps take supply from, in grid order: who takes them over declares it."""
    flaws: tuple[Reason, ...] = ()


def drafted(
    template: Template, chosen: Chosen, *, knowledge: Knowledge, planner: PowerFlow
) -> Drafted:
    """The steps of `template` at the places that `chosen` names, on the grid as it stands.

    Pure. Every flaw of what was chosen is named at once. Switches that stand where a step wants
    them already are left out; a crew moves what no telecontrol can.
    """
    flaws = tuple(_flaws(template, chosen, network=knowledge.network))
    if flaws:
        return Drafted(flaws=flaws)
    draft = _Draft(knowledge, planner)
    for step in template.steps:
        value = chosen.get(step.of, "")
        if value:
            draft.write(step.act, step.at, value=value)
    if draft.flaws or not draft.steps:
        nothing = (because("template-nothing-to-do"),)
        return Drafted(flaws=tuple(dict.fromkeys(draft.flaws)) or nothing)
    steps = tuple(draft.steps)
    return Drafted(steps=steps, gives_up=_dropped(steps, knowledge))


def _dropped(steps: tuple[StepDraft, ...], knowledge: Knowledge) -> tuple[SectionId, ...]:
    dropped = {s for each in passages_of(Course(steps=steps), knowledge) for s in each.dropped}
    return tuple(sorted(dropped, key=knowledge.network.arrays.sections.of.__getitem__))


def _flaws(template: Template, chosen: Chosen, *, network: Network) -> Iterator[Reason]:
    known = {parameter.name for parameter in template.parameters}
    for name in sorted(chosen.keys() - known):
        yield because("template-no-such-parameter", parameter=name)
    for parameter in template.parameters:
        value = chosen.get(parameter.name, "")
        if value:
            yield from _flaws_of(parameter, value, network=network)
        elif parameter.needed:
            yield because("template-not-chosen", parameter=parameter.name)


def _flaws_of(parameter: Parameter, value: str, *, network: Network) -> Iterator[Reason]:
    if parameter.kind is ParameterKind.TEXT:
        if len(value) > TEXT_MAX:
            yield because("template-text-too-long", parameter=parameter.name, limit=TEXT_MAX)
        return
    known: Mapping[ParameterKind, Mapping[str, object]] = {
        ParameterKind.SECTION: cast(Mapping[str, object], network.sections),
        ParameterKind.SWITCH: cast(Mapping[str, object], network.switches),
        ParameterKind.FEEDER: cast(Mapping[str, object], network.heads),
    }
    if value not in known[parameter.kind]:
        yield because("guard-no-such-element", element=value)


class _Draft:
    """The steps so far, and the state that they leave."""

    def __init__(self, knowledge: Knowledge, planner: PowerFlow) -> None:
        network, snapshot = knowledge.network, knowledge.snapshot
        self.steps: list[StepDraft] = []
        self.flaws: list[Reason] = []
        self._network = network
        self._knowledge = knowledge
        self._planner = planner
        self._live = energise(
            network, network.switch_set(snapshot.closed), dead_sources=snapshot.dead_sources
        )
        self._doubtful = set(snapshot.unknown)
        self._earthed = {
            switch
            for switch, tags in snapshot.tags.items()
            if any(tag.kind is TagKind.EARTH_APPLIED for tag in tags)
        }

    def write(self, act: StepAct | None, at: Place, *, value: str) -> None:
        match at:
            case Place.PAPER:
                self.steps.append(StepDraft(act=StepAct.NOTE, by=StepBy.CREW, text=value))
            case Place.OFF_NORMAL:
                self._return(FeederId(value))
            case Place.BOUNDARY if act is not None:
                self._around(act, SectionId(value))
            case Place.HEAD if act is not None:
                self._act(act, self._network.heads[FeederId(value)])
            case Place.SWITCH if act is not None:
                self._act(act, SwitchId(value))

    def _around(self, act: StepAct, section: SectionId) -> None:
        found = boundary_of(self._network, section)
        if found is None:
            self.flaws.append(because("template-no-boundary", section=section))
            return
        zone, switches = found
        if act is StepAct.OPEN:
            # Behind the switch that feeds the section the others carry no load any more.
            feeding = {self._live.fed_through.get(s) for s in zone}
            switches = tuple(sorted(switches, key=lambda s: s not in feeding))
        if act is StepAct.CLOSE:
            self._close_from_supply([s for s in switches if self._is_normally_closed(s)])
            return
        for switch in switches:
            self._act(act, switch)

    def _is_normally_closed(self, switch: SwitchId) -> bool:
        return self._network.switches[switch].is_normally_closed

    def _close_from_supply(self, waiting: list[SwitchId]) -> None:
        """First where supply is, then what hangs behind; last what brings nobody anything."""
        while waiting:
            ends = self._network.section_ends
            fed = (s for s in waiting if any(self._live.is_supplied(end) for end in ends[s]))
            switch = next(fed, waiting[0])
            waiting.remove(switch)
            self._act(StepAct.CLOSE, switch)

    def _act(self, act: StepAct, switch: SwitchId) -> None:
        if act in (StepAct.OPEN, StepAct.CLOSE):
            self._move(switch, closes=act is StepAct.CLOSE)
            return
        if act is StepAct.EARTH:
            if switch in self._earthed:
                return
            self._earthed.add(switch)
        if act is StepAct.UNEARTH:
            if switch not in self._earthed:
                return
            self._earthed.remove(switch)
        self.steps.append(StepDraft(act=act, by=StepBy.CREW, switch=switch))

    def _move(self, switch: SwitchId, *, closes: bool) -> None:
        if (switch in self._live.closed) is closes and switch not in self._doubtful:
            return
        self._live = self._live.moved(switch, closed=closes)
        self._doubtful.discard(switch)
        by_remote = self._network.switches[switch].control is Control.REMOTE
        self.steps.append(
            StepDraft(
                act=StepAct.CLOSE if closes else StepAct.OPEN,
                by=StepBy.REMOTE if by_remote else StepBy.CREW,
                switch=switch,
            )
        )

    def _return(self, feeder: FeederId) -> None:
        network = self._network
        normally = energise(network, network.normally_closed)
        own = {
            section
            for live in (normally, self._live)
            for section, supplied_by in live.feeder_of.items()
            if supplied_by == feeder
        }
        away = [
            switch
            for switch in off_normal(network, self._live.closed)
            if not own.isdisjoint(network.section_ends[switch])
        ]
        situation = situation_of(self._knowledge, waiting=_waiting(self._live, normally))
        plan = return_to_normal(situation, self._planner, among=away)
        if away and not plan.steps:
            self.flaws.append(because("no-way-back", count=len(away)))
        self.steps += steps_of(plan)


def _waiting(live: Energisation, normally: Energisation) -> frozenset[SectionId]:
    """What has supply normally and not now."""
    return frozenset(live.lost_since(normally))


def boundary_of(
    network: Network, section: SectionId
) -> tuple[frozenset[SectionId], tuple[SwitchId, ...]] | None:
    """The nearest switches around `section` that may isolate it and that somebody can operate, in
    grid order, with all that lies between them; None where a source lies between.

    S1 [b1] A [f1] B [s2] C   of B: b1 and s2, since no fuse isolates, and A lies between as well.
    """
    zone, found = {section}, dict[SwitchId, None]()
    queue = [section]
    for here in queue:  # grows while it is walked
        if network.sections[here].sources:
            return None
        for switch in network.sections[here].switches:
            if _isolates(network, switch):
                found[switch] = None
                continue
            beyond = network.across(switch, here)
            if beyond not in zone:
                zone.add(beyond)
                queue.append(beyond)
    ends = network.section_ends
    around = [s for s in found if not zone.issuperset(ends[s])]
    return frozenset(zone), tuple(sorted(around, key=network.arrays.switches.of.__getitem__))


def _isolates(network: Network, switch: SwitchId) -> bool:
    device = network.switches[switch]
    return device.kind is not SwitchKind.FUSE and device.control is not Control.NONE
