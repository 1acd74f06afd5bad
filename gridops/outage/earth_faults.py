"""Earth faults that trip nothing: which relay signals, and so behind which device to look.

S1 [b1] A [r1] B, S1 [b2] C     b1 signals, b2 does not, r1 does: the fault lies in B.

In isolated and compensated grids an earth fault lets no device trip. Relays that tell direction
signal one behind them; where they err it is mostly by the capacitive current of a healthy feeder.
"""

import math
from dataclasses import dataclass

import numpy as np

from gridops.ids import SwitchId
from gridops.measurement import Reading
from gridops.outage.heard import Heard
from gridops.outage.readable import judged
from gridops.outage.scene import Scene
from gridops.outage.testimony import Testimony, Unheard, Word
from gridops.reasons import because


@dataclass(frozen=True, slots=True, kw_only=True)
class EarthFaultSettings:
    """What an earth-fault relay is worth. Probabilities hold per device and fault."""

    p_missing: float = 0.1
    """A relay before the fault does not signal: too much resistance in the fault, too little
    residual current. Assumption."""
    p_stray: float = 0.05
    """A relay beside the fault signals: the capacitive current of what lies behind it, or a
    transformer connected the wrong way. Assumption."""


def words(scene: Scene, heard: Heard, *, settings: EarthFaultSettings, lead_s: float) -> list[Word]:
    """One word of each earth-fault relay, in grid order: YES, it lies behind the device.

    A "no" counts only where another relay signals: else there may be no earth fault at all, and
    a short circuit needs none. Residual current that indicators flag (`Part.N`) is not heard here
    but with the indicators.
    """
    known = scene.network.arrays.switches.of
    devices = sorted((d for d in heard.earth_faults if d in known), key=known.__getitem__)
    said = {d: judged(heard, d, said=heard.earth_faults[d], lead_s=lead_s) for d in devices}
    anybody = Reading.YES in said.values()
    return [
        word
        if isinstance(word, Unheard)
        else _word(scene, device, said=word, counts=anybody, settings=settings)
        for device, word in said.items()
    ]


def _word(
    scene: Scene, device: SwitchId, *, said: Reading, counts: bool, settings: EarthFaultSettings
) -> Word:
    behind = np.zeros(len(scene.sections), np.bool_)
    behind[scene.behind(device)] = True
    if not counts or not behind.any():
        why = because("earth-fault-tells-no-place", device=device)
        return Unheard(witness=device, reading=said, why=why)
    signals = said is Reading.YES
    p_yes = np.where(behind, 1.0 - settings.p_missing, settings.p_stray)
    right = behind if signals else ~behind
    codes = (
        ("earth-fault-behind", "earth-fault-not-behind")
        if signals
        else ("no-earth-fault-behind", "earth-fault-missed")
    )
    return Testimony(
        witness=device,
        reading=said,
        log_p=np.log(p_yes if signals else 1.0 - p_yes),
        log_p_none=math.log(settings.p_stray if signals else 1.0 - settings.p_stray),
        any_suffices=signals,
        wrong=~right,
        wrong_if_none=signals,
        speaks_for=right,
        why_right=because(codes[0], device=device),
        why_wrong=because(codes[1], device=device),
    )
