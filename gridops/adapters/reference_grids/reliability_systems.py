"""Distribution systems of the Roy Billinton Test System, with all that their tables need.

Section S7 of the papers becomes branch `L7` (a section means something else here), with its
device at the upstream end as switch `L7a`, at the downstream end as `L7b`. Node, load point
and alternative supply keep their ids.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gridops.adapters.completion.customers import PRIORITY_OF_CLASS
from gridops.adapters.completion.telemetry import with_telemetry
from gridops.adapters.grid_files import About
from gridops.adapters.reference_grids.conductors import AL_48, AL_305, Conductor
from gridops.adapters.reference_grids.reliability_facts import (
    CLASS_OF_TYPE,
    FACTS,
    FUSE_RATINGS_A,
    POWER_FACTOR,
    REPLACEMENT_H,
    SHORT_CIRCUIT_VA,
    SOURCE_VOLTAGE_PU,
    Facts,
    assumptions,
)
from gridops.adapters.reference_grids.source_documents import (
    AlternativeSupply,
    Device,
    FeederSection,
    LoadPoint,
    ReliabilitySystem,
)
from gridops.ids import BranchId, FeederId, LoadId, NodeId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import (
    Branch,
    BranchKind,
    Components,
    Control,
    Limits,
    Load,
    Node,
    NodeKind,
    Source,
    Switch,
    SwitchKind,
)

HOUR_S = 3600.0
BREAKER_S = 2.0
SWITCH_CURRENT_A_RATED = 1250.0
PICKUP_OF_AMPACITY = 1.2
PICKUP_STEP_A = 10.0
FUSE_OF_LOAD = 1.5
MELTING_OF_FUSE = 2.0
TRIP_DELAY_S_HEAD, TRIP_DELAY_S_LINE, TRIP_DELAY_S_FUSE = 0.5, 0.3, 0.05
NAME_OF_DEVICE = {"breaker": "Breaker", "disconnect": "Disconnector", "fuse": "Fuse"}
KIND_OF_DEVICE = {
    "breaker": SwitchKind.BREAKER,
    "disconnect": SwitchKind.DISCONNECTOR,
    "fuse": SwitchKind.FUSE,
}


def reliability_system(text: str) -> tuple[Components, About]:
    """The grid that the JSON document `text` describes.

    Deterministic. Raises: pydantic.ValidationError for a document of another shape, KeyError
    for a system whose facts are not stated in `reliability_facts`.
    """
    document = ReliabilitySystem.model_validate_json(text)
    facts = FACTS[document.name]
    grid, _ = with_telemetry(_Conversion(document, facts).components())
    about = About(
        title=facts.title,
        licence=facts.licence,
        source=f"{document.source.title}, {document.source.doi}",
        assumptions=assumptions(facts),
    )
    return grid, about


@dataclass(frozen=True)
class _Conversion:
    document: ReliabilitySystem
    facts: Facts

    def components(self) -> Components:
        document = self.document
        return Components(
            name=self.facts.name,
            limits=replace(Limits(), voltage_pu_min=self.facts.voltage_pu_min),
            nodes=(*self._nodes(), *self._terminals()),
            branches=tuple(_branch(s) for s in document.sections if s.length_km > 0),
            switches=(
                *(switch for section in document.sections for switch in self._switches(section)),
                *(_tie(supply) for supply in document.alternative_supplies),
            ),
            sources=tuple(_source(node) for node in document.sources_nodes),
            loads=tuple(map(_load, document.load_points)),
        )

    def _voltage_v(self, feeder: str) -> float:
        return self.facts.voltage_v_of_feeder.get(feeder, self.facts.voltage_v)

    def _nodes(self) -> Iterator[Node]:
        """In the order in which the sections name them."""
        kinds = {point.node: NodeKind.STATION for point in self.document.load_points}
        kinds |= dict.fromkeys(self.document.sources_nodes, NodeKind.BUSBAR)
        seen: set[str] = set()
        for section in self.document.sections:
            for name in (section.from_node, section.to_node):
                if name in seen:
                    continue
                seen.add(name)
                yield Node(
                    id=NodeId(name),
                    name=f"Node {name}",
                    kind=kinds.get(name, NodeKind.POLE),
                    voltage_v_nominal=self._voltage_v(section.feeder),
                )

    def _terminals(self) -> Iterator[Node]:
        for section in self.document.sections:
            for devices, end in _ends(section):
                if devices and section.length_km > 0:
                    yield Node(
                        id=NodeId(_terminal(section, end)),
                        name=f"Line {_number(section)} at {end}",
                        kind=NodeKind.TERMINAL,
                        voltage_v_nominal=self._voltage_v(section.feeder),
                    )

    def _switches(self, section: FeederSection) -> Iterator[Switch]:
        for letter, (devices, end) in zip("ab", _ends(section), strict=True):
            if not devices:
                continue
            other = section.to_node if section.length_km == 0 else _terminal(section, end)
            switch = Switch(
                id=SwitchId(f"{_line(section)}{letter}"),
                name=f"{NAME_OF_DEVICE[devices[0]]} of line {_number(section)} at {end}",
                kind=KIND_OF_DEVICE[devices[0]],
                node_a=NodeId(end),
                node_b=NodeId(other),
                normal_position=Position.CLOSED,
                control=Control.CREW,
                operating_time_s=self.document.default_switching_h * HOUR_S,
                current_a_rated=SWITCH_CURRENT_A_RATED,
            )
            yield self._with_protection(switch, devices[0], section=section)

    def _with_protection(self, switch: Switch, device: Device, *, section: FeederSection) -> Switch:
        if device == "fuse":
            rated_a = _fuse_a(self._current_a(section))
            return replace(
                switch,
                current_a_rated=rated_a,
                pickup_current_a=MELTING_OF_FUSE * rated_a,
                trip_delay_s=TRIP_DELAY_S_FUSE,
            )
        if device == "disconnect":
            return switch
        is_head = section.from_node in self.document.sources_nodes
        pickup = _conductor(section).current_a_max * PICKUP_OF_AMPACITY
        return replace(
            switch,
            control=Control.REMOTE,
            operating_time_s=BREAKER_S,
            feeder=FeederId(section.feeder) if is_head else None,
            pickup_current_a=math.ceil(pickup / PICKUP_STEP_A) * PICKUP_STEP_A,
            trip_delay_s=TRIP_DELAY_S_HEAD if is_head else TRIP_DELAY_S_LINE,
            lockout_point=True,
        )

    def _current_a(self, section: FeederSection) -> float:
        """Peak of the load point at the end of a lateral."""
        point = next(p for p in self.document.load_points if p.node == section.to_node)
        apparent_va = point.peak_mw * 1e6 / POWER_FACTOR
        return apparent_va / math.sqrt(3) / self._voltage_v(section.feeder)


def _ends(section: FeederSection) -> tuple[tuple[tuple[Device, ...], str], ...]:
    return (section.dev_from, section.from_node), (section.dev_to, section.to_node)


def _number(section: FeederSection) -> str:
    return section.id.removeprefix("S")


def _line(section: FeederSection) -> str:
    return f"L{_number(section)}"


def _terminal(section: FeederSection, end: str) -> str:
    return f"{_line(section)}.{end}"


def _conductor(section: FeederSection) -> Conductor:
    return AL_305 if section.role == "main" else AL_48


def _branch(section: FeederSection) -> Branch:
    conductor, km = _conductor(section), section.length_km
    ends = [_terminal(section, end) if devices else end for devices, end in _ends(section)]
    return Branch(
        id=BranchId(_line(section)),
        name=f"Section {_number(section)} ({section.role})",
        kind=BranchKind.OVERHEAD,
        from_node=NodeId(ends[0]),
        to_node=NodeId(ends[1]),
        length_m=_plain(km * 1e3),
        r_ohm=_plain(km * conductor.r_ohm_per_km),
        x_ohm=_plain(km * conductor.x_ohm_per_km),
        c_f=round(km * conductor.c_f_per_km, 15),
        current_a_max=conductor.current_a_max,
        failures_per_year=_plain(km * section.failure_rate_per_km_year),
        repair_time_s=section.repair_h * HOUR_S,
    )


def _tie(supply: AlternativeSupply) -> Switch:
    return Switch(
        id=SwitchId(supply.id),
        name=f"Alternative supply {supply.node_a} to {supply.node_b}",
        kind=SwitchKind.LOAD_BREAK_SWITCH,
        node_a=NodeId(supply.node_a),
        node_b=NodeId(supply.node_b),
        normal_position=Position.OPEN,
        control=Control.CREW,
        operating_time_s=supply.switching_h * HOUR_S,
        current_a_rated=SWITCH_CURRENT_A_RATED,
    )


def _source(node: str) -> Source:
    return Source(
        id=SourceId(f"E{node}"),
        name=f"Infeed at {node}",
        node=NodeId(node),
        voltage_pu=SOURCE_VOLTAGE_PU,
        short_circuit_va=SHORT_CIRCUIT_VA,
    )


def _load(point: LoadPoint) -> Load:
    load_class = CLASS_OF_TYPE[point.type]
    p_w = _plain(point.peak_mw * 1e6)
    load = Load(
        id=LoadId(point.id),
        name=f"Load point {point.id.removeprefix('LP')}, {point.type}",
        node=NodeId(point.node),
        p_w=p_w,
        q_var=round(p_w * math.tan(math.acos(POWER_FACTOR)), 3),
        customers=point.customers,
        load_class=load_class,
        priority=PRIORITY_OF_CLASS[load_class],
        area=point.feeder,
        p_w_average=_plain(point.avg_mw * 1e6),
    )
    if point.transformer is None:
        return load
    return replace(
        load,
        transformer_failures_per_year=point.transformer.failure_rate_per_year,
        transformer_repair_time_s=point.transformer.repair_h * HOUR_S,
        transformer_replacement_time_s=REPLACEMENT_H * HOUR_S,
    )


def _fuse_a(current_a: float) -> float:
    """The smallest standard rating from 1.5 times the peak current."""
    return float(next(rating for rating in FUSE_RATINGS_A if rating >= FUSE_OF_LOAD * current_a))


def _plain(value: float) -> float:
    """Without the dust of binary fractions."""
    return round(value, 9)
