"""What detectors of lost voltage say: who is dark, as meters do, but one by one and at once.

S1 [b1] A [f1] B [s2] C     s2 lost its voltage and nothing tripped: f1 has blown, B or C.
Where a device is known to have tripped, all behind it is dark wherever the fault lies.
"""

import math
from dataclasses import dataclass

import numpy as np

from gridops.ids import SwitchId
from gridops.measurement import Measured, Part, Reading
from gridops.network import Indices, Values
from gridops.outage.darkness import Darkness
from gridops.outage.heard import Heard
from gridops.outage.readable import elapsed_s, too_old, unreadable
from gridops.outage.scene import Scene
from gridops.outage.testimony import Testimony, Unheard, Word
from gridops.reasons import because

LIVE_PHASES = (Part.A, Part.B, Part.C)
NOTICEABLE = math.log(20.0)
"""A word that tells rows apart by less is nobody's failure where it does not fit."""
SAME = 1e-12
SPEAKS_FOR = math.log(4.0)
"""A row within this of the best is one that the word speaks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoltageSettings:
    """What a detector of lost voltage is worth. Probabilities hold per device and outage."""

    p_missing: float = 0.02
    """A detector without voltage says nothing of it. Assumption, as of an indicator."""
    p_stray: float = 0.01
    """A detector with voltage reports its loss: a blown fuse of its own transformer. Assumption."""
    delay_s: float = 5.0
    """A "no" that is asked for sooner says nothing: the loss is qualified first. Assumption."""
    p_fuse_partial: float = 0.8
    """A blown fuse takes one or two phases (Grainger and Stevenson 1994, chapter 12)."""
    p_partial_wrong: float = 0.02
    """Some phases only, though all are lost, or the other way round. Assumption."""
    p_stray_partial: float = 0.9
    """A stray loss is one of some phases only: a fuse of the voltage transformer. Assumption."""
    p_broken_conductor: float = 0.1
    """Where some phases only are lost: a conductor broke, and nothing opened. Assumption."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What one detector makes of all that it tells."""

    lost: bool
    partial: bool | None = None
    """Some phases lost, not all; None: it does not tell all three."""
    seen: float = 1.0
    """Share of the phases that it looks at."""


@dataclass(frozen=True, slots=True)
class _P:
    """Probability of one word, by what happened at the detector."""

    pole: float
    fuse: float
    cut: float
    supplied: float


def words(scene: Scene, heard: Heard, *, settings: VoltageSettings) -> list[Word]:
    """One word of each detector, whatever phases it tells, in grid order. Devices that the grid
    does not have are passed over. A detector at a switch that opens, or at an open one, may stand
    on either side of it."""
    known = scene.network.arrays.switches.of
    devices = sorted({d for d, _ in heard.voltage_losses if d in known}, key=known.__getitem__)
    said = {device: _said(heard, device, settings=settings) for device in devices}
    any_partial = any(isinstance(one, _Said) and one.partial for one in said.values())
    p_broken = settings.p_broken_conductor if any_partial else 0.0
    dark = Darkness(scene)
    return [
        one
        if isinstance(one, Unheard)
        else _told(dark, device, said=one, p_broken=p_broken, settings=settings)
        for device, one in said.items()
    ]


def _said(heard: Heard, device: SwitchId, *, settings: VoltageSettings) -> _Said | Unheard:
    """By phase if it tells any that count, else as a whole; else why it does not count."""
    told = {part: said for (d, part), said in heard.voltage_losses.items() if d == device}
    judged = {part: _judged(heard, device, said=said) for part, said in told.items()}
    counting = {part: word for part, word in judged.items() if isinstance(word, Reading)}
    phases = [counting[part] for part in LIVE_PHASES if part in counting]
    if not counting:
        return next(word for word in judged.values() if isinstance(word, Unheard))
    readings = phases or list(counting.values())
    lost = Reading.YES in readings
    if not lost and elapsed_s(heard) < settings.delay_s:
        why = because("voltage-too-early", device=device)
        return Unheard(witness=device, reading=Reading.NO, why=why)
    if len(phases) == len(LIVE_PHASES):
        return _Said(lost, partial=lost and Reading.NO in phases)
    return _Said(lost, seen=len(phases) / len(LIVE_PHASES) if phases else 1.0)


