"""What the routes work on: the running control room and who may act in it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, cast

from fastapi import Cookie, Depends, Header, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gridops.alarms import AlarmState, Priority
from gridops.api.alarm_view import AlarmLines
from gridops.api.answers import Answers, asked_as
from gridops.api.audit import Audit
from gridops.api.changing_view import ChangingView
from gridops.api.counting import Counting
from gridops.api.feed import Feed
from gridops.api.grid_view import grid_json
from gridops.api.incident_view import incident_view
from gridops.api.limits import Limits
from gridops.api.live_view import live_view
from gridops.api.minutes_gauges import MinutesGauges
from gridops.api.outlook_view import outlook_view
from gridops.api.past import LooksBack
from gridops.api.problems import ControlRoomSilent
from gridops.api.public.window import PublicWindow
from gridops.api.security import Gatekeeper, Person, check_csrf, check_may
from gridops.api.sheet_view import sheet_view
from gridops.api.studies import Studies
from gridops.api.training_view import Training
from gridops.api.words import Plain
from gridops.control_room import ControlRoom, Loop, Under
from gridops.control_room.acts import NO_TOKEN
from gridops.errors import KeyReused, UnknownId
from gridops.events import OperatorEvent, PlanReleased, SheetStarted, SheetStopped
from gridops.events.people import Permission
from gridops.ids import IncidentId, SheetId
from gridops.incident import Automation, BlockerKind, automation_of
from gridops.ports import Clock, Metrics, PublisherHealth
from gridops.ports.audit import AuditLine
from gridops.reasons import Reason, because
from gridops.reliability import IEEE1366, RuleSet
from gridops.sheets import OnSheet, Sheet
from gridops.sheets.templates import Template

COOKIE = "gridops_session"
TRAINING_COOKIE = "gridops_training"
"""Browsers tell cookies apart by host and not by port: on the host of the live field a training
under the same name would end the session there."""
LOOP_SILENT = timedelta(seconds=3)


@dataclass(slots=True, kw_only=True)
class Service:
    """Lives as long as the process. `hosts` empty: any Host header is taken."""

    room: ControlRoom
    loop: Loop
    clock: Clock
    gatekeeper: Gatekeeper
    audit: Audit
    per_person: Limits
    per_address: Limits
    metrics: Metrics
    exposition: Callable[[], bytes]
    hosts: frozenset[str] = frozenset()
    secure_cookie: bool = False
    language: str = "en"
    publisher: PublisherHealth | None = None
    """None: there is none."""
    templates: Sequence[Template] = ()
    """Of sheets."""
    public: PublicWindow | None = None
    """None: there is no public page."""
    studies: Studies | None = None
    """None: no studies are answered."""
    past: LooksBack | None = None
    """None: no past is played."""
    training: Training | None = None
    """None: this is the live field."""
    rulesets: Sequence[RuleSet] = (IEEE1366,)
    """By which minutes are counted."""
    counting: Counting = field(init=False)
    _minutes: MinutesGauges = field(init=False)
    feed: Feed = field(init=False)
    _changing: ChangingView = field(init=False)
    grid_json: bytes = field(init=False)
    """What `GET /grid` says; the grid is constant while the service runs."""
    _alarms_told: int = 0
    """As far as they are counted."""
    _answers: Answers = field(default_factory=Answers)

    def __post_init__(self) -> None:
        self._changing = ChangingView(self.room)
        self.feed = Feed(self.view)
        self.counting = Counting(
            room=self.room, rulesets={rules.name: rules for rules in self.rulesets}
        )
        self._minutes = MinutesGauges(self.counting, self.metrics)
        fingerprint = self.room.installation.grid_fingerprint
        self.grid_json = grid_json(self.room.network, fingerprint)

    @property
    def cookie(self) -> str:
        """Under which name a session's token is kept by browsers."""
        return TRAINING_COOKIE if self.room.installation.is_training else COOKIE

    def view(self) -> Plain:
        silence, now, links = self.loop.silence, self.clock.now(), self.loop.health()
        if silence is None:
            return self._changing.view(
                now=now, links=links, blind=self.blind(), publisher=self.publisher
            )
        return live_view(
            self.room,
            now=now,
            links=links,
            blind=self.blind(),
            state=silence.shown,
            publisher=self.publisher,
        )

    def hear_of_publisher(self, health: PublisherHealth) -> None:
        ended = health.ended - (self.publisher.ended if self.publisher else 0)
        self.publisher = health
        self.metrics.set("gridops_publisher_running", float(health.running))
        self.metrics.count("gridops_publisher_ends_total", by=ended)

    def note(self, line: AuditLine) -> None:
        """An act that was done or refused, for the audit and for who is trained."""
        if self.training is not None:
            self.training.heard(line)
        self.audit.note(line)

    def admit(self, address: str) -> None:
        """Raises: TooManyRequests."""
        self.per_address.take(address, self.clock.now())

    def _silent(self) -> timedelta:
        return self.clock.now() - self.loop.turned_at

    def blind(self) -> Sequence[Reason]:
        """Why the screen must not be taken for the field right now (invariant 39)."""
        found: list[Reason] = []
        links = self.loop.health()
        down = sum(not link.connected for link in links)
        if down:
            found.append(because("links-blind", count=down, all=len(links)))
        silence = self.loop.silence
        if silence is not None:
            lasted = self.clock.now() - silence.since
            found.append(because("journal-blind", seconds=round(lasted.total_seconds())))
        if self.loop.stops_held:
            found.append(because("stops-held", count=self.loop.stops_held))
        silent = self._silent()
        if silent > LOOP_SILENT:
            found.append(because("loop-blind", seconds=round(silent.total_seconds())))
        return found

    def release(self, event: PlanReleased) -> None:
        """Starts exactly the plan that the operator saw.

        Raises: ReleaseRefused; ControlRoomSilent when nothing would carry the plan on.
        """
        self._check_turning()
        self.loop.submit(event)

    def _check_turning(self) -> None:
        """Raises: ControlRoomSilent."""
        if self._silent() > LOOP_SILENT:
            raise ControlRoomSilent(
                "the control room takes no events", remedy="restart the service; see its log"
            )

    def known_incident(self, incident: str) -> IncidentId:
        """Raises: UnknownId, with the ids that are near, else the latest."""
        known = self.room.desk.incidents
        if incident not in known:
            raise UnknownId("incident", incident, near=near(incident, known) or list(known)[-3:])
        return IncidentId(incident)

    def known_sheet(self, sheet: str) -> Sheet:
        """Raises: UnknownId, with the ids that are near, else the latest."""
        known = self.room.desk.sheets.sheets
        found = known.get(SheetId(sheet))
        if found is None:
            raise UnknownId("sheet", sheet, near=near(sheet, known) or list(known)[-3:])
        return found

    def known_template(self, template: str) -> Template:
        """Raises: UnknownId."""
        known = {one.id: one for one in self.templates}
        if template not in known:
            raise UnknownId("template", template, near=near(template, known))
        return known[template]

    def sheet(self, sheet: SheetId, *, by: Person, now: datetime) -> Plain:
        """Whole, and what this person may do with it."""
        desk, token = self.room.desk, by.token or NO_TOKEN

        def ask(event: OperatorEvent) -> Reason | None:
            return desk.why_refused(replace(event, token=token))

        may = Permission.SWITCH in by.may
        found = desk.sheets.sheets[sheet]
        return sheet_view(found, by=by.user, at=now, ask=ask if may else None)

    def act_on_sheet(self, event: OnSheet) -> bool:
        """False: a stop that holds and is not durable yet.

        Raises: ActRefused; ControlRoomSilent when nothing would carry the sheet on.
        """
        if isinstance(event, SheetStopped):
            return self.loop.stop(event)
        if isinstance(event, SheetStarted):
            self._check_turning()
        self.loop.submit(event)
        return True

    def card(self, incident: IncidentId, now: datetime) -> Plain:
        return incident_view(self.room, self.room.desk.incidents[incident], now=now)

    def outlook(self, incident: IncidentId) -> Plain:
        proposed = self.room.desk.incidents[incident].proposed
        if proposed is None:
            return outlook_view(None, None, of=None)
        found = self.loop.solving.outlook_of(proposed.id, incident)
        return outlook_view(proposed.id, found, of=proposed.answer.plan)

    async def exposed(self) -> bytes:
        """The page that Prometheus reads, as of now."""
        await self._minutes.bring_up(self.clock.now())
        self.gauge()
        return self.exposition()

    def gauge(self) -> None:
        """Brings the gauges up to date; called when somebody reads them."""
        state = self.room.desk.state
        open_now = sum(incident.is_open for incident in self.room.desk.incidents.values())
        self.metrics.set("gridops_incidents_open", open_now)
        self.metrics.set("gridops_customers_out", state.energisation.customers_dark)
        self.metrics.set("gridops_sse_clients", self.feed.readers)
        self._gauge_automation()
        self._gauge_alarms()
        self.room.books.gauge(self.metrics, self.clock.now())
        for link in self.loop.health():
            self.metrics.set("gridops_link_connected", float(link.connected), link=link.link)
            for clock, skew_s in (("server", link.skew_s), ("devices", link.device_skew_s)):
                self.metrics.set(
                    "gridops_link_clock_skew_seconds", skew_s or 0.0, link=link.link, clock=clock
                )
            ends = link.certificate_expires
            self.metrics.set(
                "gridops_link_certificate_expires_timestamp_seconds",
                0.0 if ends is None else ends.timestamp(),
                link=link.link,
            )

    def _gauge_alarms(self) -> None:
        counts = AlarmLines(self.room).shown(self.clock.now(), self.blind()).counts
        for state in (*Priority, AlarmState.ACKNOWLEDGED, AlarmState.SHELVED):
            self.metrics.set("gridops_alarms", counts[state.value], state=state.value)
        told = self.room.alarms.known.told_by(self.clock.now())
        # A fact stamped before the last scrape can take back what was counted by then.
        self.metrics.count("gridops_alarms_told_total", by=max(0, told - self._alarms_told))
        self._alarms_told = max(self._alarms_told, told)

    def _gauge_automation(self) -> None:
        found = self.room.desk.blockers.values()
        feeders = Counter(automation_of(blockers) for blockers in found)
        kinds = Counter(blocker.kind for blockers in found for blocker in blockers)
        for state in Automation:
            self.metrics.set("gridops_automation_feeders", feeders[state], state=state.value)
        for kind in BlockerKind:
            self.metrics.set("gridops_automation_blockers", kinds[kind], kind=kind.value)

    def once(
        self, by: Person, *asked: object, key: str | None, do: Callable[[Under], Plain]
    ) -> Plain:
        """Does the act, or gives the answer of the first time under the same Idempotency-Key.
        `asked` is every word that makes it this act; `do` puts on its events what it is given: so
        a restart knows the key as well.

        An act that was refused is not remembered: it may be tried again.

        Raises: KeyReused for another act under that key, AlreadyDone when the answer of the
        first time is not kept, and what `do` raises.
        """
        token = by.token or NO_TOKEN
        account = self.gatekeeper.account_of(by.user)
        if key is None or account is None:
            return do(Under(token=token))
        under = Under(key, asked_as(asked), token)
        given = self._answers.asked(account, key)
        if given is not None and given[0] == under.asked:
            return given[1]
        self.room.acts.refuse(by.user, under)
        if given is not None:
            raise KeyReused(
                "this Idempotency-Key belongs to another act", remedy="use a new key for each act"
            )
        answer = do(under)
        self._answers.keep(account, key, asked=under.asked, said=answer)
        return answer


