"""The fence: the switches that keep everything suspected apart from every supply."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from gridops.ids import SectionId, SwitchId
from gridops.isolation.operable import Devices, kept_alive
from gridops.network import Control, Network, SwitchKind
from gridops.state import Energisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A switch that bounds what is suspected but cannot be the fence, and why.

    `because` is a reason code: unknown-position, tag, not-operable, unreachable, duty.
    `element` is the switch itself, or the one of unknown position by which it may be live.
    """

    switch: SwitchId
    because: str
    element: SwitchId


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """The smallest zone around everything suspected that open switches can bound.

    Guarantees: every switch between `zone` and the rest is in `switches` and is either open,
    by a position that can be relied on, or in `to_open`.
    """

    zone: frozenset[SectionId]
    """Everything suspected, what had to be taken in because a switch was of no use, and
    `dead_ends`."""
    dead_ends: frozenset[SectionId]
    """Healthy sections that nothing could feed but through the zone: opening a switch towards
    them would bring nobody back, and keeps nothing from the fault."""
    switches: tuple[SwitchId, ...]
    """The whole boundary in grid order."""
    to_open: tuple[SwitchId, ...]
    """Those that are closed now: remote ones first, then in grid order."""
    unusable: tuple[Unusable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFence:
    """No fence exists: widening ran into `reached`, which is or may be supplied."""

    reached: SectionId
    unusable: tuple[Unusable, ...]


def fence(
    devices: Devices,
    suspected: AbstractSet[SectionId],
    *,
    possibly: Energisation,
    might: Energisation | None = None,
) -> Fence | NoFence:
    """Bounds `suspected` by open switches, given what is `possibly` live now: supplied with
    every unknown position taken as closed. `might`: the same with sources that are dead now,
    since those may come back while a device moves; None: there are none. What a generator may
    keep alive carries voltage as well.

    S1 [b1] A [s1] B [s2] C (t1) D [b2] S2, B suspected: s1 and s2. If s2 is tagged against
    operation, C is given up and t1, open already, becomes the boundary.

    A switch that cannot be used gives up the section behind it, so the smallest fence is the
    only one that is smallest: it also loses the fewest customers. What nothing else could feed
    is left on the fault: fewer switches move, and nobody loses by it.
    """
    network = devices.network
    waiting = sorted(suspected, key=network.arrays.sections.of.__getitem__)
    zone = set(waiting)
    to_open: set[SwitchId] = set()
    unusable: dict[SwitchId, tuple[str, SwitchId]] = {}
    might = might or possibly
    kept = kept_alive(network, lambda switch: not devices.is_open(switch))
    live = might.source_of.keys() | kept if kept else might.source_of.keys()
    while waiting:
        section = waiting.pop(0)
        if network.sections[section].sources and possibly.is_supplied(section):
            return NoFence(reached=section, unusable=_listed(network, unusable))
        for switch in network.sections[section].switches:
            beyond = network.across(switch, section)
            because = _why_no_boundary(devices, switch, might=might, live=live)
            because = because or _doubt_beyond(devices, switch, beyond=beyond, possibly=possibly)
            if because is None:
                to_open.add(switch)
                continue
            if beyond in zone:
                continue
            unusable[switch] = because
            if possibly.is_supplied(beyond):
                return NoFence(reached=beyond, unusable=_listed(network, unusable))
            zone.add(beyond)
            waiting.append(beyond)
    ends = _dead_ends(devices, zone, towards=to_open)
    found = _described(devices, frozenset(zone | ends), usable=to_open)
    return replace(found, dead_ends=frozenset(ends), unusable=_listed(network, unusable))


def _dead_ends(
    devices: Devices, zone: AbstractSet[SectionId], *, towards: AbstractSet[SwitchId]
) -> set[SectionId]:
    """What lies behind the closed switches of `towards` and has neither a source nor a generator
    on any way but through the zone, whatever is closed by anybody."""
    network = devices.network
    ends: set[SectionId] = set()
    for switch in sorted(towards, key=network.arrays.switches.of.__getitem__):
        beyond = [s for s in network.section_ends[switch] if s not in zone]
        if devices.is_open(switch) or not beyond or beyond[0] in ends:
            continue
        reached = _reached_without(network, zone, start=beyond[0])
        if reached is not None:
            ends |= reached
    return ends


def _reached_without(
    network: Network, zone: AbstractSet[SectionId], *, start: SectionId
) -> set[SectionId] | None:
    """All that any switches join to `start` outside the zone; None if anything there feeds."""
    reached = {start}
    waiting = [start]
    while waiting:
        here = network.sections[waiting.pop()]
        if here.sources or here.generators:
            return None
        across = {network.across(switch, here.id) for switch in here.switches}
        new = across - reached - zone
        reached |= new
        waiting += new
    return reached


def _why_no_boundary(
    devices: Devices, ident: SwitchId, *, might: Energisation, live: AbstractSet[SectionId]
) -> tuple[str, SwitchId] | None:
    """A fuse never isolates: its position says nothing of each phase. What carries voltage, or
    may get it back, may carry the fault's current, which only breakers and reclosers break."""
    switch = devices.network.switches[ident]
    if devices.is_unknown(ident):
        return "unknown-position", ident
    if switch.kind is SwitchKind.FUSE:
        return "duty", ident
    if devices.is_open(ident):
        return None
    for end in devices.network.section_ends[ident]:
        if end in live and not switch.breaks_fault:
            path = might.path(end) if might.is_supplied(end) else ()
            doubts = [s for s in path if devices.is_unknown(s)]
            return ("unknown-position", doubts[0]) if doubts else ("duty", ident)
    because = devices.why_not_open(ident, live)
    return None if because is None else (because, ident)


def _doubt_beyond(
    devices: Devices, ident: SwitchId, *, beyond: SectionId, possibly: Energisation
) -> tuple[str, SwitchId] | None:
    """What may have supply, and by an unknown switch alone, may lose it by an opening (35)."""
    if devices.is_open(ident) or not possibly.is_supplied(beyond):
        return None
    doubts = (s for s in possibly.path(beyond) if devices.is_unknown(s))
    first = next(doubts, None)
    return None if first is None else ("unknown-position", first)


def _described(
    devices: Devices, zone: frozenset[SectionId], *, usable: AbstractSet[SwitchId]
) -> Fence:
    network = devices.network
    ends = network.section_ends
    boundary = tuple(
        switch
        for switch in sorted(usable, key=network.arrays.switches.of.__getitem__)
        if (ends[switch][0] in zone) != (ends[switch][1] in zone)
    )
    closed = [switch for switch in boundary if devices.is_closed(switch)]
    closed.sort(key=lambda s: network.switches[s].control is not Control.REMOTE)
    return Fence(
        zone=zone, dead_ends=frozenset(), switches=boundary, to_open=tuple(closed), unusable=()
    )


def _listed(
    network: Network, unusable: Mapping[SwitchId, tuple[str, SwitchId]]
) -> tuple[Unusable, ...]:
    return tuple(
        Unusable(switch=switch, because=unusable[switch][0], element=unusable[switch][1])
        for switch in sorted(unusable, key=network.arrays.switches.of.__getitem__)
    )
