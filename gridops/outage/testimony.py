"""What one witness says, as the probability that each hypothesis gives it.

Every kind of evidence - indicators, relays, meters, calls, currents, crews, trials - comes down
to this one form, so that one inference weighs them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridops.measurement import Reading
from gridops.network import Values
from gridops.reasons import Reason

Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Testimony:
    """One thing that one witness said, or did not do. Witnesses err independently of each other.

    `log_p[row]` is the logarithm of the probability of just this word if the one fault is at that
    row of the scene; never -inf: everybody can be wrong. Only differences between rows matter,
    but for `log_p_none`, its value if there is no fault at all.
    """

    witness: str
    """Id of the device, load or section that it comes from."""
    reading: Reading
    log_p: Values
    log_p_none: float
    any_suffices: bool = True
    """With two faults the word is as likely as the likelier of both makes it (True: a flag
    needs one of them on its path) or as the less likely one (False: silence needs both off)."""
    wrong: Marks | None = None
    """Rows at which some device must have failed for this word; None: it is no device's failure,
    and counts by its probability alone."""
    wrong_if_none: bool = False
    why_right: Reason
    """What it means for a hypothesis that it speaks for."""
    why_wrong: Reason
    speaks_for: Marks
    """Rows that it supports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """A word that does not count, with the reason: shown, not weighed."""

    witness: str
    reading: Reading
    why: Reason


Word = Testimony | Unheard


def counting(words: Sequence[Word]) -> list[Testimony]:
    return [word for word in words if isinstance(word, Testimony)]
