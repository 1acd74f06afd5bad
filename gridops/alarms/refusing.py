"""What people may not do about an alarm."""

from collections.abc import Iterable
from datetime import timedelta

from gridops.alarms.alarm import Alarm, AlarmKind
from gridops.alarms.annunciator import Annunciator
from gridops.alarms.incidents import has_to_be_seen_to
from gridops.events import AlarmAcknowledged, AlarmShelved, AlarmUnshelved, Event
from gridops.ids import FeederId, LinkId, SheetId, SwitchId
from gridops.incident import Desk
from gridops.reasons import Reason, because

SHELF_MAX = timedelta(hours=8)
"""One shift: who comes next finds nothing hidden that they have not hidden themselves."""
SHELVED_MAX = 200

AlarmAct = AlarmAcknowledged | AlarmShelved | AlarmUnshelved


def why_refused(known: Annunciator, event: Event, *, desk: Desk) -> Reason | None:
    """Why this would be refused now; None: it takes effect, or is no act on an alarm. Whether the
    person may do such a thing at all was asked before."""
    if not isinstance(event, AlarmAct):
        return None
    meant = list(known.targets(event.alarm, event.at))
    if not meant:
        return because("alarm-over")
    if desk.settings.entitled_only:
        touched = frozenset(feeder for one in meant for feeder in _feeders(one, desk))
        may_not = desk.entitled.why_not(event, touched)
        if may_not is not None:
            return may_not
    on_shelf = [one for one in meant if one.is_shelved(event.at)]
    match event:
        case AlarmAcknowledged():
            return because("alarm-is-shelved") if len(on_shelf) == len(meant) else None
        case AlarmUnshelved():
            return None if on_shelf else because("alarm-not-shelved")
        case AlarmShelved():
            told = [one for one in meant if one.raised <= event.seen]
            return _why_not_shelved(known, event, told=told, desk=desk)


def may_shelve(alarm: Alarm, desk: Desk) -> bool:
    return _why_not_hidden(alarm, desk) is None


def _why_not_shelved(
    known: Annunciator, event: AlarmShelved, *, told: list[Alarm], desk: Desk
) -> Reason | None:
    if not told:
        return because("alarm-newer")
    if not timedelta(0) < event.until - event.at <= SHELF_MAX:
        return because("alarm-shelf-too-long", minutes=SHELF_MAX // timedelta(minutes=1))
    for one in told:
        why = _why_not_hidden(one, desk)
        if why is not None:
            return why
    shelved = {one.id for one in known.alarms.values() if one.is_shelved(event.at)}
    full = len(shelved | {one.id for one in told}) > SHELVED_MAX
    return because("alarm-shelf-full", count=SHELVED_MAX) if full else None


def _why_not_hidden(alarm: Alarm, desk: Desk) -> Reason | None:
    if alarm.kind is AlarmKind.LOAD_SHED:
        return because("alarm-holds-all")
    if alarm.kind is not AlarmKind.INCIDENT:
        return None
    incident = desk.incidents[alarm.subject]
    hidden = has_to_be_seen_to(incident, desk)
    return because("alarm-people-dark", incident=incident.id) if hidden else None


def _feeders(alarm: Alarm, desk: Desk) -> tuple[FeederId | None, ...]:
    """The feeders that it is about; None for what belongs to none, or to all of them."""
    match alarm.kind:
        case AlarmKind.INCIDENT:
            return desk.incidents[alarm.subject].feeders or (None,)
        case AlarmKind.LATCH:
            return (FeederId(alarm.subject),)
        case AlarmKind.LINK | AlarmKind.TROUBLE:
            return _feeders_at(desk.state.carried_by(LinkId(alarm.place)), desk)
        case AlarmKind.LOAD_SHED:
            return (None,)
        case AlarmKind.CREW:
            return _feeders_at(desk.sheets.sheets[SheetId(alarm.subject)].switches, desk)
        case _:
            return _feeders_at((SwitchId(alarm.subject),), desk)


def _feeders_at(switches: Iterable[SwitchId], desk: Desk) -> tuple[FeederId | None, ...]:
    return tuple({f for s in switches for f in desk.feeders_at.get(s, ())}) or (None,)
