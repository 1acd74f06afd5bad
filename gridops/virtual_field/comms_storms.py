"""Points that say too much: contacts that chatter, measurements that never rest."""

from datetime import datetime, timedelta
from functools import partial
from itertools import cycle

from gridops.errors import ScenarioError
from gridops.ids import LinkId
from gridops.measurement import Position
from gridops.network import Signal
from gridops.state.telemetry import CONTACTS, MEASUREMENTS
from gridops.virtual_field.agenda import Agenda
from gridops.virtual_field.point_table import PointTable
from gridops.virtual_field.vocabulary import PointValue

BURST_EVERY_S = 0.1
"""A storm comes in bursts, so that its agenda stays short."""
WIGGLE = 0.001
"""Share of a measurement by which it changes in a storm; 1 where it reads nothing."""


class CommsStorms:
    """In the end every point says what it would have said without."""

    def __init__(self, agenda: Agenda, points: PointTable) -> None:
        self._agenda = agenda
        self._points = points

    def chatter(
        self, element: str, signal: Signal, *, at: datetime, times: int, every_s: float
    ) -> None:
        if signal not in (*CONTACTS, Signal.POSITION):
            raise ScenarioError(
                f"{signal.value} cannot chatter", remedy="name a contact or the position"
            )
        if self._points.reads(element, signal) is None:
            raise ScenarioError(
                f"{element} has no point {signal.value}",
                remedy="add it to points.csv, or name another",
            )
        for number in range(times):
            due = at + timedelta(seconds=number * every_s)
            self._agenda.at(due, partial(self._turn, element, signal, is_odd=number % 2 == 0))
        end = at + timedelta(seconds=times * every_s)
        self._agenda.at(end, partial(self._turn, element, signal, is_odd=False))

    def storm(self, link: LinkId, *, at: datetime, changes_per_s: float, lasts_s: float) -> None:
        measured = [
            value
            for value in self._points.values.values()
            if value.point.link == link and value.point.signal in MEASUREMENTS
        ]
        if not measured:
            raise ScenarioError(
                f"link {link} measures nothing that could storm",
                remedy="name a link with points of voltage, current or power",
            )
        turns = cycle(measured)
        bursts = max(1, round(lasts_s / BURST_EVERY_S))
        told = 0
        for burst in range(bursts):
            upto = round(changes_per_s * lasts_s * (burst + 1) / bursts)
            ones = [next(turns) for _ in range(upto - told)]
            told = upto
            due = at + timedelta(seconds=burst * BURST_EVERY_S)
            self._agenda.at(due, partial(self._wiggle, ones, sign=1.0 if burst % 2 else -1.0))
        end = at + timedelta(seconds=bursts * BURST_EVERY_S)
        self._agenda.at(end, partial(self._wiggle, measured, sign=0.0))

    def _turn(self, element: str, signal: Signal, *, is_odd: bool) -> None:
        stands = self._points.reads(element, signal)
        if stands is None:
            return
        value: int | float | bool = stands.value
        if is_odd and signal is Signal.POSITION:
            value = int(Position.OPEN if value == Position.CLOSED else Position.CLOSED)
        elif is_odd:
            value = not value
        self._points.show(stands.point, value=value, at=self._agenda.now)

    def _wiggle(self, values: list[PointValue], *, sign: float) -> None:
        """`sign` 0: back to what is true."""
        for each in values:
            point = each.point
            stands = self._points.reads(point.element, point.signal)
            if stands is None:
                continue
            true = float(stands.value)
            wiggled = true + sign * (abs(true) * WIGGLE if true else 1.0)
            self._points.show(point, value=wiggled, at=self._agenda.now)
