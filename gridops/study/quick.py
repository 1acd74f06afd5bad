"""The quick answer to N-1: one tie per dead part for every section, without plans."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gridops.errors import ScenarioError
from gridops.ids import SectionId
from gridops.isolation import Devices
from gridops.network import Status, SwitchKind
from gridops.outage.fault_path import opens_by_itself
from gridops.powerflow import RadialFlow, carries_a
from gridops.powerflow.single_ties import PassResult, PassStatus, SingleTies, SwitchDuties
from gridops.study.standing import Standing
from gridops.study.sweep import Round


def single_ties(before: Standing, engine: RadialFlow) -> SingleTies:
    """Ready to be asked about any section of this state."""
    return SingleTies(
        engine.grid,
        before.traced,
        loads=before.loads,
        limits=before.limits,
        duties=_duties(before),
    )


def _duties(before: Standing) -> SwitchDuties:
    network = before.network
    devices = Devices(
        network=network,
        snapshot=before.snapshot,
        unavailable=before.unavailable,
        crew=before.settings.crew_available,
    )
    everywhere, nowhere = network.sections.keys(), frozenset[SectionId]()
    listed = network.switches.values()
    return SwitchDuties(
        trips=_status([opens_by_itself(switch) for switch in listed]),
        is_fuse=_status([switch.kind is SwitchKind.FUSE for switch in listed]),
        opens=_status([devices.why_not_open(s.id, nowhere) is None for s in listed]),
        closes=_status([devices.why_not_close(s.id, everywhere) is None for s in listed]),
        carries_a=carries_a(network, before.limits.loading_pct_max).values_of,
    )


def _status(flags: list[bool]) -> Status:
    return np.array(flags, np.int8)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickRow:
    """One fault as the kernel pass has it; see `SingleTies` for what that looks at.

    Customers are None where supply was lost from above: nothing was looked at.
    """

    place: str
    status: PassStatus
    interrupted: int | None
    restored: int | None
    components: int
    unresolved: int
    checks: int
    movements: int

    @property
    def needs_plan(self) -> bool:
        """Whether an exact plan might bring back more."""
        return self.status in (PassStatus.NEEDS_PLAN, PassStatus.LOST_SUPPLY)


def quick_rows(before: Standing, engine: RadialFlow, *, asked: Round) -> tuple[QuickRow, ...]:
    """One row for each of `asked.places`, in that order.

    Raises: ScenarioError for a state that is not radial, or that has no solution.
    """
    ties = single_ties(before, engine)
    if not ties.is_solved:
        raise ScenarioError(
            "this state is not radial, or has no AC solution, so there is no quick answer",
            remedy="ask without --quick",
        )
    numbers = before.network.arrays.sections.numbers
    found = ties.fault(numbers(target.section for target in asked.targets))
    return _in_order(asked, found)


def _in_order(asked: Round, found: PassResult) -> tuple[QuickRow, ...]:
    row_of: dict[str, QuickRow] = {}
    for k, target in enumerate(asked.targets):
        status = PassStatus(found.status[k])
        is_seen = status is not PassStatus.LOST_SUPPLY
        for place in target.places:
            row_of[place] = QuickRow(
                place=place,
                status=status,
                interrupted=int(found.interrupted[k]) if is_seen else None,
                restored=int(found.restored[k]) if is_seen else None,
                components=int(found.components[k]),
                unresolved=int(found.unresolved[k]),
                checks=int(found.checks[k]),
                movements=int(found.movements[k]),
            )
    return tuple(row_of[place] for place in asked.places)


def quick_summary(asked: Round, rows: Sequence[QuickRow]) -> dict[str, Any]:
    """docs/sweep.md says what each key means."""
    interrupted = sum(row.interrupted or 0 for row in rows)
    restored = sum(row.restored or 0 for row in rows)
    statuses = Counter(row.status for row in rows)
    return {
        "what": asked.what.value,
        "faults": len(rows),
        "without_supply": list(asked.without_supply),
        "statuses": {
            status.name.lower(): {"count": statuses[status], "share": statuses[status] / len(rows)}
            for status in PassStatus
        },
        "customers": {
            "interrupted": interrupted,
            "restored_by_switching": restored,
            "until_repair": interrupted - restored,
        },
        "restored_share": restored / interrupted if interrupted else 0.0,
        "checks": sum(row.checks for row in rows),
    }
