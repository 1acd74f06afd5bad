"""Scenario files: TOML stories with their expectation, format version 1.

`docs/scenarios.md` describes them key by key; a test compares it with the models here.
"""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from gridops.errors import ScenarioError
from gridops.events import (
    AutomationEnabled,
    IncidentHalted,
    ModeChanged,
    NormalAccepted,
    OperatorEvent,
    PatrolReported,
    PositionReported,
    RepairReported,
    ReplanRequested,
    SwitchingAnnounced,
    TagPlaced,
    TrialReported,
    TroubleReported,
)
from gridops.events.operator import Mode, TagKind
from gridops.ids import FeederId, IncidentId, LinkId, LoadId, SourceId, SwitchId, TagId, UserName
from gridops.measurement import Position
from gridops.network import Signal
from gridops.outage import Cause, Verdict
from gridops.virtual_field import LinkTrouble, script
from gridops.virtual_field.vocabulary import Misbehaviour

FORMAT = 1
DURATION_S_MAX = 7 * 86_400.0
PERSON = UserName("operator")
Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Timed(_Strict):
    at_s: Annotated[float, Field(ge=0.0, le=DURATION_S_MAX)]


class Strike(_Timed):
    what: Literal["strike"]
    place: str
    clears_after_openings: Annotated[int | None, Field(ge=1)] = None
    phases: str = "abc"
    trips: bool = True


class Repair(_Timed):
    what: Literal["repair"]
    place: str


class OperateByHand(_Timed):
    what: Literal["operate_by_hand"]
    switch: str
    position: Literal["open", "closed"]


class Misbehave(_Timed):
    what: Literal["misbehave"]
    device: str
    kind: Misbehaviour
    slow_s: float = 0.0


class Behave(_Timed):
    what: Literal["behave"]
    device: str
    kind: Misbehaviour


class CutLink(_Timed):
    what: Literal["cut_link"]
    link: str


class HealLink(_Timed):
    what: Literal["heal_link"]
    link: str


class LoseSource(_Timed):
    what: Literal["lose_source"]
    source: str


class RestoreSource(_Timed):
    what: Literal["restore_source"]
    source: str


class Say(_Timed):
    what: Literal["say"]
    element: str
    signal: Signal
    value: bool | Annotated[float, Field(allow_inf_nan=False)]


class Meters(_Timed):
    what: Literal["meters"]
    load: str
    lost: bool
    meters: Annotated[int, Field(ge=1)] = 1
    phases: Annotated[str, Field(pattern="^a?b?c?$")] = ""


class CrashRtu(_Timed):
    what: Literal["crash_rtu"]
    link: str
    back_after_s: Annotated[float, Field(gt=0.0, le=DURATION_S_MAX)] = 5.0
    refill_s: Annotated[float, Field(ge=0.0, le=DURATION_S_MAX)] = 2.0


class RtuMisbehaves(_Timed):
    what: Literal["rtu_misbehaves"]
    link: str
    trouble: LinkTrouble
    by_s: Annotated[float, Field(ge=-86_400.0, le=86_400.0)] = 0.0


class RtuBehaves(_Timed):
    what: Literal["rtu_behaves"]
    link: str
    trouble: LinkTrouble


class Chatter(_Timed):
    what: Literal["chatter"]
    element: str
    signal: Signal
    times: Annotated[int, Field(ge=1, le=100_000)] = 50
    every_s: Annotated[float, Field(gt=0.0, le=60.0)] = 0.02


class CommsStorm(_Timed):
    what: Literal["comms_storm"]
    link: str
    changes_per_s: Annotated[float, Field(gt=0.0, le=100_000.0)]
    lasts_s: Annotated[float, Field(gt=0.0, le=3_600.0)]


OfRtu = CrashRtu | RtuMisbehaves | RtuBehaves | Chatter | CommsStorm

Happens = Annotated[
    Strike
    | Repair
    | OperateByHand
    | Misbehave
    | Behave
    | CutLink
    | HealLink
    | LoseSource
    | RestoreSource
    | Say
    | Meters
    | OfRtu,
    Field(discriminator="what"),
]


_ENTRY: TypeAdapter[Happens] = TypeAdapter(Happens)


class Announce(_Timed):
    what: Literal["announce"]
    switch: str
    position: Literal["open", "closed"]


class Tag(_Timed):
    what: Literal["tag"]
    switch: str
    kind: TagKind
    reason: str = "scenario"


class SetMode(_Timed):
    what: Literal["mode"]
    mode: Mode
    feeder: str | None = None


