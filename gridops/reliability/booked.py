"""All that a ledger holds, apart from it: to be counted in another thread, under any rule-set."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property

from gridops.network import Network
from gridops.reliability.account import Account
from gridops.reliability.columns import Columns
from gridops.reliability.periods import ALWAYS, Served, Steps
from gridops.reliability.rulesets import RuleSet
from gridops.reliability.table import InterruptionTable
from gridops.state import energise

GroupName = tuple[str, str]
"""What it is told apart by, and its key."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Booked:
    """As it was at one moment; nothing that is booked later changes it."""

    columns: Columns
    network: Network
    steps: tuple[tuple[datetime, int], ...]
    """How many customers there were, from when on."""
    before: Mapping[GroupName, Sequence[tuple[datetime, int]]] = field(default_factory=dict)
    """How many customers groups had that were other than they are now, each up to when."""
    zone: tzinfo
    clock: tzinfo | None
    """That the load profiles go by; None: not known."""

    @cached_property
    def table(self) -> InterruptionTable:
        return self.columns.table(clock=self.clock)

    @cached_property
    def served(self) -> Served:
        now = customers_of_groups(self.network)
        known: dict[str, dict[str, Steps]] = {
            by: {key: ((ALWAYS, n),) for key, n in of.items()} for by, of in now.items()
        }
        for (by, key), before in self.before.items():
            begins = (ALWAYS, *(until for until, _ in before))
            customers = (*(n for _, n in before), now[by].get(key, 0))
            known[by][key] = tuple(zip(begins, customers, strict=True))
        return Served(self.steps, known)

    def account(self, ruleset: RuleSet, *, now: datetime, zone: tzinfo) -> Account:
        """`zone`: of days and months, as the rule-set has it."""
        return Account(table=self.table, ruleset=ruleset, served=self.served, now=now, zone=zone)


def groups_that_change(network: Network, to: Network) -> Iterator[tuple[GroupName, int]]:
    """Each group that has other customers in `to`, and how many it has in `network`."""
    was, now = customers_of_groups(network), customers_of_groups(to)
    for by, groups in was.items():
        for key in (*groups, *(key for key in now[by] if key not in groups)):
            if groups.get(key) != now[by].get(key):
                yield (by, key), groups.get(key, 0)


def customers_of_groups(network: Network) -> Mapping[str, Mapping[str, int]]:
    """Those of each feeder in its normal state, of each area and priority, and of each load."""
    feeder_of = energise(network, network.normally_closed).feeder_of
    found: dict[str, dict[str, int]] = {"feeder": {}, "area": {}, "priority": {}, "load": {}}
    for load in network.loads.values():
        keys = {
            "feeder": feeder_of.get(network.section_of_node[load.node]),
            "area": load.area or None,
            "priority": str(load.priority),
            "load": load.id,
        }
        for name, key in keys.items():
            if key is not None:
                found[name][key] = found[name].get(key, 0) + load.customers
    return found
