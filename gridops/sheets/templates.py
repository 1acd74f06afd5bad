"""Templates of sheets: work that comes again and again, with its places left open.

A template is data (`gridops/content/sheet_templates`, or a utility's own). What it says is worked
out on the grid of now, so that the same template finds the switches around any section.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gridops.events.sheets import StepAct


class ParameterKind(StrEnum):
    """What a person chooses."""

    SECTION = "section"
    SWITCH = "switch"
    FEEDER = "feeder"
    TEXT = "text"
    """Words of their own, for a note."""


class Place(StrEnum):
    """Where a step of a template acts, given what was chosen."""

    SWITCH = "switch"
    """At the switch itself."""
    HEAD = "head"
    """At the head breaker of a feeder."""
    BOUNDARY = "boundary"
    """At each switch around a section that may isolate it and that somebody can operate."""
    OFF_NORMAL = "off_normal"
    """At each switch off its normal position that touches what a feeder supplies now or normally,
    in the order and as far as the planner brings it home."""
    PAPER = "paper"
    """Nowhere in the grid: a note."""


KIND_AT: Mapping[Place, ParameterKind] = {
    Place.SWITCH: ParameterKind.SWITCH,
    Place.HEAD: ParameterKind.FEEDER,
    Place.BOUNDARY: ParameterKind.SECTION,
    Place.OFF_NORMAL: ParameterKind.FEEDER,
    Place.PAPER: ParameterKind.TEXT,
}
"""What must be chosen for each place."""
TEXT_MAX = 500
"""Characters of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """`needed` False: steps that name it are left out when nothing is chosen."""

    name: str
    kind: ParameterKind
    title: str
    title_vi: str
    needed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateStep:
    """`of` names the parameter. At `OFF_NORMAL` the planner says what is done: `act` is None."""

    at: Place
    of: str
    act: StepAct | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Every step names a parameter of the kind that its place asks for."""

    id: str
    title: str
    title_vi: str
    parameters: tuple[Parameter, ...]
    steps: tuple[TemplateStep, ...]
