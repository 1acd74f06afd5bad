"""Who commands, what, and how often."""

from pydantic import Field

from gridops.settings.identity import IdentitySettings


class CommandSettings(IdentitySettings):
    """Commands to the field. Of no effect, and nothing of it is looked at, unless
    `execution_enabled` of `[control]` is set. The user, or the certificate, is the one that
    commands: another than the one of `[security]` that reads. `[link.commands.ID]` names another
    for one link."""

    as_reader: bool = False
    """Whether who reads may command as well, where nobody of its own is named: for servers that
    know no users."""
    allow_switches: tuple[str, ...] = ()
    """Switches that may be commanded, by id. Empty, and `allow_feeders` empty: every switch with a
    command point. In the environment: one JSON list."""
    allow_feeders: tuple[str, ...] = ()
    """The same by feeder: every switch at or in what the feeder supplies in the normal state, its
    head and its ties included."""
    per_minute_max: int = Field(default=120, ge=1, le=10_000)
    """Commands to all servers together in any 60 s; more are refused."""
    link_per_minute_max: int = Field(default=30, ge=1, le=10_000)
    """Commands to one server in any 60 s; more are refused."""
    dry_run: bool = False
    """Commands are only told: the journal, the screen and the log show what would be sent, where
    to and under which security policy. Nothing is sent, and a plan stops at its first step."""
