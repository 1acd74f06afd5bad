"""What detectors of lost voltage say: who is dark, as meters do, but one by one and at once.

S1 [b1] A [f1] B [s2] C     s2 lost its voltage and nothing tripped: f1 has blown, B or C.
Where a device is known to have tripped, all behind it is dark wherever the fault lies.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gridops.ids import SwitchId
from gridops.measurement import Measured, Part, Reading
from gridops.network import Indices, Values
from gridops.outage.darkness import Darkness
from gridops.outage.heard import Heard
from gridops.outage.readable import elapsed_s, judged
from gridops.outage.scene import Scene
from gridops.outage.testimony import Marks, Testimony, Unheard, Word
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


def words(scene: Scene, heard: Heard, *, settings: VoltageSettings, lead_s: float) -> list[Word]:
    """One word of each detector, whatever phases it tells, in grid order. Devices that the grid
    does not have are passed over. A detector at a switch that opens, or at an open one, may stand
    on either side of it."""
    known = scene.network.arrays.switches.of
    told: dict[SwitchId, dict[Part, Measured[Reading]]] = {}
    for (device, part), measured in heard.voltage_losses.items():
        if device in known:
            told.setdefault(device, {})[part] = measured
    in_order = sorted(told, key=known.__getitem__)
    said = {d: _said(heard, d, told=told[d], settings=settings, lead_s=lead_s) for d in in_order}
    counting = {device: one for device, one in said.items() if isinstance(one, _Said)}
    weighed = _weighed(Darkness(scene), counting, settings=settings)
    return [one if isinstance(one, Unheard) else weighed[d] for d, one in said.items()]


def _said(
    heard: Heard,
    device: SwitchId,
    *,
    told: Mapping[Part, Measured[Reading]],
    settings: VoltageSettings,
    lead_s: float,
) -> _Said | Unheard:
    """By phase if it tells any that count, else as a whole; else why it does not count."""
    words = {p: judged(heard, device, said=said, lead_s=lead_s) for p, said in told.items()}
    counting = {part: word for part, word in words.items() if isinstance(word, Reading)}
    phases = [counting[part] for part in LIVE_PHASES if part in counting]
    if not counting:
        return next(word for word in words.values() if isinstance(word, Unheard))
    readings = phases or list(counting.values())
    lost = Reading.YES in readings
    if not lost and elapsed_s(heard) < settings.delay_s:
        why = because("voltage-too-early", device=device)
        return Unheard(witness=device, reading=Reading.NO, why=why)
    if len(phases) == len(LIVE_PHASES):
        return _Said(lost, partial=lost and Reading.NO in phases)
    return _Said(lost, seen=len(phases) / len(LIVE_PHASES) if phases else 1.0)


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


def _weighed(
    dark: Darkness, said: Mapping[SwitchId, _Said], *, settings: VoltageSettings
) -> dict[SwitchId, Word]:
    if not said or not len(dark.scene.sections):
        return {device: _no_place(device, said=one) for device, one in said.items()}
    table = [_probabilities(one, settings) for one in said.values()]
    p = np.array([(w.pole, w.fuse, w.cut, w.supplied) for w in table]).T
    any_partial = any(one.partial for one in said.values())
    p_broken = settings.p_broken_conductor if any_partial else 0.0
    log_p, none = _by_row(dark, list(said), p=p, p_broken=p_broken)
    best, worst = log_p.max(axis=1), log_p.min(axis=1)
    tells = np.maximum(best, none) - np.minimum(worst, none) >= SAME
    words: dict[SwitchId, Word] = {}
    for k, (device, one) in enumerate(said.items()):
        if not tells[k]:
            words[device] = _no_place(device, said=one)
            continue
        code = "voltage-lost" if one.lost else "voltage-kept"
        words[device] = Testimony(
            witness=device,
            reading=Reading.YES if one.lost else Reading.NO,
            log_p=log_p[k],
            log_p_none=float(none[k]),
            any_suffices=one.lost,
            wrong=log_p[k] < best[k] - NOTICEABLE,
            wrong_if_none=bool(none[k] < best[k] - NOTICEABLE),
            speaks_for=log_p[k] >= best[k] - SPEAKS_FOR,
            why_right=because(code, device=device),
            why_wrong=because(f"{code}-against", device=device),
        )
    return words


def _no_place(device: SwitchId, *, said: _Said) -> Unheard:
    reading = Reading.YES if said.lost else Reading.NO
    why = because("voltage-tells-no-place", device=device)
    return Unheard(witness=device, reading=reading, why=why)


def _by_row(
    dark: Darkness, devices: list[SwitchId], *, p: Values, p_broken: float
) -> tuple[Values, Values]:
    """`p`: shape (4, devices), as in `_P`. Shapes (devices, rows) and (devices,)."""
    arrays = dark.scene.network.arrays
    pole, fuse, cut, supplied = p[:, :, np.newaxis]
    ends = arrays.switch_sections[arrays.switches.numbers(devices)]
    anyway = dark.anyway(ends.ravel()).reshape(-1, 2)
    gone = anyway.mean(axis=1, keepdims=True)
    off = dark.cleared(ends.ravel()).reshape(len(devices), 2, -1).mean(axis=1) - gone
    opened = np.where(dark.is_single_pole, fuse, pole)
    none = gone * pole + (1.0 - gone) * supplied
    p_row = (none + off * (opened - supplied))[:, dark.case_of]
    if p_broken > 0.0:
        missed = _cut(dark, devices, ends=ends, anyway=anyway)
        p_row = (1.0 - p_broken) * p_row + p_broken * (none + missed * (cut - supplied))
    return np.log(p_row), np.log(none[:, 0])


def _cut(dark: Darkness, devices: list[SwitchId], *, ends: Indices, anyway: Marks) -> Values:
    """Share of the sides, not dark anyway, on which a detector misses a phase, by row where the
    conductor broke. The switch that feeds the section of the break stands before it, with both
    its sides. Shape (devices, rows)."""
    arrays, forest = dark.scene.network.arrays, dark.scene.traced.by_number
    feeds = [forest.fed_by(arrays.switches.of[device]) >= 0 for device in devices]
    behind = dark.cut(ends.ravel()).reshape(len(devices), 2, -1)
    new = behind & ~anyway[:, :, np.newaxis]
    before = np.array(feeds)[:, np.newaxis] & ~behind.all(axis=1)
    return np.where(before, 0.0, new.mean(axis=1))
