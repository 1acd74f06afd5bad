"""Published reconfiguration grids: every line and tie with a switch at both ends.

Line 7 between nodes 12 and 13 becomes branch `L7` between the terminals `L7.12` and `L7.13`,
with switch `L7a` at node `12` and `L7b` at node `13`. Of a tie the switch `a` is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gridops.adapters.completion import complete, with_named_breakers
from gridops.adapters.grid_files import About
from gridops.adapters.importing import Imported
from gridops.adapters.reference_grids.conductors import length_m_of, next_rating_a
from gridops.adapters.reference_grids.published_facts import FACTS, Facts, assumptions
from gridops.adapters.reference_grids.source_documents import (
    PublishedNetwork,
    SourceBranch,
    SourceNode,
)
from gridops.ids import BranchId, GeneratorId, LoadId, NodeId, SourceId, SwitchId
from gridops.measurement import Position
from gridops.network import (
    Branch,
    Components,
    Control,
    Generator,
    GeneratorKind,
    Limits,
    Load,
    Node,
    NodeKind,
    Source,
    Switch,
    SwitchKind,
    build_network,
)
from gridops.powerflow import FlowResult, LoadPower, RadialFlow
from gridops.state import energise

SHORT_CIRCUIT_VA = 250e6
"""Of a medium-voltage busbar: usual, and of no effect on load flow."""
RATING_OF_CURRENT = 1.5
OPERATING_TIME_S_CREW = 1800.0
SWITCH_RATINGS_A = (630.0, 1250.0, 2500.0)
RATING_PLACEHOLDER_A = 1000.0
RATING_DECIMALS = 3
"""A source that gives amperes through per unit leaves rounding dust behind."""


def published_grid(text: str) -> tuple[Components, About]:
    """The grid that the JSON document `text` describes, with devices and customers by rule.

    Deterministic. Raises: pydantic.ValidationError for a document of another shape, KeyError
    for a grid whose facts are not stated in `published_facts`.
    """
    document = PublishedNetwork.model_validate_json(text)
    facts = FACTS[document.name]
    bare = _Conversion(document, facts).components()
    normal = normal_state(bare)
    rated = bare if _states_ratings(document) else _with_ratings(bare, normal)
    lowest = min(normal.voltage_pu.values())
    limits = replace(rated.limits, voltage_pu_min=voltage_limit(lowest))
    grid = _with_areas(_completed(replace(rated, limits=limits), facts))
    about = About(
        title=facts.title,
        licence=facts.licence,
        source=document.source,
        assumptions=assumptions(facts, grid, rated_by_rule=not _states_ratings(document)),
    )
    return grid, about


def normal_state(components: Components) -> FlowResult:
    """The AC solution with every switch as it is normally and every generator as stated."""
    network = build_network(components)
    return RadialFlow(network).solve(
        {switch.id for switch in components.switches if switch.is_normally_closed},
        {load.id: LoadPower(load.p_w, load.q_var) for load in components.loads},
        generators={each.id: LoadPower(each.p_w, each.q_var) for each in components.generators},
    )


def voltage_limit(lowest_pu: float) -> float:
    """0.95, or the next lower multiple of 0.05 that the normal state keeps."""
    limit = 95
    while limit > 100 * lowest_pu:
        limit -= 5
    return limit / 100


def _completed(components: Components, facts: Facts) -> Components:
    """The papers say of no switch what it is: those at a busbar become feeder breakers."""
    switches = frozenset(switch.id for switch in components.switches)
    imported = Imported(
        components=components,
        assumptions=(),
        unstated_kinds=switches,
        unstated_ratings=switches,
        substation_lines=frozenset(BranchId(f"L{line}") for line in facts.without_switches),
    )
    completed, _ = complete(imported, remote_everywhere=facts.remote_everywhere, asks_reach=True)
    return _with_pickups(with_named_breakers(completed), facts.head_pickup_a)


def _with_pickups(components: Components, pickup_a: float | None) -> Components:
    if pickup_a is None:
        return components
    switches = tuple(
        replace(switch, pickup_current_a=pickup_a) if switch.protects else switch
        for switch in components.switches
    )
    return replace(components, switches=switches)


def _with_areas(components: Components) -> Components:
    """For want of a map, customers are told of the feeder that supplies them."""
    network = build_network(components)
    feeder_of = energise(network, network.normally_closed).feeder_of
    return replace(
        components,
        loads=tuple(
            replace(load, area=feeder_of[network.section_of_node[load.node]] or "")
            for load in components.loads
        ),
    )


def _states_ratings(document: PublishedNetwork) -> bool:
    return all(branch.rated_a is not None for branch in document.branches)


def _with_ratings(components: Components, normal: FlowResult) -> Components:
    rating = next_rating_a(RATING_OF_CURRENT * max(normal.current_a.values()))
    return replace(
        components,
        branches=tuple(replace(branch, current_a_max=rating) for branch in components.branches),
        switches=tuple(
            replace(switch, current_a_rated=_switch_rating_a(rating))
            for switch in components.switches
        ),
    )


def _switch_rating_a(current_a: float) -> float:
    return next(rating for rating in SWITCH_RATINGS_A if rating >= current_a)


@dataclass(frozen=True)
class _Conversion:
    document: PublishedNetwork
    facts: Facts

    def components(self) -> Components:
        document = self.document
        switched = [b for b in document.branches if b.id not in self.facts.without_switches]
        return Components(
            name=document.name,
            frequency_hz=self.facts.frequency_hz,
            limits=Limits(),
            nodes=(*map(self._node, document.nodes), *self._terminals(switched)),
            branches=tuple(map(self._branch, document.branches)),
            switches=tuple(s for branch in switched for s in self._switches(branch)),
            sources=tuple(map(self._source, document.slack)),
            loads=tuple(_load(n) for n in document.nodes if n.p_kw >= 0 and (n.p_kw or n.q_kvar)),
            generators=tuple(_generator(node) for node in document.nodes if node.p_kw < 0),
        )

    def _busbars(self) -> frozenset[str]:
        """Infeeds, and what hangs on them without a switch."""
        found = {str(node) for node in self.document.slack}
        for branch in self.document.branches:
            if branch.id in self.facts.without_switches:
                found |= {str(branch.a), str(branch.b)}
        return frozenset(found)

    def _node(self, node: SourceNode) -> Node:
        name = str(node.id)
        return Node(
            id=NodeId(name),
            name=f"Node {name}",
            kind=NodeKind.BUSBAR if name in self._busbars() else NodeKind.STATION,
            voltage_v_nominal=_thousandfold(node.kv),
        )

    def _terminals(self, branches: list[SourceBranch]) -> Iterator[Node]:
        voltage_v = {node.id: _thousandfold(node.kv) for node in self.document.nodes}
        for branch in branches:
            for end in (branch.a, branch.b):
                yield Node(
                    id=NodeId(f"L{branch.id}.{end}"),
                    name=f"Line {branch.id} at node {end}",
                    kind=NodeKind.TERMINAL,
                    voltage_v_nominal=voltage_v[end],
                )

    def _branch(self, branch: SourceBranch) -> Branch:
        bare = branch.id in self.facts.without_switches
        ends = [str(end) if bare else f"L{branch.id}.{end}" for end in (branch.a, branch.b)]
        rated_a = RATING_PLACEHOLDER_A if branch.rated_a is None else branch.rated_a
        return Branch(
            id=BranchId(f"L{branch.id}"),
            name=f"Line {branch.id}",
            kind=self.facts.kind,
            from_node=NodeId(ends[0]),
            to_node=NodeId(ends[1]),
            length_m=length_m_of(branch.x_ohm, self.facts.kind),
            r_ohm=branch.r_ohm,
            x_ohm=branch.x_ohm,
            c_f=0.0,
            current_a_max=round(rated_a, RATING_DECIMALS),
        )

    def _switches(self, branch: SourceBranch) -> Iterator[Switch]:
        rated_a = RATING_PLACEHOLDER_A if branch.rated_a is None else branch.rated_a
        between_busbars = {str(branch.a), str(branch.b)} <= self._busbars()
        for letter, end in (("a", branch.a), ("b", branch.b)):
            is_open = branch.normally_open and (letter == "a" or between_busbars)
            yield Switch(
                id=SwitchId(f"L{branch.id}{letter}"),
                name=f"Line {branch.id} at node {end}",
                kind=SwitchKind.LOAD_BREAK_SWITCH,
                node_a=NodeId(str(end)),
                node_b=NodeId(f"L{branch.id}.{end}"),
                normal_position=Position.OPEN if is_open else Position.CLOSED,
                control=Control.CREW,
                operating_time_s=OPERATING_TIME_S_CREW,
                current_a_rated=_switch_rating_a(round(rated_a, RATING_DECIMALS)),
            )

    def _source(self, node: int | str) -> Source:
        return Source(
            id=SourceId(f"E{node}"),
            name=f"Infeed at node {node}",
            node=NodeId(str(node)),
            voltage_pu=self.document.vslack,
            short_circuit_va=SHORT_CIRCUIT_VA,
        )


def _load(node: SourceNode) -> Load:
    return Load(
        id=LoadId(f"LD{node.id}"),
        name=f"Load {node.id}",
        node=NodeId(str(node.id)),
        p_w=_thousandfold(node.p_kw),
        q_var=_thousandfold(node.q_kvar),
        customers=0,
    )


def _generator(node: SourceNode) -> Generator:
    p_w, q_var = _thousandfold(node.p_kw), _thousandfold(node.q_kvar)
    return Generator(
        id=GeneratorId(f"G{node.id}"),
        name=f"Net infeed {node.id}",
        node=NodeId(str(node.id)),
        kind=GeneratorKind.OTHER,
        power_va_rated=round(abs(complex(p_w, q_var))),
        p_w=p_w,
        q_var=q_var,
    )


def _thousandfold(value: float) -> float:
    """kilo -> one, without the dust of binary fractions."""
    return round(value * 1e3, 6)