class Enable(_Timed):
    what: Literal["enable_automation"]
    feeder: str
    reason: str = "scenario"


class Report(_Timed):
    what: Literal["report_position"]
    switch: str
    position: Literal["open", "closed"]


class OnIncident(_Timed):
    what: Literal["halt", "replan", "repaired", "accept"]
    incident: str = "I1"


class Patrol(_Timed):
    what: Literal["patrol"]
    incident: str = "I1"
    place: str
    found: bool


class Trial(_Timed):
    what: Literal["trial"]
    incident: str = "I1"
    switch: str
    held: bool


class Call(_Timed):
    what: Literal["call"]
    load: str
    calls: Annotated[int, Field(ge=1)] = 1


Acts = Annotated[
    Announce | Tag | SetMode | Enable | Report | OnIncident | Patrol | Trial | Call,
    Field(discriminator="what"),
]


class Operator(_Strict):
    """`release_after_s` absent: nobody releases anything."""

    release_after_s: float | None = None
    takes_offers: bool = False


class ExpectedIncident(_Strict):
    """Only what is written is compared. Lists are compared as sets."""

    cause: Cause
    tripped: list[str] | None = None
    verdict: Verdict | None = None
    suspected: list[str] | None = None
    suspected_includes: list[str] | None = None
    fence: list[str] | None = None
    phase: str | None = None
    closes: list[str] | None = None
    plans: int | None = None
    interrupted: int | None = None
    restored_by_switching: int | None = None
    until_repair: int | None = None
    interrupted_on_return: int | None = None
    rejected_because: list[str] | None = None
    guard_passed: bool | None = None
    noted: list[str] | None = None


class Expected(_Strict):
    incidents: list[ExpectedIncident] = []
    dark_at_end: list[str] | None = None
    off_normal_at_end: list[str] | None = None
    customers_dark_at_end: int | None = None


class Scenario(_Strict):
    """One story. Times count from `start`."""

    format: Literal[1]
    title: str
    title_vi: str
    grid: str
    start: AwareDatetime
    duration_s: Annotated[float, Field(gt=0.0, le=DURATION_S_MAX)]
    engine: dict[str, float | bool] = {}
    location: dict[str, float | bool] = {}
    field: dict[str, float | bool] = {}
    operator: Operator = Operator()
    happens: list[Happens] = []
    acts: list[Acts] = []
    expect: Expected = Expected()

    @property
    def end(self) -> datetime:
        return self.start + timedelta(seconds=self.duration_s)

    def happenings(self) -> list[script.Happening]:
        return [_happening(one) for one in self.happens]

    def operator_events(self) -> list[OperatorEvent]:
        return [
            _act(one, self.start + timedelta(seconds=one.at_s), number=number)
            for number, one in enumerate(self.acts, start=1)
        ]


def load_scenario(path: Path) -> Scenario:
    """Raises: ScenarioError that names the file, every key that is wrong, and the remedy."""
    return checked(Scenario, toml_of(path), where=path)


