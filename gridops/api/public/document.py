# ruff: noqa: N815 - most names are the standard's
"""Outages as a document that other programs read, under the names of IEC 61968-3 (CIM 17, package
Operations: `Outage`, `UnplannedOutage`, `PlannedOutage`, `OutageArea`), as ODIN takes them.

Where the standard has no name for what is told, the name is ours: `status`, `reason`, `isCurrent`,
`unlisted`.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal

from gridops.api.public.outages import Board, CrewStatus, PublicOutage, Rules, Status, Told, Why
from gridops.api.shapes import Shape
from gridops.api.words import Plain, instant


class AreaKind(StrEnum):
    """`AreaKind` of IEC 61968-3: what the areas of the grid files are."""

    BOROUGH = "borough"
    COUNTY = "county"
    PARISH = "parish"
    SERVICE_AREA = "serviceArea"
    STATE = "state"
    TOWNSHIP = "township"
    WARD = "ward"
    ZIPCODE = "zipcode"


class PeriodShape(Shape):
    start: str
    end: str | None
    """null: it lasts."""


class OutageAreaShape(Shape):
    outageAreaKind: AreaKind
    metersServed: int | None
    """Customers of the area; this and every count is rounded down, and null below the least that
    is told."""
    earliestReportedTime: str


class ToldShape(Shape):
    toldTime: str
    ert: str


class RestorationShape(Shape):
    ert: str
    """By then nine of ten outages of this kind were over."""
    confidenceKind: Literal["high"]
    earliest: str
    """Before then one of ten was."""
    revisions: list[ToldShape]
    """Every time that was told, the latest last."""


class PublicOutageShape(Shape):
    mRID: str
    """Stays the same over the life of the outage; one incident has one for each area."""
    type: Literal["PlannedOutage", "UnplannedOutage"]
    communityDescriptor: str
    """Name of the area; empty: elsewhere, or in an area with too few customers to be named."""
    status: Status
    statusKind: CrewStatus
    """Of the crew."""
    outageKind: Literal["predicted", "confirmed", "partiallyRestored", "restored"]
    causeKind: None
    """What broke (`OutageCauseKind`: animal, lineDown, ...) is not known to the control room."""
    reason: Why
    reportedStartTime: str
    actualPeriod: PeriodShape
    EstimatedRestorationTime: RestorationShape | None
    """null: being assessed."""
    originalCustomersServed: int | None
    """Customers of the area, with supply or without."""
    originalMetersAffected: int | None
    """Customers who lost supply."""
    metersAffected: int | None
    """Customers who have none now."""
    customersRestored: int | None
    OutageArea: list[OutageAreaShape]


class OutagesShape(Shape):
    updatedTime: str
    isCurrent: bool
    """false: the control room does not see the whole field now."""
    customersLeast: int
    """Counts are multiples of this."""
    outages: list[PublicOutageShape]
    """Present ones and those that ended lately, the latest first."""
    unlisted: int
    """How many more there are."""


def document_of(board: Board, *, rules: Rules, area_kind: AreaKind) -> Plain:
    return {
        "updatedTime": _minute(board.at),
        "isCurrent": board.is_current,
        "customersLeast": rules.customers_min,
        "outages": [_outage(one, area_kind) for one in board.outages],
        "unlisted": board.unlisted,
    }


def _outage(one: PublicOutage, area_kind: AreaKind) -> Plain:
    began = _minute(one.began)
    return {
        "mRID": str(one.mrid),
        "type": "PlannedOutage" if one.is_planned else "UnplannedOutage",
        "communityDescriptor": one.area,
        "status": one.status.value,
        "statusKind": one.crew.value,
        "outageKind": _kind(one),
        "causeKind": None,
        "reason": one.why.value,
        "reportedStartTime": began,
        "actualPeriod": {
            "start": began,
            "end": None if one.ended is None else _minute(one.ended),
        },
        "EstimatedRestorationTime": _expected(one.expected),
        "originalCustomersServed": one.customers_of_area,
        "originalMetersAffected": one.customers,
        "metersAffected": one.customers_out,
        "customersRestored": one.customers_restored,
        "OutageArea": [
            {
                "outageAreaKind": area_kind.value,
                "metersServed": one.customers_of_area,
                "earliestReportedTime": began,
            }
        ],
    }


def _expected(told: Sequence[Told]) -> Plain | None:
    if not told:
        return None
    return {
        "ert": _minute(told[-1].latest),
        "confidenceKind": "high",
        "earliest": _minute(told[-1].earliest),
        "revisions": [
            {"toldTime": _minute(each.told_at), "ert": _minute(each.latest)} for each in told
        ],
    }


def _kind(one: PublicOutage) -> str:
    if one.ended is not None:
        return "restored"
    if one.customers_restored is not None:
        return "partiallyRestored"
    return "predicted" if one.is_predicted else "confirmed"


def _minute(at: datetime) -> str:
    """Nobody outside has to know more exactly."""
    return instant(at.replace(second=0, microsecond=0)) or ""
