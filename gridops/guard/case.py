"""A question laid out for the rules: every state that the plan can pass through."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from gridops.events.operator import TagKind
from gridops.guard.proposal import GuardViolation, Knowledge, Move, Proposal
from gridops.guard.world import Reach, World, line_side, walk
from gridops.ids import SectionId, SourceId, SwitchId
from gridops.network import Network
from gridops.powerflow import (
    FlowResult,
    LoadPowers,
    PhaseVerdict,
    PowerFlow,
    ShortCircuit,
    Violation,
)
from gridops.reasons import Param, because

Findings = Iterator[GuardViolation | None]
"""One item for each single check: what was found, or None."""


@dataclass(frozen=True)
class Stage:
    """One movement with the states before and after it.

    These two cover the others of the specification: a device that is stuck unknown is taken
    as closed, which is one of the two; a step that is carried out late after an abort leaves
    the state after it.
    """

    place: int
    """Among the stages, from 0."""
    move: Move
    before: World
    after: World

    @property
    def ends(self) -> tuple[SectionId, SectionId]:
        return self.before.network.section_ends[self.move.switch]

    @cached_property
    def part_before(self) -> Reach:
        """What hangs on the device without passing a busbar that holds a source."""
        return self._feeder_part(self.before)

    @cached_property
    def part_after(self) -> Reach:
        """The same once it has moved."""
        return self._feeder_part(self.after)

    def _feeder_part(self, world: World) -> Reach:
        return walk(
            world.network,
            self.ends,
            passes=world.may_pass,
            beyond_infeeds=False,
            aside=world.aside,
        )

    def broken(self, invariant: str, code: str, element: str, /, **params: Param) -> GuardViolation:
        return GuardViolation(
            invariant=invariant,
            step=self.move.number,
            element=element,
            why=because(code, **params),
        )


@dataclass(frozen=True, slots=True)
class Island:
    """All that hangs on a source together with one section, and its solution.

    Sibling feeders on the same busbar belong to it, since they load the same transformer.
    """

    sections: frozenset[SectionId]
    links: frozenset[SwitchId]
    """The closed switches in it."""
    result: FlowResult


@dataclass(frozen=True, slots=True)
class Case:
    """The remaining movements from the state of now. `done` are those before them."""

    network: Network
    engine: PowerFlow
    faults: ShortCircuit | None
    proposal: Proposal
    knowledge: Knowledge
    done: tuple[Move, ...]
    executing: bool
    """The first of `stages` is about to be commanded."""
    now: World
    stages: tuple[Stage, ...]
    fault_zone: tuple[SectionId, ...]
    """Sorted."""
    boundary: tuple[SwitchId, ...]
    """Every switch with exactly one end in the fault zone, and what the plan calls its fence."""
    loads: LoadPowers
    islands: dict[int, tuple[Island, ...]] = field(default_factory=dict)
    """Those that a stage leaves behind, by its place, as far as they were asked for."""
    solved: dict[tuple[frozenset[SwitchId], SectionId], FlowResult] = field(default_factory=dict)
    """By the closed switches of an island and a section in it."""
    phases: PhaseVerdict | None = None
    judged: dict[int, tuple[Violation, ...]] = field(default_factory=dict)
    """What a stage breaks phase by phase, by its place."""

    @property
    def last(self) -> World:
        """The state that the plan leaves."""
        return self.stages[-1].after if self.stages else self.now

    @property
    def closings(self) -> tuple[Stage, ...]:
        return tuple(stage for stage in self.stages if stage.move.closes)

    @property
    def openings(self) -> tuple[Stage, ...]:
        return tuple(stage for stage in self.stages if not stage.move.closes)

    @property
    def feedings(self) -> tuple[Stage, ...]:
        """The stages after which something hangs on a feed that it did not hang on before: the
        closings, and each opening right after a closing that makes a ring."""
        found = []
        for stage in self.stages:
            before = self.stages[stage.place - 1] if stage.place else None
            opens_ring = before is not None and before.move.closes and before.part_after.has_loop
            if stage.move.closes or opens_ring:
                found.append(stage)
        return tuple(found)

    def isolates(self, move: Move) -> bool:
        return not move.closes and move.switch in self.boundary

    def isolated_worlds(self) -> list[tuple[int | None, World]]:
        """The states that need the isolation whole, with the step that led to each.

        From the last isolating opening on, or from just before the first closing if that
        comes earlier; the state of now counts if no isolating opening is left.
        """
        worlds: list[tuple[int | None, World]] = [(None, self.now)]
        worlds += [(stage.move.number, stage.after) for stage in self.stages]
        last_opening = max(
            (k for k, s in enumerate(self.stages, start=1) if self.isolates(s.move)), default=0
        )
        first_closing = min(
            (k for k, s in enumerate(self.stages) if s.move.closes), default=len(self.stages)
        )
        return worlds[min(last_opening, first_closing) :]

    @property
    def dead_sources(self) -> frozenset[SourceId]:
        """Measured, well and without voltage; they may come back at any time."""
        return self.knowledge.snapshot.dead_sources

    def broken(
        self, invariant: str, code: str, element: str, /, step: int | None = None, **params: Param
    ) -> GuardViolation:
        return GuardViolation(
            invariant=invariant, step=step, element=element, why=because(code, **params)
        )


def case_of(
    proposal: Proposal,
    knowledge: Knowledge,
    *,
    engine: PowerFlow,
    faults: ShortCircuit | None,
    from_number: int | None,
) -> Case:
    """Lays out all movements, or those from `from_number` on as they would be executed."""
    network = knowledge.network
    done = () if from_number is None else _moves_before(proposal, from_number)
    remaining = tuple(move for move in proposal.moves if move not in done)
    world = now = _world_of(knowledge)
    stages = []
    for place, move in enumerate(remaining):
        after = world.moved(move.switch, move.position)
        stages.append(Stage(place, move, world, after))
        world = after
    return Case(
        network=network,
        engine=engine,
        faults=faults,
        proposal=proposal,
        knowledge=knowledge,
        done=done,
        executing=from_number is not None,
        now=now,
        stages=tuple(stages),
        fault_zone=tuple(sorted(proposal.fault_zone)),
        boundary=_boundary(network, proposal),
        loads=LoadPowers.of(network, knowledge.loads),
    )


def _world_of(knowledge: Knowledge) -> World:
    """A jumper passes an open device and feeds what lies at it; what a cut parts is a device that
    stands closed."""
    network = knowledge.network
    world = World(network=network, snapshot=knowledge.snapshot)
    altered: set[SwitchId] = set()
    aside: dict[SectionId, SwitchId] = {}
    for switch, hung in sorted(knowledge.snapshot.tags.items()):
        kinds = {tag.kind for tag in hung}
        if TagKind.JUMPER in kinds:
            altered.add(switch)
            aside.update(dict.fromkeys(line_side(network, switch), switch))
        elif TagKind.CUT in kinds and not world.surely_open(switch):
            altered.add(switch)
    return replace(world, altered=frozenset(altered), aside=aside)


def _moves_before(proposal: Proposal, number: int) -> tuple[Move, ...]:
    """The movements with a lower number."""
    return tuple(move for move in proposal.moves if move.number < number)


def _boundary(network: Network, proposal: Proposal) -> tuple[SwitchId, ...]:
    zone = proposal.fault_zone
    edge = [
        switch
        for section in sorted(zone)
        for switch in network.sections[section].switches
        if network.across(switch, section) not in zone
    ]
    return tuple(dict.fromkeys([*edge, *proposal.fence]))
