"""How far the field is trusted when a fault is located, and what that has to prove."""

from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, TypeVar

from gridops.outage.crews import CrewSettings
from gridops.outage.customer_model import CustomerSettings
from gridops.outage.earth_faults import EarthFaultSettings
from gridops.outage.fault_current import CurrentSettings
from gridops.outage.voltage_loss import VoltageSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationSettings:
    """Rates of failure per event and device, and the thresholds of the verdict.

    Rates that no utility has measured yet are assumptions; `gridops rates` learns them.
    """

    p_missing: float = 0.02
    """An indicator on the path of fault current stays silent."""
    p_stray: float = 0.01
    """An indicator beside the path flags."""
    p_miscoordination: float = 0.01
    """A protective device between fault and tripped device does not trip."""
    p_trips_along: float = 0.02
    """A protective device above the one that clears the fault trips as well."""
    p_false_trip: float = 1e-5
    """A protective device trips although no fault current passes it, in the same event."""
    p_backfeed: float = 0.5
    """An indicator flags by what generators behind it drive back to the fault, where that can
    reach `indicator_pickup_a`."""
    indicator_pickup_a: float = 300.0
    """Current from which an indicator flags; an assumption, they are often set to 200 to 500 A."""
    backfeed_machine_pu: float = 6.0
    """Current of a rotating generator into a fault, of its rated current (1 / x_d" of 0.17)."""
    backfeed_inverter_pu: float = 1.2
    """The same of photovoltaic, wind and battery infeed, which limits its current."""
    message_delay_s_max: float = 10.0
    """A message may be on its way for so long; asked earlier, silence proves less."""
    p_second_fault: float = 0.002
    """Two sections fail in one event, a storm or the fault's own overvoltage."""
    p_no_fault: float = 0.005
    """A lasting trip without any fault: a relay that maloperates, a slip of the hand."""
    p_no_fault_unprovoked: float = 0.5
    """The same where nothing is known to have tripped."""
    p_trouble: float = 1e-5
    """What is read has nothing to do with the fault at all: wrong wiring, wrong binding, a
    concentrator gone mad. Every reading is then a coin."""
    malfunctions_tolerated: int = 1
    """A section stays suspected as long as no more devices than this must have failed for the
    fault to lie there (safety invariant 26: safe with any one wrong indicator). With 0 only
    `hold_probability` counts: more customers back at once, and a closing onto the fault where
    an indicator was wrong a little more often."""
    hold_probability: float = 0.999
    """What `Location.suspected` holds at the least."""
    contradictory_from: int = 2
    """As many failed devices in the best explanation make the evidence contradictory."""
    trouble_probability: float = 0.5
    """So does a probability of `p_trouble`'s case above this, after all evidence."""
    located_probability: float = 0.9
    """What one zone must hold for the verdict "located"."""
    flag_lead_s: float = 5.0
    """A flag up to this long before the first opening belongs to it: an indicator sees the
    current at once, the trip comes after the protection's delay."""
    pair_sections_max: int = 64
    """Pairs are weighed among so many of the likeliest sections."""
    find_s: float = 3600.0
    """Until a crew would have found the fault without further advice."""
    patrol_s: float = 1800.0
    """Until a crew has looked at one place."""
    advice_max: int = 3
    failures_per_km_year_overhead: float = 0.065
    """RBTS (Allan, Billinton et al. 1991); used where a branch gives no rate of its own."""
    failures_per_km_year_cable: float = 0.040
    failures_per_year_transformer: float = 0.015
    failures_per_year_section: float = 0.001
    """Busbars and switchgear: every section can fail, also one without branches."""
    customers: CustomerSettings = field(default_factory=CustomerSettings)
    currents: CurrentSettings = field(default_factory=CurrentSettings)
    crews: CrewSettings = field(default_factory=CrewSettings)
    earth_faults: EarthFaultSettings = field(default_factory=EarthFaultSettings)
    voltages: VoltageSettings = field(default_factory=VoltageSettings)

    @property
    def bounded(self) -> "LocationSettings":
        """The same with every probability off 0 and 1, also of the parts: whatever was heard is
        possible, and every logarithm finite."""
        return _bounded(self)


NEVER, ALWAYS = 1e-12, 1.0 - 1e-12
"""What 0 and 1 are taken for; a rate whose default is less may be as low as that."""
S = TypeVar("S")


@lru_cache(maxsize=16)
def _bounded(settings: LocationSettings) -> LocationSettings:
    return _off_the_bounds(settings)


def _off_the_bounds(settings: S) -> S:
    changed: dict[str, Any] = {}
    each: Any
    for each in fields(settings):  # type: ignore[arg-type]
        value = getattr(settings, each.name)
        if is_dataclass(value):
            changed[each.name] = _off_the_bounds(value)
        elif each.name.startswith("p_"):
            changed[each.name] = min(max(value, min(NEVER, each.default)), ALWAYS)
    return replace(settings, **changed)  # type: ignore[type-var]
