"""Lets a test put a sheet to judgement in one line.

judge(desk(fault=""), "open s1, check s1, earth s1", gives_up="B C")
"""

from gridops.events.sheets import StepAct, StepBy, StepDraft
from gridops.ids import SwitchId
from gridops.powerflow import RadialFlow
from gridops.response import Engines
from gridops.sheets.course import Course
from gridops.sheets.judging import Judged, judged
from tests.guard_desk import Desk, sections

FEEDERS = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
"""Everybody has supply; t1 joins the two feeders."""
ACTS = {
    "open": StepAct.OPEN,
    "close": StepAct.CLOSE,
    "check": StepAct.CHECK_DEAD,
    "earth": StepAct.EARTH,
    "unearth": StepAct.UNEARTH,
    "note": StepAct.NOTE,
}
SWITCHING = (StepAct.OPEN, StepAct.CLOSE)


def lines(text: str, *, crew: str = "") -> tuple[StepDraft, ...]:
    """`open s1, check s1, earth s1, note begin`; a step in parentheses is struck out, switches
    in `crew` are moved by hand."""
    return tuple(_line(words.strip(), crew=crew.split()) for words in text.split(",") if text)


def _line(words: str, *, crew: list[str]) -> StepDraft:
    verb, _, rest = words.strip("()").partition(" ")
    act = ACTS[verb]
    if act is StepAct.NOTE:
        return StepDraft(act=act, by=StepBy.CREW, text=rest)
    remote = act in SWITCHING and rest not in crew
    return StepDraft(
        act=act,
        by=StepBy.REMOTE if remote else StepBy.CREW,
        switch=SwitchId(rest) if rest else None,
        deleted=words.startswith("("),
    )


def course(text: str, *, gives_up: str = "", done: int = 0, running: bool = False) -> Course:
    """The first `done` steps are behind it."""
    return Course(
        steps=lines(text),
        gives_up=sections(gives_up),
        done=frozenset(range(1, done + 1)),
        running=running or done > 0,
    )


def engines(here: Desk) -> Engines:
    return Engines(planner=RadialFlow(here.network), guard=here.guard())


def judge(here: Desk, asked: str | Course, *, gives_up: str = "") -> Judged:
    said = course(asked, gives_up=gives_up) if isinstance(asked, str) else asked
    return judged(said, here.knowledge(), engines=engines(here))


def why(found: Judged) -> list[tuple[str, int | None, str]]:
    """Invariant, step and code of each thing that is wrong."""
    return [(v.invariant, v.step, v.why.code) for v in found.verdict.violations]


def broken(found: Judged) -> set[str]:
    return {violation.invariant for violation in found.verdict.violations}
