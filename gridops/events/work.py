"""What a person says of work in the grid: permits, automatics that close, phases after repair."""

from dataclasses import dataclass

from gridops.events.operator import _ByPerson
from gridops.ids import PermitId, SectionId, SwitchId


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said(_ByPerson):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitIssued(_Said):
    """`holder` may let people work on `sections`, because `isolated_by` are open and tagged."""

    permit: PermitId
    sections: tuple[SectionId, ...]
    isolated_by: tuple[SwitchId, ...]
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitReturned(_Said):
    """Nobody works under it any more."""

    permit: PermitId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReclosingReported(_Said):
    """Whether the automatics of this device may close it by themselves: automatic reclosing, or
    transfer."""

    switch: SwitchId
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasingDoubted(_Said):
    """Repaired, and the order of the phases is not checked yet."""

    section: SectionId


@dataclass(frozen=True, slots=True, kw_only=True)
class PhasingVerified(_Said):
    """The order of the phases was checked."""

    section: SectionId
