"""The live state is carried over to another version of the grid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from gridops.ids import NodeId, SwitchId
from gridops.measurement import Measured, Part, Position, Quality
from gridops.network import Network, Signal
from gridops.network.succession import Points, goes_on, points_of
from gridops.state.live import LiveState, SaidByPart
from gridops.state.telemetry import FLAGS, PARTS, VOLTAGE_LOSSES

T = TypeVar("T")
K = TypeVar("K", bound=str)


@dataclass(frozen=True, slots=True)
class _Wiring:
    """Which point of the two versions carries what."""

    was: Points
    now: Points

    def kept(self, known: Mapping[K, Measured[T]], signal: Signal) -> dict[K, Measured[T]]:
        """Readings whose point is in both versions; over another link they are stale until they
        are read again."""
        return {
            element: reading
            if self.was[element, signal] == self.now[element, signal]
            else replace(reading, quality=Quality.STALE)
            for element, reading in known.items()
            if (element, signal) in self.was and (element, signal) in self.now
        }


def carried_over(was: LiveState, network: Network) -> LiveState:
    """What is known, for `network`: a new state, `was` stays as it is.

    A switch that goes on stands where it stood, with quality and source time; one that is new
    stands at its normal position by record, and one that was rewired, or whose telemetry came
    or went, is unknown until the field or a person says where it stands. Readings go on with
    their points, tags with their switches, modes with their feeders. What is not in `network`
    is forgotten.
    """
    now = LiveState(network=network)
    wiring = _Wiring(points_of(was.network), points_of(network))
    for switch in network.switches:
        if goes_on(switch, was.network, new=network):
            now.positions[switch] = _position(was, now, switch=switch)
            if switch in was.last_definite:
                now.last_definite[switch] = was.last_definite[switch]
        elif switch in was.network.switches:
            now.positions[switch] = replace(now.positions[switch], quality=Quality.STALE)
    _readings(was, now, wiring=wiring)
    _links(was, now)
    now.tags = {ident: tag for ident, tag in was.tags.items() if tag.switch in network.switches}
    now.modes = was.modes.carried_over(network.heads, shedding=now.load_sheds)
    now.work = was.work.carried_over(network)
    now.outcomes = was.outcomes.of(network.switches)
    return now


def _position(was: LiveState, now: LiveState, *, switch: SwitchId) -> Measured[Position]:
    known = was.positions[switch]
    if was.link_of.get(switch) == now.link_of.get(switch):
        return known
    return replace(known, quality=Quality.STALE)


def _readings(was: LiveState, now: LiveState, *, wiring: _Wiring) -> None:
    now.flags = _of_devices(wiring.kept(was.flags, Signal.FAULT_FLAG), was, now=now)
    now.pickups = _of_devices(wiring.kept(was.pickups, Signal.PROTECTION), was, now=now)
    now.earth_faults = _of_devices(wiring.kept(was.earth_faults, Signal.EARTH_FAULT), was, now=now)
    now.load_sheds = _of_devices(wiring.kept(was.load_sheds, Signal.LOAD_SHED), was, now=now)
    now.test_modes = _of_devices(wiring.kept(was.test_modes, Signal.TEST_MODE), was, now=now)
    now.part_flags = _by_part(was.part_flags, FLAGS, was=was, now=now, wiring=wiring)
    now.voltage_losses = _by_part(
        was.voltage_losses, VOLTAGE_LOSSES, was=was, now=now, wiring=wiring
    )
    now.fault_currents_a = _of_devices(
        wiring.kept(was.fault_currents_a, Signal.FAULT_CURRENT), was, now=now
    )
    now.lockouts = _of_devices(wiring.kept(was.lockouts, Signal.LOCKOUT), was, now=now)
    now.local = _of_devices(wiring.kept(was.local, Signal.LOCAL), was, now=now)
    now.currents_a = _of_devices(wiring.kept(was.currents_a, Signal.CURRENT), was, now=now)
    powers = _of_devices(wiring.kept(was.powers_w, Signal.POWER), was, now=now)
    now.powers_w = {s: p for s, p in powers.items() if _same_way_round(s, was, now=now)}
    voltages = wiring.kept(was.voltages_v, Signal.VOLTAGE)
    now.voltages_v = {n: v for n, v in voltages.items() if _same_level(n, was, now=now)}


def _of_devices(
    known: Mapping[SwitchId, Measured[T]], was: LiveState, *, now: LiveState
) -> dict[SwitchId, Measured[T]]:
    return {s: reading for s, reading in known.items() if goes_on(s, was.network, new=now.network)}


def _by_part(
    known: SaidByPart,
    signals: Sequence[Signal],
    *,
    was: LiveState,
    now: LiveState,
    wiring: _Wiring,
) -> SaidByPart:
    """Whose points go on; which side a reverse flag means counts from `node_a` on."""
    kept: SaidByPart = {}
    for signal in signals:
        part = PARTS[signal]
        one = {switch: said for (switch, of), said in known.items() if of is part}
        for switch, said in _of_devices(wiring.kept(one, signal), was, now=now).items():
            if part is not Part.REVERSE or _same_way_round(switch, was, now=now):
                kept[switch, part] = said
    return kept


def _same_way_round(switch: SwitchId, was: LiveState, *, now: LiveState) -> bool:
    """The sign of a power counts from `node_a` on."""
    return was.network.switches[switch].node_a == now.network.switches[switch].node_a


def _same_level(node: NodeId, was: LiveState, *, now: LiveState) -> bool:
    before, after = was.network.nodes.get(node), now.network.nodes.get(node)
    return bool(before and after and before.voltage_v_nominal == after.voltage_v_nominal)


def _links(was: LiveState, now: LiveState) -> None:
    """A new link is not connected yet; `now` says so already."""
    for link in now.network.links:
        if link not in was.network.links:
            continue
        now.links_down.pop(link, None)
        if link in was.links_down:
            now.links_down[link] = was.links_down[link]
        if link in was.links_down_since:
            now.links_down_since[link] = was.links_down_since[link]
        if link in was.link_epochs:
            now.link_epochs[link] = was.link_epochs[link]
