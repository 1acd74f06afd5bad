"""The words of a `Playbook`: facts from field and people, and what is expected to be said."""

from dataclasses import dataclass
from datetime import timedelta

from gridops.commands import AskOperator, Operate
from gridops.events import (
    CommandConfirmed,
    CommandRejected,
    CommandTimedOut,
    Event,
    FaultFlagChanged,
    IncidentHalted,
    LinkLost,
    LockoutChanged,
    ModeChanged,
    NormalAccepted,
    OfferTaken,
    PlanReleased,
    PlanSolved,
    PositionReported,
    ProtectionPickedUp,
    RepairReported,
    ReplanRequested,
    SwitchingAnnounced,
    SwitchMoved,
    TagPlaced,
    TagRemoved,
    VoltageMeasured,
)
from gridops.events.operator import Mode, TagKind
from gridops.ids import (
    CommandId,
    FeederId,
    IncidentId,
    NodeId,
    PlanId,
    SwitchId,
    TagId,
    UserName,
)
from gridops.incident import Offer
from gridops.measurement import Position, Quality, Reading
from gridops.network import Network
from tests.playbook import CLOSED, OPEN, RTU, Playbook

LAN = UserName("lan")


@dataclass(frozen=True)
class Tripped:
    """Protection picked up, the device opened and locked out."""

    device: str
    source_s: float = 0.0
    """Source time, counted from now."""

    def events(self, play: Playbook) -> list[Event]:
        at, device = play.now, SwitchId(self.device)
        when = at + timedelta(seconds=self.source_s)
        return [
            ProtectionPickedUp(at=at, source_time=when, switch=device, reading=Reading.YES),
            SwitchMoved(at=at, source_time=when, switch=device, position=OPEN),
            LockoutChanged(at=at, source_time=when, switch=device, reading=Reading.YES),
        ]


@dataclass(frozen=True)
class PickedUp:
    device: str
    source_s: float = 0.0

    def events(self, play: Playbook) -> list[Event]:
        when = play.now + timedelta(seconds=self.source_s)
        device = SwitchId(self.device)
        return [
            ProtectionPickedUp(at=play.now, source_time=when, switch=device, reading=Reading.YES)
        ]


@dataclass(frozen=True)
class Flagged:
    switch: str
    reading: Reading = Reading.YES

    def events(self, play: Playbook) -> list[Event]:
        at, switch = play.now, SwitchId(self.switch)
        return [FaultFlagChanged(at=at, source_time=at, switch=switch, reading=self.reading)]


@dataclass(frozen=True)
class Moved:
    switch: str
    position: Position
    quality: Quality = Quality.GOOD

    def events(self, play: Playbook) -> list[Event]:
        return [
            SwitchMoved(
                at=play.now,
                source_time=play.now,
                switch=SwitchId(self.switch),
                position=self.position,
                quality=self.quality,
            )
        ]


@dataclass(frozen=True)
class Measured:
    node: str
    voltage_v: float

    def events(self, play: Playbook) -> list[Event]:
        at, node = play.now, NodeId(self.node)
        return [VoltageMeasured(at=at, source_time=at, node=node, voltage_v=self.voltage_v)]


@dataclass(frozen=True)
class ReadBack:
    """The command's own session saw the device move; telemetry has said nothing yet."""

    switch: str

    def events(self, play: Playbook) -> list[Event]:
        return [CommandConfirmed(at=play.now, command=_command(play, self.switch))]


@dataclass(frozen=True)
class Done:
    """The device moved, and was read back."""

    switch: str

    def events(self, play: Playbook) -> list[Event]:
        order = _order(play, self.switch)
        return [
            *Moved(self.switch, Position.INTERMEDIATE).events(play),
            *Moved(self.switch, order.position).events(play),
            *ReadBack(self.switch).events(play),
        ]


@dataclass(frozen=True)
class Refused:
    switch: str
    code: str = "command-refused"

    def events(self, play: Playbook) -> list[Event]:
        command = _command(play, self.switch)
        return [CommandRejected(at=play.now, command=command, why="no", code=self.code)]


@dataclass(frozen=True)
class TimedOut:
    switch: str

    def events(self, play: Playbook) -> list[Event]:
        command = _command(play, self.switch)
        return [CommandTimedOut(at=play.now, command=command, why="no read-back")]


def _order(play: Playbook, switch: str) -> Operate:
    return next(order for order in reversed(play.orders) if order.switch == switch)


def _command(play: Playbook, switch: str) -> CommandId:
    return _order(play, switch).command


@dataclass(frozen=True)
class Released:
    """The operator releases what is on the screen, or what they say."""

    incident: str = "I1"
    plan: str | None = None
    fingerprint: str | None = None

    def events(self, play: Playbook) -> list[Event]:
        found = play.proposed(self.incident)
        return [
            PlanReleased(
                at=play.now,
                by=LAN,
                incident=IncidentId(self.incident),
                plan=PlanId(self.plan or found.id),
                fingerprint=self.fingerprint or found.answer.fingerprint,
            )
        ]


@dataclass(frozen=True)
class Halted:
    incident: str = "I1"

    def events(self, play: Playbook) -> list[Event]:
        return [IncidentHalted(at=play.now, by=LAN, incident=IncidentId(self.incident))]


@dataclass(frozen=True)
class Replan:
    incident: str = "I1"

    def events(self, play: Playbook) -> list[Event]:
        return [ReplanRequested(at=play.now, by=LAN, incident=IncidentId(self.incident))]


@dataclass(frozen=True)
class Repaired:
    incident: str = "I1"

    def events(self, play: Playbook) -> list[Event]:
        return [RepairReported(at=play.now, by=LAN, incident=IncidentId(self.incident))]


