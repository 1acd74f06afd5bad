"""OpenDSS as a `PhaseVerdict` (extra `opendss`).

Each question is a circuit of its own, built anew: the answer depends on nothing that was asked
before. Each engine has a context of its own in the library, and asks it by one thread at a time.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from importlib.util import find_spec
from itertools import combinations
from threading import Lock
from typing import Any

import numpy as np

from gridops.adapters.engines.opendss_circuit import Measured, PhaseCircuit, bus_of, circuit_of
from gridops.adapters.engines.phased_grid import PhasedGrid, PhasedPart, Place
from gridops.errors import SettingsError
from gridops.ids import BranchId, LoadId, NodeId, SectionId, SourceId, SwitchId
from gridops.network import Branch, Limits, Network, PhasedKind, Phasing
from gridops.network.phasing import PHASES
from gridops.powerflow import LoadPower, LoadPowers, Violation, ViolationKind, at_phase
from gridops.powerflow.protocol import LIMIT_TOLERANCE

LIBRARY = "opendssdirect"
REMEDY = "pip install gridops[opendss]"
ITERATIONS_MAX = 100
CONTROL_ITERATIONS_MAX = 200
SOLVER_TOLERANCE = 1e-8
SETTLED_TOO = ("off", "static")
"""How regulators behave: first they stand still, then they come to rest."""
PICKUP_MARGIN = 1e-6


def is_installed() -> bool:
    return find_spec(LIBRARY) is not None


class OpenDssVerdict:
    """`PhaseVerdict` on OpenDSS. Safe for use from several threads.

    Raises: SettingsError if the library is not installed.
    """

    name = "opendss"

    def __init__(self, network: Network) -> None:
        if not is_installed():
            raise SettingsError(
                "a three-phase verdict needs OpenDSS, which is not installed", remedy=REMEDY
            )
        self._grid = PhasedGrid(network)
        self._network = network
        self._dss = _context()  # now: loading takes a second, and the first outage should not wait
        self._lock = Lock()

    def __reduce__(self) -> tuple[type["OpenDssVerdict"], tuple[Network]]:
        """For another process it is made anew: the library's memory does not travel."""
        return OpenDssVerdict, (self._network,)

    def check(
        self,
        closed: AbstractSet[SwitchId],
        loads: Mapping[LoadId, LoadPower],
        *,
        dead_sources: AbstractSet[SourceId] = frozenset(),
        around: Collection[SectionId] | None = None,
        limits: Limits,
    ) -> tuple[Violation, ...]:
        """See `PhaseVerdict.check`."""
        asked = None if around is None else sorted(around)
        part = self._grid.part(closed, dead_sources=dead_sources, around=asked)
        if not len(part.live.sources):
            return ()
        powers = LoadPowers.of(self._network, loads)
        circuit = circuit_of(self._grid, part, loads=powers)
        if not (circuit.is_sound and np.isfinite(powers.p_w).all()):
            return (_no_solution(),)
        with self._lock:
            found = [*_starved(circuit, limits), *self._found(circuit, part, limits=limits)]
        return _in_order(found)

    def _found(
        self, circuit: PhaseCircuit, part: PhasedPart, *, limits: Limits
    ) -> Iterator[Violation]:
        dss = self._dss
        try:
            for text in ("clear", *circuit.statements, *_OPTIONS):
                dss.Text.Command(text)
            for mode in SETTLED_TOO[: 2 if circuit.regulators else 1]:
                dss.Text.Command(f"set controlmode={mode}")
                dss.Text.Command("solve")
                if not dss.Solution.Converged():
                    yield _no_solution()
                    return
                yield from self._voltages(dss, part, limits=limits)
                yield from self._currents(dss, circuit, limits=limits)
        except dss.DSSException:
            yield _no_solution()

    def _voltages(self, dss: Any, part: PhasedPart, *, limits: Limits) -> Iterator[Violation]:
        """Phase to ground, or between phases where no winding holds a phase to ground."""
        names, values = dss.Circuit.AllNodeNames(), dss.Circuit.AllBusVolts()
        volts = dict(zip(names, np.asarray(values).view(np.complex128).tolist(), strict=True))
        low, high = limits.voltage_pu_min, limits.voltage_pu_max
        for element, measured in self._measured_pu(part, volts):
            if low is not None and not measured >= low * (1 - LIMIT_TOLERANCE):
                yield Violation(
                    kind=ViolationKind.PHASE_UNDERVOLTAGE,
                    element=element,
                    value=measured,
                    limit=low,
                )
            if high is not None and measured > high * (1 + LIMIT_TOLERANCE):
                yield Violation(
                    kind=ViolationKind.PHASE_OVERVOLTAGE,
                    element=element,
                    value=measured,
                    limit=high,
                )

    def _measured_pu(
        self, part: PhasedPart, volts: Mapping[str, complex]
    ) -> Iterator[tuple[str, float]]:
        floating: dict[NodeId, str] = {}
        for (node, phase), is_defined in part.places.items():
            if not is_defined:
                floating[node] = floating.get(node, "") + phase
                continue
            nominal_v = self._network.nodes[node].voltage_v_nominal / math.sqrt(3)
            yield at_phase(node, phase), abs(self._volt(volts, (node, phase))) / nominal_v
        for node, phases in floating.items():
            nominal_v = self._network.nodes[node].voltage_v_nominal
            for one, other in combinations(sorted(phases), 2):
                across = self._volt(volts, (node, one)) - self._volt(volts, (node, other))
                yield at_phase(node, one + other), abs(across) / nominal_v

    def _volt(self, volts: Mapping[str, complex], place: Place) -> complex:
        node, phase = place
        return volts[f"{bus_of(self._grid, node)}.{PHASES.index(phase) + 1}"]

    def _currents(self, dss: Any, circuit: PhaseCircuit, *, limits: Limits) -> Iterator[Violation]:
        most_pct = limits.loading_pct_max
        if most_pct is None:
            return
        for each in circuit.measured:
            dss.Circuit.SetActiveElement(each.name)
            amperes = np.asarray(dss.CktElement.CurrentsMagAng())[::2]
            yield from self._loading(each, amperes.tolist(), most_pct=most_pct)

    def _loading(
        self, each: Measured, amperes: list[float], *, most_pct: float
    ) -> Iterator[Violation]:
        """By the rating of one phase; a switch also by what its own protection stands."""
        row = each.conductors.row
        ends = _by_end(amperes, conductors=len(amperes) // 2)
        for k, phase in enumerate(each.phases):
            element = at_phase(row.element, phase)
            if row.kind is PhasedKind.SWITCH:
                current_a, limit_a = ends[0][k], self._stands_a(row, most_pct)
                if current_a > limit_a * (1 + LIMIT_TOLERANCE):
                    kind = ViolationKind.PHASE_SWITCH_RATING
                    yield Violation(kind=kind, element=element, value=current_a, limit=limit_a)
                continue
            rated = self._rated_a(each)
            loading = 100.0 * max(ends[side][k] / rated[side] for side in (0, 1))
            if loading > most_pct * (1 + LIMIT_TOLERANCE):
                kind = ViolationKind.PHASE_OVERLOAD
                yield Violation(kind=kind, element=element, value=loading, limit=most_pct)

    def _stands_a(self, row: Phasing, most_pct: float) -> float:
        """A balanced rating is that of n phases spread over three: 3/n of it is a phase's own."""
        switch = self._network.switches[SwitchId(row.element)]
        stands_a = switch.current_a_rated * most_pct / 100.0
        if switch.pickup_current_a is not None:
            stands_a = min(stands_a, switch.pickup_current_a * (1 - PICKUP_MARGIN))
        return stands_a * len(PHASES) / len(row.phases)

    def _rated_a(self, each: Measured) -> tuple[float, float]:
        row = each.conductors.row
        branch = self._network.branches[BranchId(row.element)]
        if isinstance(branch, Branch):
            rated_a = branch.current_a_max * len(PHASES) / len(row.phases)
            return rated_a, rated_a
        factor = math.sqrt(3) if len(row.phases) == len(PHASES) else 1.0
        power_va = row.power_va_rated or 0.0
        volts = row.voltage_v_from or 1.0, (row.voltage_v_to or 1.0) * row.tap_pu
        return power_va / (factor * volts[0]), power_va / (factor * volts[1])


_OPTIONS = (
    f"set tolerance={SOLVER_TOLERANCE!r}",
    f"set maxiterations={ITERATIONS_MAX}",
    f"set maxcontroliter={CONTROL_ITERATIONS_MAX}",
    "set mode=snapshot",
)


def _context() -> Any:
    """An engine of its own within the library, which can open no window, editor or shell."""
    import opendssdirect  # noqa: PLC0415  # an extra, and heavy

    dss = opendssdirect.NewContext()
    dss.Basic.AllowForms(False)
    dss.Basic.AllowEditor(False)
    dss.Basic.AllowDOScmd(False)
    dss.Basic.AllowChangeDir(False)
    return dss


def _by_end(amperes: list[float], *, conductors: int) -> tuple[list[float], list[float]]:
    return amperes[:conductors], amperes[conductors:]


def _no_solution() -> Violation:
    kind = ViolationKind.PHASE_NO_SOLUTION
    return Violation(kind=kind, element=OpenDssVerdict.name, value=0.0, limit=0.0)


def _starved(circuit: PhaseCircuit, limits: Limits) -> Iterator[Violation]:
    """A load that is fed on some of its phases, or by other phases than its own."""
    kind, low = ViolationKind.PHASE_UNDERVOLTAGE, limits.voltage_pu_min or 0.0
    for _, node, phases in circuit.starved:
        yield Violation(kind=kind, element=at_phase(node, phases), value=0.0, limit=low)


def _in_order(found: list[Violation]) -> tuple[Violation, ...]:
    """The worst of each kind and element, kinds in their order, worst excess first."""
    kinds = list(ViolationKind)
    worst: dict[tuple[int, str], tuple[float, Violation]] = {}
    for each in found:
        is_low = each.kind is ViolationKind.PHASE_UNDERVOLTAGE
        excess = each.value if is_low else -each.value
        key = kinds.index(each.kind), each.element
        if key not in worst or excess < worst[key][0]:
            worst[key] = excess, each
    ordered = sorted(worst.items(), key=lambda item: (item[0][0], item[1][0], item[0][1]))
    return tuple(violation for _, (_, violation) in ordered)
