"""Switching sheets: the only way in which anything is carried out.

A sheet is drawn up (by hand, or from the plan of an incident), approved, started, and carried out
one step after the other. The guard judges every state of it whenever it is written, and again
before each command.
"""

from gridops.sheets.acts import OnSheet, SheetAct
from gridops.sheets.course import Course, course_of
from gridops.sheets.judging import Judged, judged, verdict_on
from gridops.sheets.machine import AUTOMATION, Released, Sheets
from gridops.sheets.sheet import Note, Progress, Sheet, SheetState, SheetStep, StepState
from gridops.sheets.surroundings import (
    Change,
    SheetBegan,
    SheetDone,
    SheetHalted,
    SheetNews,
    StepBegan,
    StepDone,
    Surroundings,
)

__all__ = [
    "AUTOMATION",
    "Change",
    "Course",
    "Judged",
    "Note",
    "OnSheet",
    "Progress",
    "Released",
    "Sheet",
    "SheetAct",
    "SheetBegan",
    "SheetDone",
    "SheetHalted",
    "SheetNews",
    "SheetState",
    "SheetStep",
    "Sheets",
    "StepBegan",
    "StepDone",
    "StepState",
    "Surroundings",
    "course_of",
    "judged",
    "verdict_on",
]
