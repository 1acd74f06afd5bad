"""power-grid-model as a `ShortCircuit`: meshed states, and a second opinion on radial ones."""

import math
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

import numpy as np
from power_grid_model.errors import (  # type: ignore[attr-defined] # public, without __all__
    PowerGridError,
)

from gridops.adapters.engines.live_part import LivePart, LiveParts
from gridops.adapters.engines.pgm_faults import FaultModel, Flags, Places, Question, as_faulted
from gridops.adapters.engines.pgm_input import BASE_VA, SOURCE_VA, GridRecords, nominal_v
from gridops.ids import NodeId, SourceId, SwitchId
from gridops.network import GridArrays, Indices, Network, Numbering, Values
from gridops.powerflow import ByNumber, FaultCurrents, FaultKind, FaultPath, Level
from gridops.powerflow.short_circuit import (
    CONDUCTOR_C,
    KAPPA_MAX,
    LOW_VOLTAGE_V,
    TWO_TO_THREE_PHASE,
    kappa,
    not_solved,
    voltage_factors,
)

K = TypeVar("K", bound=str)
KAPPA_MESHED = 1.15
KAPPA_MAX_LOW_VOLTAGE = 1.8
"""With `KAPPA_MAX` the bounds of method b."""


class PowerGridModelShortCircuit:
    """`ShortCircuit` on power-grid-model's IEC 60909 calculation.

    Guarantees: fulfils the protocol, meshed states and several sources in one island included.
    The model drives faults from its sources, with one voltage factor at all of them. Of all its
    currents what flowed before the fault is taken off, and the rest brought to c U_n at the fault
    by the voltage that was there: that is the equivalent voltage source of the standard.

    Where an island has loops or several sources the peak is that of method b (IEC 60909-0, 8.1.2):
    1.15 kappa, at most 2, and 1.8 at low voltage. A source without impedance counts as one of
    `SOURCE_VA`, so its node has a very high current instead of an infinite one.

    `currents` costs one small calculation for each fused node that is asked for, over all islands
    that these lie in; a path costs one more when it is looked at. An answer keeps its model: do not
    look at the paths of one answer from several threads at once.
    """

    name = "power-grid-model"

    def __init__(self, network: Network, *, conductor_c_end: float = CONDUCTOR_C) -> None:
        self._network = network
        self._records = {
            level: GridRecords(as_faulted(network, level, conductor_c_end=conductor_c_end))
            for level in Level
        }
        self._live = LiveParts(network, shunt_nodes=np.empty(0, np.int32))
        self._voltage_v = nominal_v(network)
        sources = network.sources.values()
        self._source_va = np.array([min(s.short_circuit_va, SOURCE_VA) for s in sources])
        self._r_to_x = np.array([s.r_to_x for s in sources], np.float64)
        self._powerless = {s.id for s in sources if not s.short_circuit_va > 0.0}

    def currents(
        self,
        closed: AbstractSet[SwitchId],
        *,
        at: Collection[NodeId] | None,
        kind: FaultKind,
        level: Level,
        dead_sources: AbstractSet[SourceId] = frozenset(),
    ) -> FaultCurrents:
        """See `ShortCircuit.currents`."""
        network = self._network
        around = None if at is None else {network.section_of_node[node] for node in at}
        live = self._live.found(
            network.switch_set(closed).status,
            dead_sources=dead_sources | self._powerless,
            around=around,
        )
        asked = live.nodes
        if at is not None:
            asked = np.intersect1d(asked, network.arrays.nodes.numbers(at)).astype(np.int32)
        try:
            return self._answer(live, asked, kind=kind, level=level)
        except PowerGridError:
            return not_solved(self.name, kind=kind, level=level)

    def _answer(
        self, live: LivePart, asked: Indices, *, kind: FaultKind, level: Level
    ) -> FaultCurrents:
        arrays = self._network.arrays
        voltage_v, factor = self._voltage_v[asked], voltage_factors(self._voltage_v[asked], level)
        z_pu, looped = np.empty(0, np.complex128), np.empty(0, np.bool_)
        model = None
        if len(asked):
            model = self._model(live, kind=kind, level=level)
            at = model.group[live.local(asked)]
            groups, rows = np.unique(at, return_inverse=True)
            z_pu, looped = model.impedances(groups)[rows], model.looped[at]
        share = TWO_TO_THREE_PHASE if kind is FaultKind.TWO_PHASE else 1.0
        ik_a = share * factor * BASE_VA / (math.sqrt(3.0) * voltage_v * np.abs(z_pu))
        r_to_x = z_pu.real / z_pu.imag
        peak = _peak_factor(r_to_x, looped, voltage_v=voltage_v)
        nodes = arrays.nodes
        return FaultCurrents(
            solved=True,
            engine=self.name,
            kind=kind,
            level=level,
            ik_a=ByNumber(nodes, numbers=asked, values=ik_a),
            r_to_x=ByNumber(nodes, numbers=asked, values=r_to_x),
            ip_a=ByNumber(nodes, numbers=asked, values=peak * math.sqrt(2.0) * ik_a),
            paths={} if model is None else self._paths(live, model, asked=asked),
        )

    def _paths(self, live: LivePart, model: FaultModel, *, asked: Indices) -> "_Paths":
        c = voltage_factors(self._voltage_v, model.level)
        unit_a = BASE_VA / (math.sqrt(3.0) * self._voltage_v)
        return _Paths(
            self._network.arrays, model=model, asked=asked, at=live.local(asked), scales=(c, unit_a)
        )

    def _model(self, live: LivePart, *, kind: FaultKind, level: Level) -> FaultModel:
        arrays = self._network.arrays
        c = voltage_factors(self._voltage_v[arrays.source_node], level)
        question = Question(
            kind=kind, level=level, source_va=self._source_va / c, source_r_to_x=self._r_to_x
        )
        return FaultModel(arrays, live, records=self._records[level], question=question)


