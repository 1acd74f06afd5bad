"""What docs/worked_incidents.md tells of: what is asked, the answers, and the pictures of them."""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gridops.bootstrap.results import Result
from gridops.bootstrap.way_home import WayHome
from gridops.bootstrap.workbench import open_grid
from gridops.cli.figures import count
from gridops.ids import SectionId, SwitchId
from gridops.network import Network
from gridops.outage import Cause
from gridops.restoration import Step
from gridops.schematic import Look, Shown, blocks, layout, picture
from gridops.state import Energisation, energise

STORIES = Path(__file__).with_name("worked_incidents.toml")
Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is asked, and the words around the answer."""

    slug: str
    title: str
    title_vi: str
    grid: str
    lesson: str
    happened: str
    note: str
    faults: Sequence[str] = ()
    load_scale: float = 1.0
    at: str | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    opened: Sequence[str] = ()
    closed: Sequence[str] = ()
    way_home: bool = False
    blocks: bool = False
    """Draw only the switches that matter."""

    def command(self) -> str:
        words = ["gridops", "return" if self.way_home else "whatif", self.grid]
        words += [f"--fault {one}" for one in self.faults]
        words += [f"--open {one}" for one in self.opened]
        words += [f"--close {one}" for one in self.closed]
        words += [f"--load-scale {self.load_scale:g}"] if self.load_scale != 1.0 else []
        words += [f"--at {self.at}"] if self.at else []
        words += [f"--limit {name}={value:g}" for name, value in self.limits.items()]
        return " ".join(words)

    def answered(self) -> "Worked":
        grid = open_grid(self.grid)
        limits = replace(grid.network.limits, **self.limits)
        result: Result | WayHome
        if self.way_home:
            result = grid.return_to_normal(
                opened=self.opened, closed=self.closed, at=self.at, limits=limits
            )
        else:
            result = grid.what_if(
                faults=self.faults, load_scale=self.load_scale, at=self.at, limits=limits
            )
        return Worked(story=self, result=result, plain=result.to_plain())


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    story: Story
    result: Result | WayHome
    plain: Plain

    @property
    def network(self) -> Network:
        return self.result.outcome.network

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.result.answer.plan.steps


def stories() -> list[Story]:
    return [Story(**one) for one in tomllib.loads(STORIES.read_text("utf-8"))["incident"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The grid before the trip, after it, and when the plan is done."""

    normally: Energisation
    before: Energisation
    after: Energisation
    suspected: frozenset[SectionId]

    def look(self, section: SectionId, now: Energisation) -> Look:
        if section in self.suspected:
            return Look.FAULT
        if not now.is_supplied(section):
            return Look.DARK if self.normally.is_supplied(section) else Look.NORMAL
        moved = now.path(section) != self.normally.path(section)
        return Look.LENT if moved else Look.NORMAL


def scene_of(worked: Worked) -> Scene:
    question = worked.result.outcome.question
    network = worked.network
    normally = energise(network, network.normally_closed)
    dead = question.snapshot.dead_sources
    closed = set(question.snapshot.closed)
    before = energise(network, closed, dead_sources=dead)
    for step in worked.steps:
        closed = closed | {step.switch} if step.closes else closed - {step.switch}
    is_fault = worked.result.outcome.cause is Cause.FAULT
    return Scene(
        normally=normally,
        before=before,
        after=energise(network, closed, dead_sources=dead),
        suspected=question.location.suspected if is_fault else frozenset(),
    )


def pictures_of(worked: Worked) -> Iterator[tuple[str, str]]:
    """When and text of each: before and after."""
    scene = scene_of(worked)
    network, story = worked.network, worked.story
    drawn = network
    places = {s: s for s in network.sections}
    if story.blocks:
        drawn, block_of = blocks(network, _kept(worked))
        places = {s: drawn.section_of_node[node] for s, node in block_of.items()}
    placed = layout(drawn)
    for when, now in (("before", scene.before), ("after", scene.after)):
        looks = {place: scene.look(s, now) for s, place in reversed(list(places.items()))}
        shown = Shown(
            heading=f"{story.title} ({moment_of(worked, when)})",
            subheading=_in_short(worked, when),
            closed=frozenset(s for s in drawn.switches if s in now.closed),
            looks=looks,
            notes=_notes(worked, when),
        )
        yield when, picture(drawn, placed, shown=shown)


def _kept(worked: Worked) -> frozenset[SwitchId]:
    """The switches that tell the story: those that move, trip or fence, and the ties of what
    was dark that lead somewhere."""
    outcome, plan = worked.result.outcome, worked.result.answer.plan
    network, dark = worked.network, outcome.question.dark
    ties = (s for s, tie in network.switches.items() if not tie.is_normally_closed)
    told = {step.switch for step in plan.steps} | {*plan.fence, *outcome.tripped}
    return frozenset(
        told.union(
            s
            for s in ties
            if dark.intersection(network.section_ends[s])
            and all(_leads_on(network, end) for end in network.section_ends[s])
        )
    )


def _leads_on(network: Network, section: SectionId) -> bool:
    held = network.sections[section]
    return bool(held.customers or held.sources or len(held.switches) > 1)


def moment_of(worked: Worked, when: str) -> str:
    if worked.story.way_home:
        return "before" if when == "before" else "done"
    if when == "before":
        return "after the trip" if worked.result.outcome.tripped else "supply just lost"
    return "plan done" if worked.steps else "nothing can be done"


def _in_short(worked: Worked, when: str) -> str:
    customers = worked.plain["customers"]
    dark = customers["interrupted" if when == "before" else "until_repair"]
    return f"{whole(dark)} customers dark" if dark else "nobody is dark"


def _notes(worked: Worked, when: str) -> dict[SwitchId, str]:
    if when == "before":
        outcome = worked.result.outcome
        home = outcome.question.home or ()
        off = dict.fromkeys(home, "off normal")
        return {**off, **dict.fromkeys(outcome.tripped, "tripped")}
    said = defaultdict[SwitchId, list[str]](list)
    for step in worked.steps:
        by = " by crew" if step.by.value == "crew" else ""
        said[step.switch].append(f"{step.number} {'closed' if step.closes else 'opened'}{by}")
    return {switch: ", ".join(words) for switch, words in said.items()}


def whole(number: float) -> str:
    """Thousands apart by a comma, as all documents here have it."""
    return count(number).replace("\u202f", ",")
