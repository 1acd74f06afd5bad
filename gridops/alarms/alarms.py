"""What raises an alarm and what settles it: read from the facts, and from what the desk makes of
them. Nothing is concluded here that is not concluded there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from types import MappingProxyType

from gridops.alarms.alarm import AlarmKind, Priority, Told
from gridops.alarms.annunciator import Annunciator
from gridops.alarms.incidents import Look, is_alarm, look_at, told_of
from gridops.events import (
    AlarmAcknowledged,
    AlarmShelved,
    AlarmUnshelved,
    AutomationEnabled,
    CommandConfirmed,
    CommandTimedOut,
    ControlRoomStarted,
    CurrentMeasured,
    Event,
    FaultFlagChanged,
    GridTakenIn,
    LinkLost,
    LinkRestored,
    LinkTroubled,
    LoadShedChanged,
    PositionReported,
    PowerMeasured,
    SwitchMoved,
    Trouble,
)
from gridops.ids import FeederId, IncidentId, LinkId, SectionId, SheetId, SwitchId
from gridops.incident import Desk, Incident
from gridops.incident.hearing import is_in_test
from gridops.measurement import Part, Position, Quality, Reading
from gridops.reasons import because
from gridops.state import Energisation, LiveState

START_S = 30.0
"""So long after a start a link may take to connect."""
POSITION_S = 20.0
"""A drive passes through the intermediate position; one that stays there has stuck."""
OUTCOME_S = 30.0
"""A confirmed command whose telemetry is on its way is in no doubt yet."""
FLAG_S = 30.0
"""Indicators may speak before the trip that explains them is heard of."""
SEEN_TO: Mapping[Trouble, Priority] = MappingProxyType(
    {
        Trouble.NUMBERS_JUMP: Priority.LOW,
        Trouble.OVERFLOW: Priority.LOW,
        Trouble.ITEM_REFUSED: Priority.MEDIUM,
        Trouble.ITEM_DROPPED: Priority.MEDIUM,
        Trouble.CLOCK_SKEW: Priority.LOW,
        Trouble.CLOCK_STOPPED: Priority.MEDIUM,
        Trouble.DIFFERS_AFTER_GAP: Priority.MEDIUM,
        Trouble.NOT_IN_SERVICE: Priority.MEDIUM,
        Trouble.WORKER_REPLACED: Priority.LOW,
    }
)
"""Troubles of a link that somebody has to see to. What mends itself is none of them."""
NO_REASONS = (CurrentMeasured, PowerMeasured)
"""Most of what comes, and never a reason for an alarm."""
OF_OUTCOMES = (
    SwitchMoved,
    PositionReported,
    CommandTimedOut,
    CommandConfirmed,
    ControlRoomStarted,
    GridTakenIn,
)
"""Only by these it becomes unknown, or known, where a command has left a switch."""
ALL = ""
"""The subject of what is about everything."""


def stood(event: Event, state: LiveState) -> Position | None:
    """Where the switch that the fact tells of was known to stand, asked just before the fact is
    folded; None: nobody knew, or it tells of none."""
    if not isinstance(event, SwitchMoved):
        return None
    known = state.positions.get(event.switch)
    if known is None or not known.is_good:
        return None
    return state.last_definite.get(event.switch, known.value)


@dataclass(slots=True)
class Alarms:
    """A fold over the facts, after the desk has folded them. A fact costs time in proportion to the
    open incidents and to what it changes."""

    known: Annunciator = field(default_factory=Annunciator)
    _open: dict[IncidentId, Look] = field(default_factory=dict)
    """The open incidents as they were looked at last."""
    _latched: set[FeederId] = field(default_factory=set)
    _in_doubt: set[SwitchId] = field(default_factory=set)
    _crews: dict[SheetId, tuple[int, ...]] = field(default_factory=dict)
    """The steps whose crews are in doubt, of each sheet that has any."""

    def post(
        self,
        event: Event,
        before: Energisation,
        *,
        desk: Desk,
        stood: Position | None,
        by_itself: bool,
    ) -> None:
        """`stood`: as `stood` said before. `by_itself`: if the fact moved a switch, nobody was
        about to move it."""
        if isinstance(event, NO_REASONS):
            return
        match event:
            case SwitchMoved():
                self._position(event, desk.state)
            case FaultFlagChanged():
                self._flag(event, desk)
            case LinkLost() | LinkRestored() | LinkTroubled() | ControlRoomStarted():
                self._link(event, desk)
            case AlarmAcknowledged():
                self.known.acknowledge(event)
            case AlarmShelved():
                self.known.shelve(event)
            case AlarmUnshelved():
                self.known.unshelve(event)
            case _:
                self._whole(event, desk)
        self._outcomes(event, desk)
        self._latches(event, desk)
        self._crews_in_doubt(event.at, desk)
        self._incidents(event, desk, before=before)
        if isinstance(event, SwitchMoved) and by_itself:
            self._moved(event, desk, stood=stood)

    def _position(self, event: SwitchMoved, state: LiveState) -> None:
        now = state.positions[event.switch]
        if now.quality is Quality.BAD or not now.value.is_definite:
            self.known.rise(
                AlarmKind.POSITION,
                event.switch,
                told=Told(
                    why=because("alarm-position", device=event.switch), priority=Priority.MEDIUM
                ),
                at=event.at,
                place=state.link_of.get(event.switch, ALL),
                shown_from=_later(event.at, POSITION_S),
            )
        elif now.quality is not Quality.STALE:
            self.known.settle(AlarmKind.POSITION, event.switch, at=event.at)

    def _moved(self, event: SwitchMoved, desk: Desk, *, stood: Position | None) -> None:
        """Asked when the incident that it may have opened is known."""
        if not _is_unexpected(event, stood, desk=desk):
            return
        position = "open" if event.position is Position.OPEN else "closed"
        why = because("alarm-moved", device=event.switch, position=position)
        self.known.passed(
            AlarmKind.MOVED,
            event.switch,
            told=Told(why=why, priority=Priority.HIGH),
            at=event.at,
            place=_feeder_at(desk, event.switch),
        )

    def _flag(self, event: FaultFlagChanged, desk: Desk) -> None:
        """A word of a device under test is none, and one that an incident has heard is a part of
        that."""
        switch, state = event.switch, desk.state
        says_so = event.reading is Reading.YES and event.quality is Quality.GOOD
        if says_so and not is_in_test(state, switch) and not _is_explained(switch, desk):
            self.known.rise(
                AlarmKind.FLAG,
                switch,
                told=Told(why=because("alarm-flag", device=switch), priority=Priority.LOW),
                at=event.at,
                place=_feeder_at(desk, switch),
                shown_from=_later(event.at, FLAG_S),
            )
        elif event.reading is Reading.NO and not _flags(switch, state):
            self.known.settle(AlarmKind.FLAG, switch, at=event.at)

    def _link(
        self, event: LinkLost | LinkRestored | LinkTroubled | ControlRoomStarted, desk: Desk
    ) -> None:
        match event:
            case LinkLost():
                self._lost(event.link, desk, at=event.at, shown_from=event.at)
            case LinkRestored():
                self.known.settle(AlarmKind.LINK, event.link, at=event.at)
            case LinkTroubled() if event.trouble in SEEN_TO:
                self.known.passed(
                    AlarmKind.TROUBLE,
                    f"{event.link}/{event.trouble.value}",
                    told=Told(
                        why=because("alarm-trouble", link=event.link, trouble=event.trouble.value),
                        priority=SEEN_TO[event.trouble],
                    ),
                    at=event.at,
                    place=event.link,
                )
            case ControlRoomStarted():
                for link in desk.network.links:
                    self._lost(link, desk, at=event.at, shown_from=_later(event.at, START_S))
                self._shed(event.at, desk)
            case _:
                pass

    def _lost(self, link: LinkId, desk: Desk, *, at: datetime, shown_from: datetime) -> None:
        why = because("alarm-link", link=link, count=len(desk.state.carried_by(link)))
        told = Told(why=why, priority=Priority.HIGH)
        self.known.rise(AlarmKind.LINK, link, told=told, at=at, shown_from=shown_from)

    def _whole(self, event: Event, desk: Desk) -> None:
        match event:
            case LoadShedChanged():
                self._shed(event.at, desk)
            case GridTakenIn():
                self._take_in(desk, at=event.at)
            case _:
                pass

    def _shed(self, at: datetime, desk: Desk) -> None:
        modes = desk.state.modes
        if modes.shed_since is None:
            self.known.settle(AlarmKind.LOAD_SHED, ALL, at=at)
            return
        devices = tuple(modes.shedding)
        why = because("alarm-load-shed", devices=devices)
        told = Told(why=why, priority=Priority.HIGH, weights=(len(devices),))
        self.known.rise(AlarmKind.LOAD_SHED, ALL, told=told, at=at)

    def _outcomes(self, event: Event, desk: Desk) -> None:
        """Few events change them, and they are few."""
        if not isinstance(event, OF_OUTCOMES):
            return
        unknown, at = desk.state.outcome_unknown, event.at
        for switch in sorted(self._in_doubt - unknown):
            self._in_doubt.remove(switch)
            self.known.settle(AlarmKind.OUTCOME, switch, at=at)
        for switch in sorted(unknown - self._in_doubt):
            self._in_doubt.add(switch)
            self.known.rise(
                AlarmKind.OUTCOME,
                switch,
                told=Told(why=because("alarm-outcome", device=switch), priority=Priority.HIGH),
                at=at,
                place=_feeder_at(desk, switch),
                shown_from=_later(at, OUTCOME_S),
            )

    def _latches(self, event: Event, desk: Desk) -> None:
        """Only `AutomationEnabled` and another grid end a latch: else there are more of them, or
        the same. What somebody latched themselves is no news to them."""
        latches = desk.state.modes.latches
        ends = isinstance(event, AutomationEnabled | GridTakenIn)
        if not ends and len(latches) == len(self._latched):
            return
        for feeder in sorted(self._latched - latches.keys()):
            self._latched.remove(feeder)
            self.known.settle(AlarmKind.LATCH, feeder, at=event.at)
        for feeder in [f for f in latches if f not in self._latched]:
            self._latched.add(feeder)
            if latches[feeder].by is not None:
                continue
            why = because("alarm-latch", feeder=feeder, whys=(latches[feeder].why,))
            told = Told(why=why, priority=Priority.MEDIUM)
            self.known.rise(AlarmKind.LATCH, feeder, told=told, at=event.at)

    def _crews_in_doubt(self, at: datetime, desk: Desk) -> None:
        """However long ago their sheets were stopped."""
        found = {sheet.id: steps for sheet in desk.sheets.live if (steps := sheet.crews_in_doubt)}
        now = {sheet: tuple(step.number for step in steps) for sheet, steps in found.items()}
        if now == self._crews:
            return
        for sheet in [sheet for sheet in self._crews if sheet not in now]:
            self.known.settle(AlarmKind.CREW, sheet, at=at)
        for sheet, steps in found.items():
            devices = tuple({step.switch: None for step in steps if step.switch is not None})
            number, place = desk.sheets.sheets[sheet].number, _feeder_at(desk, devices[0])
            why = because("alarm-crew", number=number, devices=devices)
            told = Told(why=why, priority=Priority.MEDIUM, weights=(len(devices),))
            self.known.rise(AlarmKind.CREW, sheet, told=told, at=at, place=place)
        self._crews = now

    def _incidents(self, event: Event, desk: Desk, *, before: Energisation) -> None:
        now, is_other_grid = desk.state.energisation, isinstance(event, GridTakenIn)
        changed: tuple[SectionId, ...] = ()
        if now is not before and not is_other_grid:
            changed = (*now.lost_since(before), *now.gained_since(before))
        for ident, incident in desk.open_incidents.items():
            was, look = self._open.get(ident), look_at(incident)
            if was == look and not is_other_grid and incident.zone.isdisjoint(changed):
                continue
            self._open[ident] = look
            self._tell(incident, desk, at=event.at)
            self._take_over(incident, was or Look(), at=event.at)
        for ident in [i for i in self._open if i not in desk.open_incidents]:
            del self._open[ident]
            self._over(desk.incidents[ident], at=event.at)

    def _tell(self, incident: Incident, desk: Desk, *, at: datetime) -> None:
        if not is_alarm(incident):
            self.known.forget(AlarmKind.INCIDENT, incident.id, at=at)
            return
        told = told_of(incident, desk)
        self.known.rise(AlarmKind.INCIDENT, incident.id, told=told, at=at)
        self.known.touch(AlarmKind.INCIDENT, incident.id)

    def _over(self, incident: Incident, *, at: datetime) -> None:
        if incident.merged_into is not None or not is_alarm(incident):
            self.known.forget(AlarmKind.INCIDENT, incident.id, at=at)
        else:
            self.known.settle(AlarmKind.INCIDENT, incident.id, at=at)

    def _take_over(self, incident: Incident, was: Look, *, at: datetime) -> None:
        """Indicators that the incident has heard since are told with it from now on."""
        heard = incident.heard
        flags = islice(reversed(heard.flags), max(0, len(heard.flags) - was.flags))
        parts = islice(reversed(heard.part_flags), max(0, len(heard.part_flags) - was.part_flags))
        for switch in [*flags, *(switch for switch, _ in parts)]:
            self.known.forget(AlarmKind.FLAG, switch, at=at)

    def _take_in(self, desk: Desk, *, at: datetime) -> None:
        """What the new version of the grid does not have is nothing to be told of."""
        network = desk.network
        there: Mapping[AlarmKind, Iterable[str]] = {
            AlarmKind.LINK: network.links.keys(),
            AlarmKind.MOVED: network.switches.keys(),
            AlarmKind.POSITION: network.switches.keys(),
            AlarmKind.OUTCOME: network.switches.keys(),
            AlarmKind.FLAG: network.switches.keys(),
        }
        for known in list(self.known.alarms.values()):
            if known.kind in there and known.subject not in there[known.kind]:
                self.known.forget(known.kind, known.subject, at=at)


def _later(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


def _feeder_at(desk: Desk, switch: SwitchId) -> str:
    return next(iter(desk.feeders_at.get(switch, ())), ALL)


def _flags(switch: SwitchId, state: LiveState) -> bool:
    said = [state.flags.get(switch), *(state.part_flags.get((switch, part)) for part in Part)]
    return any(one is not None and one.value is Reading.YES for one in said)


def _is_explained(switch: SwitchId, desk: Desk) -> bool:
    return any(
        switch in incident.heard.flags
        or any((switch, part) in incident.heard.part_flags for part in Part)
        for incident in desk.open_incidents.values()
    )


def _is_unexpected(event: SwitchMoved, stood: Position | None, *, desk: Desk) -> bool:
    """Whether it stands elsewhere than it was known to, and no outage explains that."""
    now = desk.state.positions[event.switch]
    if stood is None or not now.is_good or not now.value.is_definite or now.value is stood:
        return False
    if now.source_time != event.source_time or is_in_test(desk.state, event.switch):
        return False
    ends = desk.network.section_ends[event.switch]
    return not any(
        event.switch in incident.devices or not incident.zone.isdisjoint(ends)
        for incident in desk.open_incidents.values()
    )
