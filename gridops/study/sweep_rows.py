"""One line for each fault of a sweep, read from its what-if document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridops.ids import SectionId
from gridops.network import Network

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """Healthy customers that stay dark until repair, and what keeps them so."""

    because: str
    element: str
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`customers_interrupted` = `customers_restored` + `customers_until_repair`; minutes are
    customer minutes until repair."""

    place: str
    cause: str
    tripped: tuple[str, ...]
    customers_interrupted: int
    customers_restored: int
    customers_until_repair: int
    p_w_interrupted: float
    p_w_restored: float
    minutes_with_plan: float
    minutes_without: float
    steps: int
    proof: str
    gap_pct: float
    unserved: tuple[Unserved, ...]
    """Of healthy sections alone, in grid order."""
    rejected: tuple[str, ...]
    """Why options were refused, each reason once."""
    violations: tuple[str, ...]
    """Invariants that the guard saw broken."""

    @property
    def customers_unserved(self) -> int:
        """Customers outside of what is fenced who stay dark."""
        return sum(one.customers for one in self.unserved)

    @property
    def is_secure(self) -> bool:
        """Whether switching brings back everybody outside of the faulted place (N-1)."""
        return self.customers_unserved == 0

    @property
    def minutes_avoided(self) -> float:
        return self.minutes_without - self.minutes_with_plan


def row_of(network: Network, document: Document) -> Row:
    """`document` is that of `gridops whatif --json` for one place of `network`."""
    customers, power, minutes = (document[k] for k in ("customers", "p_w", "customer_minutes"))
    plan = document["plan"]
    return Row(
        place=", ".join(document["fault"]),
        cause=document["cause"],
        tripped=tuple(document["tripped"]),
        customers_interrupted=customers["interrupted"],
        customers_restored=customers["restored_by_switching"],
        customers_until_repair=customers["until_repair"],
        p_w_interrupted=power["interrupted"],
        p_w_restored=power["restored_by_switching"],
        minutes_with_plan=minutes["with_plan"],
        minutes_without=minutes["without"],
        steps=len(plan["steps"]),
        proof=plan["proof"],
        gap_pct=plan["gap_pct"],
        unserved=tuple(_unserved(network, plan["unserved"])),
        rejected=tuple(dict.fromkeys(each["because"] for each in plan["rejected"])),
        violations=tuple(v["invariant"] for v in document["guard"]["violations"]),
    )


def _unserved(network: Network, listed: Sequence[Document]) -> list[Unserved]:
    return [
        Unserved(
            because=each["because"],
            element=each["element"],
            customers=network.sections[SectionId(each["section"])].customers,
        )
        for each in listed
    ]


def worst_first(rows: Sequence[Row]) -> list[Row]:
    """By the customer minutes that remain with the plan; equals keep their order."""
    return sorted(rows, key=lambda row: -row.minutes_with_plan)
