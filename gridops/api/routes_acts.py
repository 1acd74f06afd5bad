"""Everything that acts. Each act is one event in the journal, by a named person."""

import secrets
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gridops.api.incident_view import incident_view
from gridops.api.service import Dispatcher, Here, IdempotencyKey, Now, Service
from gridops.api.words import Plain
from gridops.errors import NotPermitted, UnknownId
from gridops.events import (
    IncidentHalted,
    ModeChanged,
    PositionReported,
    RepairReported,
    ReplanRequested,
    SwitchingAnnounced,
    TagPlaced,
    TagRemoved,
)
from gridops.events.operator import Mode, TagKind
from gridops.ids import FeederId, IncidentId, PlanId, SwitchId, TagId
from gridops.measurement import Position

acts = APIRouter(tags=["acts"])
POSITIONS = {"open": Position.OPEN, "closed": Position.CLOSED}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Release(_Body):
    """Exactly the plan that was on the screen."""

    plan: Annotated[str, Field(max_length=100)]
    fingerprint: Annotated[str, Field(max_length=100)]


class NewTag(_Body):
    switch: Annotated[str, Field(max_length=200)]
    kind: TagKind
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class NewMode(_Body):
    feeder: Annotated[str | None, Field(max_length=200)] = None
    mode: Mode


class Stand(_Body):
    position: Literal["open", "closed"]


@acts.post("/incidents/{incident}/release")
async def release(
    incident: str,
    body: Release,
    *,
    here: Here,
    now: Now,
    by: Dispatcher,
    idempotency_key: IdempotencyKey = None,
) -> Plain:
    """Starts the plan. 409 when it is no longer the one that may be executed."""
    act = f"release {incident} {body.plan}"
    given = here.answered(by, act, idempotency_key)
    if given is not None:
        return given
    _known(here, incident)
    here.loop.release(
        IncidentId(incident), PlanId(body.plan), fingerprint=body.fingerprint, by=by.user
    )
    return here.remember(by, act, idempotency_key, _card(here, incident, now))


@acts.post("/incidents/{incident}/halt")
async def halt(incident: str, here: Here, now: Now, by: Dispatcher) -> Plain:
    """Stops before the next step."""
    _known(here, incident)
    here.loop.submit(IncidentHalted(at=now, by=by.user, incident=IncidentId(incident)))
    return _card(here, incident, now)


@acts.post("/incidents/{incident}/replan")
async def replan(incident: str, here: Here, now: Now, by: Dispatcher) -> Plain:
    _known(here, incident)
    here.loop.submit(ReplanRequested(at=now, by=by.user, incident=IncidentId(incident)))
    return _card(here, incident, now)


@acts.post("/incidents/{incident}/repaired")
async def repaired(incident: str, here: Here, now: Now, by: Dispatcher) -> Plain:
    """The fault is repaired: what is still dark may be planned for."""
    _known(here, incident)
    here.loop.submit(RepairReported(at=now, by=by.user, incident=IncidentId(incident)))
    return _card(here, incident, now)


@acts.post("/tags", status_code=201)
async def place_tag(body: NewTag, here: Here, now: Now, by: Dispatcher) -> Plain:
    switch = here.room.network.switch(body.switch).id
    tag = TagId(secrets.token_hex(6))
    here.loop.submit(
        TagPlaced(at=now, by=by.user, tag=tag, switch=switch, kind=body.kind, reason=body.reason)
    )
    return {"id": tag, "switch": switch, "kind": body.kind.value, "reason": body.reason}


@acts.delete("/tags/{tag}", status_code=204)
async def remove_tag(tag: str, here: Here, now: Now, by: Dispatcher) -> None:
    placed = here.room.desk.state.tags.get(TagId(tag))
    if placed is None:
        raise UnknownId("tag", tag, list(here.room.desk.state.tags)[:3])
    here.loop.submit(TagRemoved(at=now, by=by.user, tag=placed.id, switch=placed.switch))


@acts.put("/modes")
async def set_mode(body: NewMode, here: Here, now: Now, by: Dispatcher) -> Plain:
    """Sets the mode of a feeder, or of the whole system when `feeder` is null."""
    feeder = None
    if body.feeder is not None:
        here.room.network.feeder_head(body.feeder)
        feeder = FeederId(body.feeder)
    here.loop.submit(ModeChanged(at=now, by=by.user, feeder=feeder, mode=body.mode))
    return {"feeder": feeder, "mode": body.mode.value}


@acts.post("/switches/{switch}/announce")
async def announce(switch: str, body: Stand, *, here: Here, now: Now, by: Dispatcher) -> Plain:
    """Somebody is about to operate this switch: what follows is planned work."""
    ident = here.room.network.switch(switch).id
    here.loop.submit(
        SwitchingAnnounced(at=now, by=by.user, switch=ident, position=POSITIONS[body.position])
    )
    return _stands(here, ident)


@acts.post("/switches/{switch}/position")
async def report(switch: str, body: Stand, *, here: Here, now: Now, by: Dispatcher) -> Plain:
    """Where a switch without telemetry stands, as reported from the site."""
    ident = here.room.network.switch(switch).id
    if ident in here.room.desk.state.link_of:
        raise NotPermitted(
            f"{switch} reports its own position", remedy="mend its telemetry instead"
        )
    here.loop.submit(
        PositionReported(at=now, by=by.user, switch=ident, position=POSITIONS[body.position])
    )
    return _stands(here, ident)


def _stands(here: Service, switch: SwitchId) -> Plain:
    found: Plain = here.feed.view()["switches"][switch]
    return found


def _known(here: Service, incident: str) -> None:
    known = here.room.desk.incidents
    if incident not in known:
        raise UnknownId("incident", incident, list(known)[-3:])


def _card(here: Service, incident: str, now: datetime) -> Plain:
    return incident_view(here.room, here.room.desk.incidents[incident], now)
