"""What switching was worth."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Query, Response

from gridops.api.feed import to_json
from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.routes_reading import as_json
from gridops.api.service import Here, Now, Reader
from gridops.api.shadow_shapes import ShadowsShape
from gridops.api.worth_shapes import WorthShape
from gridops.control_room.scorecard import scorecard_plain
from gridops.control_room.worth import worth_plain
from gridops.reliability import ByHand

worth = Routes(tags=["minutes"], responses=declared(400, 401, 403, 422, 503))
ASSUMED = ByHand()
Seconds = Annotated[float, Query(ge=0, le=86_400)]


@worth.get("/indices/avoided", response_model=WorthShape)
async def avoided(
    *,
    decide_s: Seconds = ASSUMED.decide_s,
    first_s: Seconds = ASSUMED.first_s,
    next_s: Seconds = ASSUMED.next_s,
    here: Here,
    now: Now,
    _: Reader,
) -> Response:
    """Customer minutes that were avoided, by whose hand, and what they were against switching by
    hand alone, of which the times are assumed. Negative where switching cost minutes."""
    slow = ByHand(decide_s=decide_s, first_s=first_s, next_s=next_s)
    books, desk = here.room.books, here.room.desk

    def read() -> Callable[[], str]:
        cases = books.cases(desk)
        return lambda: to_json(worth_plain(cases, now=now, slow=slow))

    return as_json(await here.counting.beside(read))


@worth.get("/indices/scorecard", response_model=ShadowsShape)
async def scorecard(*, here: Here, now: Now, _: Reader) -> Response:
    """What GridOps would have done the moment it had a plan, beside what happened, and what that
    says of each feeder."""
    room = here.room

    def read() -> Callable[[], str]:
        shadowed, network = room.books.shadowed(room.desk), room.network
        return lambda: to_json(scorecard_plain(shadowed, network=network, now=now))

    return as_json(await here.counting.beside(read))
