"""Who works where, what may close by itself, whose phases are unchecked: said by named people."""

import secrets
from typing import Annotated

from fastapi import Query
from pydantic import Field

from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.routes_acts import Body, Name, Text
from gridops.api.service import Here, IdempotencyKey, Ident, Now, Tagger, near
from gridops.api.words import Plain
from gridops.api.work_shapes import PermitShape, WorkShape
from gridops.api.work_view import permit_view, work_view
from gridops.control_room import Under
from gridops.errors import UnknownId
from gridops.events import (
    PermitIssued,
    PermitReturned,
    PhasingDoubted,
    PhasingVerified,
    ReclosingReported,
)
from gridops.ids import PermitId

work = Routes(tags=["work"], responses=declared(400, 401, 403, 422, 503))


class NewPermit(Body):
    sections: Annotated[list[Name], Field(min_length=1, max_length=100)]
    isolated_by: Annotated[list[Name], Field(min_length=1, max_length=100)]
    holder: Text
    reason: Text


class Reclosing(Body):
    on: bool
    reason: Text


class Phasing(Body):
    verified: bool
    reason: Text


@work.post("/permits", status_code=201, response_model=PermitShape, responses=declared(404, 409))
async def issue(
    body: NewPermit, *, here: Here, now: Now, by: Tagger, key: IdempotencyKey = None
) -> Plain:
    """Lets people work on sections. 409 where one of them could be live, or a switch that is to
    isolate them is not known to be open and tagged."""

    def do(under: Under) -> Plain:
        network = here.room.network
        event = PermitIssued(
            at=now,
            by=by.user,
            reason=body.reason,
            permit=PermitId(secrets.token_hex(6)),
            sections=tuple(dict.fromkeys(network.section(s).id for s in body.sections)),
            isolated_by=tuple(dict.fromkeys(network.switch(s).id for s in body.isolated_by)),
            holder=body.holder,
        )
        here.loop.submit(under.put_on(event))
        return permit_view(event.permit, here.room.desk.state.work.permits[event.permit])

    asked = (body.sections, body.isolated_by, body.holder, body.reason)
    return here.once(by, "permit", *asked, key=key, do=do)


@work.delete("/permits/{permit}", status_code=204, responses=declared(404))
async def give_back(
    permit: Ident,
    *,
    reason: Annotated[Text, Query()],
    here: Here,
    now: Now,
    by: Tagger,
    key: IdempotencyKey = None,
) -> None:
    """Nobody works under it any more."""

    def do(under: Under) -> Plain:
        permits = here.room.desk.state.work.permits
        ident = PermitId(permit)
        if ident not in permits:
            raise UnknownId("permit", permit, near=near(permit, permits))
        event = PermitReturned(at=now, by=by.user, reason=reason, permit=ident)
        here.loop.submit(under.put_on(event))
        return {}

    here.once(by, "returned", permit, reason, key=key, do=do)


@work.put("/switches/{switch}/reclosing", response_model=WorkShape, responses=declared(404))
async def reclosing(
    switch: Ident, body: Reclosing, *, here: Here, now: Now, by: Tagger, key: IdempotencyKey = None
) -> Plain:
    """Whether the device may close by itself, or is blocked."""

    def do(under: Under) -> Plain:
        ident = here.room.network.switch(switch).id
        event = ReclosingReported(at=now, by=by.user, reason=body.reason, switch=ident, on=body.on)
        here.loop.submit(under.put_on(event))
        return work_view(here.room.desk.state.work)

    return here.once(by, "reclosing", switch, body.on, body.reason, key=key, do=do)


@work.put("/sections/{section}/phasing", response_model=WorkShape, responses=declared(404))
async def phasing(
    section: Ident, body: Phasing, *, here: Here, now: Now, by: Tagger, key: IdempotencyKey = None
) -> Plain:
    """Whether the order of the phases was checked since a repair."""

    def do(under: Under) -> Plain:
        ident = here.room.network.section(section).id
        said = PhasingVerified if body.verified else PhasingDoubted
        event = said(at=now, by=by.user, reason=body.reason, section=ident)
        here.loop.submit(under.put_on(event))
        return work_view(here.room.desk.state.work)

    return here.once(by, "phasing", section, body.verified, body.reason, key=key, do=do)
