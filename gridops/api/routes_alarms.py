"""Alarms: what has to be seen to now, and who has seen it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field, StrictInt

from gridops.alarms import SHELF_MAX
from gridops.api.alarm_shapes import AlarmLinesShape, AlarmsShape
from gridops.api.alarm_view import in_order, lines_of
from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.routes_acts import Body, Name, Text
from gridops.api.routes_reading import as_json
from gridops.api.security import Person
from gridops.api.service import AlarmHandler, Here, IdempotencyKey, Now, Reader, Service, near
from gridops.api.words import Plain
from gridops.control_room import Under
from gridops.errors import UnknownId
from gridops.events import AlarmAcknowledged, AlarmShelved, AlarmUnshelved, OperatorEvent
from gridops.ids import AlarmId

alarms = Routes(tags=["alarms"], responses=declared(400, 401, 403, 404, 422, 503))

SHELF_MINUTES_MAX = SHELF_MAX // timedelta(minutes=1)
NEAR_AMONG_MAX = 200


class Acknowledging(Body):
    alarm: Name
    """Of one line of the list."""
    seen: Annotated[StrictInt, Field(ge=0)]
    """As the line said: what came after that is not acknowledged."""


class Shelving(Body):
    alarm: Name
    seen: Annotated[StrictInt, Field(ge=0)]
    """As the line said: what came after that is not shelved."""
    minutes: Annotated[StrictInt, Field(ge=1, le=SHELF_MINUTES_MAX)]
    reason: Text


class Unshelving(Body):
    alarm: Name


@alarms.get("/alarms", response_model=AlarmsShape)
async def listed(
    *, of: Annotated[Name | None, Query()] = None, here: Here, now: Now, _: Reader
) -> Response:
    """The lines, the most urgent first. `of`: what one line stands for, one by one."""
    view = here.feed.whole().data
    lines = in_order(view["alarms"].values())
    if of is not None:
        lines = lines_of(here.room, _known(here, of, now=now), now=now)
    return as_json({"counts": view["system"]["alarms"], "lines": lines})


@alarms.post("/alarms/acknowledge", response_model=AlarmLinesShape, responses=declared(409))
async def acknowledge(
    body: Acknowledging, *, here: Here, now: Now, by: AlarmHandler, key: IdempotencyKey = None
) -> Plain:
    """Somebody has seen it and sees to it. One that is over goes from the list by it."""

    def event(alarm: AlarmId) -> OperatorEvent:
        return AlarmAcknowledged(at=now, by=by.user, alarm=alarm, seen=body.seen)

    return _act(here, body, event=event, by=by, key=key)


@alarms.post("/alarms/shelve", response_model=AlarmLinesShape, responses=declared(409))
async def shelve(
    body: Shelving, *, here: Here, now: Now, by: AlarmHandler, key: IdempotencyKey = None
) -> Plain:
    """Not told for so long; it comes back by itself, and at once when it grows worse. 409 for what
    must not be hidden, and when all of it came after the line was read."""

    def event(alarm: AlarmId) -> OperatorEvent:
        until = now + timedelta(minutes=body.minutes)
        return AlarmShelved(
            at=now, by=by.user, alarm=alarm, seen=body.seen, until=until, reason=body.reason
        )

    return _act(here, body, event=event, by=by, key=key)


@alarms.post("/alarms/unshelve", response_model=AlarmLinesShape, responses=declared(409))
async def unshelve(
    body: Unshelving, *, here: Here, now: Now, by: AlarmHandler, key: IdempotencyKey = None
) -> Plain:
    """Told again from now on, and unacknowledged."""

    def event(alarm: AlarmId) -> OperatorEvent:
        return AlarmUnshelved(at=now, by=by.user, alarm=alarm)

    return _act(here, body, event=event, by=by, key=key)


def _act(
    here: Service,
    body: Acknowledging | Shelving | Unshelving,
    *,
    event: Callable[[AlarmId], OperatorEvent],
    by: Person,
    key: str | None,
) -> Plain:
    """The answer holds what is left of it, one by one."""

    def do(under: Under) -> Plain:
        alarm = _known(here, body.alarm, now=here.clock.now())
        here.loop.submit(under.put_on(event(alarm)))
        return {"lines": lines_of(here.room, alarm, now=here.clock.now())}

    asked = f"{type(body).__name__} {body.model_dump_json()}"
    return here.once(by, asked, key=key, do=do)


def _known(here: Service, alarm: str, *, now: datetime) -> AlarmId:
    """Raises: UnknownId, with the ids that are near."""
    known, ident = here.room.alarms.known, AlarmId(alarm)
    if next(known.targets(ident, now), None) is None:
        latest = list(known.alarms)[-NEAR_AMONG_MAX:]
        raise UnknownId("alarm", alarm, near=near(alarm, latest))
    return ident