def toml_of(path: Path) -> dict[str, Any]:
    """A file of this format version. Raises: ScenarioError."""
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(
            f"cannot be read: {error.strerror}", where=str(path), remedy="check the path"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(
            f"is not TOML: {error}", where=str(path), remedy="mend the line that is named"
        ) from error
    version = plain.get("format")
    if version != FORMAT:
        raise ScenarioError(
            f"has format {version!r}", where=str(path), remedy=f"write format = {FORMAT}"
        )
    return plain


def checked(model: type[Model], plain: dict[str, Any], *, where: Path) -> Model:
    """Raises: ScenarioError that names every key that is wrong."""
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        flaws = "; ".join(
            f"{'.'.join(str(part) for part in flaw['loc'])}: {flaw['msg']}"
            for flaw in error.errors()
        )
        raise ScenarioError(
            flaws, where=str(where), remedy="docs/scenarios.md describes every key"
        ) from error


def _position(word: str) -> Position:
    return Position.OPEN if word == "open" else Position.CLOSED


def _happening(one: Happens) -> script.Happening:
    match one:
        case Strike():
            return script.Strike(
                at_s=one.at_s,
                place=one.place,
                clears_after_openings=one.clears_after_openings,
                phases=one.phases,
                trips=one.trips,
            )
        case Repair():
            return script.Repair(at_s=one.at_s, place=one.place)
        case OperateByHand():
            return script.OperateByHand(
                at_s=one.at_s, switch=SwitchId(one.switch), position=_position(one.position)
            )
        case Misbehave() | Behave():
            return _behaviour(one)
        case Say() | Meters():
            return _word(one)
        case CrashRtu() | RtuMisbehaves() | RtuBehaves() | Chatter() | CommsStorm():
            return _of_rtu(one)
        case _:
            return _connection(one)


def _connection(one: CutLink | HealLink | LoseSource | RestoreSource) -> script.Happening:
    match one:
        case CutLink():
            return script.CutLink(at_s=one.at_s, link=LinkId(one.link))
        case HealLink():
            return script.HealLink(at_s=one.at_s, link=LinkId(one.link))
        case LoseSource():
            return script.LoseSource(at_s=one.at_s, source=SourceId(one.source))
        case RestoreSource():
            return script.RestoreSource(at_s=one.at_s, source=SourceId(one.source))


_SCRIPTED = {
    CrashRtu: script.CrashRtu,
    RtuMisbehaves: script.RtuMisbehaves,
    RtuBehaves: script.RtuBehaves,
    Chatter: script.Chatter,
    CommsStorm: script.CommsStorm,
}


def _of_rtu(one: OfRtu) -> script.Happening:
    """These have the same fields in a file and in a script."""
    happening: script.Happening = _SCRIPTED[type(one)](**one.model_dump(exclude={"what"}))
    return happening


def happening_of(line: str) -> script.Happening:
    """One entry of `[[happens]]` as a line of JSON. Raises: ScenarioError."""
    try:
        entry: Happens = _ENTRY.validate_json(line)
    except ValidationError as error:
        flaws = "; ".join(flaw["msg"] for flaw in error.errors())
        raise ScenarioError(
            flaws, where=line[:80], remedy="docs/scenarios.md describes every key"
        ) from error
    return _happening(entry)


def _word(one: Say | Meters) -> script.Happening:
    if isinstance(one, Say):
        return script.Say(at_s=one.at_s, element=one.element, signal=one.signal, value=one.value)
    return script.SayMeters(
        at_s=one.at_s,
        load=LoadId(one.load),
        lost=one.lost,
        meters=one.meters,
        phases=one.phases,
    )


def _behaviour(one: Misbehave | Behave) -> script.Happening:
    device = SwitchId(one.device)
    if isinstance(one, Behave):
        return script.Behave(at_s=one.at_s, device=device, kind=one.kind)
    return script.Misbehave(at_s=one.at_s, device=device, kind=one.kind, slow_s=one.slow_s)


def _act(one: Acts, at: datetime, *, number: int) -> OperatorEvent:
    match one:
        case Announce():
            return SwitchingAnnounced(
                at=at, by=PERSON, switch=SwitchId(one.switch), position=_position(one.position)
            )
        case Tag():
            return TagPlaced(
                at=at,
                by=PERSON,
                tag=TagId(f"T{number}"),
                switch=SwitchId(one.switch),
                kind=one.kind,
                reason=one.reason,
            )
        case SetMode():
            feeder = None if one.feeder is None else FeederId(one.feeder)
            return ModeChanged(at=at, by=PERSON, feeder=feeder, mode=one.mode)
        case Enable():
            return AutomationEnabled(
                at=at, by=PERSON, feeder=FeederId(one.feeder), reason=one.reason
            )
        case Report():
            return PositionReported(
                at=at, by=PERSON, switch=SwitchId(one.switch), position=_position(one.position)
            )
        case Patrol() | Trial() | Call():
            return _found_out(one, at)
        case OnIncident():
            return _on_incident(one, at)


def _on_incident(one: OnIncident, at: datetime) -> OperatorEvent:
    kinds: dict[
        str,
        type[IncidentHalted] | type[ReplanRequested] | type[RepairReported] | type[NormalAccepted],
    ] = {
        "halt": IncidentHalted,
        "replan": ReplanRequested,
        "repaired": RepairReported,
        "accept": NormalAccepted,
    }
    return kinds[one.what](at=at, by=PERSON, incident=IncidentId(one.incident))


def _found_out(one: Patrol | Trial | Call, at: datetime) -> OperatorEvent:
    match one:
        case Patrol():
            return PatrolReported(
                at=at,
                by=PERSON,
                incident=IncidentId(one.incident),
                place=one.place,
                found=one.found,
            )
        case Trial():
            return TrialReported(
                at=at,
                by=PERSON,
                incident=IncidentId(one.incident),
                switch=SwitchId(one.switch),
                held=one.held,
            )
        case Call():
            return TroubleReported(at=at, by=PERSON, load=LoadId(one.load), calls=one.calls)
