"""Scripted happenings: what a scenario file lists, typed. Times count from the field's start."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.ids import LinkId, LoadId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import Signal
from gridops.virtual_field.comms import LinkTrouble
from gridops.virtual_field.field import VirtualField
from gridops.virtual_field.vocabulary import Misbehaviour


@dataclass(frozen=True, slots=True, kw_only=True)
class _At:
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike(_At):
    """A fault, as `VirtualField.strike` describes it."""

    place: str
    clears_after_openings: int | None = None
    phases: str = "abc"
    trips: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair(_At):
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperateByHand(_At):
    switch: SwitchId
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehave(_At):
    """`slow_s` counts for SLOW and INDICATOR_LATE only."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(_At):
    """A point says something, with or without cause."""

    element: str
    signal: Signal
    value: float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SayMeters(_At):
    """Meters behind one service transformer say something, with or without cause."""

    load: LoadId
    lost: bool
    meters: int = 1
    phases: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashRtu(_At):
    """As `VirtualField.crash_rtu` describes it."""

    link: LinkId
    back_after_s: float = 5.0
    refill_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RtuMisbehaves(_At):
    """`by_s` counts for SLOW, REORDERED and CLOCK_SKEW only."""

    link: LinkId
    trouble: LinkTrouble
    by_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RtuBehaves(_At):
    link: LinkId
    trouble: LinkTrouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Chatter(_At):
    """A contact or a double point that cannot rest."""

    element: str
    signal: Signal
    times: int = 50
    every_s: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class CommsStorm(_At):
    """Measurements of a link that change by turns."""

    link: LinkId
    changes_per_s: float
    lasts_s: float


OfRtu = CrashRtu | RtuMisbehaves | RtuBehaves | Chatter | CommsStorm

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
    | Say
    | SayMeters
    | OfRtu
)


def apply(field: VirtualField, happening: Happening) -> None:
    """Puts `happening` on the field's agenda.

    Raises: ScenarioError if its time has passed or it cannot be, UnknownId for an id the grid
    does not have.
    """
    at = field.start + timedelta(seconds=happening.at_s)
    match happening:
        case Strike():
            field.strike(
                happening.place,
                at,
                clears_after_openings=happening.clears_after_openings,
                phases=happening.phases,
                trips=happening.trips,
            )
        case Repair():
            field.repair(happening.place, at)
        case OperateByHand():
            field.operate_by_hand(happening.switch, happening.position, at=at)
        case Misbehave() | Behave():
            _apply_behaviour(field, happening, at=at)
        case Say() | SayMeters():
            _apply_word(field, happening, at=at)
        case CrashRtu() | RtuMisbehaves() | RtuBehaves() | Chatter() | CommsStorm():
            _apply_comms(field, happening, at=at)
        case _:
            _apply_connection(field, happening, at=at)


def _apply_behaviour(field: VirtualField, happening: Misbehave | Behave, *, at: datetime) -> None:
    match happening:
        case Misbehave():
            field.misbehave(happening.device, happening.kind, at=at, slow_s=happening.slow_s)
        case Behave():
            field.behave(happening.device, happening.kind, at=at)


def _apply_word(field: VirtualField, happening: Say | SayMeters, *, at: datetime) -> None:
    match happening:
        case Say():
            field.say(happening.element, happening.signal, value=happening.value, at=at)
        case SayMeters():
            field.say_meters(
                happening.load,
                lost=happening.lost,
                meters=happening.meters,
                phases=happening.phases,
                at=at,
            )


def _apply_comms(field: VirtualField, happening: OfRtu, *, at: datetime) -> None:
    match happening:
        case CrashRtu():
            field.crash_rtu(
                happening.link,
                at,
                back_after_s=happening.back_after_s,
                refill_s=happening.refill_s,
            )
        case RtuMisbehaves():
            field.rtu_misbehaves(happening.link, happening.trouble, at=at, by_s=happening.by_s)
        case RtuBehaves():
            field.rtu_behaves(happening.link, happening.trouble, at=at)
        case Chatter():
            field.chatter(
                happening.element,
                happening.signal,
                at=at,
                times=happening.times,
                every_s=happening.every_s,
            )
        case CommsStorm():
            field.comms_storm(
                happening.link,
                at=at,
                changes_per_s=happening.changes_per_s,
                lasts_s=happening.lasts_s,
            )


def _apply_connection(
    field: VirtualField,
    happening: CutLink | HealLink | LoseSource | RestoreSource,
    *,
    at: datetime,
) -> None:
    match happening:
        case CutLink():
            field.cut_link(happening.link, at)
        case HealLink():
            field.heal_link(happening.link, at)
        case LoseSource():
            field.lose_source(happening.source, at)
        case RestoreSource():
            field.restore_source(happening.source, at)
