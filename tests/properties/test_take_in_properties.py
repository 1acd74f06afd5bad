"""Whatever is edited in a grid, and whatever is under way: a new version is taken in whole, or
it is blocked with a reason."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from drawn_nights import GRID, OUTAGE, SWITCHES, Answer, Release, acts
from hypothesis import event, given, settings
from hypothesis import strategies as st

from gridops.ids import BranchId, LoadId, NodeId, PointId, SwitchId
from gridops.incident import Desk, Finding, breaks
from gridops.measurement import Position
from gridops.network import Components, Network, Signal, SwitchKind, build_network, draw
from gridops.network.changes import compare
from gridops.network.succession import goes_on
from gridops.reliability import Ledger
from tests.playbook import SETTINGS, Fact, Playbook, Wait, engines_of
from tests.playbook_words import Done, LinkUp, Repaired, Restarted

LOADS = ("A", "B", "C", "D", "E", "F", "G", "H")
PROPOSED: list[Fact | Wait] = [*OUTAGE[:-1]]
UNDER_WAY: list[Fact | Wait] = [*OUTAGE]
AWAITING_REPAIR: list[Fact | Wait] = [*OUTAGE, *([Answer(Done), Wait(5)] * 6)]
Edit = Callable[[Components], Components]


# edits; each leaves a grid whose references hold


def add_section(where: str, name: str) -> Edit:
    def edit(parts: Components) -> Components:
        if where not in {n.id for n in parts.nodes}:
            return parts
        more = draw(f"{where} [s{name}] {name}").components
        own = {n.id for n in parts.nodes}
        return replace(
            parts,
            nodes=(*parts.nodes, *(n for n in more.nodes if n.id not in own)),
            branches=(*parts.branches, *more.branches),
            switches=(*parts.switches, *more.switches),
            loads=(*parts.loads, *(x for x in more.loads if x.id == name)),
            points=(*parts.points, *more.points),
        )

    return edit


def remove_switch(ident: str) -> Edit:
    return lambda parts: replace(
        parts,
        switches=tuple(s for s in parts.switches if s.id != ident),
        points=tuple(p for p in parts.points if p.element != ident),
    )


def rename_switch(ident: str) -> Edit:
    new = SwitchId(f"{ident}-new")
    return lambda parts: replace(
        parts,
        switches=tuple(replace(s, id=new) if s.id == ident else s for s in parts.switches),
        points=tuple(
            replace(p, element=new, id=PointId(f"{p.id}-new")) if p.element == ident else p
            for p in parts.points
        ),
    )


def change_switch(ident: str, field: str, value: object) -> Edit:
    return lambda parts: replace(
        parts,
        switches=tuple(
            replace(s, **{field: value}) if s.id == ident else s for s in parts.switches
        ),
    )


def turn_round(ident: str) -> Edit:
    return lambda parts: replace(
        parts,
        switches=tuple(
            replace(s, node_a=s.node_b, node_b=s.node_a) if s.id == ident else s
            for s in parts.switches
        ),
    )


def drop_point(ident: str, signal: Signal) -> Edit:
    return lambda parts: replace(
        parts,
        points=tuple(p for p in parts.points if (p.element, p.signal) != (ident, signal)),
    )


def change_load(ident: str, field: str, value: object) -> Edit:
    return lambda parts: replace(
        parts,
        loads=tuple(replace(x, **{field: value}) if x.id == ident else x for x in parts.loads),
    )


def remove_load(ident: str) -> Edit:
    return lambda parts: replace(parts, loads=tuple(x for x in parts.loads if x.id != ident))


def rename_node(ident: str) -> Edit:
    new = NodeId(f"{ident}-new")

    def named(node: NodeId) -> NodeId:
        return new if node == ident else node

    return lambda parts: replace(
        parts,
        nodes=tuple(replace(n, id=named(n.id)) for n in parts.nodes),
        branches=tuple(
            replace(b, from_node=named(b.from_node), to_node=named(b.to_node))
            for b in parts.branches
        ),
        switches=tuple(
            replace(s, node_a=named(s.node_a), node_b=named(s.node_b)) for s in parts.switches
        ),
        sources=tuple(replace(s, node=named(s.node)) for s in parts.sources),
        loads=tuple(replace(x, node=named(x.node)) for x in parts.loads),
    )


def remove_line(ident: str) -> Edit:
    return lambda parts: replace(
        parts, branches=tuple(b for b in parts.branches if b.id != BranchId(ident))
    )


def edits() -> st.SearchStrategy[Edit]:
    switch, load = st.sampled_from(SWITCHES), st.sampled_from(LOADS)
    return st.one_of(
        st.builds(add_section, load, st.sampled_from(["X", "Y"])),
        st.builds(remove_switch, switch),
        st.builds(rename_switch, switch),
        st.builds(change_switch, switch, st.just("name"), st.just("another")),
        st.builds(change_switch, switch, st.just("node_b"), st.sampled_from(["A", "C", "F"])),
        st.builds(
            change_switch,
            switch,
            st.just("normal_position"),
            st.sampled_from([Position.OPEN, Position.CLOSED]),
        ),
        st.builds(change_switch, switch, st.just("kind"), st.sampled_from(list(SwitchKind))),
        st.builds(change_switch, st.sampled_from(["b1", "b2"]), st.just("feeder"), st.just("F9")),
        st.builds(turn_round, switch),
        st.builds(drop_point, switch, st.sampled_from([Signal.POSITION, Signal.COMMAND])),
        st.builds(change_load, load, st.just("customers"), st.just(7)),
        st.builds(change_load, load, st.just("id"), st.just(LoadId("Z"))),
        st.builds(change_load, load, st.just("node"), st.sampled_from(["A", "F"])),
        st.builds(remove_load, load),
        st.builds(rename_node, load),
        st.builds(remove_line, st.sampled_from(["A-s1", "C-s2", "F-s5", "H-r1"])),
    )


def edited(network: Network, made: Sequence[Edit]) -> Network:
    """The edited grid; `network` itself if the edits contradict each other."""
    parts = network.components
    for each in made:
        parts = each(parts)
    return build_network(parts) if _holds(parts) else network


def _holds(parts: Components) -> bool:
    """No id twice, and every end is a node."""
    nodes = {n.id for n in parts.nodes}
    ends = [e for s in parts.switches for e in (s.node_a, s.node_b)]
    ends += [e for b in parts.branches for e in (b.from_node, b.to_node)]
    ends += [x.node for x in (*parts.loads, *parts.sources)]
    tables = (parts.nodes, parts.branches, parts.switches, parts.loads)
    heads = [s.feeder for s in parts.switches if s.feeder]
    return (
        nodes.issuperset(ends)
        and all(len({row.id for row in table}) == len(table) for table in tables)
        and len(set(heads)) == len(heads)
    )


# nights


def played(facts: Sequence[Fact | Wait], play: Playbook) -> None:
    """Facts about switches and sources that the grid does not have do not happen."""
    for fact in facts:
        if isinstance(fact, Wait):
            play.forget() >> fact
            continue
        for each in fact.events(play):
            if getattr(each, "switch", None) in (None, *play.network.switches):
                play.forget().feed(each)
    play.forget()


def dark_loads(desk: Desk) -> frozenset[LoadId]:
    """Loads whose interruption lasts, as the ledger counts them."""
    ledger, network = Ledger(desk.network), desk.network
    normal = {s.id for s in network.switches.values() if s.is_normally_closed}
    play = Playbook.on(network, SETTINGS)
    dark_normally = play.desk.state.energisation.dark
    assert normal == play.desk.state.closed
    ledger.sections_changed(play.now, desk.state.energisation.dark - dark_normally)
    return frozenset(one.load for one in ledger.lasting)


def findings(play: Playbook, new: Network) -> tuple[Finding, ...]:
    changes = compare(play.network.components, new.components)
    return breaks(play.desk.running(dark_loads(play.desk)), new, changes=changes)


@given(
    st.sampled_from([AWAITING_REPAIR, PROPOSED, UNDER_WAY, []]),
    st.lists(acts(), max_size=6),
    st.lists(edits(), min_size=1, max_size=3),
)
@settings(max_examples=250)
def test_a_new_version_is_taken_in_whole_or_blocked_with_a_reason(
    outage: list[Fact | Wait], more: list[Fact | Wait], made: list[Edit]
) -> None:
    play = Playbook(GRID)
    played([*outage, *more], play)
    was, old = play.desk.state, play.network
    dark, supplied = dark_loads(play.desk), _supplied(play.desk)
    new = edited(old, made)
    found = findings(play, new)
    assert all(f.message and f.remedy and f.element for f in found)
    if any(f.blocks for f in found):
        event("blocked")
        return
    phases = sorted(i.phase.value for i in play.desk.open_incidents.values())
    event(f"taken in, open: {phases}")
    loops = set(was.energisation.loops)
    incidents = {i.id: (i.phase, i.zone, i.cause) for i in play.desk.open_incidents.values()}
    play.feed(play.take_in(new))
    now = play.desk.state
    for switch in new.switches:
        if goes_on(switch, old, new=new):
            assert now.positions[switch].value is was.positions[switch].value
            assert now.positions[switch].source_time == was.positions[switch].source_time
    assert now.tags == was.tags
    assert now.system_mode is was.system_mode
    assert set(now.energisation.loops) <= loops
    assert supplied & new.loads.keys() <= _supplied(play.desk)
    assert dark <= new.loads.keys() - _supplied(play.desk)
    assert incidents == {
        i.id: (i.phase, i.zone, i.cause) for i in play.desk.open_incidents.values()
    }


def _supplied(desk: Desk) -> frozenset[LoadId]:
    network, traced = desk.network, desk.state.energisation
    return frozenset(
        load.id
        for load in network.loads.values()
        if traced.is_supplied(network.section_of_node[load.node])
    )


@given(
    st.sampled_from([AWAITING_REPAIR, PROPOSED]),
    st.lists(acts(), max_size=4),
    st.lists(edits(), min_size=1, max_size=2),
    st.lists(acts(), max_size=6),
)
@settings(max_examples=200)
def test_the_night_goes_on_and_a_replay_over_both_versions_gives_the_same(
    outage: list[Fact | Wait],
    before: list[Fact | Wait],
    made: list[Edit],
    after: list[Fact | Wait],
) -> None:
    play = Playbook(GRID)
    played([*outage, *before], play)
    old = play.network
    new = edited(old, made)
    if any(f.blocks for f in findings(play, new)):
        return
    taken = play.take_in(new)
    play.feed(taken)
    played(
        [Restarted(), LinkUp(), Wait(2), Release(stale=False), *after, Repaired(), Wait(30)], play
    )
    again = Desk(old, engines_of(old), settings=SETTINGS)
    for fact in play.facts:
        if fact is taken:
            again.take_in(new, engines_of(new))
        again.handle(fact)
    assert repr(again.incidents) == repr(play.desk.incidents)
    assert repr(again.state) == repr(play.desk.state)
