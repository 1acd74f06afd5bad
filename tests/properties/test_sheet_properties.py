"""Sheets on random small grids: what passes is sound in every state, by brute force; and no
change that alters a judgement leaves its ground as it was."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from gridops.adapters.template_files import read_templates
from gridops.events.operator import TagKind
from gridops.events.sheets import StepAct
from gridops.powerflow import RadialFlow
from gridops.sheets.course import Course
from gridops.sheets.drafting import drafted
from gridops.sheets.ground import ground_of, still_stands
from gridops.sheets.judging import Judged
from tests.guard_desk import Desk, desk, sections
from tests.sheet_desk import course, judge

NAMES = ("S1", "S2", "A", "B", "C", "D", "E")
ELSEWHERE = "S8 [b8] X (t8) Y [b9] S9"
Line = tuple[str, str]
"""A verb and a switch."""


@dataclass(frozen=True)
class Asked:
    """A sheet on a grid where everybody has supply or not, some positions in doubt."""

    here: Desk
    edges: Mapping[str, tuple[str, str]]
    lines: tuple[Line, ...]
    gives_up: frozenset[str]

    @property
    def course(self) -> Course:
        text = ", ".join(f"{verb} {switch}" for verb, switch in self.lines)
        return course(text, gives_up=" ".join(sorted(self.gives_up)))

    def judged(self, here: Desk | None = None) -> Judged:
        return judge(here or self.here, self.course)

    def ground(self, here: Desk | None = None) -> str:
        return ground_of(self.course, (here or self.here).knowledge(), grid="g")


@st.composite
def grids(pick: st.DrawFn) -> tuple[str, dict[str, tuple[str, str]]]:
    """A forest under two sources, closed, and ties anywhere, open."""
    size = pick(st.integers(4, len(NAMES)))
    names = NAMES[:size]
    edges: dict[str, tuple[str, str]] = {}
    drawn = []
    for k in range(2, size):
        other = names[pick(st.integers(0, k - 1))]
        edges[f"s{k}"] = (other, names[k])
        drawn.append(f"{other} [s{k}] {names[k]}")
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names))
    for k, (a, b) in enumerate(pick(st.lists(pairs, min_size=1, max_size=2))):
        if a != b:
            edges[f"t{k}"] = (a, b)
            drawn.append(f"{a} (t{k}) {b}")
    return "\n".join([*drawn, ELSEWHERE]), edges


@st.composite
def sheets(pick: st.DrawFn, *, doubts: bool = True) -> Asked:
    """One that takes a section out for work and gives it back, with a few mistakes."""
    drawing, edges = pick(grids())
    here = desk(drawing, fault="")
    if doubts and pick(st.booleans()):
        here = here.doubting(pick(st.sampled_from(sorted(edges))))
    place = pick(st.sampled_from([n for pair in edges.values() for n in pair if n[0] != "S"]))
    around = [s for s, pair in edges.items() if place in pair]
    closed = [s for s in around if s[0] == "s"]
    earthed = around[: pick(st.integers(0, len(around)))]
    lines = [("open", s) for s in closed]
    lines += [(verb, s) for s in earthed for verb in ("check", "earth")]
    lines += [("unearth", s) for s in earthed if pick(st.booleans())]
    lines += [("close", s) for s in closed if pick(st.booleans())]
    verbs = st.sampled_from(["open", "close", "check", "earth", "unearth"])
    for _ in range(pick(st.sampled_from([0, 0, 1, 2]))):
        place_of = pick(st.integers(0, len(lines)))
        mistake = pick(st.tuples(verbs, st.sampled_from(sorted(edges))))
        lines[place_of : place_of + pick(st.integers(0, 1))] = [mistake]
    everything = frozenset(n for pair in edges.values() for n in pair if n[0] != "S")
    declared = pick(st.sampled_from([None, None, None, everything, frozenset({place})]))
    asked = Asked(here, edges, tuple(lines), frozenset())
    if declared is None:
        lost = {s.removeprefix("S") for e in asked.judged().effects for s in e.sections_dropped}
        declared = frozenset(lost)
    return replace(asked, gives_up=declared)


# The brute force: every state, every way in which the doubtful switches may stand.


@dataclass(frozen=True)
class Told:
    """One way in which it may go: where the doubtful ones stand is settled in it."""

    asked: Asked
    closed: frozenset[str]

    def reach(self, start: str, closed: frozenset[str]) -> frozenset[str]:
        found = {start}
        for _ in closed:
            pairs = (set(self.asked.edges[switch]) for switch in closed)
            found = found.union(*(pair for pair in pairs if pair & found))
        return frozenset(found)

    def live(self, closed: frozenset[str]) -> frozenset[str]:
        return self.reach("S1", closed) | self.reach("S2", closed)

    def wrongs(self) -> Iterator[str]:
        """What happens on the way that never may."""
        closed, checked, earthed = self.closed, dict[str, frozenset[str]](), set[str]()
        at_first = self.live(closed)
        for verb, switch in self.asked.lines:
            before = self.live(closed)
            ends = frozenset(self.asked.edges[switch])
            if verb == "open":
                closed -= {switch}
            elif verb == "close":
                closed |= {switch}
                met = "S2" in self.reach("S1", closed - {switch})
                if not met and "S2" in self.reach("S1", closed):
                    yield "two sources meet"
            elif verb == "check":
                checked[switch] = ends - before
            elif verb == "earth":
                if not checked.get(switch) or ends <= before:
                    yield "earthed unchecked or live"
                earthed |= checked.pop(switch, frozenset())
            else:
                earthed -= ends
            after = self.live(closed)
            if earthed & after:
                yield "earthed and live"
            checked = {s: dead for s, dead in checked.items() if not dead & after}
            if (at_first - after) - self.asked.gives_up - {"S1", "S2"}:
                yield "dropped undeclared"


def courses_of_events(asked: Asked) -> Iterator[Told]:
    doubtful = sorted(s for s in asked.edges if s in asked.here.snapshot.unknown)
    sure = {s for s in asked.edges if s[0] == "s"} - set(doubtful)
    for stand in product((False, True), repeat=len(doubtful)):
        also = {s for s, is_closed in zip(doubtful, stand, strict=True) if is_closed}
        yield Told(asked, frozenset(sure | also))


@given(sheets())
def test_what_passes_does_no_harm_however_the_doubtful_switches_stand(asked: Asked) -> None:
    if asked.judged().verdict.passed:
        for told in courses_of_events(asked):
            assert list(told.wrongs()) == [], (asked.lines, told.closed)


@given(sheets(doubts=False))
def test_what_does_harm_for_certain_is_refused(asked: Asked) -> None:
    (told,) = courses_of_events(asked)
    if any(told.wrongs()):
        assert not asked.judged().verdict.passed


@st.composite
def changes(pick: st.DrawFn) -> tuple[Asked, Desk]:
    asked = pick(sheets())
    switch = pick(st.sampled_from(sorted(asked.edges)))
    section = pick(st.sampled_from(sorted({n for p in asked.edges.values() for n in p})))
    here = asked.here
    kinds = st.sampled_from([TagKind.NO_CLOSE, TagKind.NO_OPERATE, TagKind.EARTH_APPLIED])
    return asked, pick(
        st.sampled_from(
            [
                here.moved(f"open {switch}"),
                here.moved(f"close {switch}"),
                here.doubting(switch),
                here.tagged(switch, pick(kinds)),
                here.but(forbidden=sections(section)),
                here.measuring(section, 0.0),
            ]
        )
    )


@given(changes())
def test_no_change_of_the_judgement_leaves_its_ground(change: tuple[Asked, Desk]) -> None:
    asked, changed = change
    now, before = asked.judged(changed), asked.judged()
    # How much there was to compare is no part of a judgement.
    now = replace(now, verdict=replace(now.verdict, checks=before.verdict.checks))
    if now != before:
        assert not still_stands(asked.ground(), asked.ground(changed))


@given(sheets(), st.sampled_from(["open b8", "close t8", "open b9"]))
def test_what_happens_in_another_town_changes_no_ground(asked: Asked, happens: str) -> None:
    changed = asked.here.moved(happens).tagged("t8", TagKind.NO_CLOSE)
    assert asked.ground(changed) == asked.ground()
    assert asked.judged(changed).verdict == asked.judged().verdict


@given(sheets(), st.data())
def test_worse_knowledge_lets_no_other_sheet_pass(asked: Asked, data: st.DataObject) -> None:
    worse = asked.here.doubting(data.draw(st.sampled_from(sorted(asked.edges))))
    if not asked.judged().verdict.passed:
        assert not asked.judged(worse).verdict.passed


SHIPPED = {template.id: template for template in read_templates()}


@given(grids(), st.data())
def test_any_section_is_taken_out_and_given_back_by_templates(
    grid: tuple[str, dict[str, tuple[str, str]]], data: st.DataObject
) -> None:
    drawing, edges = grid
    here = desk(drawing, fault="")
    names = sorted({n for pair in edges.values() for n in pair if n[0] != "S"})
    section = f"S{data.draw(st.sampled_from(names))}"
    for template in ("section_out", "section_back"):
        planner = RadialFlow(here.network)
        chosen = {"section": section}
        found = drafted(SHIPPED[template], chosen, knowledge=here.knowledge(), planner=planner)
        asked = Course(steps=found.steps, gives_up=frozenset(found.gives_up))
        assert judge(here, asked).verdict.violations == ()
        for step in found.steps:
            if step.switch is not None and step.moves:
                here = here.moved(f"{step.act.value} {step.switch}")
            elif step.switch is not None and step.act is StepAct.EARTH:
                here = here.tagged(step.switch, TagKind.EARTH_APPLIED)
            elif step.switch is not None and step.act is StepAct.UNEARTH:
                here = here.now(tags={**here.snapshot.tags, step.switch: ()})
    assert here.snapshot.closed == desk(drawing, fault="").snapshot.closed
    assert not any(here.snapshot.tags.values())
