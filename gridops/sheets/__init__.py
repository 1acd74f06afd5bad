"""Switching sheets: the only way in which anything is carried out.

A sheet is drawn up (by hand, or from the plan of an incident), approved, started, and carried out
one step after the other. The guard judges every state of it whenever it is written, and again
before each command.
"""

from gridops.sheets.sheet import Note, Progress, Sheet, SheetState, SheetStep, StepState

__all__ = ["Note", "Progress", "Sheet", "SheetState", "SheetStep", "StepState"]
