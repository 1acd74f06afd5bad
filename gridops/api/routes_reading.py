"""Everything that only reads."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import Annotated

from fastapi import Depends, Header, Response
from fastapi.responses import StreamingResponse

from gridops.api.feed import READERS_MAX, to_json
from gridops.api.grid_shapes import GridShape
from gridops.api.grid_view import feeders_view
from gridops.api.live_view import modes_view
from gridops.api.outlook_view import OutlookShape
from gridops.api.problems import TooManyReaders, declared
from gridops.api.routes import Routes
from gridops.api.security import NoSession
from gridops.api.service import Bearer, Here, Ident, Now, Reader, Service, Token
from gridops.api.shapes import (
    FeederRow,
    IncidentShape,
    ModesShape,
    SectionShape,
    SwitchShape,
    TagOfSwitch,
)
from gridops.api.view_shape import ViewShape
from gridops.api.words import Plain
from gridops.errors import AccountsUnreadable
from gridops.events.people import Permission

reading = Routes(tags=["reading"], responses=declared(400, 401, 403, 503))

LAST_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", max_length=200)]


@reading.get("/grid", response_model=GridShape)
async def grid(here: Here, _: Reader) -> Response:
    """The grid as the diagram needs it; constant while the service runs."""
    return as_json(here.grid_json)


@reading.get("/view", response_model=ViewShape)
async def view(here: Here, _: Reader) -> Response:
    """Everything a screen shows, of this moment."""
    return as_json(here.feed.whole().text)


class EventStream(StreamingResponse):
    """Not FastAPI's own: that makes and checks each message anew for each reader, and hands it
    through a queue and a task more."""

    media_type = "text/event-stream"


def _seat(here: Here, _: Reader) -> None:
    """Raises: TooManyReaders, while it can still be said: a stream that began has no status."""
    if here.feed.readers >= READERS_MAX:
        raise TooManyReaders(f"{READERS_MAX} readers listen already", remedy="close one of them")


@reading.get(
    "/events",
    response_class=EventStream,
    dependencies=[Depends(_seat)],
    responses=declared(422),
)
async def events(
    here: Here,
    person: Reader,
    *,
    token: Token = None,
    bearer: Bearer = None,
    last: LastEventId = None,
) -> Response:
    """`view` first, then `change` and `beat`. The id is the journal's sequence.

    A person's reader that comes back with its Last-Event-ID is given what it missed as one
    `change` (a `beat`, if that is nothing), or the whole view if that is not known any more. A
    program, whose token outlives a restart of the service, is always given the whole view. The
    stream ends with the session or the token.
    """
    heard = int(last) if last and person.token is None and LAST_ID.fullmatch(last) else None
    sent = None if bearer is None else bearer.credentials
    told = _told(here, heard, lives=partial(_lives, here, cookie=token, bearer=sent))
    return EventStream(told, headers={"X-Accel-Buffering": "no"})


async def _told(
    here: Service, heard: int | None, *, lives: Callable[[], bool]
) -> AsyncIterator[bytes]:
    """Bytes that all readers share: what is done here is done for each of them ten times a
    second."""
    async with aclosing(here.feed.messages(heard)) as messages:
        async for message in messages:
            if not lives():
                return
            yield message.wire


def _lives(here: Service, *, cookie: str | None, bearer: str | None) -> bool:
    now = here.clock.now()
    try:
        person = here.gatekeeper.person_of(cookie=cookie, bearer=bearer, now=now)
    except (NoSession, AccountsUnreadable):
        return False
    return Permission.LOOK in person.may


@reading.get("/feeders", response_model=list[FeederRow])
async def feeders(here: Here, _: Reader) -> Response:
    live = here.feed.whole().data["feeders"]
    return as_json([{**feeder, **live[feeder["id"]]} for feeder in feeders_view(here.room.network)])


@reading.get("/switches", response_model=dict[str, SwitchShape])
async def switches(here: Here, _: Reader) -> Response:
    return as_json(here.feed.whole().data["switches"])


@reading.get("/sections", response_model=dict[str, SectionShape])
async def sections(here: Here, _: Reader) -> Response:
    return as_json(here.feed.whole().data["sections"])


@reading.get("/incidents", response_model=dict[str, IncidentShape])
async def incidents(here: Here, _: Reader) -> Response:
    """The open ones, and the latest that are closed."""
    return as_json(here.feed.whole().data["incidents"])


@reading.get("/incidents/{incident}", response_model=IncidentShape, responses=declared(404, 422))
async def one_incident(incident: Ident, *, here: Here, now: Now, _: Reader) -> Response:
    """Any incident of this journal, however long it is closed."""
    return as_json(here.card(here.known_incident(incident), now))


@reading.get(
    "/incidents/{incident}/outlook", response_model=OutlookShape, responses=declared(404, 422)
)
async def outlook(incident: Ident, *, here: Here, _: Reader) -> Response:
    """What stands around the plan on the card: what is done if a step fails, what else could be
    done, what would help. Worked out after the plan; after a restart once more."""
    return as_json(here.outlook(here.known_incident(incident)))


@reading.get("/tags", response_model=list[TagOfSwitch])
async def tags(here: Here, _: Reader) -> Response:
    live = here.feed.whole().data["switches"]
    return as_json([{**tag, "switch": switch} for switch, s in live.items() for tag in s["tags"]])


@reading.get("/modes", response_model=ModesShape)
async def modes(here: Here, _: Reader) -> Response:
    """Every mode as it is set, by whom and why, and as it counts now."""
    return as_json(modes_view(here.room.desk))


def as_json(plain: Plain | list[Plain] | str | bytes) -> Response:
    """Without validation: the tests hold these answers to their shapes."""
    text = plain if isinstance(plain, str | bytes) else to_json(plain)
    return Response(text, media_type="application/json")
