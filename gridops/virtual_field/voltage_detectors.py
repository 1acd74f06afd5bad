"""Voltage detectors: they tell that voltage is gone."""

from functools import partial

from gridops.ids import SwitchId
from gridops.network import Signal
from gridops.virtual_field.agenda import Appointment
from gridops.virtual_field.load_sides import LoadSides
from gridops.virtual_field.plant import PHASES, Plant

WATCHED = {
    Signal.VOLTAGE_LOSS: PHASES,
    Signal.VOLTAGE_LOSS_A: frozenset("a"),
    Signal.VOLTAGE_LOSS_B: frozenset("b"),
    Signal.VOLTAGE_LOSS_C: frozenset("c"),
}
"""A contact says YES when all of these are gone."""


class VoltageDetectors:
    """YES once the load side (`LoadSides`) has had no voltage for `voltage_loss_delay_s`; NO as
    soon as it is back."""

    def __init__(self, plant: Plant, sides: LoadSides) -> None:
        self._plant = plant
        self._sides = sides
        self._fitted = [
            (SwitchId(element), signal)
            for signal in WATCHED
            for element in plant.points.elements_with(signal)
        ]
        self._telling: dict[tuple[SwitchId, Signal], Appointment] = {}
        plant.watchers.append(self._watch)

    def _watch(self) -> None:
        for switch, signal in self._fitted:
            gone = WATCHED[signal] <= self._sides.lost(switch)
            key = (switch, signal)
            if gone and key not in self._telling:
                delay_s = self._plant.settings.voltage_loss_delay_s
                tell = partial(self._say, switch, signal, value=True)
                self._telling[key] = self._plant.agenda.after(delay_s, tell)
            if not gone and key in self._telling:
                self._telling.pop(key).cancel()
                before = self._plant.points.reads(switch, signal)
                if before is not None and before.value is True:
                    self._say(switch, signal, value=False)

    def _say(self, switch: SwitchId, signal: Signal, *, value: bool) -> None:
        self._plant.points.report(switch, signal, value=value, at=self._plant.agenda.now)
