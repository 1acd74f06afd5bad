"""`POST /studies`. Nothing here reaches the control room: it is read, and never written."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Response
from starlette.exceptions import HTTPException

from gridops.api.past import PastUnanswered
from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.routes_reading import as_json
from gridops.api.security import Person
from gridops.api.service import Here, Now, Service, acting
from gridops.api.studies import (
    From,
    PlayAsked,
    PlayedShape,
    Studies,
    StudyAsked,
    StudyBegins,
    StudyRefused,
    StudyShape,
    question_of,
)
from gridops.api.words import Plain
from gridops.events.people import Permission
from gridops.ids import UserName
from gridops.incident import settings_to_json

studies = Routes(tags=["studies"], responses=declared(401, 403, 404, 422, 503))
Student = Annotated[Person, Depends(acting(Permission.LOOK))]


@studies.post("/studies", response_model=StudyShape)
async def study(asked: StudyAsked, *, here: Here, now: Now, by: Student) -> Response:
    """What would happen, and what would be proposed. It is worked out beside the control room,
    and is gone with the answer: there is nothing to release."""
    bench = _bench(here)
    with bench.place(by.user):
        view = await _begins(here, asked, now=now, user=by.user)
        question, assumed = question_of(asked, here.room.network, view=view)
        question["as_indicated"] = asked.as_indicated
        answer = await bench.what_if(question)
    return as_json({**_told(asked, question, assumed=assumed), "answer": answer})


@studies.post("/studies/played", response_model=PlayedShape)
async def play(asked: PlayAsked, *, here: Here, now: Now, by: Student) -> Response:
    """The same played on a virtual field, through the whole control room: what the screen would
    show before the fault, when a plan is proposed, and after it. Nothing of it is real."""
    bench = _bench(here)
    start = min(asked.at or now, now).isoformat()
    settings = settings_to_json(here.room.desk.settings)
    with bench.place(by.user):
        view = await _begins(here, asked, now=now, user=by.user)
        question, assumed = question_of(asked, here.room.network, view=view)
        stages = await bench.play({**question, "start": start, "settings": settings})
    head = json.dumps({**_told(asked, question, assumed=assumed), "at": start})
    return as_json(b'%s,"stages":%s}' % (head[:-1].encode(), stages))


def _bench(here: Service) -> Studies:
    if here.studies is None:
        raise HTTPException(404, "this service answers no studies")
    return here.studies


def _told(asked: StudyAsked | PlayAsked, question: Plain, *, assumed: Sequence[str]) -> Plain:
    told = {name: question[name] for name in ("opened", "closed", "unavailable")}
    return {"study": True, "begins": asked.begins.value, **told, "assumed": list(assumed)}


async def _begins(
    here: Service, asked: StudyBegins, *, now: datetime, user: UserName
) -> Plain | None:
    """The view that it begins in; None: the normal state."""
    if asked.begins is From.NOW:
        return here.feed.whole().data
    return None if asked.at is None else await _past(here, min(asked.at, now), user=user)


async def _past(here: Service, at: datetime, *, user: UserName) -> Plain:
    """Raises: StudyRefused where the grid was another version then; PastUnanswered while the
    journal is being read up to there; as `LooksBack.view`."""
    if here.past is None:
        raise HTTPException(404, "this service plays no past")
    found = await here.past.view(at, user=user)
    past: Plain = await asyncio.to_thread(json.loads, found)
    if not past["ready"]:
        raise PastUnanswered(
            f"{past['read']} of {past['of']} entries of the journal are read", remedy="ask again"
        )
    if past["grid"] != here.room.installation.grid_fingerprint:
        raise StudyRefused(
            "the grid was another version at that moment", remedy="study a later moment"
        )
    view: Plain = past["view"]
    return view
