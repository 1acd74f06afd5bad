"""A view as variables: which there are, of which types, with which values. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asyncua import ua

NAMESPACE = "urn:gridops:publisher"
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """`value` None: there is none now, and the variable says so (BadNoData)."""

    kind: ua.VariantType
    value: object
    is_list: bool = False
    is_good: bool = True
    """False once nobody vouches for it any more."""


_T, _N, _F, _B, _D = (
    ua.VariantType.String,
    ua.VariantType.UInt32,
    ua.VariantType.Double,
    ua.VariantType.Boolean,
    ua.VariantType.DateTime,
)
EMPTY: Mapping[ua.VariantType, object] = {
    _T: "",
    _N: 0,
    ua.VariantType.UInt64: 0,
    _F: 0.0,
    _B: False,
    _D: datetime(1970, 1, 1, tzinfo=UTC),
}
"""What a variable is made with, before its first value."""
SYSTEM = {"grid": _T, "mode": _T, "execution": _B, "customers": _N, "customers_out": _N}
INDICES = {
    "saidi_min": _F,
    "saifi": _F,
    "caidi_min": _F,
    "maifi": _F,
    "customer_minutes": _F,
    "avoided_customer_minutes": _F,
}
TO_DATE = {
    "saidi_min": _F,
    "saifi": _F,
    "caidi_min": _F,
    "maifi": _F,
    "customer_minutes": _F,
    "ens_wh": _F,
}
FEEDER_TO_DATE = {"saidi_min": _F, "saifi": _F, "maifi": _F}
PERIODS = ("month", "year")
AVAILABILITY = {
    "switches_remote": _N,
    "switches_reachable": _N,
    "share": _F,
    "links": _N,
    "links_connected": _N,
}
FEEDER = {"mode": _T, "customers": _N, "customers_out": _N, "p_w": _F, "head_position": _T}
INCIDENT = {
    "phase": _T,
    "cause": _T,
    "feeder": _T,
    "device": _T,
    "opened_at": _D,
    "concluded_at": _D,
    "customers_out": _N,
    "customers_interrupted": _N,
    "plan": _T,
    "plan_passed": _B,
    "release_allowed": _B,
}
INCIDENT_LISTS = ("dark", "suspects", "steps")


_NOTHING: Mapping[str, Mapping[str, Any]] = {"system": {}, "feeders": {}}


def name_of(key: str) -> str:
    """As nodes are called: customers_out is CustomersOut."""
    return "".join(part[:1].upper() + part[1:] for part in key.split("_"))


def shown(view: Mapping[str, Any]) -> dict[Path, Shown]:
    """Every variable by its path below the GridOps object."""
    found: dict[Path, Shown] = {
        ("System", "At"): Shown(_D, _time(view["at"])),
        ("System", "Sequence"): Shown(ua.VariantType.UInt64, int(view["sequence"])),
        ("System", "Blind"): Shown(_T, list(view["system"]["blind"]), is_list=True),
    }
    for place, kinds in (("System", SYSTEM), ("Indices", INDICES), ("Availability", AVAILABILITY)):
        found.update(_fields((place,), view[place.lower()], kinds=kinds))
    for ident, feeder in view["feeders"].items():
        found.update(_fields(("Feeders", ident), feeder, kinds=FEEDER))
    for ruleset, told in view["to_date"].items():
        found["Indices", ruleset, "CountedTo"] = Shown(_D, _time(told["counted_to"]))
        for period in PERIODS:
            below = (ruleset, name_of(period))
            counted = told.get(period, _NOTHING)
            found.update(_fields(("Indices", *below), counted["system"], kinds=TO_DATE))
            for ident in view["feeders"]:
                values = counted["feeders"].get(ident, {})
                found.update(_fields(("Feeders", ident, *below), values, kinds=FEEDER_TO_DATE))
    incidents = view["incidents"]
    still = [each for each in incidents.values() if each["phase"] != "closed"]
    found["Incidents", "Open"] = Shown(_N, len(still))
    for ident, incident in incidents.items():
        found.update(_fields(("Incidents", ident), incident, kinds=INCIDENT))
        for key in INCIDENT_LISTS:
            path = ("Incidents", ident, name_of(key))
            found[path] = Shown(_T, [str(each) for each in incident[key]], is_list=True)
    return found


def _fields(
    path: Path, values: Mapping[str, Any], *, kinds: Mapping[str, ua.VariantType]
) -> Iterator[tuple[Path, Shown]]:
    for key, kind in kinds.items():
        value = values.get(key)
        if kind is _D:
            value = _time(value)
        elif kind is _F and value is not None:
            value = float(value)
        yield (*path, name_of(key)), Shown(kind, value)


def _time(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    return datetime.fromisoformat(text).astimezone(UTC)
