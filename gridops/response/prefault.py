"""Load before a fault, frozen at the event: what restoration must reckon with.

Measured at the feeder heads (average over two minutes, as S&C's IntelliTeam does) and spread
over the loads of the feeder in proportion to what the grid files state; without a meter, as
the files state. What generators on the feeder fed in is added back: the head did not see it,
and they trip with the outage.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cached_property

import numpy as np

from gridops.events import PowerMeasured
from gridops.ids import FeederId, LoadId, SwitchId
from gridops.network import Network
from gridops.network.profiles import factor_of
from gridops.powerflow import LoadPower, LoadPowers
from gridops.state import Energisation

WINDOW = timedelta(minutes=2)
SAMPLES_MAX = 240
"""Per feeder head; at one reading a second it covers twice the window."""


Samples = tuple[tuple[datetime, float], ...]
"""What one head measured, oldest first, each with its source time."""


class FeederLoads:
    """Remembers what the feeder heads measured lately."""

    _network: Network
    _feeder_of: dict[SwitchId, FeederId]
    _samples: dict[FeederId, Samples]

    def __init__(self, network: Network) -> None:
        self._network = network
        self._feeder_of = {head: feeder for feeder, head in network.heads.items()}
        self._samples = dict.fromkeys(network.heads, ())

    def take_in(self, network: Network) -> None:
        """Changes over to another version of the grid, with what heads that stay have measured."""
        was, samples = self._network.heads, self._samples
        self._network = network
        self._feeder_of = {head: feeder for feeder, head in network.heads.items()}
        self._samples = {
            feeder: samples[feeder] if was.get(feeder) == head else ()
            for feeder, head in network.heads.items()
        }

    def keep(self, event: PowerMeasured) -> None:
        """Readings that are not good, or not at a feeder head, say nothing here."""
        feeder = self._feeder_of.get(event.switch)
        if feeder is not None and event.quality.value == "good":
            latest = self._samples[feeder][-SAMPLES_MAX + 1 :]
            self._samples[feeder] = (*latest, (event.source_time, abs(event.p_w)))

    def before(
        self,
        instant: datetime,
        energisation: Energisation,
        *,
        scale: float = 1.0,
        at: time | None = None,
    ) -> Mapping[LoadId, LoadPower]:
        """Power of every load just before `instant`, in the topology that held then.

        `scale` multiplies loads whose feeder is not measured. Losses on the feeder are taken
        for load, and generators for running as the grid states them (by their profiles at local
        time `at`, if that is given), which errs on the safe side.
        """
        return LoadsBefore(
            energisation, dict(self._samples), instant=instant, scale_unmeasured=scale, at=at
        )


class LoadsBefore(Mapping[LoadId, LoadPower]):
    """Power of every load just before one instant; worked out when it is asked for.

    Equal to a dict of the same, and immutable.
    """

    def __init__(
        self,
        energisation: Energisation,
        samples: Mapping[FeederId, Samples],
        *,
        instant: datetime,
        scale_unmeasured: float,
        at: time | None = None,
    ) -> None:
        self._energisation, self._samples = energisation, samples
        self._instant, self._scale = instant, scale_unmeasured
        self._network = energisation.network
        self._at = at
        self._measured: dict[FeederId, float | None] = {}

    @classmethod
    def of_factors(
        cls, energisation: Energisation, factors: Mapping[FeederId | None, float]
    ) -> "LoadsBefore":
        """What `worked_out` says of another one, again."""
        instant = datetime.min.replace(tzinfo=UTC)
        made = cls(energisation, {}, instant=instant, scale_unmeasured=factors[None])
        made._measured.update((feeder, factors.get(feeder)) for feeder in made._network.heads)
        return made

    def worked_out(self) -> tuple[Energisation, dict[FeederId | None, float]]:
        """The topology, and what loads are multiplied with: those of each feeder that was measured,
        and (None) all others."""
        factors: dict[FeederId | None, float] = {None: self._scale}
        for feeder in self._network.heads:
            factor = self._measured_on(feeder)
            if factor is not None:
                factors[feeder] = factor
        return self._energisation, factors

    def is_measured(self, ident: LoadId) -> bool:
        """Whether its feeder was, just before."""
        return self._measured_on(self._feeder_of(ident)) is not None

    @property
    def powers(self) -> LoadPowers:
        """All of them at once, as arrays."""
        arrays, feeder_of = self._network.arrays, self._energisation.feeder_of
        by_section = np.array([self._used_on(feeder_of.get(s)) for s in arrays.sections.ids])
        stated = LoadPowers.stated(self._network)
        used = by_section[arrays.load_section]
        return LoadPowers(arrays, p_w=stated.p_w * used, q_var=stated.q_var * used)

    def __getitem__(self, ident: LoadId) -> LoadPower:
        load, used = self._network.loads[ident], self._used_on(self._feeder_of(ident))
        return LoadPower(load.p_w * used, load.q_var * used)

    def __contains__(self, ident: object) -> bool:
        return ident in self._network.loads

    def __iter__(self) -> Iterator[LoadId]:
        """Section by section, in grid order."""
        return (load.id for of in self._network.loads_of_section.values() for load in of)

    def __len__(self) -> int:
        return len(self._network.loads)

    def __repr__(self) -> str:
        return repr(dict(self))

    def _used_on(self, feeder: FeederId | None) -> float:
        """What the loads of the feeder are multiplied with."""
        factor = self._measured_on(feeder)
        return self._scale if factor is None else factor

    def _measured_on(self, feeder: FeederId | None) -> float | None:
        if feeder is not None and feeder not in self._measured:
            self._measured[feeder] = self._factor(feeder)
        return None if feeder is None else self._measured[feeder]

    def _feeder_of(self, ident: LoadId) -> FeederId | None:
        section = self._network.section_of_node[self._network.loads[ident].node]
        return self._energisation.feeder_of.get(section)

    def _factor(self, feeder: FeederId) -> float | None:
        earliest = self._instant - WINDOW
        measured = [p for at, p in self._samples[feeder] if earliest <= at < self._instant]
        stated = self._energisation.p_w_behind(self._network.heads[feeder])
        if not measured or stated <= 0.0:
            return None
        return (sum(measured) / len(measured) + self._masked_w.get(feeder, 0.0)) / stated

    @cached_property
    def _masked_w(self) -> Mapping[FeederId, float]:
        """What generators fed in behind each head, which measured so much less."""
        network, feeder_of = self._network, self._energisation.feeder_of
        found: dict[FeederId, float] = {}
        for each in network.generators.values():
            feeder = feeder_of.get(network.section_of_node[each.node])
            if feeder is not None and each.p_w < 0.0:
                infeed_w = -each.p_w * factor_of(network, each.profile, at=self._at)
                found[feeder] = found.get(feeder, 0.0) + infeed_w
        return found
