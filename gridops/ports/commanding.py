"""What a link may command, in words that the settings and the bridge share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gridops.ids import LinkId, SwitchId
from gridops.ports.security import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanding:
    """Who commands, what, and how often. A link that is given none sends no command, opens no
    session for one and knows no identity to do it with."""

    identity: Identity | None = None
    """Who commands; None: nobody of its own, and `as_reader` says whether the reader may."""
    identities: Mapping[LinkId, Identity] = field(default_factory=dict)
    """The same for single servers, where it is another."""
    as_reader: bool = False
    """Whether the identity that reads may command as well where a link leaves this machine or is
    secured. Between programs of one machine without security there are no identities."""
    switches: frozenset[SwitchId] | None = None
    """What may be commanded; None: every switch with a command and a position on one link."""
    per_minute_max: int = 120
    """Commands to all servers together in any 60 s."""
    link_per_minute_max: int = 30
    """Commands to one server in any 60 s."""
    dry_run: bool = False
    """Whether commands are only told, never sent."""
