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
Tally = NDArray[np.int8]

FAULT_TYPES = ("an", "bn", "cn", "ab", "bc", "ca", "abn", "bcn", "can", "abc", "abcn")
"""The phases of a fault; n: residual current flows."""
TYPE_SHARES = (0.70, 0.15, 0.10, 0.05)
"""One phase to earth, two phases, two to earth, three: the shares that textbooks give for
overhead lines (for example Grainger and Stevenson, Power System Analysis, 1994, chapter 12)."""


def log_type_prior() -> Values:
    """Of each of `FAULT_TYPES`."""
    one, two, two_n, three = TYPE_SHARES
    shares = [one / 3] * 3 + [two / 3] * 3 + [two_n / 3] * 3 + [three / 2] * 2
    log_shares: Values = np.log(np.array(shares))
    return log_shares


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Testimony:
    """One thing that one witness said, or did not do. Witnesses err independently of each other.

    `log_p[row]` is the logarithm of the probability of just this word if the one fault is at that
    row of the scene; never -inf: everybody can be wrong. Only differences between rows matter,
    but for `log_p_none`, its value if there is no fault at all. Where the word depends on the
    phases of the fault, `log_p`, `wrong` and `speaks_for` have shape (rows, types) in the order of
    `FAULT_TYPES`, else (rows,).
    """

    witness: str
    """Id of the device, load or section that it comes from."""
    reading: Reading
    log_p: Values
    log_p_none: float
    any_suffices: bool = True
    """With two faults the word is as likely as the likelier of both makes it (True: a flag
    needs one of them on its path) or as the less likely one (False: silence needs both off)."""
    wrong: Marks | Tally | None = None
    """How many devices must have failed for this word, at each row; None: no device's failure,
    it counts by its probability alone."""
    wrong_if_none: int = 0
    is_sensor: bool = False
    """A reading that would be a coin if the sensors' wiring or binding were wrong."""
    by_people: bool = False
    """What a crew saw, or a trial showed: it overrules the doubt that one device may be wrong."""
    readings: int = 1
    """How many such readings it is, one for each phase told."""
    speaks_for: Marks
    """Rows that it supports."""
    why_right: Reason
    """What it means for a hypothesis that it speaks for."""
    why_wrong: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """A word that does not count, with the reason: shown, not weighed."""

    witness: str
    reading: Reading
    why: Reason


Word = Testimony | Unheard


def counting(words: Sequence[Word]) -> list[Testimony]:
    return [word for word in words if isinstance(word, Testimony)]
