"""Reasons, times and numbers as the console takes them: codes and parameters, never prose."""

import math
from datetime import datetime
from typing import Any

from gridops.reasons import Reason

Plain = dict[str, Any]


def reason(given: Reason | None) -> Plain | None:
    return None if given is None else {"code": given.code, "params": dict(given.params)}


def instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def number(value: float | None) -> float | None:
    """JSON knows neither NaN nor infinity: what is no number is not known."""
    return None if value is None or not math.isfinite(value) else value
