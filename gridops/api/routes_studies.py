"""`POST /studies`. Nothing here reaches the control room: it is read, and never written."""

from typing import Annotated

from fastapi import Depends, Response
from starlette.exceptions import HTTPException

from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.routes_reading import as_json
from gridops.api.security import Person
from gridops.api.service import Here, acting
from gridops.api.studies import StudyAsked, StudyShape, question_of
from gridops.events.people import Permission

studies = Routes(tags=["studies"], responses=declared(401, 403, 404, 422, 503))
Student = Annotated[Person, Depends(acting(Permission.LOOK))]


@studies.post("/studies", response_model=StudyShape)
async def study(asked: StudyAsked, *, here: Here, _: Student) -> Response:
    """What would happen, and what would be proposed. It is worked out beside the control room,
    and is gone with the answer: there is nothing to release."""
    if here.study is None:
        raise HTTPException(404, "this service answers no studies")
    question, assumed = question_of(asked, here.room.desk)
    answer = await here.study(question)
    told = {name: question[name] for name in ("opened", "closed", "unavailable")}
    whole = {
        "study": True, "begins": asked.begins.value, **told, "assumed": assumed, "answer": answer
    }  # fmt: skip
    return as_json(whole)
