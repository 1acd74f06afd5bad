"""What automation would have done, field by field."""

from pydantic import Field

from gridops.api.shapes import Shape


class ScoreShape(Shape):
    yes: int
    no: int
    unknown: int
    share_min: float = Field(ge=0, le=1)
    """With 95 % confidence the share of yes is no less."""


class ScorecardShape(Shape):
    feeder: str | None
    incidents: int
    by_itself: int
    """Of them released by automation."""
    located: ScoreShape
    """Whether the fault lay where the plan kept everything dead."""
    held: ScoreShape
    """Whether the plan was still the plan, with the guard's word, when it would have been done."""
    customer_minutes: float
    """Fewer than happened; negative: more."""


class ShadowShape(Shape):
    incident: str
    feeder: str | None
    plan: str
    proposed_at: str
    would_be_done_at: str
    released_at: str | None
    by_itself: bool
    held: bool | None
    located_right: bool | None
    likeliest: str | None
    found_in: str | None
    customer_minutes: float


class ShadowsShape(Shape):
    feeders: list[ScorecardShape]
    incidents: list[ShadowShape]
    """The newest 500; all are on the scorecards."""
