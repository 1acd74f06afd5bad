"""Load before a fault, frozen at the event: what restoration must reckon with.

Measured at the feeder heads (average over two minutes, as S&C's IntelliTeam does) and spread
over the loads of the feeder in proportion to what the grid files state; without a meter, as
the files state.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from gridops.events import PowerMeasured
from gridops.ids import FeederId, LoadId, SwitchId
from gridops.network import Network
from gridops.powerflow import LoadPower
from gridops.state import Energisation

WINDOW = timedelta(minutes=2)
SAMPLES_MAX = 240
"""Per feeder head; at one reading a second it covers twice the window."""


class FeederLoads:
    """Remembers what the feeder heads measured lately."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._feeder_of = {head: feeder for feeder, head in network.heads.items()}
        self._samples: dict[FeederId, deque[tuple[datetime, float]]] = {
            feeder: deque(maxlen=SAMPLES_MAX) for feeder in network.heads
        }

    def take_in(self, network: Network) -> None:
        """Changes over to another version of the grid, with what heads that stay have measured."""
        was, samples = self._network.heads, self._samples
        self._network = network
        self._feeder_of = {head: feeder for feeder, head in network.heads.items()}
        self._samples = {
            feeder: samples[feeder] if was.get(feeder) == head else deque(maxlen=SAMPLES_MAX)
            for feeder, head in network.heads.items()
        }

    def keep(self, event: PowerMeasured) -> None:
        """Readings that are not good, or not at a feeder head, say nothing here."""
        feeder = self._feeder_of.get(event.switch)
        if feeder is not None and event.quality.value == "good":
            self._samples[feeder].append((event.source_time, abs(event.p_w)))

    def before(
        self, instant: datetime, energisation: Energisation, *, scale: float = 1.0
    ) -> Mapping[LoadId, LoadPower]:
        """Power of every load just before `instant`, in the topology that held then.

        `scale` multiplies loads whose feeder is not measured. Losses on the feeder are taken
        for load, which errs on the safe side.
        """
        factors = {
            feeder: self._factor(feeder, instant, energisation=energisation)
            for feeder in self._network.heads
        }
        loads: dict[LoadId, LoadPower] = {}
        for section, members in self._network.loads_of_section.items():
            feeder = energisation.feeder_of.get(section)
            factor = factors.get(feeder) if feeder is not None else None
            used = scale if factor is None else factor
            for load in members:
                loads[load.id] = LoadPower(load.p_w * used, load.q_var * used)
        return loads

    def _factor(
        self, feeder: FeederId, instant: datetime, *, energisation: Energisation
    ) -> float | None:
        earliest = instant - WINDOW
        measured = [p for at, p in self._samples[feeder] if earliest <= at < instant]
        head: SwitchId = self._network.heads[feeder]
        stated = sum(self._network.sections[s].p_w for s in energisation.behind(head))
        if not measured or stated <= 0.0:
            return None
        return sum(measured) / len(measured) / stated
