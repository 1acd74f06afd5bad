"""Refusals of acts, as the errors that whoever asked is given."""

from collections.abc import Mapping
from types import MappingProxyType

from gridops.errors import (
    ActRefused,
    GridOpsError,
    NotEntitled,
    OutsideArea,
    PermitRefused,
    ReleaseRefused,
)
from gridops.events import (
    MetersReported,
    OfferTaken,
    OperatorEvent,
    PermitIssued,
    PlanApproved,
    PlanReleased,
)
from gridops.reasons import Reason

_PERSONAL: Mapping[str, type[NotEntitled]] = MappingProxyType(
    {error.code: error for error in (NotEntitled, OutsideArea)}
)
"""Refusals that lie with the person, not with what they ask for."""


def refused(event: OperatorEvent | MetersReported, why: Reason) -> GridOpsError:
    """The error that says why an act is not done."""
    if why.code in _PERSONAL:
        return _PERSONAL[why.code](why)
    if isinstance(event, PermitIssued):
        remedy = "open and tag all that leads to the sections, then issue the permit"
        return PermitRefused(why.in_english(), remedy=remedy)
    if not isinstance(event, PlanReleased | PlanApproved | OfferTaken):
        return ActRefused(why, where=getattr(event, "sheet", ""))
    return ReleaseRefused(why, where=event.incident)
