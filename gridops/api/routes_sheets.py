"""Switching sheets: drawn, judged, approved, carried out and printed."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Self

from fastapi import Depends, Header, Path, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import Field, StrictBool, StringConstraints, model_validator

from gridops.api.paper_form import FormName, form_of
from gridops.api.problems import BatchRefused, Flaw, NoPrecondition, StaleEdit, declared
from gridops.api.routes import Routes
from gridops.api.routes_acts import Body, Name, Text, Words
from gridops.api.routes_reading import as_json
from gridops.api.security import Person
from gridops.api.service import (
    Here,
    IdempotencyKey,
    Ident,
    Now,
    Reader,
    Reporter,
    Service,
    Switcher,
)
from gridops.api.sheet_print import Surroundings, page_of
from gridops.api.sheet_shapes import (
    JudgedShape,
    SheetRow,
    SheetShape,
    TemplateShape,
    WrittenShape,
)
from gridops.api.sheet_view import (
    etag_of,
    judged_view,
    sheet_row,
    template_view,
    written_view,
)
from gridops.api.words import Plain
from gridops.control_room import Under
from gridops.errors import UnknownId
from gridops.events import (
    SheetApproved,
    SheetDrawn,
    SheetEdited,
    SheetStarted,
    SheetStopped,
    SheetWithdrawn,
    StepInstructed,
    StepReported,
)
from gridops.events.sheets import SheetPaper, StepAct, StepBy, StepDraft
from gridops.ids import PlanId, SectionId, SheetId, SwitchId
from gridops.sheets import Course, OnSheet, Sheet, SheetState
from gridops.sheets.course import STEPS_MAX
from gridops.sheets.form import flaws_of_form

HOLDS: dict[str, Any] = {"model": SheetShape, "description": "It holds; not written yet"}
sheets = Routes(tags=["sheets"], responses=declared(400, 401, 403, 422, 503))

SECTIONS_MAX = 500
LISTED_MAX = 500
"""Sheets in one answer, the newest."""
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=200)]
Number = Annotated[int, Path(ge=1, le=STEPS_MAX)]
Title = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
Who = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class Line(Body):
    act: StepAct
    by: StepBy
    switch: Name | None = None
    """Null: a note."""
    text: Words = ""
    deleted: StrictBool = False
    """Struck out: it keeps its number, and nobody carries it out."""

    def draft(self) -> StepDraft:
        return StepDraft(
            act=self.act,
            by=self.by,
            switch=None if self.switch is None else SwitchId(self.switch),
            text=self.text,
            deleted=self.deleted,
        )


class Draft(Body):
    """What somebody writes. Steps are numbered by their place, from 1."""

    title: Title
    planned: StrictBool = True
    issuer: Who = ""
    receiver: Who = ""
    supervisor: Who = ""
    operator: Who = ""
    steps: Annotated[list[Line], Field(min_length=1, max_length=STEPS_MAX)]
    gives_up: Annotated[tuple[Name, ...], Field(max_length=SECTIONS_MAX)] = ()
    """Supplied sections that it openly drops."""
    incident: Name | None = None
    plan: Name | None = None
    """The plan on the incident's card that the steps were taken from."""
    after: Name | None = None
    """The stopped sheet that it goes on from."""

    def paper(self) -> SheetPaper:
        return SheetPaper(
            title=self.title,
            planned=self.planned,
            issuer=self.issuer,
            receiver=self.receiver,
            supervisor=self.supervisor,
            operator=self.operator,
        )

    def lines(self) -> tuple[StepDraft, ...]:
        return tuple(line.draft() for line in self.steps)

    def drops(self) -> tuple[SectionId, ...]:
        return tuple(SectionId(section) for section in sorted(set(self.gives_up)))


class FromTemplate(Body):
    template: Name
    chosen: Annotated[dict[Name, Words], Field(max_length=20)] = Field(default_factory=dict)
    """An id, or words, for each parameter."""


class Named(Body):
    """Exactly the sheet that was on the screen."""

    fingerprint: Name


class Instruction(Body):
    receiver: Annotated[Text, StringConstraints(max_length=200)]
    """Who took it."""


