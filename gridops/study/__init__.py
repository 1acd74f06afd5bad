"""Questions that engineers ask of the live engine."""

from gridops.study.what_if import Outcome, WhatIf, what_if

__all__ = ["Outcome", "WhatIf", "what_if"]
