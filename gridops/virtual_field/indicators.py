"""Fault passage indicators: they flag the way of the fault current and remember it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from gridops.ids import SwitchId
from gridops.network import IndicatorKind, Signal, Switch
from gridops.virtual_field.agenda import Appointment
from gridops.virtual_field.fault_current import FaultCurrent
from gridops.virtual_field.load_sides import LoadSides
from gridops.virtual_field.plant import Plant
from gridops.virtual_field.vocabulary import Misbehaviour

PHASE_FLAGS = {
    "a": Signal.FAULT_FLAG_A,
    "b": Signal.FAULT_FLAG_B,
    "c": Signal.FAULT_FLAG_C,
    "n": Signal.FAULT_FLAG_N,
}
CROSSED = {"a": "b", "b": "c", "c": "a", "n": "n"}
"""What an indicator with crossed sensors takes each phase for."""


@dataclass(slots=True)
class _Indicator:
    switch: Switch
    flagged: dict[Signal, None] = field(default_factory=dict)
    flagging: dict[Signal, Appointment] = field(default_factory=dict)
    resetting: Appointment | None = None
    waiting: dict[Signal, None] = field(default_factory=dict)
    """What it will flag if voltage goes."""
    ended: datetime | None = None
    """Since when no current passes, while it waits."""


class Indicators:
    """Flags `indicator_delay_s` after fault current began, however short it was.

    Any current flags the device as such (`fault_flag`), at a directional one by its direction
    (`fault_flag_reverse`: from `node_b` on), and the phases that it has points for. One that needs
    voltage loss flags after its load side has lost voltage, with the current or within
    `voltage_loss_within_s` after it: so all that stand between the device that cleared the
    fault, itself included, and the fault.

    A flag holds until its switch has been closed, live and free of fault current for
    `reset_after_s` without a break: an opened fence keeps its evidence.
    """

    def __init__(self, plant: Plant, sides: LoadSides) -> None:
        self._plant = plant
        self._sides = sides
        self._fitted = {
            switch.id: _Indicator(switch)
            for switch in plant.network.switches.values()
            if switch.indicator is not IndicatorKind.NONE
        }
        plant.watchers.append(self._watch)

    def flag(self, switch: SwitchId) -> None:
        """Without cause. Nothing happens at a switch without an indicator."""
        if switch in self._fitted:
            self._flag(self._fitted[switch], [Signal.FAULT_FLAG])

    def _watch(self) -> None:
        passing = self._plant.passing
        for switch, indicator in self._fitted.items():
            currents = passing.get(switch, ())
            if currents and not self._plant.does(switch, Misbehaviour.INDICATOR_SILENT):
                self._see(indicator, currents)
            if indicator.waiting:
                self._consider_loss(indicator, passes=bool(currents))
            self._consider_reset(indicator, calm=not currents)

    def _see(self, indicator: _Indicator, currents: Iterable[FaultCurrent]) -> None:
        signals = dict.fromkeys(
            s for current in currents for s in self._signals(indicator, current)
        )
        if indicator.switch.indicator_needs_voltage_loss:
            indicator.waiting.update(signals)
        else:
            self._appoint(indicator, signals)

    def _signals(self, indicator: _Indicator, current: FaultCurrent) -> list[Signal]:
        if indicator.switch.indicator is not IndicatorKind.DIRECTIONAL:
            whole = [Signal.FAULT_FLAG]
        elif current.forwards is None:
            return []
        else:
            whole = [Signal.FAULT_FLAG if current.forwards else Signal.FAULT_FLAG_REVERSE]
        crossed = self._plant.does(indicator.switch.id, Misbehaviour.INDICATOR_WRONG_PHASE)
        phases = {CROSSED[p] if crossed else p for p in current.phases}
        return whole + [flag for phase, flag in PHASE_FLAGS.items() if phase in phases]

    def _consider_loss(self, indicator: _Indicator, *, passes: bool) -> None:
        plant = self._plant
        now = plant.agenda.now
        if passes:
            indicator.ended = None
        elif indicator.ended is None:
            indicator.ended = now
        patience = timedelta(seconds=plant.settings.voltage_loss_within_s)
        if indicator.ended is not None and now - indicator.ended > patience:
            indicator.waiting.clear()
        elif self._sides.is_dark(indicator.switch.id):
            self._appoint(indicator, indicator.waiting)
            indicator.waiting.clear()

    def _appoint(self, indicator: _Indicator, signals: Iterable[Signal]) -> None:
        fresh = [s for s in signals if s not in indicator.flagged and s not in indicator.flagging]
        if not fresh:
            return
        ident = indicator.switch.id
        delay_s = self._plant.settings.indicator_delay_s + self._plant.late_s(ident)
        appointment = self._plant.agenda.after(delay_s, partial(self._flag, indicator, fresh))
        indicator.flagging.update(dict.fromkeys(fresh, appointment))

    def _flag(self, indicator: _Indicator, signals: Iterable[Signal]) -> None:
        for signal in signals:
            indicator.flagging.pop(signal, None)
            if signal not in indicator.flagged:
                indicator.flagged[signal] = None
                self._say(indicator, signal, value=True)
        calm = indicator.switch.id not in self._plant.passing
        self._consider_reset(indicator, calm=calm)

    def _consider_reset(self, indicator: _Indicator, *, calm: bool) -> None:
        plant, ident = self._plant, indicator.switch.id
        calm = calm and plant.is_closed(ident) and plant.is_live(ident)
        calm = calm and not plant.does(ident, Misbehaviour.INDICATOR_STUCK)
        if not calm and indicator.resetting is not None:
            indicator.resetting.cancel()
            indicator.resetting = None
        if calm and indicator.flagged and indicator.resetting is None:
            indicator.resetting = plant.agenda.after(
                plant.settings.reset_after_s, partial(self._reset, indicator)
            )

    def _reset(self, indicator: _Indicator) -> None:
        indicator.resetting = None
        flagged, indicator.flagged = indicator.flagged, {}
        for signal in flagged:
            self._say(indicator, signal, value=False)

    def _say(self, indicator: _Indicator, signal: Signal, *, value: bool) -> None:
        now = self._plant.agenda.now
        self._plant.points.report(indicator.switch.id, signal, value=value, at=now)
