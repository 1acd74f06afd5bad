"""Rules that put switches where a net has none, and breakers where feeders begin."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gridops.adapters.completion.station import Bay, Station
from gridops.adapters.completion.wording import listed, some
from gridops.adapters.importing import Imported
from gridops.adapters.terminals import terminal
from gridops.ids import BranchId, FeederId, NodeId, SwitchId
from gridops.measurement import Position
from gridops.network import (
    Branch,
    Components,
    Control,
    Node,
    NodeKind,
    Switch,
    SwitchKind,
)

OPERATING_TIME_S_CREW = 1800.0
OPERATING_TIME_S_BREAKER = 2.0
CURRENT_A_RATED = 630.0
BREAKER_CURRENT_A_RATED = 1250.0


@dataclass(slots=True)
class Draft:
    """A grid while rules are applied to it."""

    nodes: dict[NodeId, Node]
    branches: dict[BranchId, Branch]
    switches: dict[SwitchId, Switch]
    said: list[str] = field(default_factory=list)
    unstated_kinds: set[SwitchId] = field(default_factory=set)
    unstated_ratings: set[SwitchId] = field(default_factory=set)
    moved: dict[NodeId, NodeId] = field(default_factory=dict)
    """Busbar -> where its loads are now."""
    by_rule: set[SwitchId] = field(default_factory=set)
    """Switches that a rule has put in: they may become feeder breakers."""


def with_switchgear(imported: Imported) -> tuple[Components, tuple[str, ...]]:
    """The grid with a switch where none is and a breaker at the head of every feeder."""
    draft = Draft(
        nodes={node.id: node for node in imported.components.nodes},
        branches={branch.id: branch for branch in imported.components.branches},
        switches={switch.id: switch for switch in imported.components.switches},
        unstated_kinds=set(imported.unstated_kinds),
        unstated_ratings=set(imported.unstated_ratings),
    )
    if not draft.switches:
        _put_switches_at_every_line(draft, imported.spare)
    components = _applied(draft, imported.components)
    may_be_breakers = frozenset(draft.unstated_kinds | draft.by_rule)
    lines = imported.substation_lines
    _name_heads(draft, Station(components, may_be_breakers, lines))
    _mark_busbars(draft, Station(_applied(draft, components), substation_lines=lines))
    _settle_kinds(draft)
    return _applied(draft, imported.components), tuple(draft.said)


def _applied(draft: Draft, components: Components) -> Components:
    return replace(
        components,
        nodes=tuple(draft.nodes.values()),
        branches=tuple(draft.branches.values()),
        switches=tuple(draft.switches.values()),
        loads=tuple(
            replace(load, node=draft.moved.get(load.node, load.node)) for load in components.loads
        ),
    )


def _put_switches_at_every_line(draft: Draft, spare: Sequence[Branch]) -> None:
    lines = [*draft.branches.values(), *spare]
    ties = {line.id for line in spare}
    for line in lines:
        draft.branches[line.id] = line
        first = Position.OPEN if line.id in ties else Position.CLOSED
        _put_switch_at(draft, line.id, end="from_node", position=first)
        _put_switch_at(draft, line.id, end="to_node", position=Position.CLOSED)
    if lines:
        draft.said.append(
            "The source has no switches: a load-break switch, crew operated, 630 A, is put at "
            f"both ends of {some(len(lines), 'line')}."
        )
    if ties:
        draft.said.append(
            "Out of service between nodes in service, taken as a tie that is normally open at its "
            f"first end: {some(len(ties), 'line')} ({listed([line.id for line in spare])})."
        )


def _put_switch_at(
    draft: Draft,
    line_id: BranchId,
    *,
    end: str,
    position: Position = Position.CLOSED,
    kind: SwitchKind = SwitchKind.LOAD_BREAK_SWITCH,
) -> SwitchId:
    """`L7.12` becomes the end of line L7 at node 12, behind the new switch `SW-L7-12`."""
    line = draft.branches[line_id]
    near = draft.nodes[getattr(line, end)]
    far = draft.nodes[line.to_node if end == "from_node" else line.from_node]
    end_node = NodeId(_free(f"{line.id}.{near.id}", draft.nodes))
    ident = SwitchId(_free(f"SW-{line.id}-{near.id}", draft.switches))
    draft.nodes[end_node] = terminal(end_node, near, far=far)
    ends = {end: end_node}
    draft.branches[line_id] = replace(line, **ends)  # type: ignore[arg-type]  # one of two nodes
    draft.switches[ident] = _switch(
        ident, (near.id, end_node), name=f"{line.name} at {near.name}", kind=kind
    )
    draft.switches[ident] = replace(draft.switches[ident], normal_position=position)
    draft.by_rule.add(ident)
    return ident


def _switch(ident: SwitchId, ends: tuple[NodeId, NodeId], *, name: str, kind: SwitchKind) -> Switch:
    return Switch(
        id=ident,
        name=name,
        kind=kind,
        node_a=ends[0],
        node_b=ends[1],
        normal_position=Position.CLOSED,
        control=Control.CREW,
        operating_time_s=OPERATING_TIME_S_CREW,
        current_a_rated=CURRENT_A_RATED,
    )


def _free(name: str, taken: object) -> str:
    """`name`, or `name_2`, ... if an element is called so."""
    known = set(taken) if isinstance(taken, dict) else set()
    count = 2
    candidate = name
    while candidate in known:
        candidate = f"{name}_{count}"
        count += 1
    return candidate


def _name_heads(draft: Draft, station: Station) -> None:
    """Every line that leaves a substation gets a breaker that is the head of its feeder."""
    inserted = [_insert_breaker(draft, bay) for bay in station.bays if bay.head is None]
    inserted += _insert_breakers_of_loads(draft, station)
    chosen = {bay.head for bay in station.bays} | set(inserted)
    heads = [head for head in draft.switches if head in chosen]
    taken = {switch.feeder for switch in draft.switches.values() if switch.feeder}
    numbers = (FeederId(f"F{k}") for k in range(1, len(heads) + len(taken) + 1))
    free = (name for name in numbers if name not in taken)
    retyped, named = [], []
    for ident in heads:
        switch = draft.switches[ident]
        if ident in draft.unstated_kinds:
            draft.unstated_kinds.discard(ident)
            retyped.append(ident)
        if ident in draft.unstated_ratings or ident in draft.by_rule:
            switch = replace(switch, current_a_rated=BREAKER_CURRENT_A_RATED)
        if switch.feeder is None:
            switch = replace(switch, kind=SwitchKind.BREAKER, feeder=next(free))
            named.append(ident)
        draft.switches[ident] = switch
    _tell_heads(draft, named=named, inserted=inserted, retyped=retyped)


def _tell_heads(
    draft: Draft,
    *,
    named: Sequence[SwitchId],
    inserted: Sequence[SwitchId],
    retyped: Sequence[SwitchId],
) -> None:
    if named:
        draft.said.append(
            f"The breaker of each line that leaves a busbar is the head of a feeder, F1 and on: "
            f"{some(len(named), 'switch')} ({listed(named)}); 1,250 A where the source gives no "
            "rating."
        )
    if retyped:
        draft.said.append(
            "Heads of which the source does not say what they are, taken as breakers: "
            f"{some(len(retyped), 'switch')} ({listed(retyped)})."
        )
    if inserted:
        draft.said.append(
            "Heads that are put in, because a line or load hangs on a busbar without a breaker: "
            f"{some(len(inserted), 'switch')} ({listed(inserted)})."
        )


def _insert_breakers_of_loads(draft: Draft, station: Station) -> list[SwitchId]:
    """Loads at a busbar move behind a breaker of their own, one for each busbar."""
    inserted = []
    for node in dict.fromkeys(load.node for load in station.components.loads):
        if node not in station.above or station.is_in_a_bay(node):
            continue
        behind = NodeId(_free(f"{node}.loads", draft.nodes))
        ident = SwitchId(_free(f"CB-{node}-loads", draft.switches))
        near = draft.nodes[node]
        draft.nodes[behind] = replace(
            near, id=behind, name=f"Loads at {near.name}", kind=NodeKind.STATION
        )
        draft.switches[ident] = _switch(
            ident, (node, behind), name=f"Loads at {near.name}", kind=SwitchKind.BREAKER
        )
        draft.by_rule.add(ident)
        draft.moved[node] = behind
        inserted.append(ident)
    return inserted


def _insert_breaker(draft: Draft, bay: Bay) -> SwitchId:
    """Before the first switch of the bay, or at the end of the line if there is none."""
    line = draft.branches[bay.line]
    if bay.first is None:
        end = "from_node" if line.from_node == bay.node else "to_node"
        return _put_switch_at(draft, bay.line, end=end, kind=SwitchKind.BREAKER)
    switch = draft.switches[bay.first]
    busbar = switch.node_a if switch.node_b == bay.node else switch.node_b
    middle = NodeId(_free(f"CB-{switch.id}.k", draft.nodes))
    ident = SwitchId(_free(f"CB-{switch.id}", draft.switches))
    far = draft.nodes[bay.node]
    draft.nodes[middle] = terminal(middle, draft.nodes[busbar], far=far)
    ends = {"node_a" if switch.node_a == busbar else "node_b": middle}
    draft.switches[switch.id] = replace(switch, **ends)  # type: ignore[arg-type]  # one of two nodes
    draft.by_rule.add(ident)
    draft.switches[ident] = _switch(
        ident, (busbar, middle), name=f"Breaker of {line.name}", kind=SwitchKind.BREAKER
    )
    return ident


def _mark_busbars(draft: Draft, station: Station) -> None:
    """The node that a feeder breaker hangs on is a busbar, whatever the source calls it."""
    marked = 0
    for switch in draft.switches.values():
        busbar = None if switch.feeder is None else station.upper_end(switch)
        if busbar is not None and draft.nodes[busbar].kind is not NodeKind.BUSBAR:
            draft.nodes[busbar] = replace(draft.nodes[busbar], kind=NodeKind.BUSBAR)
            marked += 1
    if marked:
        draft.said.append(
            f"What feeder breakers hang on is marked as a busbar: {some(marked, 'node')}."
        )


def _settle_kinds(draft: Draft) -> None:
    for ident in draft.unstated_kinds:
        draft.switches[ident] = replace(draft.switches[ident], kind=SwitchKind.LOAD_BREAK_SWITCH)
    if draft.unstated_kinds:
        draft.said.append(
            "The source does not say what they are, taken as load-break switches: "
            f"{some(len(draft.unstated_kinds), 'switch')}."
        )
