"""Daily load profiles: what share of the stated power holds at a time of day."""

import re
from datetime import time

from gridops.errors import ScenarioError
from gridops.ids import ProfileId
from gridops.network.components import Profile
from gridops.network.network import Network

MINUTES_PER_DAY = 24 * 60
_HH_MM = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def time_of_day(text: str) -> time:
    """Raises: ScenarioError unless `text` is a time of day as HH:MM."""
    if not _HH_MM.fullmatch(text):
        raise ScenarioError(f"{text!r} is no time of day", remedy="write HH:MM, as 18:30")
    return time.fromisoformat(text)


def factor_at(profile: Profile, at: time) -> float:
    """The factor of the step that `at` lies in; a step holds from its begin to its end.

    Local time, seconds do not count. The profile must have at least one factor.
    """
    minute = at.hour * 60 + at.minute
    return profile.factors[minute * len(profile.factors) // MINUTES_PER_DAY]


def factor_of(network: Network, profile: ProfileId | None, *, at: time | None) -> float:
    """1 without a profile or without a time: the stated power holds."""
    return 1.0 if profile is None or at is None else factor_at(network.profiles[profile], at)
