"""Fault passage indicators: they flag the way of the fault current and remember it."""

from functools import partial

from gridops.ids import SwitchId
from gridops.network import IndicatorKind, Signal
from gridops.virtual_field.agenda import Appointment
from gridops.virtual_field.plant import Plant
from gridops.virtual_field.vocabulary import Misbehaviour


class Indicators:
    """Flags `indicator_delay_s` after fault current began, however short it was.

    A flag holds until its switch has been closed, live and free of fault current for
    `reset_after_s` without a break: an opened fence keeps its evidence.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._fitted = tuple(
            switch.id
            for switch in plant.network.switches.values()
            if switch.indicator is not IndicatorKind.NONE
        )
        self._flagged: set[SwitchId] = set()
        self._flagging: dict[SwitchId, Appointment] = {}
        self._resetting: dict[SwitchId, Appointment] = {}
        plant.watchers.append(self._watch)

    def flag(self, switch: SwitchId) -> None:
        """Also without cause. Nothing happens at a switch without an indicator."""
        self._flagging.pop(switch, None)
        if switch not in self._fitted or switch in self._flagged:
            return
        self._flagged.add(switch)
        self._say(switch, True)
        self._consider_reset(switch, self._plant.fault_current)

    def _watch(self) -> None:
        seen = self._plant.fault_current
        for switch in self._fitted:
            if switch in seen:
                self._see(switch)
            self._consider_reset(switch, seen)

    def _see(self, switch: SwitchId) -> None:
        silent = self._plant.does(switch, Misbehaviour.INDICATOR_SILENT)
        if silent or switch in self._flagged or switch in self._flagging:
            return
        self._flagging[switch] = self._plant.agenda.after(
            self._plant.settings.indicator_delay_s, partial(self.flag, switch)
        )

    def _consider_reset(self, switch: SwitchId, seen: dict[SwitchId, int]) -> None:
        plant = self._plant
        calm = plant.is_closed(switch) and plant.is_live(switch) and switch not in seen
        if not calm and switch in self._resetting:
            self._resetting.pop(switch).cancel()
        if calm and switch in self._flagged and switch not in self._resetting:
            self._resetting[switch] = plant.agenda.after(
                plant.settings.reset_after_s, partial(self._reset, switch)
            )

    def _reset(self, switch: SwitchId) -> None:
        del self._resetting[switch]
        self._flagged.discard(switch)
        self._say(switch, False)

    def _say(self, switch: SwitchId, value: bool) -> None:
        self._plant.points.report(switch, Signal.FAULT_FLAG, value=value, at=self._plant.agenda.now)
