"""Who people are to the control room, and what each of them may do: the one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from gridops.ids import FeederId, UserName


class Role(StrEnum):
    """What somebody was made. A role is not more or less than another one: see `PERMISSIONS`."""

    VIEWER = "viewer"
    DISPATCHER = "dispatcher"
    SHIFT_LEAD = "shift_lead"
    ENGINEER = "engineer"
    ADMIN = "admin"


class Permission(StrEnum):
    """One kind of act. The scopes of an API token are the same words."""

    LOOK = "look"
    """Read the grid, the view, incidents and indices."""
    REPORT = "report"
    """Say what crews, customers and meters have said."""
    SWITCH = "switch"
    """Release or approve a plan, take an offer, halt, plan again, accept; announce a switching."""
    ALARM = "alarm"
    """Acknowledge alarms, shelve them for a while and take them off the shelf."""
    TAG = "tag"
    """Hang tags on switches and take them off."""
    MODE = "mode"
    """Set the mode of a feeder or of the system, `automatic` left out."""
    AUTOMATE = "automate"
    """Set the mode `automatic`; enable automation again where it was latched off."""
    CORRECT = "correct"
    """Say that booked minutes, causes or grounds were not so."""
    ADMINISTER = "administer"
    """Make, change and remove users; revoke anybody's tokens; read the audit."""


_SHIFT = frozenset(
    {
        Permission.LOOK,
        Permission.REPORT,
        Permission.SWITCH,
        Permission.ALARM,
        Permission.TAG,
        Permission.MODE,
    }
)
PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Permission.LOOK}),
        Role.DISPATCHER: _SHIFT,
        Role.SHIFT_LEAD: _SHIFT | {Permission.AUTOMATE, Permission.CORRECT},
        Role.ENGINEER: frozenset({Permission.LOOK, Permission.REPORT, Permission.CORRECT}),
        Role.ADMIN: frozenset({Permission.LOOK, Permission.ADMINISTER}),
    }
)
"""Who makes users does not switch, and who switches makes no users."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What somebody was made, and where they may act."""

    role: Role
    areas: tuple[FeederId, ...] = ()
    """Feeders; empty: everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEntitled:
    """From here on `user` may do what `role` may on the feeders of `areas`, and nothing else."""

    at: datetime
    user: UserName
    role: Role | None
    """None: there is no such user any more."""
    areas: tuple[FeederId, ...] = ()
    """Empty: everywhere."""


def those_who_may(act: Permission) -> tuple[Role, ...]:
    return tuple(role for role in Role if act in PERMISSIONS[role])
