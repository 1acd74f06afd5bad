"""Scripted happenings: what a scenario file lists, typed. Times count from the field's start."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.ids import LinkId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.virtual_field.field import VirtualField
from gridops.virtual_field.vocabulary import Misbehaviour


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike(_At):
    """A fault; `clears_after_openings` None: permanent."""

    place: str
    clears_after_openings: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair(_At):
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperateByHand(_At):
    switch: SwitchId
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehave(_At):
    """`slow_s` counts for SLOW only."""

    device: SwitchId
    kind: Misbehaviour
    slow_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Behave(_At):
    device: SwitchId
    kind: Misbehaviour


@dataclass(frozen=True, slots=True, kw_only=True)
class CutLink(_At):
    link: LinkId


@dataclass(frozen=True, slots=True, kw_only=True)
class HealLink(_At):
    link: LinkId


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseSource(_At):
    source: SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreSource(_At):
    source: SourceId


Happening = (
    Strike
    | Repair
    | OperateByHand
    | Misbehave
    | Behave
    | CutLink
    | HealLink
    | LoseSource
    | RestoreSource
)


def apply(field: VirtualField, happening: Happening) -> None:
    """Puts `happening` on the field's agenda.

    Raises: ScenarioError if its time has passed, UnknownId for an id the grid does not have.
    """
    at = field.start + timedelta(seconds=happening.at_s)
    match happening:
        case Strike():
            field.strike(happening.place, at, clears_after_openings=happening.clears_after_openings)
        case Repair():
            field.repair(happening.place, at)
        case OperateByHand():
            field.operate_by_hand(happening.switch, happening.position, at=at)
        case Misbehave() | Behave():
            _apply_behaviour(field, happening, at=at)
        case CutLink():
            field.cut_link(happening.link, at)
        case HealLink():
            field.heal_link(happening.link, at)
        case LoseSource():
            field.lose_source(happening.source, at)
        case RestoreSource():
            field.restore_source(happening.source, at)


def _apply_behaviour(field: VirtualField, happening: Misbehave | Behave, *, at: datetime) -> None:
    match happening:
        case Misbehave():
            field.misbehave(happening.device, happening.kind, at=at, slow_s=happening.slow_s)
        case Behave():
            field.behave(happening.device, happening.kind, at=at)
