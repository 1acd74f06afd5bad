"""What the field says, what it answers, and how its devices can go wrong."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gridops.measurement import Quality
from gridops.network import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class PointValue:
    """What one point reads from `source_time` on.

    `value` is raw, of the type that `gridops.state.telemetry.RAW_TYPE` gives its signal:
    `event_of` turns it into an event.
    """

    point: Point
    value: int | float | bool
    quality: Quality
    source_time: datetime


class OrderAnswer(StrEnum):
    """What a device says to a remote order. Only ACCEPTED can move anything."""

    ACCEPTED = "accepted"
    REFUSED_LOCAL = "refused-local"
    """Somebody stands at the device."""
    REFUSED_INTERLOCK = "refused-interlock"
    """A disconnector or fuse is not operated while either side is energised."""
    REFUSED_FAILED = "refused-failed"
    """The device reports a fault of its own."""
    REFUSED_BUSY = "refused-busy"
    """It is still moving."""
    REFUSED_NOT_REMOTE = "refused-not-remote"
    """It has no remote drive."""
    REFUSED_INVALID = "refused-invalid"
    """Neither open nor closed was asked for."""


class Misbehaviour(StrEnum):
    """How one device departs from what it should do; lasts until `VirtualField.behave`."""

    INDICATOR_SILENT = "indicator_silent"
    """Never flags."""
    INDICATOR_STRAY = "indicator_stray"
    """Flags once, at that moment, without cause; then as any flag."""
    INDICATOR_STUCK = "indicator_stuck"
    """A flag never resets."""
    INDICATOR_LATE = "indicator_late"
    """Flags `slow_s` later than it should."""
    INDICATOR_WRONG_PHASE = "indicator_wrong_phase"
    """Flags phase b for a, c for b, a for c: its sensors are connected crosswise."""
    REFUSE = "refuse"
    """Refuses every remote order."""
    STUCK = "stuck"
    """Accepts orders and trips, but its contacts never move, by hand neither."""
    SLOW = "slow"
    """Needs `slow_s` for a remote operation."""
    NO_LOCKOUT_SIGNAL = "no_lockout_signal"
    """Locks out without saying so."""
    LOCAL = "local"
    """Switched to local control: refuses remote orders, and says so if a point is fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSettings:
    """Times and thresholds that the grid files do not state per device."""

    indicator_delay_s: float = 0.2
    """From the first fault current to the flag."""
    reset_after_s: float = 60.0
    """A flag resets when its switch has been closed and live this long without a break."""
    voltage_loss_within_s: float = 5.0
    """An indicator that needs voltage loss flags only if that comes this soon after the current."""
    voltage_loss_delay_s: float = 0.5
    """A voltage detector speaks once voltage has been away this long; of its return, at once."""
    backfeed: bool = False
    """Whether generators drive fault current, which indicators see and relays do not."""
    backfeed_inverters: bool = False
    """Whether those behind inverters do so too, not only `hydro` and `thermal`."""
    backfeed_s: float = 1.0
    """How long after a fault began; then they have tripped."""
    generators_return_s: float = 300.0
    """A generator that has tripped is back after this long, if it has supply then."""
    sectionaliser_delay_s: float = 0.3
    """From the loss of voltage to the opening, within the dead time."""
    reclaim_s: float = 30.0
    """A relay forgets its shots, and a sectionaliser its counts, when its switch has held this
    long. Until then a closing on order is not followed by a reclose either."""
    fuse_melt_s: float = 0.05
    """A fuse melts this long after fault current began, unless its `trip_delay_s` is set."""
    meters_report: bool = False
    """Whether meters tell that they lost voltage or have it back."""
    meter_delay_s: float = 45.0
    """From the loss or return of voltage until a meter is sure of it."""
    meter_batch_s: float = 15.0
    """Words of meters are handed on together, this often from the start."""
    meter_heard_share: float = 1.0
    """How many of the meters at a service transformer get through, 0 to 1; one at least."""
    voltage_deadband_v: float = 20.0
    current_deadband_a: float = 0.5
    power_deadband_w: float = 2e3
