"""Studies: what if this failed, asked of the engine that answers live, and never carried out."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from gridops.api.shapes import Shape
from gridops.api.view_shape import ViewShape
from gridops.api.words import Plain
from gridops.errors import GridOpsError
from gridops.ids import SwitchId, UserName
from gridops.network import Control, Network
from gridops.outage.announced import WORK_TAGS
from gridops.powerflow import ViolationKind

FAULTS_MAX = 5
SWITCHES_MAX = 200
STUDY_ID = "study-"
"""Ids of incidents and plans of a study begin so: no act takes them."""


class StudyRefused(GridOpsError):
    """There is no answer to such a question."""

    code = "study-refused"


class StudyUnanswered(GridOpsError):
    """The study took too long, or its process ended."""

    code = "study-unanswered"


class TooManyStudies(GridOpsError):
    """As many as may wait do so already, of all or of one person."""

    code = "too-many-studies"


class Studies(Protocol):
    """Everything but `place` raises StudyUnanswered, and StudyRefused for a question that has no
    answer."""

    def place(self, user: UserName) -> AbstractContextManager[None]:
        """In the queue, as long as it is held. Raises: TooManyStudies."""
        ...

    async def what_if(self, asked: Plain) -> Plain:
        """The answer in the contract's shape."""
        ...

    async def play(self, asked: Plain) -> bytes:
        """A list of `StageShape`, as JSON."""
        ...


class From(StrEnum):
    """The state that a study begins in."""

    NOW = "now"
    """As the control room knows it."""
    NORMAL = "normal"
    MOMENT = "moment"
    """As the control room knew it at `at`."""


Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Switches = Annotated[list[Id], Field(default_factory=list, max_length=SWITCHES_MAX)]


class StudyBegins(Shape):
    # A body is checked by its class as FastAPI finds it.
    model_config = ConfigDict(defer_build=False)

    begins: From = From.NOW
    at: AwareDatetime | None = None
    """With `begins` moment: which one."""
    open: Switches
    """Switches that are open before, whatever they are in the state that it begins in."""
    close: Switches
    tag: Switches
    """Switches that may not be operated."""
    load_scale: Annotated[float, Field(gt=0, le=5, allow_inf_nan=False)] = 1.0

    @model_validator(mode="after")
    def _names_its_moment(self) -> Self:
        if (self.begins is From.MOMENT) != (self.at is not None):
            raise ValueError('`at` goes with `begins`: "moment", and with nothing else')
        return self


class StudyAsked(StudyBegins):
    faults: Annotated[list[Id], Field(min_length=1, max_length=FAULTS_MAX)]
    """Branches, nodes or sections; they fail together."""
    as_indicated: bool = True
    """Whether what the indicators leave in doubt is fenced as well, as it would be live."""


class PlayAsked(StudyBegins):
    faults: Annotated[list[Id], Field(default_factory=list, max_length=FAULTS_MAX)]
    """As in `StudyAsked`; none: only the state is worked out."""


class Studied(Shape):
    study: Literal[True]
    """Nothing of it is real, and nothing of it can be released."""
    begins: From
    opened: list[str]
    """What differed from the normal state before the fault."""
    closed: list[str]
    unavailable: list[str]
    assumed: list[str]
    """Switches whose position is not known there; they were taken as in the normal state."""


class StudyShape(Studied):
    answer: dict[str, Any]
    """As `gridops whatif --json` prints it; docs/engineering.md."""


class Stage(StrEnum):
    BEFORE = "before"
    PROPOSED = "proposed"
    AFTER = "after"
    """Of what was released at once."""


class BrokenShape(Shape):
    because: ViolationKind
    element: str
    value: float
    limit: float
    """Both in pu, %, A or VA, as `because` has it."""


class FlowShape(Shape):
    """The AC power flow of the whole grid, at the loads that the grid states, times the scale."""

    solved: bool
    voltage_pu_min: float | None
    weakest: str | None
    """The node that has it."""
    loading_pct_max: float | None
    fullest: str | None
    """The branch that has it."""
    broken: int
    violations: list[BrokenShape]
    """Some of them, where many limits are broken."""


class StageShape(Shape):
    stage: Stage
    view: ViewShape
    """As `GET /view`; each section has its lowest voltage and each switch its current, as the power
    flow has them. Ids of incidents and plans begin with `study-`."""
    flow: FlowShape


class PlayedShape(Studied):
    at: str
    """When it begins."""
    stages: list[StageShape]


Shown = Mapping[str, Plain]
"""`switches` or `sections` of a view, as it is told."""


def question_of(
    asked: StudyAsked | PlayAsked, network: Network, *, view: Plain | None
) -> tuple[Plain, list[SwitchId]]:
    """The question in the words of the workbench, and the switches whose position was assumed.
    `view`: the state that it begins in; None: the normal one."""
    opened, closed, unavailable, assumed = (
        (set[str](), set[str](), set[str](), list[SwitchId]())
        if view is None
        else _departures(network, view["switches"], sections=view["sections"])
    )
    question = {
        "faults": asked.faults,
        "opened": sorted((opened | set(asked.open)) - set(asked.close)),
        "closed": sorted((closed | set(asked.close)) - set(asked.open)),
        "unavailable": sorted(unavailable | set(asked.tag)),
        "load_scale": asked.load_scale,
    }
    return question, assumed


def _departures(
    network: Network, switches: Shown, *, sections: Shown
) -> tuple[set[str], set[str], set[str], list[SwitchId]]:
    """How a state differs from the normal one: open, closed, not to be operated, not known.
    Nothing is switched at a section that holds a fault, or may."""
    opened, closed, unavailable = set[str](), set[str](), set[str]()
    assumed: list[SwitchId] = []
    for switch in network.switches.values():
        shown = switches[switch.id]
        if shown["unknown"]:
            assumed.append(switch.id)
        elif switch.is_normally_closed and shown["position"] == "open":
            opened.add(switch.id)
        elif not switch.is_normally_closed and shown["position"] == "closed":
            closed.add(switch.id)
        ends = network.section_ends[switch.id]
        if (
            (switch.control is Control.REMOTE and not shown["reachable"])
            or any(tag["kind"] in WORK_TAGS for tag in shown["tags"])
            or any(sections[end]["state"] in ("suspected", "isolated") for end in ends)
        ):
            unavailable.add(switch.id)
    return opened, closed, unavailable, assumed