@dataclass(frozen=True)
class Accepted:
    """The switches may stay where they stand."""

    incident: str = "I1"

    def events(self, play: Playbook) -> list[Event]:
        return [NormalAccepted(at=play.now, by=LAN, incident=IncidentId(self.incident))]


@dataclass(frozen=True)
class Announced:
    switch: str
    position: Position = OPEN

    def events(self, play: Playbook) -> list[Event]:
        switch = SwitchId(self.switch)
        return [SwitchingAnnounced(at=play.now, by=LAN, switch=switch, position=self.position)]


@dataclass(frozen=True)
class Reported:
    """A person says where a switch without telemetry stands."""

    switch: str
    position: Position

    def events(self, play: Playbook) -> list[Event]:
        switch = SwitchId(self.switch)
        return [PositionReported(at=play.now, by=LAN, switch=switch, position=self.position)]


@dataclass(frozen=True)
class Takes:
    """An operator puts the offer on the screen: the one that is there, or the one that they
    still see."""

    seen: Offer | None = None

    def events(self, play: Playbook) -> list[Event]:
        offer = self.seen or play.incident().offer
        assert offer is not None, "nothing is offered"
        taken = OfferTaken(
            at=play.now,
            by=LAN,
            incident=play.incident().id,
            plan=offer.id,
            fingerprint=offer.answer.fingerprint,
        )
        return [taken]


@dataclass(frozen=True)
class Tagged:
    switch: str
    kind: TagKind = TagKind.NO_OPERATE

    def events(self, play: Playbook) -> list[Event]:
        return [
            TagPlaced(
                at=play.now,
                by=LAN,
                tag=TagId(f"tag-{self.switch}"),
                switch=SwitchId(self.switch),
                kind=self.kind,
                reason="work",
            )
        ]


@dataclass(frozen=True)
class Untagged:
    switch: str

    def events(self, play: Playbook) -> list[Event]:
        tag, switch = TagId(f"tag-{self.switch}"), SwitchId(self.switch)
        return [TagRemoved(at=play.now, by=LAN, tag=tag, switch=switch)]


@dataclass(frozen=True)
class Put:
    """The mode of the system, or of one feeder."""

    mode: Mode
    feeder: str | None = None

    def events(self, play: Playbook) -> list[Event]:
        feeder = FeederId(self.feeder) if self.feeder else None
        return [ModeChanged(at=play.now, by=LAN, feeder=feeder, mode=self.mode)]


@dataclass(frozen=True)
class LinkDown:
    def events(self, play: Playbook) -> list[Event]:
        return [LinkLost(at=play.now, link=RTU, why="cut")]


@dataclass(frozen=True)
class LinkUp:
    """Connected again, and every position read: as last known, but for one perhaps."""

    switch: str | None = None
    position: Position = OPEN

    def events(self, play: Playbook) -> list[Event]:
        return play.reading(**({self.switch: self.position} if self.switch else {}))


@dataclass(frozen=True)
class Solved:
    """The oldest question that was held back is answered now."""

    def events(self, play: Playbook) -> list[Event]:
        asked = play.asked.pop(0)
        return [PlanSolved(at=play.now, incident=asked.incident, ticket=asked.ticket)]


@dataclass(frozen=True)
class Restarted:
    """The control room was killed and started again; nothing is read yet."""

    def events(self, play: Playbook) -> list[Event]:
        return [play.started()]


@dataclass(frozen=True)
class TakenIn:
    """Another version of the grid, as drawn."""

    network: Network

    def events(self, play: Playbook) -> list[Event]:
        return [play.take_in(self.network)]


# what is expected


@dataclass(frozen=True)
class Open:
    switch: str

    def check(self, play: Playbook) -> None:
        _same(play, self.switch, OPEN)


@dataclass(frozen=True)
class Close:
    switch: str

    def check(self, play: Playbook) -> None:
        _same(play, self.switch, CLOSED)


def _same(play: Playbook, switch: str, position: Position) -> None:
    said = play.hear()
    assert isinstance(said, Operate), f"{switch} was to be operated, but: {said}"
    assert (said.switch, said.position) == (switch, position)


@dataclass(frozen=True)
class Asks:
    """A new plan waits for its release: what it opens and what it closes, in this order."""

    opens: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    incident: str = "I1"

    def check(self, play: Playbook) -> None:
        said = play.hear()
        assert isinstance(said, AskOperator), f"a plan was to be proposed, but: {said}"
        found = play.proposed(self.incident)
        assert (said.incident, said.plan) == (self.incident, found.id)
        steps = found.answer.plan.steps
        opens = tuple(str(s.switch) for s in steps if not s.closes)
        closes = tuple(str(s.switch) for s in steps if s.closes)
        assert (opens, closes) == (self.opens, self.closes), f"{found.id}: {opens}, {closes}"


@dataclass(frozen=True)
class AskedFor:
    """A new plan, whatever it is, waits for its release."""

    incident: str

    def check(self, play: Playbook) -> None:
        said = play.hear()
        assert isinstance(said, AskOperator), f"a plan was to be proposed, but: {said}"
        assert said.incident == self.incident


@dataclass(frozen=True)
class Stands:
    """Where the incident is, and a line that its timeline has since."""

    phase: str
    note: str | None = None
    incident: str = "I1"

    def check(self, play: Playbook) -> None:
        incident = play.incident(self.incident)
        codes = [note.reason.code for note in incident.timeline]
        assert incident.phase.value == self.phase, codes
        assert self.note is None or self.note in codes, codes


@dataclass(frozen=True)
class Nothing:
    """No incident, or nothing said."""

    incidents: int = 0

    def check(self, play: Playbook) -> None:
        assert len(play.desk.incidents) == self.incidents
