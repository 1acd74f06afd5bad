"""What a fault passage indicator says, or does not say.

S1 [b1] A [s1] B [s2] C     fault in B: s1 flags, s2 does not. A directional one tells the side,
one with phases the phases; one that waits for the loss of voltage is silent above the device
that cleared the fault.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gridops.ids import SwitchId
from gridops.measurement import PHASES, Measured, Part, Reading
from gridops.network import IndicatorKind, IndicatorTrust, Values
from gridops.outage.fault_path import is_flagging, opens_by_itself
from gridops.outage.heard import Heard
from gridops.outage.infeed import Infeed
from gridops.outage.location_settings import LocationSettings
from gridops.outage.readable import too_old, unreadable
from gridops.outage.scene import Scene
from gridops.outage.testimony import FAULT_TYPES, Marks, Testimony, Unheard, Word
from gridops.reasons import Reason, because

NO_CURRENT_A = 1e-6
_SEES = np.array([[part.value in kind for kind in FAULT_TYPES] for part in PHASES])
"""Whether each of `PHASES` carries fault current, by fault type."""


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    """What one indicator should see, row by row."""

    forward: Marks
    """Current that its flag (`Part.WHOLE`) stands for."""
    reverse: Marks
    p_backfeed: Values
    """That a generator behind it drives enough current the other way; 0 where none can."""
    backward_is_reverse: bool


def indicator_words(scene: Scene, heard: Heard, *, settings: LocationSettings) -> list[Word]:
    """Of each indicator on the way to a candidate or between two, in preorder."""
    words: list[Word] = []
    plainly, infeed = _Plainly.of(scene, heard, settings=settings), Infeed.of(scene, settings)
    for number in scene.spans:
        device = scene.network.arrays.switches.ids[number]
        switch = scene.network.switches[device]
        if is_flagging(switch):
            witness = _Witness(scene, heard, settings, infeed, number)
            words += plainly.words(witness) if witness.is_plain else witness.words()
        elif number not in scene.above and not opens_by_itself(switch):
            words.append(_unheard(device, Reading.NOT_FITTED, code="indicator-not-fitted"))
    return words


@dataclass(frozen=True, slots=True)
class _Plainly:
    """Words of the many indicators that are as simple as can be: one flag, no direction, nothing
    that feeds back. The same as `_Witness.words`, without working it out row by row."""

    rows: int
    log_yes: tuple[float, float]
    """On the path, and beside it."""
    log_no: tuple[float, float]
    none: tuple[float, float]
    """If there is no fault: of a flag, and of silence."""

    @classmethod
    def of(cls, scene: Scene, heard: Heard, *, settings: LocationSettings) -> "_Plainly":
        seen = 1.0 - silent_until_now(heard, settings)
        flags = (1.0 - settings.p_missing, settings.p_stray)
        log_no = tuple(math.log(1.0 - p * seen) for p in flags)
        return cls(
            rows=len(scene.sections),
            log_yes=(math.log(flags[0]), math.log(flags[1])),
            log_no=(log_no[0], log_no[1]),
            none=(math.log(flags[1]), log_no[1]),
        )

    def words(self, witness: "_Witness") -> list[Word]:
        said = witness.heard.flags.get(witness.device)
        unheard = witness.unheard(said)
        if unheard is not None or said is None:
            return [] if unheard is None else [unheard]
        is_yes = said.value is Reading.YES
        span, device = witness.scene.spans[witness.number], witness.device
        on, beside = self.log_yes if is_yes else self.log_no
        log_p = np.full(self.rows, beside)
        log_p[span] = on
        right = np.full(self.rows, not is_yes)
        right[span] = is_yes
        codes = _CODES[is_yes]
        return [
            Testimony(
                witness=device,
                reading=said.value,
                log_p=log_p,
                log_p_none=self.none[0] if is_yes else self.none[1],
                any_suffices=is_yes,
                wrong=~right,
                wrong_if_none=int(is_yes),
                is_sensor=True,
                speaks_for=right,
                why_right=because(codes[0], device=device),
                why_wrong=because(codes[1], device=device),
            )
        ]


_CODES = {
    True: ("saw-fault-current", "flag-without-path"),
    False: ("saw-no-fault-current", "silent-on-path"),
}


def foretold(
    scene: Scene, heard: Heard, *, device: SwitchId, settings: LocationSettings
) -> tuple[Testimony, Testimony] | None:
    """What a "yes" and what a "no" of an indicator would say, read long after: of a directional
    one for current from the source. None where its word would not count."""
    arrays = scene.network.arrays
    number = arrays.switches.of.get(device, -1)
    if number not in scene.spans or device in heard.in_test:
        return None
    switch = scene.network.switches[device]
    if not is_flagging(switch) or switch.indicator_trust is IndicatorTrust.IGNORED:
        return None
    later, infeed = replace(heard, asked_at=None), Infeed.of(scene, settings)
    return _Witness(scene, later, settings, infeed, number).foretold()


def _unreadable(
    heard: Heard, device: SwitchId, *, said: Measured[Reading] | None
) -> Unheard | None:
    """Why the word of `device` does not count as a reading at all; None if it does."""
    if said is not None:
        return unreadable(heard, device, said=said)
    return _unheard(
        device, Reading.FAILED, code="in-test" if device in heard.in_test else "indicator-failed"
    )


def _unheard(device: SwitchId, reading: Reading, *, code: str) -> Unheard:
    return Unheard(witness=device, reading=reading, why=because(code, device=device))


def silent_until_now(heard: Heard, settings: LocationSettings) -> float:
    """Probability that a message of a device that did see the fault is still on its way.

    Messages take up to `message_delay_s_max`, each duration alike.
    """
    if heard.asked_at is None or settings.message_delay_s_max <= 0.0:
        return 0.0
    elapsed_s = (heard.asked_at - heard.since).total_seconds()
    return min(1.0, max(0.0, 1.0 - elapsed_s / settings.message_delay_s_max))


@dataclass(frozen=True, slots=True)
class _Witness:
    """One indicator with everything that it said."""

    scene: Scene
    heard: Heard
    settings: LocationSettings
    infeed: Infeed
    number: int

    @property
    def device(self) -> SwitchId:
        return self.scene.network.arrays.switches.ids[self.number]

    @property
    def is_plain(self) -> bool:
        switch = self.scene.network.switches[self.device]
        return (
            not self.heard.part_flags
            and switch.indicator is IndicatorKind.NON_DIRECTIONAL
            and not switch.indicator_needs_voltage_loss
            and self._p_backfeed() <= 0.0
        )

    def words(self) -> Iterator[Word]:
        phases = self._phases()
        if phases:
            yield from self._by_phase(phases)
            return
        said = self.heard.flags.get(self.device)
        switch = self.scene.network.switches[self.device]
        unheard = self.unheard(said)
        if unheard is not None:
            yield unheard
        elif said is not None:
            expected = self._expected()
            seen = expected.forward
            other = 0.0 if expected.backward_is_reverse else expected.p_backfeed
            yield self._word(said.value, seen, p_other=other)
        if switch.indicator is IndicatorKind.DIRECTIONAL:
            yield from self._reverse()

    def foretold(self) -> tuple[Testimony, Testimony]:
        expected = self._expected()
        is_directional = (
            self.scene.network.switches[self.device].indicator is IndicatorKind.DIRECTIONAL
        )
        other = 0.0 if is_directional else expected.p_backfeed
        sees = expected.forward | expected.reverse
        return (
            self._word(Reading.YES, sees, p_other=other),
            self._word(Reading.NO, sees, p_other=other),
        )

    def _reverse(self) -> Iterator[Word]:
        said = self.heard.part_flags.get((self.device, Part.REVERSE))
        if said is None:
            return
        unheard = self.unheard(said)
        if unheard is not None:
            yield unheard
            return
        expected = self._expected()
        other = expected.p_backfeed if expected.backward_is_reverse else 0.0
        yield self._word(said.value, expected.reverse, p_other=other)

    def _phases(self) -> dict[Part, Measured[Reading]]:
        said = self.heard.part_flags
        found = {p: said[self.device, p] for p in PHASES if (self.device, p) in said}
        return {
            p: m for p, m in found.items() if unreadable(self.heard, self.device, said=m) is None
        }

    def unheard(self, said: Measured[Reading] | None) -> Unheard | None:
        """None: it counts."""
        unheard = _unreadable(self.heard, self.device, said=said)
        if unheard is not None or said is None:
            return unheard
        trust = self.scene.network.switches[self.device].indicator_trust
        if trust is IndicatorTrust.IGNORED:
            return _unheard(self.device, said.value, code="indicator-untrusted")
        if said.value is not Reading.YES:
            blind = self._waits_in_vain()
            return _unheard(self.device, said.value, code="silence-of-waiting") if blind else None
        if trust is IndicatorTrust.ABSENCE_ONLY:
            return _unheard(self.device, said.value, code="flag-untrusted")
        return too_old(self.heard, self.device, said=said, lead_s=self.settings.flag_lead_s)

    def _expected(self) -> _Expected:
        scene, number = self.scene, self.number
        network, switch = scene.network, scene.network.switches[self.device]
        rows = len(scene.sections)
        passes = np.zeros(rows, np.bool_)
        passes[scene.spans[number]] = True
        backfeed = np.where(passes, 0.0, self._p_backfeed())
        if switch.indicator_needs_voltage_loss:
            passes &= self._loses_supply()
        fed = scene.traced.by_number.fed_by(number)
        downwards = bool(network.arrays.switch_sections[number][1] == fed)
        if switch.indicator is not IndicatorKind.DIRECTIONAL:
            return _Expected(passes, np.zeros(rows, np.bool_), backfeed, backward_is_reverse=False)
        nowhere = np.zeros(rows, np.bool_)
        if downwards:
            return _Expected(passes, nowhere, backfeed, backward_is_reverse=True)
        return _Expected(nowhere, passes, backfeed, backward_is_reverse=False)

    def _loses_supply(self) -> Marks:
        """Rows for whose fault the device itself is left without voltage."""
        scene, number = self.scene, self.number
        rows = len(scene.sections)
        if not scene.tripped and self._is_earth_fault_left_standing():
            return np.zeros(rows, np.bool_)
        if scene.tripped:
            inside = number not in scene.above or self.device in scene.tripped
            return np.full(rows, inside)
        marks = np.zeros(rows, np.bool_)
        for guard in np.unique(scene.guard_of[scene.spans[number]]).tolist():
            if guard >= 0 and scene.feeds_through(number, guard=guard):
                marks |= scene.guard_of == guard
        return marks

    def _waits_in_vain(self) -> bool:
        """Its silence is certain, wherever the fault is, and would read as if it had looked."""
        waits = self.scene.network.switches[self.device].indicator_needs_voltage_loss
        return waits and not self.scene.tripped and self._is_earth_fault_left_standing()

    def _is_earth_fault_left_standing(self) -> bool:
        """A relay signals an earth fault that trips nothing: nobody loses voltage by it."""
        said = self.heard.earth_faults
        return any(word.value is Reading.YES and word.is_good for word in said.values())

    def _p_backfeed(self) -> float:
        """By the generators behind the device; current to a fault elsewhere passes it upwards."""
        current_a = self.infeed.behind_a(self.number)
        # sums of many differ by their rounding: nothing is nothing
        reaches = current_a > NO_CURRENT_A and current_a >= self.settings.indicator_pickup_a
        return self.settings.p_backfeed if reaches else 0.0

    def _log_p(self, reading: Reading, p_flag: Values) -> Values:
        """Of the reading, where the device flags with `p_flag`. A flag that is there counts in
        full however early, a silent one may still be on its way."""
        if reading is Reading.YES:
            return np.log(p_flag)
        return np.log(1.0 - p_flag * (1.0 - silent_until_now(self.heard, self.settings)))

    def _log_p_none(self, reading: Reading) -> float:
        return float(self._log_p(reading, np.array(self.settings.p_stray)))

    def _p_flag(self, sees: Marks, p_other: Values | float) -> Values:
        settings = self.settings
        stray = 1.0 - (1.0 - settings.p_stray) * (1.0 - p_other)
        p_flag: Values = np.where(sees, 1.0 - settings.p_missing, stray)
        return p_flag

    def _word(self, reading: Reading, sees: Marks, *, p_other: Values | float) -> Testimony:
        is_yes = reading is Reading.YES
        explained = sees | (np.asarray(p_other) > 0.0)
        right = explained if is_yes else ~sees
        return Testimony(
            witness=self.device,
            reading=reading,
            log_p=self._log_p(reading, self._p_flag(sees, p_other)),
            log_p_none=self._log_p_none(reading),
            any_suffices=is_yes,
            wrong=~right,
            wrong_if_none=int(is_yes),
            is_sensor=True,
            speaks_for=right,
            why_right=self._why(_CODES[is_yes][0]),
            why_wrong=self._why(_CODES[is_yes][1]),
        )

    def _why(self, code: str) -> Reason:
        return because(code, device=self.device)

    def _by_phase(self, phases: dict[Part, Measured[Reading]]) -> Iterator[Word]:
        """All phases of one device are one word: it fails or holds as a whole in the count, phase
        by phase in the probability."""
        expected = self._expected()
        passes = expected.forward | expected.reverse
        shape = (len(self.scene.sections), len(FAULT_TYPES))
        log_p, wrong, none = np.zeros(shape), np.zeros(shape, np.bool_), 0.0
        any_yes = False
        unheard = {part: self.unheard(said) for part, said in phases.items()}
        for part, said in phases.items():
            if unheard[part] is not None:
                continue
            is_yes = said.value is Reading.YES
            any_yes |= is_yes
            sees = passes[:, np.newaxis] & _SEES[PHASES.index(part)]
            log_p += self._log_p(said.value, self._p_flag(sees, 0.0))
            wrong |= sees != is_yes
            none += self._log_p_none(said.value)
        why_not = [why for why in unheard.values() if why is not None]
        if len(why_not) == len(phases):
            yield why_not[0]
            return
        yield Testimony(
            witness=self.device,
            reading=Reading.YES if any_yes else Reading.NO,
            log_p=log_p,
            log_p_none=none,
            any_suffices=any_yes,
            wrong=wrong,
            wrong_if_none=int(any_yes),
            is_sensor=True,
            readings=len(phases) - len(why_not),
            speaks_for=~wrong,
            why_right=self._why("saw-fault-current" if any_yes else "saw-no-fault-current"),
            why_wrong=self._why("phases-do-not-fit" if any_yes else "silent-on-path"),
        )
