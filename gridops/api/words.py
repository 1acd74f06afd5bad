"""Reasons, times and numbers as the console takes them: codes and parameters, never prose."""

import math
from datetime import datetime
from typing import Any

from gridops.reasons import Param, Reason

Plain = dict[str, Any]


def reason(given: Reason | None) -> Plain | None:
    if given is None:
        return None
    return {"code": given.code, "params": {k: _param(v) for k, v in given.params.items()}}


def _param(value: Param) -> Any:
    if not isinstance(value, tuple):
        return value
    return [reason(one) if isinstance(one, Reason) else one for one in value]


def instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def number(value: float | None) -> float | None:
    """JSON knows neither NaN nor infinity: what is no number is not known."""
    return None if value is None or not math.isfinite(value) else value
