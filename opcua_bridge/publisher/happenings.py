"""What has happened to incidents between two views. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    OPENED = "opened"
    LOCATED = "located"
    PLAN_PROPOSED = "plan_proposed"
    CLOSED = "closed"


SEVERITY = {Kind.OPENED: 800, Kind.LOCATED: 500, Kind.PLAN_PROPOSED: 600, Kind.CLOSED: 200}
"""Of 1 to 1000 (OPC UA Part 5, 6.4.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    kind: Kind
    incident: str
    feeder: str
    customers_out: int
    message: str


def happenings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Happening]:
    """In the order of the incidents, and of each as it goes its way. What an incident passes
    between two views is told, each kind once; what was so before the first view is not."""
    for ident, card in after["incidents"].items():
        past = before["incidents"].get(ident)
        for kind, text in _kinds(past, card):
            yield Happening(
                kind=kind,
                incident=ident,
                feeder=card["feeder"],
                customers_out=card["customers_out"],
                message=f"{ident}: {text}",
            )


def _kinds(past: Mapping[str, Any] | None, card: Mapping[str, Any]) -> Iterator[tuple[Kind, str]]:
    was: Mapping[str, Any] = past or {"suspects": [], "plan": "", "phase": ""}
    if past is None:
        device, count = card["device"], card["customers_out"]
        yield Kind.OPENED, f"{device} has opened, {count} customers without supply"
    if card["suspects"] and not was["suspects"]:
        yield Kind.LOCATED, f"the fault is suspected in {', '.join(card['suspects'][:5])}"
    if card["plan"] and card["plan"] != was["plan"]:
        yield Kind.PLAN_PROPOSED, f"plan {card['plan']} with {len(card['steps'])} steps"
    if card["phase"] == "closed" and was["phase"] != "closed":
        yield Kind.CLOSED, "closed"
