"""Everything that acts. Each act is one event in the journal, by a named person."""

import secrets
from typing import Annotated, Any, Literal

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from gridops.api.live_view import stated_view, tag_view
from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.security import Person, check_may
from gridops.api.service import (
    Automator,
    Here,
    IdempotencyKey,
    Ident,
    ModeSetter,
    Now,
    Reporter,
    Service,
    Switcher,
    Tagger,
    near,
)
from gridops.api.shapes import FeederShape, IncidentShape, ModeSet, SwitchShape, TagOfSwitch
from gridops.api.words import Plain
from gridops.control_room import Under
from gridops.errors import NotPermitted, UnknownId
from gridops.events import (
    AutomationEnabled,
    IncidentHalted,
    ModeChanged,
    NormalAccepted,
    OfferTaken,
    OperatorEvent,
    PlanApproved,
    PlanReleased,
    PositionReported,
    RepairReported,
    ReplanRequested,
    SwitchingAnnounced,
    TagPlaced,
    TagRemoved,
)
from gridops.events.operator import Mode, TagKind
from gridops.events.people import Permission
from gridops.ids import FeederId, IncidentId, PlanId, SwitchId, TagId
from gridops.measurement import Position

acts = Routes(tags=["acts"], responses=declared(400, 401, 403, 409, 422, 503))
HOLDS: dict[str, Any] = {"model": IncidentShape, "description": "It holds; not written yet"}
POSITIONS = {"open": Position.OPEN, "closed": Position.CLOSED}

Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
"""What a person wrote on one line."""
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")
]
"""The same, or nothing."""
Name = Annotated[str, StringConstraints(max_length=200)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Release(Body):
    """Exactly the plan that was on the screen."""

    plan: Name
    fingerprint: Name

    def about(self, incident: IncidentId) -> "dict[str, Any]":
        return {"incident": incident, "plan": PlanId(self.plan), "fingerprint": self.fingerprint}


class NewTag(Body):
    switch: Name
    kind: TagKind
    reason: Text


class NewMode(Body):
    feeder: Name | None = None
    mode: Mode
    reason: Words = ""


class Enabling(Body):
    reason: Text


class Stand(Body):
    position: Literal["open", "closed"]


@acts.post("/incidents/{incident}/release", response_model=IncidentShape, responses=declared(404))
async def release(
    incident: Ident,
    body: Release,
    *,
    here: Here,
    now: Now,
    by: Switcher,
    key: IdempotencyKey = None,
) -> Plain:
    """Starts the plan. 409 when it is no longer the one that may be executed."""

    def do(under: Under) -> Plain:
        ident = here.known_incident(incident)
        event = PlanReleased(at=now, by=by.user, **body.about(ident))
        here.release(under.put_on(event))
        return here.card(ident, now)

    return here.once(by, "release", incident, body.plan, body.fingerprint, key=key, do=do)


@acts.post("/incidents/{incident}/approve", response_model=IncidentShape, responses=declared(404))
async def approve(
    incident: Ident,
    body: Release,
    *,
    here: Here,
    now: Now,
    by: Switcher,
    key: IdempotencyKey = None,
) -> Plain:
    """Lets somebody else release exactly this plan; nothing moves by it. 409 when it is no longer
    the one that may be executed, or when one person releases alone here."""

    def do(under: Under) -> Plain:
        ident = here.known_incident(incident)
        event = PlanApproved(at=now, by=by.user, **body.about(ident))
        here.loop.submit(under.put_on(event))
        return here.card(ident, now)

    return here.once(by, "approve", incident, body.plan, body.fingerprint, key=key, do=do)


@acts.post("/incidents/{incident}/offer", response_model=IncidentShape, responses=declared(404))
async def take_offer(
    incident: Ident,
    body: Release,
    *,
    here: Here,
    now: Now,
    by: Switcher,
    key: IdempotencyKey = None,
) -> Plain:
    """Puts the better plan on the screen, to be released there; nothing moves by it. 409 when it
    is no longer the one that is offered."""

    def do(under: Under) -> Plain:
        ident = here.known_incident(incident)
        event = OfferTaken(at=now, by=by.user, **body.about(ident))
        here.loop.submit(under.put_on(event))
        return here.card(ident, now)

    return here.once(by, "offer", incident, body.plan, body.fingerprint, key=key, do=do)


@acts.post(
    "/incidents/{incident}/halt",
    response_model=IncidentShape,
    responses={202: HOLDS, **declared(404)},
)
async def halt(
    incident: Ident,
    response: Response,
    *,
    here: Here,
    now: Now,
    by: Switcher,
    key: IdempotencyKey = None,
) -> Plain:
    """Stops before the next step. 202 while the journal cannot be written: it holds all the same,
    and is written before anything goes on."""

    def do(under: Under) -> Plain:
        event = IncidentHalted(at=now, by=by.user, incident=here.known_incident(incident))
        if not here.loop.stop(under.put_on(event)):
            response.status_code = 202
        return here.card(event.incident, now)

    return here.once(by, "IncidentHalted", incident, key=key, do=do)


@acts.post("/incidents/{incident}/replan", response_model=IncidentShape, responses=declared(404))
async def replan(
    incident: Ident, *, here: Here, now: Now, by: Switcher, key: IdempotencyKey = None
) -> Plain:
    """Locates and plans again from what is known now."""
    event = ReplanRequested(at=now, by=by.user, incident=IncidentId(incident))
    return _about_incident(here, event, by=by, key=key)


@acts.post("/incidents/{incident}/repaired", response_model=IncidentShape, responses=declared(404))
async def repaired(
    incident: Ident, *, here: Here, now: Now, by: Reporter, key: IdempotencyKey = None
) -> Plain:
    """The fault is repaired: what is still dark may be planned for."""
    event = RepairReported(at=now, by=by.user, incident=IncidentId(incident))
    return _about_incident(here, event, by=by, key=key)


@acts.post("/incidents/{incident}/accept", response_model=IncidentShape, responses=declared(404))
async def accept(
    incident: Ident, *, here: Here, now: Now, by: Switcher, key: IdempotencyKey = None
) -> Plain:
    """Everybody has supply: the switches stay where they stand, and the incident is closed. Its
    timeline says so if it may not be (`normal.may_accept` of the card)."""
    event = NormalAccepted(at=now, by=by.user, incident=IncidentId(incident))
    return _about_incident(here, event, by=by, key=key)


def _about_incident(
    here: Service,
    event: ReplanRequested | RepairReported | NormalAccepted,
    *,
    by: Person,
    key: str | None,
) -> Plain:
    def do(under: Under) -> Plain:
        ident = here.known_incident(event.incident)
        here.loop.submit(under.put_on(event))
        return here.card(ident, event.at)

    return here.once(by, type(event).__name__, event.incident, key=key, do=do)


@acts.post("/tags", status_code=201, response_model=TagOfSwitch, responses=declared(404))
async def place_tag(
    body: NewTag, *, here: Here, now: Now, by: Tagger, key: IdempotencyKey = None
) -> Plain:
    """Hangs a tag on a switch; every kind but `caution` blocks it."""

    def do(under: Under) -> Plain:
        switch = here.room.network.switch(body.switch).id
        tag = TagId(secrets.token_hex(6))
        event = TagPlaced(
            at=now, by=by.user, tag=tag, switch=switch, kind=body.kind, reason=body.reason
        )
        here.loop.submit(under.put_on(event))
        return {**tag_view(here.room.desk.state.tags[tag]), "switch": switch}

    return here.once(by, "tag", body.switch, body.kind, body.reason, key=key, do=do)


@acts.delete("/tags/{tag}", status_code=204, responses=declared(404))
async def remove_tag(
    tag: Ident,
    *,
    reason: Annotated[Words, Query()] = "",
    here: Here,
    now: Now,
    by: Tagger,
    key: IdempotencyKey = None,
) -> None:
    """Takes a tag off, whoever placed it; the journal keeps both, and why."""

    def do(under: Under) -> Plain:
        tags = here.room.desk.state.tags
        placed = tags.get(TagId(tag))
        if placed is None:
            raise UnknownId("tag", tag, near=near(tag, tags))
        event = TagRemoved(at=now, by=by.user, tag=placed.id, switch=placed.switch, reason=reason)
        here.loop.submit(under.put_on(event))
        return {}

    here.once(by, "untag", tag, reason, key=key, do=do)


@acts.put("/modes", response_model=ModeSet, responses=declared(404))
async def set_mode(
    body: NewMode, *, here: Here, now: Now, by: ModeSetter, key: IdempotencyKey = None
) -> Plain:
    """Sets the mode of a feeder, or of the whole system when `feeder` is null."""
    if body.mode is Mode.AUTOMATIC:
        check_may(by, Permission.AUTOMATE)

    def do(under: Under) -> Plain:
        feeder = None
        if body.feeder is not None:
            here.room.network.feeder_head(body.feeder)
            feeder = FeederId(body.feeder)
        event = ModeChanged(at=now, by=by.user, feeder=feeder, mode=body.mode, reason=body.reason)
        here.loop.submit(under.put_on(event))
        modes = here.room.desk.state.modes
        return stated_view(modes.system if feeder is None else modes.feeders[feeder], feeder)

    return here.once(by, "mode", body.feeder, body.mode, body.reason, key=key, do=do)


@acts.post("/feeders/{feeder}/automation", response_model=FeederShape, responses=declared(404))
async def enable_automation(
    feeder: Ident,
    body: Enabling,
    *,
    here: Here,
    now: Now,
    by: Automator,
    key: IdempotencyKey = None,
) -> Plain:
    """What had latched automation off was looked into: the feeder may go by itself again, as far
    as its mode and everything else lets it."""

    def do(under: Under) -> Plain:
        here.room.network.feeder_head(feeder)
        event = AutomationEnabled(at=now, by=by.user, feeder=FeederId(feeder), reason=body.reason)
        here.loop.submit(under.put_on(event))
        found: Plain = here.feed.whole().data["feeders"][feeder]
        return found

    return here.once(by, "automation", feeder, body.reason, key=key, do=do)


@acts.post("/switches/{switch}/announce", response_model=SwitchShape, responses=declared(404))
async def announce(
    switch: Ident, body: Stand, *, here: Here, now: Now, by: Switcher, key: IdempotencyKey = None
) -> Plain:
    """Somebody is about to operate this switch: what follows is planned work."""

    def do(under: Under) -> Plain:
        ident = here.room.network.switch(switch).id
        position = POSITIONS[body.position]
        event = SwitchingAnnounced(at=now, by=by.user, switch=ident, position=position)
        return _stands(here, ident, event=under.put_on(event))

    return here.once(by, "announce", switch, body.position, key=key, do=do)


@acts.post("/switches/{switch}/position", response_model=SwitchShape, responses=declared(404))
async def report(
    switch: Ident, body: Stand, *, here: Here, now: Now, by: Reporter, key: IdempotencyKey = None
) -> Plain:
    """Where a switch without telemetry stands, as reported from the site."""

    def do(under: Under) -> Plain:
        ident = here.room.network.switch(switch).id
        if ident in here.room.desk.state.link_of:
            raise NotPermitted(
                f"{switch} reports its own position", remedy="mend its telemetry instead"
            )
        position = POSITIONS[body.position]
        event = PositionReported(at=now, by=by.user, switch=ident, position=position)
        return _stands(here, ident, event=under.put_on(event))

    return here.once(by, "report", switch, body.position, key=key, do=do)


def _stands(here: Service, switch: SwitchId, *, event: OperatorEvent) -> Plain:
    here.loop.submit(event)
    found: Plain = here.feed.whole().data["switches"][switch]
    return found
