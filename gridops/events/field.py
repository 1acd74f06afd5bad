"""What the field said."""

from dataclasses import dataclass
from datetime import datetime

from gridops.ids import LinkId, LoadId, NodeId, SwitchId
from gridops.measurement import Part, Position, Quality, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class _FromDevice:
    at: datetime
    source_time: datetime
    quality: Quality = Quality.GOOD


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

    `gap_since` is the last instant that the link is known to have been whole: what happened
    in between is lost and never interpolated. None on the first connection.
    """

    at: datetime
    link: LinkId
    epoch: int
    gap_since: datetime | None
