"""Questions that engineers ask of the live engine."""

from gridops.study.standing import Standing, WhatIf, standing
from gridops.study.way_home import way_home
from gridops.study.what_if import Outcome, looked_around, strike, what_if

__all__ = [
    "Outcome",
    "Standing",
    "WhatIf",
    "looked_around",
    "standing",
    "strike",
    "way_home",
    "what_if",
]
