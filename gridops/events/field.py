"""What the field said."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from gridops.ids import LinkId, LoadId, NodeId, SwitchId
from gridops.measurement import Part, Position, Quality, Reading

LEFT_OUT_BY_DEFAULT = MappingProxyType({"left_out_by_default": True})
"""Of a field that came later: the journal says nothing of it where it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _FromDevice:
    at: datetime
    source_time: datetime
    quality: Quality = Quality.GOOD
    server_time: datetime | None = field(default=None, metadata=LEFT_OUT_BY_DEFAULT)
    """When the server between device and us says that it learnt of it; None: it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchMoved(_FromDevice):
    """A double point arrived; after a link's return also for positions that did not change."""

    switch: SwitchId
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFlagChanged(_FromDevice):
    """The fault passage indicator at a switch. YES latches until the device resets it."""

    switch: SwitchId
    reading: Reading
    part: Part = Part.WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class VoltageLossChanged(_FromDevice):
    """The voltage detector at a switch: YES, there is no voltage (of one phase, or of all)."""

    switch: SwitchId
    reading: Reading
    part: Part = Part.WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class EarthFaultChanged(_FromDevice):
    """The earth-fault relay at a breaker or recloser signals without tripping (YES), or reset."""

    switch: SwitchId
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCurrentMeasured(_FromDevice):
    """What the protection at a switch measured of a fault, of the phase that carried most."""

    switch: SwitchId
    current_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionPickedUp(_FromDevice):
    """The overcurrent protection at a breaker or recloser saw a fault (YES) or reset (NO)."""

    switch: SwitchId
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutChanged(_FromDevice):
    """The device gave up reclosing (YES), or was reset (NO)."""

    switch: SwitchId
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalControlChanged(_FromDevice):
    """YES: somebody stands at the device; it takes no remote command."""

    switch: SwitchId
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadShedChanged(_FromDevice):
    """YES: the under-frequency or load-shedding relay at the device holds it open."""

    switch: SwitchId
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class TestModeChanged(_FromDevice):
    """YES: the device is being tested; what it says is no fact about the grid."""

    switch: SwitchId
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class MetersReported(_FromDevice):
    """Meters behind one service transformer: last gasps (`has_voltage` NO), or voltage is back or
    was answered to a ping (YES). Late, incomplete and in batches, as meters are."""

    load: LoadId
    has_voltage: Reading
    meters: int = 1
    phases: str = ""
    """Of "abc", those that are meant; empty: not told."""
    meter_ids: tuple[str, ...] = field(default=(), metadata=LEFT_OUT_BY_DEFAULT)
    """Which they are, each once; empty: not told, and another report may be of the same ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoltageMeasured(_FromDevice):
    node: NodeId
    voltage_v: float
    """Phase to phase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentMeasured(_FromDevice):
    switch: SwitchId
    current_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerMeasured(_FromDevice):
    switch: SwitchId
    p_w: float
    """Positive when power flows from `node_a` to `node_b` of the switch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLost:
    """Nothing behind the link is known any more. Positions do not change by this."""

    at: datetime
    link: LinkId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRestored:
    """The link is back. Every current position follows as ordinary events of this epoch.

    Up to `gap_since` everything that happened is known to have been told: what happened from then
    on may be lost and is never interpolated. None on the first connection.
    """

    at: datetime
    link: LinkId
    epoch: int
    gap_since: datetime | None
    changed_in_gap: int = field(default=0, metadata=LEFT_OUT_BY_DEFAULT)
    """Positions, contacts and currents of faults that read differently now than before the gap."""


class Trouble(StrEnum):
    """What can lose or distort information between a device and us."""

    GAP = "gap"
    """Messages that were lost for good; a full read follows."""
    NUMBERS_JUMP = "numbers_jump"
    """Messages were lost for good again and again: the connection was given up."""
    REPUBLISHED = "republished"
    """Messages that were lost on the way, and came when they were asked for again."""
    REPEATED = "repeated"
    """Messages that came twice."""
    OVERFLOW = "overflow"
    """Changes that the server dropped because its queue for a point was full."""
    LATE = "late"
    """Changes older than what was known; their points are read again."""
    REJECTED = "rejected"
    """Values that cannot be values of their points."""
    NO_TIME = "no_time"
    """Values without a usable source time."""
    UNASKED = "unasked"
    """Values for points that nobody asked for."""
    KEEP_ALIVE_MISSED = "keep_alive_missed"
    """Signs of life that were due and did not come."""
    ITEM_REFUSED = "item_refused"
    """Points that the server does not monitor; they read as bad."""
    ITEM_WEAKER = "item_weaker"
    """Points that the server monitors on terms under which changes may be lost."""
    ITEM_DROPPED = "item_dropped"
    """Points that the server stopped monitoring, or does not know any more."""
    ITEM_TAKEN = "item_taken"
    """Points that were refused or dropped, and are monitored now."""
    CLOCK_SKEW = "clock_skew"
    """The clock of the server or of its devices differs from ours by more than is allowed."""
    CLOCK_STOPPED = "clock_stopped"
    """The server's clock stands still: nobody knows how old its values are."""
    DIFFERS_AFTER_GAP = "differs_after_gap"
    """Points that read differently after a gap than before it, with no word in between."""
    FAILOVER = "failover"
    """Another server of the pair was gone to."""
    NOT_IN_SERVICE = "not_in_service"
    """A server that stands alone says that it is in maintenance or without data."""
    WORKER_REPLACED = "worker_replaced"
    """The process that serves the link hung or died."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTroubled:
    """Something was lost or distorted, or may have been. It changes no state by itself: what is
    not to be believed any more says so in events of its own.

    The first of a kind is told at once, the next ones together: `count` is how many since the
    last event of this kind, and the sum of all is the whole.
    """

    at: datetime
    link: LinkId
    trouble: Trouble
    count: int
    since: datetime | None = None
    """From when on something may be missing; None: nothing is, or it is not known."""
    what: str = ""
    """For people: the points by name, a few of them, and why. Of bounded length."""
