"""What people and head-ends report of an outage. Each report is in the journal, by its sender."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StrictBool, StrictInt, StringConstraints, model_validator

from gridops.api.problems import BatchRefused, Flaw, declared
from gridops.api.routes import Routes
from gridops.api.routes_acts import Body, Name
from gridops.api.security import Person
from gridops.api.service import Here, IdempotencyKey, Ident, Now, Reporter, Service, near
from gridops.api.shapes import IncidentShape, Taken
from gridops.api.words import Plain
from gridops.control_room import Under
from gridops.errors import NotPermitted
from gridops.events import MetersReported, PatrolReported, TrialReported, TroubleReported
from gridops.ids import LoadId
from gridops.incident import Incident
from gridops.measurement import Reading

reports = Routes(tags=["reports"], responses=declared(400, 401, 403, 409, 422, 503))

BATCH_MAX = 500
"""Lines of one batch; more come with the next."""
METERS_MAX = 1_000
"""That are named in one line; more come in another."""
AHEAD_MAX = timedelta(minutes=5)
"""A head-end's clock this far ahead of ours is wrong."""
BEHIND_MAX = timedelta(days=7)
"""Meters tell late and in batches, but what is older tells of nothing that may still be learnt."""


class Patrol(Body):
    place: Name
    """The branch, node or section that a crew has looked at."""
    found: StrictBool


class TrialResult(Body):
    switch: Name
    """What was closed to try the part behind it."""
    held: StrictBool
    """False: protection tripped again."""


class CallsAt(Body):
    load: Name
    calls: Annotated[StrictInt, Field(ge=1, le=10_000)] = 1


class Calls(Body):
    calls: Annotated[list[CallsAt], Field(min_length=1, max_length=BATCH_MAX)]


class MetersAt(Body):
    load: Name
    has_voltage: StrictBool
    """False: last gasps. True: voltage is back, or a ping was answered."""
    meters: Annotated[StrictInt, Field(ge=1, le=100_000)] = 1
    meter_ids: Annotated[tuple[Name, ...], Field(max_length=METERS_MAX)] = ()
    """Which they are; `meters` need not be told then. Reports that do not say so may be of the same
    ones."""
    phases: Annotated[str, StringConstraints(pattern=r"^a?b?c?$")] = ""
    """Those that are meant; empty: not told."""
    source_time: AwareDatetime

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        named = len(set(self.meter_ids))
        if named and "meters" in self.model_fields_set and self.meters != named:
            raise ValueError(f"{self.meters} meters, but {named} in meter_ids: leave meters out")
        return self


class Meters(Body):
    meters: Annotated[list[MetersAt], Field(min_length=1, max_length=BATCH_MAX)]


@reports.post(
    "/incidents/{incident}/patrols", response_model=IncidentShape, responses=declared(404)
)
async def patrol(
    incident: Ident,
    body: Patrol,
    *,
    here: Here,
    now: Now,
    by: Reporter,
    key: IdempotencyKey = None,
) -> Plain:
    """A crew has looked at a place and found the fault, or has not. What was found overrides
    every indicator."""

    def do(under: Under) -> Plain:
        ident = _open(here, incident).id
        here.room.network.section_of(body.place)
        event = PatrolReported(
            at=now, by=by.user, incident=ident, place=body.place, found=body.found
        )
        here.loop.submit(under.put_on(event))
        return here.card(ident, now)

    return here.once(by, "patrol", incident, body.place, body.found, key=key, do=do)


@reports.post("/incidents/{incident}/trials", response_model=IncidentShape, responses=declared(404))
async def trial(
    incident: Ident,
    body: TrialResult,
    *,
    here: Here,
    now: Now,
    by: Reporter,
    key: IdempotencyKey = None,
) -> Plain:
    """A switch was closed to try what lies behind it: it held, or protection tripped again."""

    def do(under: Under) -> Plain:
        found = _open(here, incident)
        switch = here.room.network.switch(body.switch).id
        if not found.zone.intersection(here.room.network.section_ends[switch]):
            raise NotPermitted(
                f"{switch} stands at no section of incident {incident}",
                remedy="name a switch of the part that lost supply",
            )
        event = TrialReported(at=now, by=by.user, incident=found.id, switch=switch, held=body.held)
        here.loop.submit(under.put_on(event))
        return here.card(found.id, now)

    return here.once(by, "trial", incident, body.switch, body.held, key=key, do=do)


def _open(here: Service, incident: str) -> Incident:
    """Raises: UnknownId; NotPermitted for one that is closed."""
    found = here.room.desk.incidents[here.known_incident(incident)]
    if not found.is_open:
        raise NotPermitted(
            f"incident {incident} is closed", remedy="report to the one that is open"
        )
    return found


@reports.post("/signals/calls", response_model=Taken)
async def calls(
    body: Calls, *, here: Here, now: Now, by: Reporter, key: IdempotencyKey = None
) -> Plain:
    """Customers behind service transformers called: they have no supply. All or nothing."""
    events = [
        TroubleReported(at=now, by=by.user, load=LoadId(one.load), calls=one.calls)
        for one in body.calls
    ]
    return _batch(here, events, said="calls", by=by, key=key, body=body)


@reports.post("/signals/meters", response_model=Taken)
async def meters(
    body: Meters, *, here: Here, now: Now, by: Reporter, key: IdempotencyKey = None
) -> Plain:
    """Last gasps and returning voltage of meters, as a head-end has them. All or nothing."""
    events = [
        MetersReported(
            at=now,
            source_time=one.source_time,
            load=LoadId(one.load),
            has_voltage=Reading.YES if one.has_voltage else Reading.NO,
            meters=len(set(one.meter_ids)) or one.meters,
            phases=one.phases,
            meter_ids=tuple(dict.fromkeys(one.meter_ids)),
        )
        for one in body.meters
    ]
    return _batch(here, events, said="meters", by=by, key=key, body=body)


def _batch(
    here: Service,
    events: Sequence[TroubleReported | MetersReported],
    *,
    said: str,
    by: Person,
    key: str | None,
    body: Body,
) -> Plain:
    def do(under: Under) -> Plain:
        flaws = [
            flaw for k, event in enumerate(events) for flaw in _flaws(here, event, at=f"{said}.{k}")
        ]
        if flaws:
            raise BatchRefused(flaws)
        here.loop.submit_all([under.put_on(events[0]), *events[1:]])
        return {"taken": len(events)}

    return here.once(by, said, body.model_dump_json(), key=key, do=do)


def _flaws(here: Service, event: TroubleReported | MetersReported, *, at: str) -> list[Flaw]:
    found = []
    loads = here.room.network.loads
    if event.load not in loads:
        like = ", ".join(near(event.load, loads)) or "none"
        found.append(Flaw(where=f"body.{at}.load", what=f"no load {event.load!r} (near: {like})"))
    if isinstance(event, MetersReported) and event.source_time > event.at + AHEAD_MAX:
        found.append(Flaw(where=f"body.{at}.source_time", what="lies in the future"))
    if isinstance(event, MetersReported) and event.source_time < event.at - BEHIND_MAX:
        what = f"lies more than {BEHIND_MAX.days} days back: correct what was booked instead"
        found.append(Flaw(where=f"body.{at}.source_time", what=what))
    return found
