"""What is past, for whoever looks back. Nothing here commands."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import AwareDatetime
from starlette.exceptions import HTTPException

from gridops.api.grid_shapes import GridShape
from gridops.api.history_shapes import CourseShape, PastIncident
from gridops.api.history_view import course_view, history_view
from gridops.api.past import LooksBack, PastView
from gridops.api.problems import declared
from gridops.api.routes import PREFIX, Routes
from gridops.api.routes_reading import as_json
from gridops.api.service import Here, Ident, Now, Reader, Service

history = Routes(
    prefix=f"{PREFIX}/history", tags=["history"], responses=declared(400, 401, 403, 422, 503)
)

ROWS_MAX = 500


@history.get("", response_model=list[PastIncident])
async def past(
    *,
    here: Here,
    now: Now,
    _: Reader,
    until: AwareDatetime | None = None,
    count: Annotated[int, Query(ge=1, le=ROWS_MAX)] = 50,
) -> Response:
    """The incidents that opened last before a moment (now, where none is given), the latest
    first."""
    return as_json(history_view(here.room, until=until or now, count=count, now=now))


@history.get("/view", response_model=PastView, responses=declared(404))
async def view(*, at: AwareDatetime, here: Here, now: Now, by: Reader) -> Response:
    """What the screen showed at a moment: the journal played up to there, in a process beside.
    Where that takes longer the answer says how far it is, and the same question goes on."""
    return as_json(await _past(here).view(min(at, now), user=by.user))


@history.get("/grid/{fingerprint}", response_model=GridShape, responses=declared(404))
async def grid(fingerprint: Ident, *, here: Here, by: Reader) -> Response:
    """The version of the grid that a past view is of, as `GET /grid`."""
    if fingerprint == here.room.installation.grid_fingerprint:
        return as_json(here.grid_json)
    return as_json(await _past(here).grid(fingerprint, user=by.user))


def _past(here: Service) -> LooksBack:
    if here.past is None:
        raise HTTPException(404, "this service plays no past")
    return here.past


@history.get("/{incident}", response_model=CourseShape, responses=declared(404))
async def course(incident: Ident, *, here: Here, now: Now, _: Reader) -> Response:
    """One incident of this journal, however long it is closed: its card and timeline, its
    sheets, and which sections were dark from which moment on."""
    return as_json(course_view(here.room, here.known_incident(incident), now=now))
