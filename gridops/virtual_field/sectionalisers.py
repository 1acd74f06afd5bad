"""Sectionalisers: they count faults that others clear, and open in a dead time."""

from dataclasses import dataclass
from functools import partial

from gridops.measurement import Position
from gridops.network import Switch
from gridops.virtual_field.agenda import Appointment
from gridops.virtual_field.load_sides import LoadSides
from gridops.virtual_field.plant import Plant


@dataclass(slots=True)
class _Sectionaliser:
    switch: Switch
    passed: bool = False
    """Fault current has passed that is not counted yet."""
    counts: int = 0
    opening: Appointment | None = None
    reclaim: Appointment | None = None


class Sectionalisers:
    """Opens by itself `sectionaliser_delay_s` into the dead time after `sectionaliser_counts`
    passages of fault current, each followed by loss of voltage; never under load.

    It does not count what its own side of the clearing device has kept voltage through. Counts
    are forgotten once it has been closed, with voltage and without fault current, for
    `reclaim_s`, or when it opens.
    """

    def __init__(self, plant: Plant, sides: LoadSides) -> None:
        self._plant = plant
        self._sides = sides
        self._fitted = [
            _Sectionaliser(switch)
            for switch in plant.network.switches.values()
            if switch.sectionaliser_counts
        ]
        plant.watchers.append(self._watch)

    def _watch(self) -> None:
        seen = self._plant.fault_current
        for each in self._fitted:
            dark = self._sides.is_dark(each.switch.id)
            if each.switch.id in seen:
                each.passed = True
                self._hold(each)
            elif not self._plant.is_closed(each.switch.id):
                each.passed, each.counts = False, 0
                self._hold(each)
            elif dark and each.passed:
                self._count(each)
            elif not dark:
                each.passed = False
                self._keep(each)

    def _count(self, each: _Sectionaliser) -> None:
        each.passed = False
        each.counts += 1
        if each.counts >= each.switch.sectionaliser_counts:
            delay_s = self._plant.settings.sectionaliser_delay_s
            each.opening = self._plant.agenda.after(delay_s, partial(self._open, each))

    def _open(self, each: _Sectionaliser) -> None:
        each.opening = None
        if not self._plant.is_live(each.switch.id):
            self._plant.move(each.switch.id, Position.OPEN)

    def _keep(self, each: _Sectionaliser) -> None:
        """Voltage and no fault current: too late to open, and the counts begin to fade."""
        if each.opening is not None:
            each.opening.cancel()
            each.opening = None
        if each.counts and each.reclaim is None:
            reclaim_s = self._plant.settings.reclaim_s
            each.reclaim = self._plant.agenda.after(reclaim_s, partial(self._forget, each))

    def _hold(self, each: _Sectionaliser) -> None:
        for appointment in (each.opening, each.reclaim):
            if appointment is not None:
                appointment.cancel()
        each.opening = each.reclaim = None

    def _forget(self, each: _Sectionaliser) -> None:
        each.reclaim, each.counts = None, 0
