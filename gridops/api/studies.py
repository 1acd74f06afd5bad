"""Studies: what if this failed, asked of the engine that answers live, and never carried out."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from gridops.api.shapes import Shape
from gridops.api.words import Plain
from gridops.errors import GridOpsError
from gridops.ids import SwitchId
from gridops.incident import Desk
from gridops.measurement import Position
from gridops.network import Control
from gridops.outage.announced import WORK_TAGS

Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
FAULTS_MAX = 5
SWITCHES_MAX = 200


class StudyRefused(GridOpsError):
    """There is no answer to such a question."""

    code = "study-refused"


class StudyUnanswered(GridOpsError):
    """The study took too long, or its process ended."""

    code = "study-unanswered"


class TooManyStudies(GridOpsError):
    """As many as may wait do so already."""

    code = "too-many-studies"


class From(StrEnum):
    """The state that a study begins in."""

    NOW = "now"
    """As the control room knows it."""
    NORMAL = "normal"


Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Switches = Annotated[list[Id], Field(default_factory=list, max_length=SWITCHES_MAX)]


class StudyAsked(Shape):
    # A body is checked by its class as FastAPI finds it.
    model_config = ConfigDict(defer_build=False)

    begins: From = From.NOW
    faults: Annotated[list[Id], Field(min_length=1, max_length=FAULTS_MAX)]
    """Branches, nodes or sections; they fail together."""
    open: Switches
    """Switches that are open before, whatever they are in the state that it begins in."""
    close: Switches
    tag: Switches
    """Switches that may not be operated."""
    load_scale: Annotated[float, Field(gt=0, le=5, allow_inf_nan=False)] = 1.0
    as_indicated: bool = True
    """Whether what the indicators leave in doubt is fenced as well, as it would be live."""


class StudyShape(Shape):
    study: Literal[True]
    """Nothing of it is real, and nothing of it can be released."""
    begins: From
    opened: list[str]
    """What differed from the normal state before the fault."""
    closed: list[str]
    unavailable: list[str]
    assumed: list[str]
    """Switches whose position is not known now; they were taken as in the normal state."""
    answer: dict[str, Any]
    """As `gridops whatif --json` prints it; docs/engineering.md."""


def question_of(asked: StudyAsked, desk: Desk) -> tuple[Plain, list[SwitchId]]:
    """The question in the words of the workbench, and the switches whose position was assumed."""
    opened, closed, unavailable, assumed = (
        _departures(desk) if asked.begins is From.NOW else (set(), set(), set(), [])
    )
    opened = (opened | set(asked.open)) - set(asked.close)
    closed = (closed | set(asked.close)) - set(asked.open)
    question = {
        "faults": asked.faults,
        "opened": sorted(opened),
        "closed": sorted(closed),
        "unavailable": sorted(unavailable | set(asked.tag)),
        "load_scale": asked.load_scale,
        "as_indicated": asked.as_indicated,
    }
    return question, assumed


def _departures(desk: Desk) -> tuple[set[str], set[str], set[str], list[SwitchId]]:
    """How the state differs from the normal one: open, closed, not to be operated, not known."""
    state = desk.state
    opened: set[str] = set()
    closed: set[str] = set()
    unavailable = {t.switch for t in state.tags.values() if t.kind in WORK_TAGS}
    assumed: list[SwitchId] = []
    for switch in desk.network.switches.values():
        position = state.positions[switch.id].value
        if state.is_unknown(switch.id):
            assumed.append(switch.id)
        elif switch.is_normally_closed and position is Position.OPEN:
            opened.add(switch.id)
        elif not switch.is_normally_closed and position is Position.CLOSED:
            closed.add(switch.id)
        if switch.control is Control.REMOTE and not state.is_reachable(switch.id):
            unavailable.add(switch.id)
    return opened, closed, {str(one) for one in unavailable}, assumed
