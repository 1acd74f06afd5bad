"""All that a ledger holds, apart from it: to be counted in another thread, under any rule-set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property

from gridops.network import Network
from gridops.reliability.account import Account
from gridops.reliability.columns import Columns
from gridops.reliability.periods import Served
from gridops.reliability.rulesets import RuleSet
from gridops.reliability.table import InterruptionTable
from gridops.state import energise


@dataclass(frozen=True, kw_only=True, eq=False)
class Booked:
    """As it was at one moment; nothing that is booked later changes it."""

    columns: Columns
    network: Network
    steps: tuple[tuple[datetime, int], ...]
    """How many customers there were, from when on."""
    zone: tzinfo
    clock: tzinfo | None
    """That the load profiles go by; None: not known."""

    @cached_property
    def table(self) -> InterruptionTable:
        return self.columns.table(clock=self.clock)

    @cached_property
    def served(self) -> Served:
        return Served(self.steps, customers_of_groups(self.network))

    def account(self, ruleset: RuleSet, *, now: datetime, zone: tzinfo) -> Account:
        """`zone`: of days and months, as the rule-set has it."""
        return Account(table=self.table, ruleset=ruleset, served=self.served, now=now, zone=zone)


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