class _Paths(Mapping[NodeId, FaultPath]):
    """Of each node that is asked for, reckoned when it is looked at."""

    __slots__ = ("_arrays", "_model", "_places", "_scales")

    def __init__(
        self,
        arrays: GridArrays,
        *,
        model: FaultModel,
        asked: Indices,
        at: Places,
        scales: tuple[Values, Values],
    ) -> None:
        """`at` are the places of `asked` in the model; `scales` are, by node, the voltage factor
        and the current of one per unit in A."""
        self._arrays, self._model, self._scales = arrays, model, scales
        self._places = dict(zip(asked.tolist(), at.tolist(), strict=True))

    def __getitem__(self, node: NodeId) -> FaultPath:
        arrays = self._arrays
        number = arrays.nodes.of[node]
        if number not in self._places:
            raise KeyError(node)
        found = self._model.carried(self._places[number])
        c, unit_a = self._scales
        scale_a = c[number] * unit_a
        switch_a = found.switch_pu * scale_a[arrays.switch_nodes[found.switches, 0]]
        ends_a = found.branch_pu * scale_a[arrays.branch_nodes[found.branches]]
        larger_a = ends_a.max(axis=1, initial=0.0)
        return FaultPath(
            switch_a=_named(arrays.switches, found.switches, values=switch_a),
            branch_a=_named(arrays.branches, found.branches, values=larger_a),
        )

    def __iter__(self) -> Iterator[NodeId]:
        ids = self._arrays.nodes.ids
        return (ids[k] for k in self._places)

    def __len__(self) -> int:
        return len(self._places)


def _peak_factor(r_to_x: Values, looped: Flags, *, voltage_v: Values) -> Values:
    plain = kappa(r_to_x)
    most = np.where(voltage_v <= LOW_VOLTAGE_V, KAPPA_MAX_LOW_VOLTAGE, KAPPA_MAX)
    return np.where(looped, np.minimum(KAPPA_MESHED * plain, most), plain)


def _named(kind: Numbering[K], numbers: Indices, *, values: Values) -> dict[K, float]:
    pairs = zip(numbers.tolist(), values.tolist(), strict=True)
    return {kind.ids[number]: value for number, value in pairs}
