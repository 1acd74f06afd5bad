"""A sheet as it is judged: its steps, what they are meant for, and how far it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from gridops.events.sheets import StepDraft
from gridops.ids import SectionId, SwitchId
from gridops.sheets.sheet import Sheet, SheetState, StepState

STEPS_MAX = 100
"""Steps of one sheet, struck-out ones included."""

DONE = frozenset({StepState.COMPLETED, StepState.PREVIOUSLY_COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is asked of a judgement. Steps count from 1, struck-out ones included."""

    steps: tuple[StepDraft, ...]
    gives_up: frozenset[SectionId] = frozenset()
    """Supplied sections that it openly drops, whether it supplies them again or not."""
    suspected: frozenset[SectionId] = frozenset()
    """What it must keep dead, of the plan that it was drawn from."""
    fence: tuple[SwitchId, ...] = ()
    done: frozenset[int] = frozenset()
    """Numbers of the steps that are behind it."""
    running: bool = False
    """Its next step is about to be carried out: what is behind must show in the field, and a
    switch that somebody has moved meanwhile makes its step needless, not wrong."""

    def numbered(self) -> Iterator[tuple[int, StepDraft]]:
        """In order, those that are struck out left out."""
        return ((k, step) for k, step in enumerate(self.steps, start=1) if not step.deleted)

    @property
    def switches(self) -> tuple[SwitchId, ...]:
        """Those that its steps name, each once, in their order."""
        named = (step.switch for _, step in self.numbered())
        return tuple(dict.fromkeys(switch for switch in named if switch is not None))


def course_of(sheet: Sheet) -> Course:
    """The sheet as it stands now."""
    return Course(
        steps=tuple(step.draft for step in sheet.steps),
        gives_up=sheet.gives_up,
        suspected=sheet.suspected,
        fence=sheet.fence,
        done=frozenset(step.number for step in sheet.steps if step.progress.state in DONE),
        running=sheet.state is SheetState.EXECUTING,
    )
