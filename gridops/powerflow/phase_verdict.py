"""The `PhaseVerdict` protocol: a state judged phase by phase."""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol

from gridops.ids import LoadId, SectionId, SourceId, SwitchId
from gridops.network import Limits
from gridops.powerflow.protocol import LoadPower, Violation


class PhaseVerdict(Protocol):
    """Judges switch states of an unbalanced grid, which the balanced search cannot.

    Guarantees: a pure function of its arguments (deterministic; nothing of an earlier question
    is seen in the answer); a state without a solution is a violation, never an exception.
    """

    @property
    def name(self) -> str: ...

    def check(
        self,
        closed: AbstractSet[SwitchId],
        loads: Mapping[LoadId, LoadPower],
        *,
        dead_sources: AbstractSet[SourceId] = frozenset(),
        around: Collection[SectionId] | None = None,
        limits: Limits,
    ) -> tuple[Violation, ...]:
        """Every limit that some phase breaks, worst excess first within its kind.

        `limits` hold for each phase: voltages in pu of the nominal phase voltage, currents of
        the rating of one phase. Generators are taken as tripped. The state must hold as soon as
        the switches have moved (regulators where they stand) and once regulators have come to
        rest. `around` as in `PowerFlow.solve`. A phase of a load that nothing feeds, while the
        load lies where there is supply, has 0 pu.
        """
        ...


def at_phase(element: str, phases: str) -> str:
    """How a violation names an element and the phases of it: `160, phase a`."""
    return f"{element}, phase {phases.lower()}"
