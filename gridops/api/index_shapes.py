"""The indices of a day, field by field."""

from pydantic import Field

from gridops.api.shapes import Shape


class IndexShape(Shape):
    saidi_min: float
    saifi: float
    caidi_min: float | None
    maifi: float
    asai: float
    ens_wh: float


class FeederMinutes(Shape):
    feeder: str | None
    customer_minutes: float


class InterruptionShape(Shape):
    load: str
    section: str
    feeder: str | None
    customers: int
    began: str
    ended: str | None
    incident: str | None
    cause: str


class IndicesShape(Shape):
    ruleset: str
    begin: str = Field(alias="from")
    to: str
    indices: IndexShape
    by_feeder: list[FeederMinutes]
    interruptions: list[InterruptionShape]
