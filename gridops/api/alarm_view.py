"""Alarms as lines: one for an incident with all that was heard of it, one for many of a kind."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from gridops.alarms import (
    Alarm,
    AlarmKind,
    Alarms,
    AlarmState,
    Group,
    Priority,
    may_shelve,
)
from gridops.alarms.alarm import group_id
from gridops.api.words import Plain, instant, reason
from gridops.control_room import ControlRoom
from gridops.ids import AlarmId
from gridops.incident import Desk, Incident
from gridops.reasons import Reason, because

LINES_MAX = 200
"""Of one answer, the most urgent."""
TOGETHER_FROM = 4
"""So many of a kind at one place are one line."""
NAMED_MAX = 20
"""Of what a line stands for."""
MEMBERS_MAX = 1_000
"""Of what is listed when somebody asks for them one by one."""

TOGETHER = {
    AlarmKind.TROUBLE: "alarm-troubles",
    AlarmKind.POSITION: "alarm-positions",
    AlarmKind.MOVED: "alarm-moves",
    AlarmKind.OUTCOME: "alarm-outcomes",
    AlarmKind.CREW: "alarm-crews",
    AlarmKind.FLAG: "alarm-flags",
}
"""What many of a kind say together."""
TOLD_BY_LINKS = "links-blind"
"""Each link that is down has an alarm of its own."""
_STATES = tuple(AlarmState)
_PRIORITIES = tuple(Priority)
NO_ACTS: Plain = {"acknowledged": None, "shelf": None}


@dataclass(slots=True)
class _Kept:
    """The lines of one group, as they are until its next change."""

    revision: int
    until: datetime | None
    lines: list[Plain]


@dataclass(frozen=True, slots=True)
class AlarmsShown:
    lines: dict[str, Plain]
    counts: Plain


@dataclass(slots=True)
class AlarmLines:
    """Guarantees: what is shown depends on the room and the time alone. Lines of what did not
    change are the same objects as before."""

    room: ControlRoom
    _of: Alarms | None = None
    _kept: dict[AlarmId, _Kept] = field(default_factory=dict)

    def shown(self, now: datetime, blind: Sequence[Reason]) -> AlarmsShown:
        """Cost: in proportion to the groups, and to the alarms of those that changed."""
        lines = [*_of_service(blind), *self._lines(now)]
        listed = sorted(lines, key=_urgency)[:LINES_MAX]
        counts = _counts(lines, more=len(lines) - len(listed))
        counts["forgotten"] = self.room.alarms.known.forgotten
        return AlarmsShown({line["id"]: line for line in listed}, counts)

    def _lines(self, now: datetime) -> Iterator[Plain]:
        if self._of is not self.room.alarms:
            self._of, self._kept = self.room.alarms, {}
        groups = self._of.known.groups
        self._kept = {ident: kept for ident, kept in self._kept.items() if ident in groups}
        for ident, group in groups.items():
            kept = self._kept.get(ident)
            if kept is None or kept.revision != group.revision or _is_due(kept.until, now):
                kept = _made(group, self.room.desk, now=now)
                self._kept[ident] = kept
            yield from kept.lines


def lines_of(room: ControlRoom, alarm: AlarmId, *, now: datetime) -> list[Plain]:
    """One alarm, or all of a kind at one place, one by one; none if it is over."""
    found = islice(room.alarms.known.targets(alarm, now), MEMBERS_MAX)
    return sorted((_line(one, room.desk, now=now) for one in found), key=_urgency)


def in_order(lines: Iterable[Plain]) -> list[Plain]:
    return sorted(lines, key=_urgency)


def _is_due(until: datetime | None, now: datetime) -> bool:
    return until is not None and now >= until


def _made(group: Group, desk: Desk, *, now: datetime) -> _Kept:
    members = group.members.values()
    due = [at for one in members if (at := one.changes_at(now)) is not None]
    told = [one for one in members if one.state(now) not in (None, AlarmState.SHELVED)]
    apart = [one for one in members if one.state(now) is AlarmState.SHELVED]
    if len(told) < TOGETHER_FROM:
        apart, told = [*told, *apart], []
    lines = [_line(one, desk, now=now) for one in apart]
    if told:
        held_back = (one.raised for one in members if now < one.shown_from)
        lines.insert(0, _together(told, before=min(held_back, default=None), now=now))
    return _Kept(group.revision, min(due, default=None), lines)


def _line(alarm: Alarm, desk: Desk, *, now: datetime) -> Plain:
    state = alarm.state(now)
    assert state is not None, "there is nothing to tell of it"
    shelf = alarm.shelf if state is AlarmState.SHELVED else None
    seen = {"by": alarm.seen_by, "at": instant(alarm.seen_at)} if alarm.is_seen else None
    is_incident = alarm.kind is AlarmKind.INCIDENT
    return {
        "id": alarm.id,
        "kind": alarm.kind.value,
        "subject": alarm.subject,
        "priority": alarm.told.priority.value,
        "state": state.value,
        "why": reason(alarm.told.why),
        "since": instant(alarm.since),
        "last": instant(alarm.last),
        "times": alarm.times,
        "seen": alarm.raised,
        "count": 1,
        "members": [],
        "children": _children(desk.incidents[alarm.subject]) if is_incident else [],
        "acknowledged": seen,
        "shelf": None
        if shelf is None
        else {
            "by": shelf.by,
            "since": instant(shelf.since),
            "until": instant(shelf.until),
            "reason": shelf.reason,
        },
        "may_acknowledge": state in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED),
        "may_shelve": shelf is None and may_shelve(alarm, desk),
    }


def _together(alarms: Sequence[Alarm], *, before: int | None, now: datetime) -> Plain:
    """As urgent as the most urgent of them. `before`: the first number that is held back still. It
    may be due when somebody acts on the line, and nobody has seen it then."""
    first, states = alarms[0], {one.state(now) for one in alarms}
    state = next(state for state in _STATES if state in states)
    whole = {one.told.priority for one in alarms}
    by_link = first.kind in (AlarmKind.TROUBLE, AlarmKind.POSITION)
    where = {"link" if by_link else "feeder": first.place}
    why = because(TOGETHER[first.kind], count=len(alarms), **where)
    latest = max(one.raised for one in alarms)
    return {
        "id": group_id(first.kind, first.place),
        "kind": first.kind.value,
        "subject": first.place,
        "priority": next(one for one in _PRIORITIES if one in whole).value,
        "state": state.value,
        "why": reason(why),
        "since": instant(min(one.since for one in alarms)),
        "last": instant(max(one.last for one in alarms)),
        "times": sum(one.times for one in alarms),
        "seen": latest if before is None else min(latest, before - 1),
        "count": len(alarms),
        "members": [one.subject for one in alarms[:NAMED_MAX]],
        "children": [],
        **NO_ACTS,
        "may_acknowledge": state is not AlarmState.ACKNOWLEDGED,
        "may_shelve": True,
    }


def _children(incident: Incident) -> list[Plain]:
    heard = incident.heard
    flags = dict.fromkeys([*heard.flags, *(switch for switch, _ in heard.part_flags)])
    found: dict[str, Iterable[str]] = {
        "devices": incident.devices,
        "indicators": flags,
        "voltage_losses": dict.fromkeys(switch for switch, _ in heard.voltage_losses),
        "earth_faults": sorted(incident.alarms),
        "meters": [load for load, tally in heard.meters.items() if tally.lost],
        "calls": heard.calls,
        "incidents": incident.took_over,
    }
    every = {kind: list(ids) for kind, ids in found.items()}
    return [
        {"kind": kind, "count": len(ids), "ids": ids[:NAMED_MAX]}
        for kind, ids in every.items()
        if ids
    ]


def _of_service(blind: Sequence[Reason]) -> Iterator[Plain]:
    """What is wrong with the service itself is in no journal: perhaps that is what is wrong."""
    for why in blind:
        if why.code == TOLD_BY_LINKS:
            continue
        yield {
            "id": f"service:{why.code}",
            "kind": "service",
            "subject": why.code,
            "priority": Priority.HIGH.value,
            "state": AlarmState.UNACKNOWLEDGED.value,
            "why": reason(why),
            "since": None,
            "last": None,
            "times": 1,
            "seen": 0,
            "count": 1,
            "members": [],
            "children": [],
            **NO_ACTS,
            "may_acknowledge": False,
            "may_shelve": False,
        }


def _urgency(line: Plain) -> tuple[int, int, int, str]:
    """By who has to do something about it, how soon, and how new it is."""
    state, priority = AlarmState(line["state"]), Priority(line["priority"])
    return _STATES.index(state), _PRIORITIES.index(priority), -line["seen"], line["id"]


def _counts(lines: Sequence[Plain], *, more: int) -> Plain:
    unseen = {AlarmState.UNACKNOWLEDGED.value, AlarmState.RETURNED.value}
    return {
        **{priority.value: _many(lines, unseen, priority=priority.value) for priority in Priority},
        "acknowledged": _many(lines, {AlarmState.ACKNOWLEDGED.value}),
        "shelved": _many(lines, {AlarmState.SHELVED.value}),
        "more": more,
    }


def _many(lines: Sequence[Plain], states: AbstractSet[str], *, priority: str = "") -> int:
    return sum(line["state"] in states and priority in ("", line["priority"]) for line in lines)