def service_of(request: Request) -> Service:
    return cast(Service, request.app.state.service)


Here = Annotated[Service, Depends(service_of)]


def now_of(here: Here) -> datetime:
    return here.clock.now()


Now = Annotated[datetime, Depends(now_of)]


def own_cookie(
    here: Here,
    *,
    live: Annotated[str | None, Cookie(alias=COOKIE)] = None,
    training: Annotated[str | None, Cookie(alias=TRAINING_COOKIE)] = None,
) -> str | None:
    """A session's token, of this service alone: the same browser may be logged in to both."""
    return training if here.cookie == TRAINING_COOKIE else live


Token = Annotated[str | None, Depends(own_cookie)]
CsrfToken = Annotated[str | None, Header(alias="X-CSRF-Token")]


Bearer = Annotated[
    HTTPAuthorizationCredentials | None,
    Depends(
        HTTPBearer(
            auto_error=False,
            scheme_name="token",
            description="An API token, in the place of the cookie; it needs no X-CSRF-Token.",
        )
    ),
]


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


Address = Annotated[str, Depends(address_of)]


def asking(
    request: Request, here: Here, *, now: Now, token: Token = None, bearer: Bearer = None
) -> Person:
    """Whoever is logged in, with a cookie or with a token."""
    sent = None if bearer is None else bearer.credentials
    person = here.gatekeeper.person_of(cookie=token, bearer=sent, now=now)
    request.state.person = person
    here.per_person.take(person.token or person.user, now)
    return person


