"""What a person decided. `by` is the user's login name; authority was checked before."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gridops.events.field import LEFT_OUT_BY_DEFAULT
from gridops.ids import FeederId, IncidentId, LoadId, PlanId, SwitchId, TagId, TokenId, UserName
from gridops.measurement import Position


class TagKind(StrEnum):
    """Locks and notes on a switch; `CAUTION` informs, every other kind blocks."""

    NO_CLOSE = "no_close"
    NO_OPERATE = "no_operate"
    HOT_LINE = "hot_line"
    EARTH_APPLIED = "earth_applied"
    CAUTION = "caution"
    DELEGATED = "delegated"
    """Somebody else works the part behind the switch: nothing goes through it meanwhile."""
    JUMPER = "jumper"
    """A temporary connection at the line side of the switch: it may feed, from anywhere."""
    CUT = "cut"
    """The line is cut beside the switch: it may end there."""


ALTERED = frozenset({TagKind.JUMPER, TagKind.CUT})
"""Under these the grid is not as its files have it at the line side of the switch."""
IMMOVABLE = ALTERED | {TagKind.NO_OPERATE, TagKind.DELEGATED}
"""Under these a switch is not opened either."""


class Mode(StrEnum):
    """What GridOps may do on a feeder. Ordered: the lower of system and feeder counts."""

    DISABLED = "disabled"
    RESTORE_ONLY = "restore_only"
    ADVISORY = "advisory"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByPerson:
    at: datetime
    by: UserName
    key: str = field(default="", metadata=LEFT_OUT_BY_DEFAULT)
    """The sender's own, under which an act happens once; empty: none."""
    asked: str = field(default="", metadata=LEFT_OUT_BY_DEFAULT)
    """Digest of what was asked for under `key`."""
    token: TokenId = field(default=TokenId(""), metadata=LEFT_OUT_BY_DEFAULT)
    """Of the API token with which a program acted in their name; empty: they did it themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReleased(_ByPerson):
    """Carry out this plan, byte for byte as fingerprinted."""

    incident: IncidentId
    plan: PlanId
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanApproved(_ByPerson):
    """Let somebody else release this plan, byte for byte as fingerprinted. Nothing moves by it."""

    incident: IncidentId
    plan: PlanId
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTaken(_ByPerson):
    """Put the better plan that was offered on the screen, in place of the one that is there."""

    incident: IncidentId
    plan: PlanId
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplanRequested(_ByPerson):
    """Locate and plan again from what is known now."""

    incident: IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentHalted(_ByPerson):
    """Stop before the next step."""

    incident: IncidentId
    said_at: datetime | None = field(default=None, metadata=LEFT_OUT_BY_DEFAULT)
    """When it was said, while the journal was silent; None: when it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairReported(_ByPerson):
    """The fault is repaired; the suspected sections may be energised again."""

    incident: IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalAccepted(_ByPerson):
    """Everybody has supply, and the switches stay where they stand: no way back to the normal
    state is wanted for this incident. The grid files are not changed by it."""

    incident: IncidentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchingAnnounced(_ByPerson):
    """A person is about to operate this switch; its next movement is planned work."""

    switch: SwitchId
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionReported(_ByPerson):
    """A person reports where a switch without telemetry stands, for example after a crew step."""

    switch: SwitchId
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleReported(_ByPerson):
    """Customers behind one service transformer called: they have no supply."""

    load: LoadId
    calls: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolReported(_ByPerson):
    """A crew has looked at `place` (a branch, node or section) and found the fault, or has not.
    What was found overrides every indicator."""

    incident: IncidentId
    place: str
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReported(_ByPerson):
    """`switch` was closed to try what lies behind it: it held, or protection tripped again."""

    incident: IncidentId
    switch: SwitchId
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TagPlaced(_ByPerson):
    tag: TagId
    switch: SwitchId
    kind: TagKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRemoved(_ByPerson):
    tag: TagId
    switch: SwitchId
    reason: str = field(default="", metadata=LEFT_OUT_BY_DEFAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChanged(_ByPerson):
    """`feeder` None sets the mode of the whole system."""

    feeder: FeederId | None
    mode: Mode
    reason: str = field(default="", metadata=LEFT_OUT_BY_DEFAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationEnabled(_ByPerson):
    """Whatever had latched automation off on this feeder was looked into: it may go by itself
    again, as far as its mode lets it."""

    feeder: FeederId
    reason: str
