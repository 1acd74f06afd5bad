"""What switching was worth, field by field, in customer minutes."""

from gridops.api.shapes import Shape


class CostShape(Shape):
    was: float
    without_switching: float
    """Had only protection and the grid above given supply back before the repair."""
    by_hand: float
    """The same switching, by hand alone."""
    nobody: float
    """Had everybody waited for the repair."""


class AvoidedShape(Shape):
    """`in_all` is the sum of the first six: what nobody would have cost, minus what was."""

    protection: float
    automation: float
    dispatcher: float
    crew: float
    source: float
    unknown: float
    in_all: float
    against_hands: float
    """Negative: it was slower than hands are assumed to be."""


class WorthOf(Shape):
    customer_minutes: CostShape
    avoided: AvoidedShape


class IncidentWorth(WorthOf):
    incident: str
    cause: str
    feeder: str | None
    began: str
    counted_to: str
    """When the last of those whom the fault took supply from had it again; now while it lasts."""
    lasts: bool


class AssumedShape(Shape):
    decide_s: float
    first_s: float
    next_s: float


class WorthShape(WorthOf):
    by_hand: AssumedShape
    incidents: list[IncidentWorth]
    """The newest 500; all are in the sums."""
