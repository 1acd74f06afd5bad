"""Orders by telecontrol, and hands at the device."""

from functools import partial

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network import Control
from gridops.virtual_field.agenda import Appointment
from gridops.virtual_field.plant import Plant
from gridops.virtual_field.protection import Protection
from gridops.virtual_field.vocabulary import Misbehaviour, OrderAnswer


class Drives:
    """Moves switches that were told to move.

    The contacts of a remote switch move at the end of its operating time; until then the
    double point reads INTERMEDIATE.
    """

    def __init__(self, plant: Plant, protection: Protection) -> None:
        self._plant = plant
        self._protection = protection
        self._moving: dict[SwitchId, Appointment] = {}

    def order(self, switch: SwitchId, position: Position) -> OrderAnswer:
        """An order to the position it has is confirmed at once, with the time of the order."""
        refusal = self._refusal(switch, position)
        if refusal is not None:
            return refusal
        plant = self._plant
        if plant.is_closed(switch) == (position is Position.CLOSED):
            self._protection.prepare_operation(switch, position)
            plant.show(switch, position)
            return OrderAnswer.ACCEPTED
        if plant.does(switch, Misbehaviour.STUCK):
            return OrderAnswer.ACCEPTED
        plant.show(switch, Position.INTERMEDIATE)
        self._moving[switch] = plant.agenda.after(
            plant.operating_time_s(switch), partial(self._finish, switch, position)
        )
        return OrderAnswer.ACCEPTED

    def by_hand(self, switch: SwitchId, position: Position) -> None:
        """No interlock holds a hand back. A stuck switch does not move."""
        moving = self._moving.pop(switch, None)
        if moving is not None:
            moving.cancel()
        self._protection.prepare_operation(switch, position)
        self._plant.move(switch, position)

    def _finish(self, switch: SwitchId, position: Position) -> None:
        del self._moving[switch]
        self._protection.prepare_operation(switch, position)
        self._plant.move(switch, position)

    def _refusal(self, switch: SwitchId, position: Position) -> OrderAnswer | None:
        device = self._plant.network.switches[switch]
        if not position.is_definite:
            return OrderAnswer.REFUSED_INVALID
        if device.control is not Control.REMOTE:
            return OrderAnswer.REFUSED_NOT_REMOTE
        if self._plant.does(switch, Misbehaviour.LOCAL):
            return OrderAnswer.REFUSED_LOCAL
        if self._plant.does(switch, Misbehaviour.REFUSE):
            return OrderAnswer.REFUSED_FAILED
        if switch in self._moving:
            return OrderAnswer.REFUSED_BUSY
        there = self._plant.is_closed(switch) == (position is Position.CLOSED)
        if not there and not device.breaks_load and self._plant.is_live(switch):
            return OrderAnswer.REFUSED_INTERLOCK
        return None
