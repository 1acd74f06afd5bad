"""Alarms, field by field."""

from typing import Literal

from gridops.alarms import AlarmKind, AlarmState, Priority
from gridops.api.shapes import AlarmCounts, ReasonShape, Shape


class ChildrenShape(Shape):
    """What was heard of an incident, of one kind."""

    kind: Literal[
        "devices", "indicators", "voltage_losses", "earth_faults", "meters", "calls", "incidents"
    ]
    count: int
    ids: list[str]
    """A few of them: switches, or loads, or incidents."""


class SeenShape(Shape):
    by: str
    at: str


class ShelfShape(Shape):
    by: str
    since: str
    until: str
    """Then it is told again by itself; before that when it grows worse."""
    reason: str


class AlarmShape(Shape):
    """One line: an alarm, or all of one kind at one place where they are many."""

    id: str
    kind: AlarmKind | Literal["service"]
    """`service`: of the service itself. Nobody can acknowledge what the journal cannot hold."""
    subject: str
    """The incident, link, switch or feeder it is about; of many the link or feeder."""
    priority: Priority
    state: AlarmState
    why: ReasonShape
    since: str | None
    """Null: not told."""
    last: str | None
    """When it came, or grew worse, last."""
    times: int
    """How often it came."""
    seen: int
    """To be sent back when it is acknowledged: it says how far the screen had told."""
    count: int
    """How many alarms the line stands for."""
    members: list[str]
    """Their subjects, a few of them; of one alarm none."""
    children: list[ChildrenShape]
    """Of an incident: what was heard of it. None of that is an alarm of its own."""
    acknowledged: SeenShape | None
    shelf: ShelfShape | None
    may_acknowledge: bool
    may_shelve: bool


class AlarmsShape(Shape):
    counts: AlarmCounts
    lines: list[AlarmShape]
    """The most urgent first."""


class AlarmLinesShape(Shape):
    lines: list[AlarmShape]
