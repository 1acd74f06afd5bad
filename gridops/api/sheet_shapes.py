"""What is said of a switching sheet, field by field; times are ISO 8601 UTC."""

from pydantic import Field

from gridops.api.shapes import CheckShape, GuardShape, NoteShape, ReasonShape, Shape
from gridops.events.sheets import StepAct, StepBy
from gridops.sheets import SheetState, StepState
from gridops.sheets.templates import ParameterKind


class SheetLineShape(Shape):
    number: int
    act: StepAct
    by: StepBy
    switch: str | None
    """Null: a note."""
    text: str
    state: StepState
    note: ReasonShape | None
    begun_at: str | None
    """When it was commanded, or a crew was told."""
    changed_at: str | None
    receiver: str
    """Who took the instruction; empty: nobody was instructed by name."""
    instructed_by: str | None
    reported_by: str | None
    customers_restored: int
    customers_dropped: int
    sections_restored: list[str]
    sections_dropped: list[str]


class SheetStepShape(SheetLineShape):
    check: CheckShape | None
    """Null: it moves nothing, or was not reckoned."""


class SheetHead(Shape):
    id: str
    number: str
    """`NN/MM/YYYY` in its month, with `-ĐX` when the work was not planned."""
    title: str
    planned: bool
    by_hand: bool
    """False: a plan that was released as it was shown."""
    state: SheetState
    revision: int
    fingerprint: str
    """What an approval and a start name."""
    incident: str | None
    plan: str | None
    after: str | None
    """The stopped sheet that it goes on from."""
    prepared_by: str
    prepared_at: str
    approved_by: str | None
    approved_at: str | None
    expires_at: str | None
    """When the approval ends unless it was started."""
    started_by: str | None
    started_at: str | None
    ended_at: str | None
    issuer: str
    receiver: str
    supervisor: str
    operator: str
    gives_up: list[str]
    """Supplied sections that it openly drops."""
    crews_in_doubt: list[int]
    """Of a stopped sheet: the steps of which nobody has said what the crew did, or telemetry does
    not show it. A report ends each."""
    passed: bool
    """The guard's word on the whole of it, when it was last judged."""


class SheetRow(SheetHead):
    steps: list[SheetLineShape]


class SheetMay(Shape):
    """What the core would take from the asking person now."""

    edit: bool
    approve: bool
    start: bool
    stop: bool
    withdraw: bool


class SheetShape(SheetHead):
    etag: str
    """To be sent back as If-Match with an edit, an approval, a start and a withdrawal."""
    authors: list[str]
    """Everybody who wrote it."""
    judged_at: str
    guard: GuardShape
    steps: list[SheetStepShape]
    may: SheetMay
    why_not: list[ReasonShape]
    """Why the next act (an approval of a draft, a start of what is approved) is not the asking
    person's; empty: it is."""
    timeline: list[NoteShape]


class ParameterShape(Shape):
    name: str
    kind: ParameterKind
    title: str
    title_vi: str
    needed: bool
    """False: steps about it are left out when nothing is chosen."""


class TemplateShape(Shape):
    id: str
    title: str
    title_vi: str
    parameters: list[ParameterShape]


class WrittenLine(Shape):
    act: StepAct
    by: StepBy
    switch: str | None
    text: str
    deleted: bool


class WrittenShape(Shape):
    """A draft, as it is sent to be judged or kept; nothing of it is kept yet."""

    title: str
    planned: bool
    issuer: str
    receiver: str
    supervisor: str
    operator: str
    steps: list[WrittenLine]
    gives_up: list[str]
    incident: str | None
    plan: str | None
    after: str | None


class JudgedShape(Shape):
    """What a draft would be worth, and nothing of it is kept."""

    guard: GuardShape
    steps: list[SheetStepShape]
    customers_restored: int = Field(ge=0)
    customers_dropped: int = Field(ge=0)
