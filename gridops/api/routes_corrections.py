"""Minutes that were booked wrongly: what they are corrected to, by whom, and what stood before."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import Query, Response
from pydantic import AwareDatetime, Field, StrictBool, StrictInt, StringConstraints

from gridops.api.correction_shapes import CorrectionShape, HistoryShape
from gridops.api.correction_view import correction_view, history_view
from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.routes_acts import Body, Name, Text
from gridops.api.routes_reading import as_json
from gridops.api.service import Corrector, Here, IdempotencyKey, Now, Reader, near
from gridops.api.words import Plain
from gridops.control_room import Under
from gridops.errors import UnknownId
from gridops.events.minutes import Corrected, MinutesCorrected
from gridops.ids import IncidentId, InterruptionId, LoadId
from gridops.reliability import Interruption, Ledger

corrections = Routes(tags=["minutes"], responses=declared(400, 401, 403, 404, 422, 503))

HISTORIES_MAX = 500
HISTORIES_OF_ACT_MAX = 50
"""Of all that an incident cost, the newest: answers to acts are kept."""
PAGE = 100
SKIP_MAX = 10_000_000
COUNT = "X-Total-Count"
"""How many there are, whatever the page holds."""
GROUNDS_MAX = 20
NEAR_AMONG_MAX = 200
One = TypeVar("One")

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")]
"""A cause or a ground, as a rule-set names it."""


class Correction(Body):
    """Of one interruption, or of all that an incident cost; null leaves a field as it is."""

    reason: Text
    incident: Name | None = None
    interruption: Name | None = None
    cause: Word | None = None
    planned: StrictBool | None = None
    source_lost: StrictBool | None = None
    grounds: Annotated[list[Word], Field(max_length=GROUNDS_MAX)] | None = None
    began: AwareDatetime | None = None
    ended: AwareDatetime | None = None
    customers: Annotated[StrictInt, Field(ge=0, le=100_000_000)] | None = None
    as_booked: Annotated[tuple[Corrected, ...], Field(max_length=len(Corrected))] = ()
    """These are again what was booked."""


@corrections.post(
    "/indices/corrections",
    status_code=201,
    response_model=list[HistoryShape],
    responses=declared(409),
)
async def correct(
    body: Correction, *, here: Here, now: Now, by: Corrector, key: IdempotencyKey = None
) -> list[Plain]:
    """Lays a correction over what was booked; nothing is overwritten. 409 where it cannot have
    been so. The answer holds what it concerns (of an incident the newest 50), with the versions
    before."""

    def do(under: Under) -> Plain:
        ledger = here.room.books.ledger
        event = MinutesCorrected(
            at=now,
            by=by.user,
            reason=body.reason,
            incident=None if body.incident is None else here.known_incident(body.incident),
            interruption=_known(ledger, body.interruption),
            cause=body.cause,
            planned=body.planned,
            source_lost=body.source_lost,
            grounds=None if body.grounds is None else tuple(sorted(set(body.grounds))),
            began=body.began,
            ended=body.ended,
            customers=body.customers,
            as_booked=tuple(name for name in Corrected if name in body.as_booked),
        )
        here.loop.submit(under.put_on(event))
        found = _asked(ledger, event.incident, interruption=event.interruption)
        newest = found[-HISTORIES_OF_ACT_MAX:]
        return {"histories": [history_view(ledger.history(one.id)) for one in newest]}

    found: list[Plain] = here.once(by, f"correct {body.model_dump_json()}", key=key, do=do)[
        "histories"
    ]
    return found


Skip = Annotated[int, Query(ge=0, le=SKIP_MAX)]
Count = Annotated[int, Query(ge=1, le=HISTORIES_MAX)]


@corrections.get("/indices/corrections", response_model=list[CorrectionShape])
async def listed(*, skip: Skip = 0, count: Count = PAGE, here: Here, _: Reader) -> Response:
    """Who corrected what, when and why: a page, the newest on the first and last in it.
    `X-Total-Count`: how many there are."""
    said = here.room.books.ledger.corrections.said
    shown = [one for one in said if isinstance(one, MinutesCorrected)]
    page = [correction_view(one) for one in _page(shown, skip=skip, count=count)]
    return as_page(page, of=len(shown))


@corrections.get("/indices/interruptions", response_model=list[HistoryShape])
async def interruptions(
    *,
    incident: Annotated[Name | None, Query()] = None,
    interruption: Annotated[Name | None, Query()] = None,
    skip: Skip = 0,
    count: Count = PAGE,
    here: Here,
    _: Reader,
) -> Response:
    """One interruption, those of an incident, or all: a page of them, the newest on the first and
    last in it, each with its versions. `X-Total-Count`: how many there are."""
    ident = None if incident is None else here.known_incident(incident)
    ledger = here.room.books.ledger
    found = _asked(ledger, ident, interruption=_known(ledger, interruption))
    page = [ledger.history(one.id) for one in _page(found, skip=skip, count=count)]
    shown = await here.counting.beside(lambda: lambda: [history_view(one) for one in page])
    return as_page(shown, of=len(found))


def as_page(plain: list[Plain], *, of: int) -> Response:
    found = as_json(plain)
    found.headers[COUNT] = str(of)
    return found


def _page(found: Sequence[One], *, skip: int, count: int) -> Sequence[One]:
    """Counted from the newest, which is the last."""
    end = max(len(found) - skip, 0)
    return found[max(end - count, 0) : end]


def _known(ledger: Ledger, interruption: str | None) -> InterruptionId | None:
    """Raises: UnknownId, with the ids that are near among the latest of the same load: the loop
    waits meanwhile, so it does not look through years of all loads."""
    if interruption is None:
        return None
    if ledger.place_of(InterruptionId(interruption)) is None:
        load = LoadId(interruption.rpartition("~")[0])
        latest = ledger.ids_of(load)[-NEAR_AMONG_MAX:]
        raise UnknownId("interruption", interruption, near=near(interruption, latest))
    return InterruptionId(interruption)


def _asked(
    ledger: Ledger, incident: IncidentId | None, *, interruption: InterruptionId | None
) -> Sequence[Interruption]:
    """Oldest first."""
    if interruption is not None:
        return [ledger.history(interruption).read]
    return ledger.interruptions if incident is None else ledger.of(incident)