class Report(Body):
    done: StrictBool
    note: Words = ""
    """Why not, where it was not done."""
    turned_back: StrictBool = False
    """Not done, and nothing speaks against the switch: further plans may use it."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.done and self.turned_back:
            raise ValueError("a crew that turned back has not done it")
        return self


class Asked:
    """A request about sheets: what is gone by besides who asks."""

    def __init__(
        self, response: Response, here: Here, *, now: Now, key: IdempotencyKey = None
    ) -> None:
        self.here, self.now = here, now
        self._response, self._key = response, key

    def once(self, by: Person, *asked: object, do: Callable[[Under], SheetId]) -> Plain:
        """The sheet after the act, with its ETag. Raises: as `Service.once`, and what `do` does."""

        def then(under: Under) -> Plain:
            return self.here.sheet(do(under), by=by, now=self.now)

        return self.tagged(self.here.once(by, *asked, key=self._key, do=then))

    def act(
        self, by: Person, event: Callable[[Sheet], OnSheet], *asked: object, sheet: str
    ) -> Plain:
        """Raises: UnknownId; ActRefused; as `Service.once`."""

        def do(under: Under) -> SheetId:
            found = self.here.known_sheet(sheet)
            self._check_seen(found)
            if not self.here.act_on_sheet(under.put_on(event(found))):
                self._response.status_code = 202
            return found.id

        return self.once(by, *asked, sheet, do=do)

    def tagged(self, whole: Plain) -> Plain:
        self._response.headers["ETag"] = whole["etag"]
        return whole

    def _check_seen(self, sheet: Sheet) -> None:
        """Nothing has to have been seen."""


class AskedOfWhatWasSeen(Asked):
    """Such a request names what was on the screen, and is refused when that is not there now."""

    def __init__(
        self,
        response: Response,
        here: Here,
        *,
        now: Now,
        seen: IfMatch = None,
        key: IdempotencyKey = None,
    ) -> None:
        super().__init__(response, here, now=now, key=key)
        self._seen = seen

    def _check_seen(self, sheet: Sheet) -> None:
        if self._seen is None:
            raise NoPrecondition(
                "which sheet was seen is not said", remedy="send its ETag as If-Match"
            )
        if etag_of(sheet) not in {tag.strip() for tag in self._seen.split(",")}:
            raise StaleEdit(
                f"sheet {sheet.id} is not what was seen",
                etag=etag_of(sheet),
                remedy="read it again",
            )


ByHand = Annotated[Asked, Depends(Asked)]
Seen = Annotated[AskedOfWhatWasSeen, Depends(AskedOfWhatWasSeen)]


@sheets.get("/sheets", response_model=list[SheetRow])
async def listed(
    here: Here,
    _: Reader,
    *,
    state: Annotated[SheetState | None, Query()] = None,
    incident: Annotated[Name | None, Query()] = None,
    crews_in_doubt: Annotated[bool, Query()] = False,
) -> Response:
    """The newest first, those that ended long ago included; `crews_in_doubt`: only the stopped
    ones of which a crew has not been heard since."""
    found = [
        sheet
        for sheet in reversed(here.room.desk.sheets.sheets.values())
        if state in (None, sheet.state) and incident in (None, sheet.incident)
        if not crews_in_doubt or sheet.crews_in_doubt
    ]
    return as_json([sheet_row(sheet) for sheet in found[:LISTED_MAX]])


@sheets.get("/sheets/templates", response_model=list[TemplateShape])
async def templates(here: Here, _: Reader) -> list[Plain]:
    """Work that comes again and again, with its places left open."""
    return [template_view(template) for template in here.templates]


@sheets.post("/sheets/from-template", response_model=WrittenShape, responses=declared(404))
async def from_template(body: FromTemplate, *, asked: ByHand, by: Switcher) -> Plain:
    """The steps of a template at the chosen places, on the grid as it stands: a draft to be judged,
    changed and kept like any other. Nothing is kept."""
    here = asked.here
    template = here.known_template(body.template)
    title = template.title_vi if here.language == "vi" else template.title
    about = SheetDrawn(
        at=asked.now,
        by=by.user,
        sheet=here.room.desk.sheets.next_id,
        paper=SheetPaper(title=title),
        steps=(),
    )
    found = here.room.desk.written(template, body.chosen, about=about)
    if found.flaws:
        raise BatchRefused([Flaw(where="body.chosen", what=f.in_english()) for f in found.flaws])
    return written_view(title, found)


@sheets.get("/sheets/{sheet}", response_model=SheetShape, responses=declared(404))
async def one(sheet: Ident, *, asked: ByHand, by: Reader) -> Plain:
    """Whole, and what the asking person may do with it."""
    here = asked.here
    return asked.tagged(here.sheet(here.known_sheet(sheet).id, by=by, now=asked.now))


@sheets.get(
    "/sheets/{sheet}/print",
    response_class=HTMLResponse,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}, **declared(404)},
)
async def printed(
    sheet: Ident,
    *,
    form: Annotated[FormName, Query()] = FormName.VN,
    here: Here,
    now: Now,
    _: Reader,
) -> HTMLResponse:
    """On A4, for the browser to print."""
    around = Surroundings(
        network=here.room.network,
        feeders_at=here.room.desk.feeders_at,
        zone=here.room.installation.zone,
        now=now,
        is_training=here.room.installation.is_training,
    )
    return HTMLResponse(page_of(here.known_sheet(sheet), form=form_of(form), around=around))


@sheets.post("/sheets", status_code=201, response_model=SheetShape, responses=declared(409))
async def draw(body: Draft, *, asked: ByHand, by: Switcher) -> Plain:
    """Draws a sheet up. As long as it is a draft it may break rules: `guard` says which."""

    def do(under: Under) -> SheetId:
        event = under.put_on(_drawn(asked, body, by=by))
        asked.here.loop.submit(event)
        return event.sheet

    return asked.once(by, "draw", body.model_dump_json(), do=do)


@sheets.post("/sheets/check", response_model=JudgedShape, responses=declared(409))
async def check(body: Draft, *, asked: ByHand, by: Switcher) -> Plain:
    """What guard and power flow say to a draft, as the grid is now. Nothing is kept."""
    return judged_view(asked.here.room.desk.sheet_if(_drawn(asked, body, by=by)))


@sheets.put("/sheets/{sheet}", response_model=SheetShape, responses=declared(404, 409, 412, 428))
async def edit(sheet: Ident, body: Draft, *, asked: Seen, by: Switcher) -> Plain:
    """Every word anew. What was approved is a draft again."""

    def event(found: Sheet) -> SheetEdited:
        _check_form(asked.here, body, also=_said_otherwise(body, found))
        return SheetEdited(
            at=asked.now,
            by=by.user,
            sheet=found.id,
            revision=found.revision,
            paper=body.paper(),
            steps=body.lines(),
            gives_up=body.drops(),
        )

    return asked.act(by, event, "edit", body.model_dump_json(), sheet=sheet)


@sheets.post(
    "/sheets/{sheet}/approve", response_model=SheetShape, responses=declared(404, 409, 412, 428)
)
async def approve(sheet: Ident, body: Named, *, asked: Seen, by: Switcher) -> Plain:
    """Lets it be started until the approval expires. Nothing moves by it."""

    def event(found: Sheet) -> SheetApproved:
        words = body.fingerprint
        return SheetApproved(at=asked.now, by=by.user, sheet=found.id, fingerprint=words)

    return asked.act(by, event, "approve", body.fingerprint, sheet=sheet)


@sheets.post(
    "/sheets/{sheet}/start", response_model=SheetShape, responses=declared(404, 409, 412, 428)
)
async def start(sheet: Ident, body: Named, *, asked: Seen, by: Switcher) -> Plain:
    """Carries it out, step after step."""

    def event(found: Sheet) -> SheetStarted:
        words = body.fingerprint
        return SheetStarted(at=asked.now, by=by.user, sheet=found.id, fingerprint=words)

    return asked.act(by, event, "start", body.fingerprint, sheet=sheet)


@sheets.post(
    "/sheets/{sheet}/withdraw", response_model=SheetShape, responses=declared(404, 409, 412, 428)
)
async def withdraw(sheet: Ident, *, asked: Seen, by: Switcher) -> Plain:
    """It is not going to be carried out."""

    def event(found: Sheet) -> SheetWithdrawn:
        return SheetWithdrawn(at=asked.now, by=by.user, sheet=found.id)

    return asked.act(by, event, "withdraw", sheet=sheet)


@sheets.post(
    "/sheets/{sheet}/stop",
    response_model=SheetShape,
    responses={202: HOLDS, **declared(404, 409)},
)
async def stop(sheet: Ident, *, asked: ByHand, by: Switcher) -> Plain:
    """Stops before the next step, whatever was seen of it. 202 while the journal cannot be
    written: it holds all the same, and is written before anything goes on."""

    def event(found: Sheet) -> SheetStopped:
        return SheetStopped(at=asked.now, by=by.user, sheet=found.id)

    return asked.act(by, event, "stop", sheet=sheet)


@sheets.post(
    "/sheets/{sheet}/steps/{number}/instruct",
    response_model=SheetShape,
    responses=declared(404, 409),
)
async def instruct(
    sheet: Ident, number: Number, *, body: Instruction, asked: ByHand, by: Switcher
) -> Plain:
    """A crew was told to carry out this step."""

    def event(found: Sheet) -> StepInstructed:
        _check_line(found, number)
        return StepInstructed(
            at=asked.now, by=by.user, sheet=found.id, step=number, receiver=body.receiver
        )

    return asked.act(by, event, "instruct", number, body.receiver, sheet=sheet)


@sheets.post(
    "/sheets/{sheet}/steps/{number}/report",
    response_model=SheetShape,
    responses=declared(404, 409),
)
async def report(
    sheet: Ident, number: Number, *, body: Report, asked: ByHand, by: Reporter
) -> Plain:
    """What the crew says of a step. Where telemetry could show it, it has to."""

    def event(found: Sheet) -> StepReported:
        _check_line(found, number)
        return StepReported(
            at=asked.now,
            by=by.user,
            sheet=found.id,
            step=number,
            done=body.done,
            note=body.note,
            turned_back=body.turned_back,
        )

    return asked.act(by, event, "report", number, body.model_dump_json(), sheet=sheet)


def _drawn(asked: Asked, body: Draft, *, by: Person) -> SheetDrawn:
    """Raises: BatchRefused; UnknownId."""
    here = asked.here
    _check_form(here, body)
    return SheetDrawn(
        at=asked.now,
        by=by.user,
        sheet=here.room.desk.sheets.next_id,
        paper=body.paper(),
        steps=body.lines(),
        gives_up=body.drops(),
        incident=None if body.incident is None else here.known_incident(body.incident),
        plan=None if body.plan is None else PlanId(body.plan),
        after=None if body.after is None else here.known_sheet(body.after).id,
    )


def _check_form(here: Service, body: Draft, *, also: Iterable[Flaw] = ()) -> None:
    """Raises: BatchRefused with everything that no sheet of this grid can say."""
    course = Course(steps=body.lines(), gives_up=frozenset(body.drops()))
    found = [flaw for flaw in flaws_of_form(course, here.room.network) if flaw is not None]
    flaws = [
        Flaw(
            where="body.gives_up" if flaw.step is None else f"body.steps.{flaw.step - 1}",
            what=flaw.why.in_english(),
        )
        for flaw in found
    ]
    flaws += also
    if flaws:
        raise BatchRefused(flaws)


def _said_otherwise(body: Draft, found: Sheet) -> Iterable[Flaw]:
    """What a sheet is about stays as it was drawn."""
    said = {"incident": body.incident, "plan": body.plan, "after": body.after}
    for word, value in said.items():
        kept = getattr(found, word)
        if value not in (None, kept):
            yield Flaw(where=f"body.{word}", what=f"stays what it was drawn with: {kept}")


def _check_line(sheet: Sheet, number: int) -> None:
    """Raises: UnknownId."""
    if sheet.step(number) is None:
        raise UnknownId("line", f"{sheet.id}/{number}")