def _judged(heard: Heard, device: SwitchId, *, said: Measured[Reading]) -> Reading | Unheard:
    unheard = unreadable(heard, device, said=said)
    if unheard is None and said.value is Reading.YES:
        unheard = too_old(heard, device, said=said)
    return unheard or said.value


def _probabilities(said: _Said, settings: VoltageSettings) -> _P:
    """Each sums to one over "no", "some phases", "all phases", or over "no" and "yes" where the
    phases are not told."""
    p_told, p_stray = 1.0 - settings.p_missing, settings.p_stray
    partial = _P(
        settings.p_partial_wrong,
        settings.p_fuse_partial,
        1.0 - settings.p_partial_wrong,
        settings.p_stray_partial,
    )
    if said.lost and said.partial is not None:

        def share(p: float) -> float:
            return p if said.partial else 1.0 - p

        return _P(
            p_told * share(partial.pole),
            p_told * share(partial.fuse),
            p_told * share(partial.cut),
            p_stray * share(partial.supplied),
        )

    def yes(p_partial: float) -> float:
        return p_told * (1.0 - p_partial * (1.0 - said.seen))

    p_yes = _P(yes(0.0), yes(partial.fuse), yes(partial.cut), p_stray)
    if said.lost:
        return p_yes
    return _P(1.0 - p_yes.pole, 1.0 - p_yes.fuse, 1.0 - p_yes.cut, 1.0 - p_yes.supplied)


def _told(
    dark: Darkness, device: SwitchId, *, said: _Said, p_broken: float, settings: VoltageSettings
) -> Word:
    p = _probabilities(said, settings)
    log_p, log_p_none = _by_row(dark, device, p=p, p_broken=p_broken)
    reading = Reading.YES if said.lost else Reading.NO
    if not len(log_p) or np.ptp(np.append(log_p, log_p_none)) < SAME:
        why = because("voltage-tells-no-place", device=device)
        return Unheard(witness=device, reading=reading, why=why)
    fits = np.asarray(log_p >= log_p.max() - SPEAKS_FOR)
    code = "voltage-lost" if said.lost else "voltage-kept"
    return Testimony(
        witness=device,
        reading=reading,
        log_p=log_p,
        log_p_none=log_p_none,
        any_suffices=said.lost,
        wrong=np.asarray(log_p < log_p.max() - NOTICEABLE),
        wrong_if_none=log_p_none < log_p.max() - NOTICEABLE,
        speaks_for=fits,
        why_right=because(code, device=device),
        why_wrong=because(f"{code}-against", device=device),
    )


def _by_row(dark: Darkness, device: SwitchId, *, p: _P, p_broken: float) -> tuple[Values, float]:
    arrays = dark.scene.network.arrays
    ends = arrays.switch_sections[arrays.switches.of[device]]
    anyway = dark.anyway(ends)
    gone = float(anyway.mean())
    off = dark.cleared(ends).mean(axis=0) - gone
    opened = np.where(dark.is_single_pole, p.fuse, p.pole)
    none = gone * p.pole + (1.0 - gone) * p.supplied
    p_row = (none + off * (opened - p.supplied))[dark.case_of]
    if p_broken > 0.0:
        cut = _cut(dark, device, ends=ends[~anyway]) * (1.0 - gone)
        p_row = (1.0 - p_broken) * p_row + p_broken * (none + cut * (p.cut - p.supplied))
    return np.log(p_row), math.log(none)


def _cut(dark: Darkness, device: SwitchId, *, ends: Indices) -> Values:
    """Share of the sides on which the detector misses a phase, by row where the conductor broke.
    The switch that feeds the section of the break stands before it, with both its sides."""
    behind = dark.cut(ends)
    arrays, forest = dark.scene.network.arrays, dark.scene.traced.by_number
    if not len(ends):
        return np.zeros(len(dark.scene.sections))
    if forest.fed_by(arrays.switches.of[device]) >= 0:
        return np.asarray(behind.all(axis=0), np.float64)
    return np.asarray(behind.mean(axis=0))
