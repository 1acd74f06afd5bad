"""Who was fed at an instant of the field, whatever the order in which movements were told."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from gridops.ids import SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import Network, Switch
from gridops.outage.detection_track import Track
from gridops.outage.fault_path import opens_by_itself
from gridops.state import Energisation, LiveState

REMEMBERED = timedelta(minutes=10)
"""Movements that are older are what the live state says anyhow."""


def opens_alone(switch: Switch) -> bool:
    """Whether it can open without anybody: protection, a fuse, or a sectionaliser's count."""
    return opens_by_itself(switch) or switch.sectionaliser_counts > 0


class Past:
    """The tracks of all switches; of those that moved lately it knows when."""

    network: Network
    tracks: dict[SwitchId, Track]
    _lately: dict[SwitchId, datetime]

    def __init__(self, network: Network) -> None:
        self.network = network
        self.tracks = {s.id: Track(base=s.normal_position) for s in network.switches.values()}
        self._lately = {}

    def moved(self, switch: SwitchId, at: datetime, *, state: LiveState) -> None:
        """A new word about `switch` came `at`."""
        self._lately.pop(switch, None)
        self._lately[switch] = at
        oldest = next(iter(self._lately))
        agrees = self.tracks[oldest].position is state.positions[oldest].value
        if self._lately[oldest] < at - REMEMBERED and agrees:
            del self._lately[oldest]

    def take_in(self, network: Network, tracks: dict[SwitchId, Track]) -> None:
        self.network, self.tracks = network, tracks
        self._lately = {s: at for s, at in self._lately.items() if s in tracks}

    def lost_by(
        self,
        device: SwitchId,
        opened_at: datetime,
        *,
        state: LiveState,
        dead: frozenset[SourceId],
        tolerance: timedelta,
    ) -> bool:
        """Whether the opening of `device` took supply from any load.

        Devices that open together are looked at as if the others were still closed, so that
        the order of their messages does not matter. For a sectionaliser every protection
        that is open counts as closed: it waits for the dead time of one. Only sources in
        `dead` count as dead: the dip that a near fault causes must not hide its trip.
        """
        after = state.energisation.with_dead(dead).moved(device, closed=False)
        for other, closed in self._others(device, opened_at, tolerance=tolerance):
            after = _stood(after, other, closed=closed)
        before = after.moved(device, closed=True)
        return any(self.network.loads_of_section[s] for s in before.gained_since(after))

    def _others(
        self, device: SwitchId, instant: datetime, *, tolerance: timedelta
    ) -> Iterator[tuple[SwitchId, bool]]:
        switches = self.network.switches
        alone = opens_alone(switches[device])
        in_dead_time = switches[device].sectionaliser_counts > 0
        for other in self._lately:
            if other == device:
                continue
            track, switch = self.tracks[other], switches[other]
            together = alone and opens_alone(switch) and track.was_closed_near(instant, tolerance)
            if together or (in_dead_time and opens_by_itself(switch)):
                yield other, True
            else:
                position = track.position_at(instant)
                if position is not None:
                    yield other, position is Position.CLOSED

    def open_above(
        self, device: SwitchId, instant: datetime, *, state: LiveState, tolerance: timedelta
    ) -> bool:
        """Whether a protection above `device` was open around `instant`, as if it and all of
        them were closed otherwise."""
        fed = self._all_closed(device, instant, state=state, tolerance=tolerance)
        ends = self.network.section_ends[device]
        above = {switch for end in ends for switch in fed.path(end)} - {device}
        return any(
            self.tracks[switch].was_open_near(instant, tolerance)
            for switch in above
            if opens_by_itself(self.network.switches[switch])
        )

    def is_fed(self, device: SwitchId, instant: datetime, *, state: LiveState) -> bool:
        """Whether an end of `device` had supply at `instant`."""
        traced = state.energisation
        for other in self._lately:
            position = self.tracks[other].position_at(instant)
            if position is not None:
                traced = _stood(traced, other, closed=position is Position.CLOSED)
        return any(traced.is_supplied(end) for end in self.network.section_ends[device])

    def _all_closed(
        self, device: SwitchId, instant: datetime, *, state: LiveState, tolerance: timedelta
    ) -> Energisation:
        traced = state.energisation.with_dead(frozenset())
        for other, closed in self._others(device, instant, tolerance=tolerance):
            traced = _stood(traced, other, closed=closed)
        return traced.moved(device, closed=True)


def _stood(traced: Energisation, switch: SwitchId, *, closed: bool) -> Energisation:
    return traced if (switch in traced.closed) == closed else traced.moved(switch, closed=closed)
