"""The fence: the switches that keep everything suspected apart from every supply."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gridops.ids import SectionId, SwitchId
from gridops.isolation.operable import Devices
from gridops.network import Control, Network, SwitchKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A switch that bounds what is suspected but cannot be the fence, and why.

    `because` is a reason code: unknown-position, tag, not-operable, unreachable, duty.
    """

    switch: SwitchId
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """The smallest zone around everything suspected that open switches can bound.

    Guarantees: every switch between `zone` and the rest is in `switches` and is either open,
    by a position that can be relied on, or in `to_open`.
    """

    zone: frozenset[SectionId]
    """Everything suspected, and what had to be taken in because a switch was of no use."""
    switches: tuple[SwitchId, ...]
    """The whole boundary in grid order."""
    to_open: tuple[SwitchId, ...]
    """Those that are closed now: remote ones first, then in grid order."""
    unusable: tuple[Unusable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFence:
    """No fence exists: widening ran into `reached`, which is supplied or has a live source."""

    reached: SectionId
    unusable: tuple[Unusable, ...]


def fence(
    devices: Devices, suspected: AbstractSet[SectionId], live: AbstractSet[SectionId]
) -> Fence | NoFence:
    """Bounds `suspected` by open switches, given that `live` is supplied now.

    S1 [b1] A [s1] B [s2] C (t1) D [b2] S2, B suspected: s1 and s2. If s2 is tagged against
    operation, C is given up and t1, open already, becomes the boundary.

    A switch that cannot be used gives up the section behind it, so the smallest fence is the
    only one that is smallest: it also loses the fewest customers.
    """
    network = devices.network
    zone = {s for s in network.sections if s in suspected}
    waiting = list(zone)
    to_open: set[SwitchId] = set()
    unusable: dict[SwitchId, str] = {}
    while waiting:
        section = waiting.pop(0)
        if network.sections[section].sources and section in live:
            return NoFence(reached=section, unusable=_listed(network, unusable))
        for switch in network.sections[section].switches:
            because = _why_no_boundary(devices, switch, live)
            if because is None:
                to_open.add(switch)
                continue
            beyond = network.across(switch, section)
            if beyond in zone:
                continue
            unusable[switch] = because
            if beyond in live:
                return NoFence(reached=beyond, unusable=_listed(network, unusable))
            zone.add(beyond)
            waiting.append(beyond)
    return _described(devices, frozenset(zone), to_open, _listed(network, unusable))


def narrowest_fence(
    devices: Devices, suspected: AbstractSet[SectionId], live: AbstractSet[SectionId]
) -> Fence | NoFence:
    """`fence`, by remote switches alone if there is one, else with the crew's."""
    remote = Devices(
        network=devices.network,
        snapshot=devices.snapshot,
        unavailable=devices.unavailable,
        crew=False,
    )
    found = fence(remote, suspected, live)
    if isinstance(found, Fence) or not devices.crew:
        return found
    return fence(devices, suspected, live)


def _why_no_boundary(devices: Devices, ident: SwitchId, live: AbstractSet[SectionId]) -> str | None:
    """A fuse never isolates: its position says nothing of each phase. What still carries
    voltage may carry the fault's current, which only breakers and reclosers break."""
    switch = devices.network.switches[ident]
    if switch.kind is SwitchKind.FUSE:
        return "duty"
    if devices.is_open(ident):
        return None
    under_voltage = any(end in live for end in devices.network.section_ends[ident])
    if under_voltage and not switch.breaks_fault:
        return "duty"
    return devices.why_not_open(ident, live)


def _described(
    devices: Devices,
    zone: frozenset[SectionId],
    usable: AbstractSet[SwitchId],
    unusable: tuple[Unusable, ...],
) -> Fence:
    network = devices.network
    boundary = tuple(
        switch
        for switch, (one, other) in network.section_ends.items()
        if switch in usable and (one in zone) != (other in zone)
    )
    closed = [switch for switch in boundary if devices.is_closed(switch)]
    closed.sort(key=lambda s: network.switches[s].control is not Control.REMOTE)
    return Fence(zone=zone, switches=boundary, to_open=tuple(closed), unusable=unusable)


def _listed(network: Network, unusable: dict[SwitchId, str]) -> tuple[Unusable, ...]:
    return tuple(
        Unusable(switch=switch, because=unusable[switch])
        for switch in network.switches
        if switch in unusable
    )
