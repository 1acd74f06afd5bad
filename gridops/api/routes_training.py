"""The debrief of a lesson, at any time of it."""

from fastapi import Response
from starlette.exceptions import HTTPException

from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.routes_reading import as_json
from gridops.api.service import Here, Now, Reader
from gridops.api.training_view import TrainingShape

training = Routes(tags=["training"], responses=declared(401, 403, 404, 503))


@training.get("/training", response_model=TrainingShape)
async def debrief(here: Here, now: Now, *, _: Reader) -> Response:
    """What was achieved by now; 404 where nobody is trained."""
    if here.training is None:
        raise HTTPException(404, "this is no training")
    return as_json(here.training.view(here.room, now))