Asking = Annotated[Person, Depends(asking)]


def reader(person: Asking) -> Person:
    check_may(person, Permission.LOOK)
    return person


def acting(act: Permission | None = None) -> Callable[..., Person]:
    """A dependency: whoever may do `act`, or anybody who is logged in. Nothing but GET goes
    without the CSRF token, unless a program asks: no browser sends its token by itself."""

    def actor(
        request: Request,
        person: Asking,
        *,
        here: Here,
        now: Now,
        token: Token = None,
        csrf: CsrfToken = None,
    ) -> Person:
        if person.token is None and request.method != "GET":
            check_csrf(here.gatekeeper.session_of(token, now), csrf)
        if act is not None:
            check_may(person, act)
        return person

    return actor


Reader = Annotated[Person, Depends(reader)]
Anybody = Annotated[Person, Depends(acting())]
Reporter = Annotated[Person, Depends(acting(Permission.REPORT))]
Switcher = Annotated[Person, Depends(acting(Permission.SWITCH))]
Tagger = Annotated[Person, Depends(acting(Permission.TAG))]
AlarmHandler = Annotated[Person, Depends(acting(Permission.ALARM))]
ModeSetter = Annotated[Person, Depends(acting(Permission.MODE))]
Automator = Annotated[Person, Depends(acting(Permission.AUTOMATE))]
Corrector = Annotated[Person, Depends(acting(Permission.CORRECT))]
Administrator = Annotated[Person, Depends(acting(Permission.ADMINISTER))]
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)
]
Ident = Annotated[str, Path(max_length=200)]


def near(ident: str, known: Iterable[str]) -> list[str]:
    return get_close_matches(ident, list(known), n=3, cutoff=0.5)
