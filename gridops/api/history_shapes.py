"""What is past, field by field."""

from gridops.api.shapes import IncidentShape, Shape
from gridops.incident import Origin, Phase
from gridops.outage import Cause


class PastIncident(Shape):
    """A row of the history."""

    id: str
    cause: Cause
    origin: Origin
    phase: Phase
    merged_into: str | None
    device: str
    feeder: str | None
    opened_at: str
    told_last_at: str | None
    """The last line of its timeline."""
    customers_interrupted: int
    customer_minutes: float


class MomentShape(Shape):
    """From here on, until the next moment."""

    at: str
    """Field source time."""
    known_at: str
    """When the control room knew of it, at the latest: how it stood on the screen from then on."""
    customers_out: int
    dark: list[str]
    """Sections with a load without supply."""


class CourseShape(Shape):
    """One incident from its beginning on."""

    incident: IncidentShape
    """As it stands at last."""
    sheets: list[str]
    moments: list[MomentShape]
    moments_all: int
    """How many there were, where not all are told."""
