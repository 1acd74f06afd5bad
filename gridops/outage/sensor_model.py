"""What each device said, and how likely every candidate section makes it.

A hypothesis is "one fault, in this section". Fault current then flows from the source through
every switch that feeds the section: the devices on its path. An indicator on the path flags,
one beside it does not; the protection nearest to the fault trips. Each of these can go wrong
with a small probability, and counts as one malfunction where it did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Measured, Quality, Reading
from gridops.network import Branch, BranchKind, Network
from gridops.outage.fault_path import is_flagging, opens_by_itself
from gridops.reasons import Reason, because


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationSettings:
    """How far the field is trusted, and what that has to prove."""

    p_missing: float = 0.02
    """An indicator on the path of fault current stays silent."""
    p_stray: float = 0.01
    """An indicator beside the path flags."""
    p_miscoordination: float = 0.01
    """A protective device between fault and tripped device does not trip."""
    malfunctions_tolerated: int = 1
    """A section stays suspected as long as no more devices than this must have failed for the
    fault to lie there (safety invariant 26: safe with any one wrong indicator). With 0 only
    the zone that fits best is fenced: more customers back at once, and a closing onto the
    fault where an indicator was wrong."""
    hold_probability: float = 0.999
    """What `Location.suspected` holds at the least once some device must have failed."""
    contradictory_from: int = 2
    """As many failed devices in the best explanation make the evidence contradictory."""
    located_probability: float = 0.9
    """What one zone must hold for the verdict "located"."""
    flag_lead_s: float = 5.0
    """A flag up to this long before the first opening belongs to it: an indicator sees the
    current at once, the trip comes after the protection's delay."""
    failures_per_km_year_overhead: float = 0.065
    """RBTS (Allan, Billinton et al. 1991); used where a branch gives no rate of its own."""
    failures_per_km_year_cable: float = 0.040
    failures_per_year_transformer: float = 0.015
    failures_per_year_section: float = 0.001
    """Busbars and switchgear: every section can fail, also one without branches."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that one device said (its indicator) or did not do (trip).

    `is_yes` None: nothing that counts; `ignored` then says why.
    """

    device: SwitchId
    reading: Reading
    is_yes: bool | None
    is_trip: bool
    ignored: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Reads devices for one outage that began at `since` (source time)."""

    network: Network
    flags: Mapping[SwitchId, Measured[Reading]]
    since: datetime
    settings: LocationSettings

    def indicator(self, device: SwitchId) -> Statement:
        """What the indicator at `device` says. Silence of the telemetry is never a "no"."""
        measured = self.flags.get(device)
        if not is_flagging(self.network.switches[device]):
            return _ignored(device, Reading.NOT_FITTED, code="indicator-not-fitted")
        if measured is None or measured.value is Reading.FAILED:
            return _ignored(device, Reading.FAILED, code="indicator-failed")
        if measured.value is Reading.NOT_FITTED:
            return _ignored(device, Reading.NOT_FITTED, code="indicator-not-fitted")
        if measured.quality is Quality.SUBSTITUTED:
            return _ignored(device, measured.value, code="indicator-forced")
        if not measured.is_good:
            return _ignored(device, Reading.FAILED, code="indicator-failed")
        earliest = self.since - timedelta(seconds=self.settings.flag_lead_s)
        if measured.value is Reading.YES and measured.source_time < earliest:
            return _ignored(device, measured.value, code="indicator-stale")
        return Statement(device, measured.value, measured.value is Reading.YES, False)

    def all_of(self, device: SwitchId) -> tuple[Statement, ...]:
        """Its indicator, and its protection by not having tripped."""
        said = self.indicator(device)
        if not opens_by_itself(self.network.switches[device]):
            return (said,)
        stayed = Statement(device, Reading.NO, False, True)
        return (stayed,) if said.reading is Reading.NOT_FITTED else (said, stayed)


def _ignored(device: SwitchId, reading: Reading, *, code: str) -> Statement:
    return Statement(device, reading, None, False, because(code, device=device))


def probability(statement: Statement, *, on_path: bool, settings: LocationSettings) -> float:
    """Of this statement if the fault lies beyond the device (`on_path`) or does not."""
    if statement.is_yes is None:
        return 1.0
    if statement.is_trip:
        return settings.p_miscoordination if on_path else 1.0
    if on_path:
        return 1.0 - settings.p_missing if statement.is_yes else settings.p_missing
    return settings.p_stray if statement.is_yes else 1.0 - settings.p_stray


def is_malfunction(statement: Statement, on_path: bool) -> bool:
    return statement.is_yes is not None and statement.is_yes is not on_path


def failures_per_year(network: Network, section: SectionId, *, settings: LocationSettings) -> float:
    """How often a fault is to be expected in `section`: the prior weight."""
    total = settings.failures_per_year_section
    for ident in network.sections[section].branches:
        branch = network.branches[ident]
        if not isinstance(branch, Branch):
            total += settings.failures_per_year_transformer
        elif branch.failures_per_year is not None:
            total += branch.failures_per_year
        else:
            overhead = branch.kind is BranchKind.OVERHEAD
            per_km = (
                settings.failures_per_km_year_overhead
                if overhead
                else settings.failures_per_km_year_cable
            )
            total += per_km * branch.length_m / 1000.0
    return total
