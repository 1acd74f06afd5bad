"""Supply lost from above: a busbar goes dead and no protection here has seen anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gridops.events import VoltageMeasured
from gridops.ids import SourceId, SwitchId
from gridops.measurement import Quality
from gridops.network import Network
from gridops.outage.detection_clock import plausible_time
from gridops.outage.findings import Findings
from gridops.outage.types import Cause, OperationConcluded
from gridops.reasons import because
from gridops.state import Energisation, LiveState

CONFIRM = "supply"


@dataclass(slots=True)
class _Dead:
    died_at: datetime
    """Source time of the first measurement without voltage."""
    heads: tuple[SwitchId, ...]
    """The closed feeder heads that it fed then."""
    confirmed: bool = False


class SupplyWatch:
    """Tells a dip from lost supply, one source at a time."""

    _network: Network
    _dead: dict[SourceId, _Dead]

    def __init__(self, network: Network) -> None:
        self._network = network
        self._dead = {}

    @property
    def dead(self) -> frozenset[SourceId]:
        """Sources that are confirmed dead. A dip, as every near fault causes one, is not here."""
        return frozenset(s for s, found in self._dead.items() if found.confirmed)

    @property
    def watched(self) -> frozenset[SourceId]:
        """Sources without voltage, confirmed or not."""
        return frozenset(self._dead)

    def take_in(self, network: Network) -> None:
        """Goes on with the sources that `network` has."""
        self._dead = {
            source: replace(found, heads=tuple(h for h in found.heads if h in network.switches))
            for source, found in self._dead.items()
            if source in network.sources
        }
        self._network = network

    def measured(self, event: VoltageMeasured, findings: Findings, *, earliest: datetime) -> None:
        """`earliest`: what is measured cannot have happened before."""
        state = findings.state
        died_at = plausible_time(event.source_time, at=event.at, earliest=earliest)
        dead_now = state.dead_sources
        for source in state.sources_at(event.node):
            if source.id in dead_now and source.id not in self._dead:
                self._dead[source.id] = _Dead(died_at, self._heads_of(source.id, state))
                due = event.at + timedelta(seconds=findings.settings.supply_confirm_s)
                findings.start(CONFIRM, source.id, due=due)
            elif source.id not in dead_now and event.quality is Quality.GOOD:
                self._dead.pop(source.id, None)
                findings.cancel(CONFIRM, source.id)

    def confirm(self, source: SourceId) -> tuple[datetime, tuple[SwitchId, ...]] | None:
        """The time of death and the heads that lost supply; None if voltage is back."""
        found = self._dead.get(source)
        if found is None:
            return None
        found.confirmed = True
        return found.died_at, found.heads

    def explains(self, device: SwitchId, opened_at: datetime, *, state: LiveState) -> bool:
        """Whether what feeds `device` is confirmed dead since before it opened."""
        if not self.dead:
            return False
        traced = state.energisation.with_dead(frozenset()).moved(device, closed=True)
        feeding = (traced.source_of.get(end) for end in self._network.section_ends[device])
        return any(
            source in self._dead
            and self._dead[source].confirmed
            and self._dead[source].died_at <= opened_at
            for source in feeding
            if source is not None
        )

    def _heads_of(self, source: SourceId, state: LiveState) -> tuple[SwitchId, ...]:
        """Closed heads fed by `source` with loads behind them, in grid order.

        Where the grid names no heads, the closed switches at the source take their place.
        """
        network = self._network
        traced = state.energisation.with_dead(state.dead_sources - {source})
        through = [traced.fed_through[section] for section in traced.supplied_by(source)]
        fed = [s for s in through if s is not None]
        at_source = network.section_of_node[network.sources[source].node]
        heads = [s for s in fed if network.switches[s].feeder is not None]
        at_it = [s for s in fed if at_source in network.section_ends[s]]
        numbers = network.arrays.switches.of
        return tuple(
            sorted(
                _with_loads(traced, heads) or _with_loads(traced, at_it), key=numbers.__getitem__
            )
        )


def _with_loads(traced: Energisation, switches: Sequence[SwitchId]) -> list[SwitchId]:
    loads = traced.network.loads_of_section
    return [s for s in switches if any(loads[section] for section in traced.behind(s))]


def conclude_lost_supply(
    device: SwitchId, died_at: datetime, *, at: datetime, picked_up: bool
) -> OperationConcluded:
    """One closed head under a dead source.

    A head whose protection picked up has the fault behind it although something above
    tripped first: that is a fault, and its feeder must not be fed from elsewhere.
    """
    code = "device-picked-up" if picked_up else "supply-lost-above"
    return OperationConcluded(
        device=device,
        cause=Cause.FAULT if picked_up else Cause.LOST_SUPPLY,
        opened_at=died_at,
        concluded_at=at,
        openings=0,
        reason=because(code, device=device),
    )
