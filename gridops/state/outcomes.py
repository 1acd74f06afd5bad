"""Commands that are on their way, and those of which nobody knows what became."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gridops.events import (
    CommandConfirmed,
    CommandIssued,
    CommandRejected,
    CommandTimedOut,
    SwitchMoved,
)
from gridops.ids import CommandId, SwitchId
from gridops.measurement import Measured, Position, Quality

CLOCKS_DIFFER_S_MAX = 2.0
"""What a device's clock may be off from ours where its stamps say what came first."""
HEARD_LATE_S_MAX = 30.0
"""A link over which something came later than this is lost long before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A command, or several of which nobody knows what became."""

    switch: SwitchId
    target: Position | None
    """None: several, to different positions."""
    at: datetime
    shown_from: datetime
    """A stamp of the device older than this is of before the command."""
    settles_at: datetime
    """From then on it cannot be under way any more: its deadline has passed, and the time that
    the switch takes, by any clock that may differ."""

    def joined(self, other: "Sent") -> "Sent":
        return Sent(
            switch=self.switch,
            target=self.target if self.target is other.target else None,
            at=max(self.at, other.at),
            shown_from=max(self.shown_from, other.shown_from),
            settles_at=max(self.settles_at, other.settles_at),
        )

    def is_shown_by(self, heard: SwitchMoved) -> bool:
        """Whether it stands there since the command: carried out late, it changes nothing more."""
        is_newer = heard.at >= self.at and heard.source_time >= self.shown_from
        return is_newer and heard.position is self.target

    def is_over_by(self, heard: SwitchMoved) -> bool:
        """Whether it was measured when the command was not under way any more. A device that did
        not move keeps its stamp for ever: what is heard much later counts by when it is heard."""
        late = self.settles_at + timedelta(seconds=HEARD_LATE_S_MAX)
        return min(heard.at, heard.source_time) > self.settles_at or heard.at > late


@dataclass(slots=True)
class Outcomes:
    open: dict[CommandId, Sent] = field(default_factory=dict)
    """Those that have no outcome yet."""
    unknown: set[SwitchId] = field(default_factory=set)
    """Switches of which nobody can tell where the last command has left them."""
    in_doubt: dict[SwitchId, Sent] = field(default_factory=dict)
    """Commands without a known outcome that may still move a switch, or were last heard of so.
    One that telemetry has shown to be where it was sent stays until it is over: if it is seen
    elsewhere before that, nobody knows again."""

    def apart(self) -> "Outcomes":
        """A copy that goes its own way."""
        return Outcomes(dict(self.open), set(self.unknown), dict(self.in_doubt))

    def issued(self, event: CommandIssued, *, takes_s: float) -> None:
        """`takes_s`: from one position of its switch to the other."""
        takes = timedelta(seconds=takes_s + CLOCKS_DIFFER_S_MAX)
        self.open[event.command] = Sent(
            switch=event.switch,
            target=event.position,
            at=event.at,
            shown_from=event.at - timedelta(seconds=CLOCKS_DIFFER_S_MAX),
            settles_at=event.deadline + takes,
        )

    def came_to(
        self,
        event: CommandTimedOut | CommandConfirmed | CommandRejected,
        known: dict[SwitchId, Measured[Position]],
    ) -> SwitchId | None:
        """The switch that is unknown now. A command without an answer leaves its switch unknown;
        so does a confirmed one, until telemetry shows the same."""
        sent = self.open.pop(event.command, None)
        if sent is None or isinstance(event, CommandRejected):
            return None
        if isinstance(event, CommandConfirmed):
            stood = known[sent.switch]
            if stood.value is sent.target:
                return None
            # it did as it was told: what it says next is of after that, however its clock goes
            said_next = stood.source_time + timedelta(microseconds=1)
            sent = replace(sent, shown_from=min(sent.shown_from, said_next))
        self._doubt(sent)
        return sent.switch

    def restarted(self) -> None:
        """Nobody waits for an answer any more."""
        for sent in self.open.values():
            self._doubt(sent)
        self.open.clear()

    def _doubt(self, sent: Sent) -> None:
        before = self.in_doubt.get(sent.switch)
        self.in_doubt[sent.switch] = sent if before is None else sent.joined(before)
        self.unknown.add(sent.switch)

    def heard(self, event: SwitchMoved) -> None:
        """Of a definite position. Good is not enough: it may have been read before the command
        was sent, or while it was under way."""
        if event.quality is not Quality.GOOD:
            return
        sent = self.in_doubt.get(event.switch)
        if sent is None or sent.is_over_by(event):
            self.forget(event.switch)
        elif sent.is_shown_by(event):
            self.unknown.discard(event.switch)
        else:
            self.unknown.add(event.switch)

    def forget(self, switch: SwitchId) -> None:
        self.in_doubt.pop(switch, None)
        self.unknown.discard(switch)

    def of(self, switches: Collection[SwitchId]) -> "Outcomes":
        """What concerns these."""
        return replace(
            self,
            open={command: sent for command, sent in self.open.items() if sent.switch in switches},
            unknown={switch for switch in self.unknown if switch in switches},
            in_doubt={s: sent for s, sent in self.in_doubt.items() if s in switches},
        )
