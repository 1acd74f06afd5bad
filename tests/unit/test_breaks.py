"""What taking in another version of a grid would break, given what is under way."""

from dataclasses import replace
from typing import Any

import pytest

from gridops.events.operator import Mode, TagKind
from gridops.ids import FeederId, GeneratorId, LoadId, NodeId, PointId, ShuntId, SwitchId
from gridops.incident import Finding, Severity, breaks
from gridops.measurement import Position, Quality
from gridops.network import (
    Generator,
    GeneratorKind,
    Network,
    Point,
    Shunt,
    Signal,
    SwitchKind,
    build_network,
    draw,
)
from gridops.network.changes import compare
from gridops.state import carried_over
from tests.playbook import CLOSED, FEEDER, OPEN, RTU, SETTINGS, Playbook, Wait
from tests.playbook_authority import Sheds
from tests.playbook_sheets import (
    ApprovesSheet,
    Draws,
    Instructs,
    Reports,
    SheetIs,
    Starts,
    Stops,
)
from tests.playbook_words import (
    Announced,
    Asks,
    Close,
    Done,
    Flagged,
    Measured,
    Moved,
    Open,
    Put,
    Released,
    Reported,
    Tagged,
    TakenIn,
    Tripped,
)

STREET = "S1 [b1] A [s1] B (t1) C [b2] S2"
LONGER = STREET + "\nC [s9] D"


def found(play: Playbook, new: Network, interrupted: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    changes = compare(play.network.components, new.components)
    dark = frozenset(LoadId(load) for load in interrupted)
    return breaks(play.desk.running(dark), new, changes=changes)


def told(findings: tuple[Finding, ...]) -> set[tuple[str, str, str]]:
    return {(f.severity.value, f.code, f.element) for f in findings}


def edited(network: Network, table: str, ident: str, **fields: Any) -> Network:
    parts = network.components
    rows = tuple(replace(r, **fields) if r.id == ident else r for r in getattr(parts, table))
    return build_network(replace(parts, **{table: rows}))


def without_points(network: Network, element: str, *signals: Signal) -> Network:
    parts = network.components
    kept = (
        p for p in parts.points if p.element != element or (signals and p.signal not in signals)
    )
    return build_network(replace(parts, points=tuple(kept)))


# nothing


def test_a_section_added_where_nothing_is_under_way_breaks_nothing() -> None:
    assert found(Playbook(STREET), draw(LONGER)) == ()


def test_the_same_grid_breaks_nothing_in_the_middle_of_an_incident() -> None:
    assert told(found(settled(), draw(FEEDER))) == {("warns", "proposal-void", "I1")}


# tags


def test_another_grid_is_no_version_of_this_one() -> None:
    """Even where nothing is under way: a slip in the name of a folder."""
    other = draw("S7 [b7] M [s7] N (t7) O [b8] S8")
    assert ("blocks", "another-grid", other.name) in told(found(Playbook(STREET), other))


def test_a_tagged_switch_may_not_vanish_nor_become_another_device() -> None:
    play = Playbook(LONGER) >> Tagged("s9")
    assert ("blocks", "tag-without-switch", "s9") in told(found(play, draw(STREET)))
    rewired = draw(STREET + "\nA [s9] D")
    assert ("blocks", "tag-on-other-device", "s9") in told(found(play, rewired))
    fuse = edited(draw(LONGER), "switches", "s9", kind=SwitchKind.FUSE)
    assert ("blocks", "tag-on-other-device", "s9") in told(found(play, fuse))
    assert found(play, edited(draw(LONGER), "switches", "s9", name="LBS 9")) == ()


def test_a_tag_that_was_taken_off_blocks_nothing() -> None:
    assert not any(f.blocks for f in found(Playbook(LONGER), draw(STREET)))


# incidents


def settled() -> Playbook:
    """A fault in C, a plan on the screen."""
    play = Playbook(FEEDER) >> Flagged("s1") >> Flagged("s2") >> Tripped("b1") >> Wait(10)
    return play << Asks(opens=("s1", "s4"), closes=("b1", "t1"))


def restored() -> Playbook:
    """The same, carried out: C waits for its repair."""
    play = settled() >> Released() << Open("s1") >> Done("s1") << Open("s4") >> Done("s4")
    play = play << Close("b1") >> Done("b1") >> Wait(5) << Close("t1") >> Done("t1")
    assert play.incident().phase.value == "restored"
    return play


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ("the load of the faulted section", "SC"),
        ("a switch inside", "SB"),
        ("a new lateral on a dark section", "SD"),
    ],
)
def test_what_an_open_incident_rests_on_must_stay(change: str, element: str) -> None:
    grids = {
        "the load of the faulted section": edited(draw(FEEDER), "loads", "C", customers=1),
        "a switch inside": edited(draw(FEEDER), "switches", "s2", operating_time_s=9.0),
        "a new lateral on a dark section": draw(FEEDER + "\nD [s9] G"),
    }
    for play in (settled(), restored()):
        assert ("blocks", "incident-section", element) in told(found(play, grids[change]))


def test_the_switches_of_its_plan_must_stay_also_where_they_are_outside() -> None:
    new = edited(draw(FEEDER), "switches", "t1", normal_position=CLOSED)
    assert ("blocks", "incident-switch", "t1") in told(found(restored(), new))


def test_a_capacitor_is_not_put_into_the_section_of_an_open_incident() -> None:
    new = Shunt(id=ShuntId("K1"), name="K1", node=NodeId("C"), q_var=-3e5)
    coming = build_network(replace(draw(FEEDER).components, shunts=(new,)))
    assert ("blocks", "incident-section", "SC") in told(found(settled(), coming))


def test_a_name_may_change_everywhere() -> None:
    new = edited(edited(draw(FEEDER), "nodes", "C", name="Kim Mã"), "switches", "t1", name="T")
    assert not any(f.blocks for f in found(restored(), new))


def test_elsewhere_the_grid_may_grow_while_an_incident_is_open() -> None:
    assert found(restored(), draw(FEEDER + "\nF [s9] G")) == ()


def test_nothing_is_taken_in_while_a_plan_is_carried_out_or_a_command_is_open() -> None:
    play = settled() >> Released() << Open("s1")
    codes = told(found(play, draw(FEEDER + "\nF [s9] G")))
    assert ("blocks", "plan-under-way", "I1") in codes
    assert ("blocks", "command-open", "s1") in codes


# supply, with switches as they stand


def test_customers_who_have_supply_must_not_lose_it_by_a_file() -> None:
    new = draw("S1 [b1] A (s1) B [t1] C [b2] S2")
    codes = told(found(Playbook(STREET), new))
    assert ("warns", "off-new-normal", "s1") in codes
    assert not any(severity == "blocks" for severity, _, _ in codes), "B keeps its supply by s1"
    moved = Playbook("S1 [b1] A (s1) B [t1] C [b2] S2")
    gone = draw("S1 [b1] A (s1) B\nC [b2] S2")
    assert ("blocks", "supply-lost", "SB") in told(found(moved, gone))


def test_a_ring_or_two_sources_in_parallel_are_never_made_by_a_file() -> None:
    second_way = draw(STREET + "\nA [s8] B")
    assert ("blocks", "ring-closed", "s8") in told(found(Playbook(STREET), second_way))
    bridge = draw(STREET + "\nA [s8] C")
    assert ("blocks", "sources-parallel", "s8") in told(found(Playbook(STREET), bridge))
    # This one is radial in its own normal state; as switches stand, it is not.
    replaced = draw("S1 [b1] A (s1) B (t1) C [b2] S2\nA [s8] B")
    assert ("blocks", "ring-closed", "s8") in told(found(Playbook(STREET), replaced))


def test_a_ring_that_is_closed_already_is_no_news() -> None:
    play = Playbook(STREET) >> Moved("t1", CLOSED)
    assert not any(f.blocks for f in found(play, draw(LONGER)))


def test_a_ring_that_becomes_a_way_between_two_sources_is_news() -> None:
    play = Playbook("S1 [b1] A [s1] B [t1] C [s5] A")
    assert play.desk.state.energisation.loops == ("t1",)
    two = draw("S1 [b1] A [s1] B [t1] C [b2] S2")
    assert ("blocks", "sources-parallel", "t1") in told(found(play, two))


def test_an_interruption_ends_by_supply_and_not_by_a_file() -> None:
    play = Playbook(STREET)
    assert ("blocks", "interrupted-load-gone", "B") in told(
        found(play, draw("S1 [b1] A\nC [b2] S2"), interrupted=("B",))
    )
    other = edited(draw(STREET), "loads", "B", customers=5)
    assert ("blocks", "interrupted-load-changed", "B") in told(
        found(play, other, interrupted=("B",))
    )
    assert ("blocks", "supply-by-file", "B") in told(found(play, draw(LONGER), interrupted=("B",)))


def test_where_a_tag_says_that_somebody_works_nothing_comes_alive_by_a_file() -> None:
    play = Playbook("S1 [b1] A (s1) B\nC [b2] S2")
    joined = draw("S1 [b1] A (s1) B [s9] C [b2] S2")
    assert ("warns", "section-live", "SB") in told(found(play, joined))
    play = play >> Tagged("s1", TagKind.EARTH_APPLIED)
    assert ("blocks", "tagged-section-live", "SB") in told(found(play, joined))
    caution = Playbook("S1 [b1] A (s1) B\nC [b2] S2") >> Tagged("s1", TagKind.CAUTION)
    assert not any(f.blocks for f in found(caution, joined))


def test_nothing_comes_alive_by_a_file_further_behind_the_tag_either() -> None:
    """C hangs on B, and the tag on s1 keeps both dead; the new version feeds C from elsewhere."""
    play = Playbook("S1 [b1] A (s1) B [s2] C\nD [b2] S2") >> Tagged("s1", TagKind.EARTH_APPLIED)
    cut = draw("S1 [b1] A (s1) B\nC [s9] D [b2] S2")
    assert ("blocks", "tagged-section-live", "SC") in told(found(play, cut))


def test_a_generator_that_can_keep_an_island_does_not_come_behind_a_tag_by_a_file() -> None:
    grid = draw("S1 [b1] A (s1) B [s2] C")
    coming = with_generator(grid, "C", island_capable=True)
    play = Playbook.on(grid, Playbook(STREET).settings)
    assert told(found(play, coming)) == {("warns", "section-live", s) for s in ("SB", "SC")}
    play = play >> Tagged("s1", TagKind.NO_CLOSE)
    assert told(found(play, coming)) == {("blocks", "tagged-section-live", s) for s in ("SB", "SC")}
    assert found(play, with_generator(grid, "C", island_capable=False)) == ()
    assert found(play, with_generator(grid, "A", island_capable=True)) == ()
    there = Playbook.on(coming, Playbook(STREET).settings) >> Tagged("s1", TagKind.NO_CLOSE)
    assert found(there, coming) == (), "it was there when the tag was hung"


def with_generator(network: Network, node: str, *, island_capable: bool) -> Network:
    new = Generator(
        id=GeneratorId("G1"),
        name="G1",
        node=NodeId(node),
        kind=GeneratorKind.THERMAL,
        power_va_rated=1e6,
        p_w=-1e5,
        q_var=0.0,
        island_capable=island_capable,
    )
    return build_network(replace(network.components, generators=(new,)))


def test_new_customers_behind_an_open_switch_are_told() -> None:
    play = Playbook(STREET) >> Moved("s1", OPEN)
    new = draw(STREET + "\nB [s9] D")
    (finding,) = [f for f in found(play, new) if f.code == "new-customers-dark"]
    assert finding.severity is Severity.WARNS
    assert "100 customers" in finding.message


def test_a_dead_source_must_stay_where_it_is() -> None:
    grid = with_voltage(draw(STREET))
    play = Playbook.on(grid, Playbook(STREET).settings) >> Measured("S2", 0.0) >> Wait(3)
    gone = draw("S1 [b1] A [s1] B")
    assert ("blocks", "dead-source-changed", "S2") in told(found(play, gone))


def with_voltage(network: Network) -> Network:
    parts = network.components
    points = [
        replace(parts.points[0], id=f"{n}.v", element=n, signal=Signal.VOLTAGE, node_id=f"{n}.v")
        for n in ("S1", "S2")
    ]
    return build_network(replace(parts, points=(*parts.points, *points)))


# devices


def test_a_rewired_switch_is_unknown_and_a_switch_of_another_kind_stands_where_it_stood() -> None:
    play = Playbook(LONGER)
    assert told(found(play, draw(STREET + "\nA [s9] D"))) == {("warns", "position-forgotten", "s9")}
    new = edited(draw(LONGER), "switches", "s9", kind=SwitchKind.DISCONNECTOR)
    assert told(found(play, new)) == {("warns", "kind-changed", "s9")}


def test_a_switch_that_loses_its_position_point_is_unknown_until_somebody_reports() -> None:
    play = Playbook(LONGER)
    new = without_points(draw(LONGER), "s9")
    assert told(found(play, new)) == {
        ("warns", "telemetry-lost", "s9"),
        ("warns", "points-lost", "s9"),
    }
    then = carried_over(play.desk.state, new)
    assert then.is_unknown(SwitchId("s9"))
    assert then.positions[SwitchId("s9")].value is CLOSED


def test_a_switch_that_vanishes_off_its_normal_position_is_told() -> None:
    play = Playbook(LONGER) >> Moved("s9", OPEN)
    assert ("warns", "position-lost", "s9") in told(found(play, draw(STREET)))
    assert found(Playbook(LONGER), draw(STREET)) == ()


def test_nobody_is_handled_more_freely_by_a_change_of_files() -> None:
    play = Playbook(LONGER) >> Put(Mode.AUTOMATIC) >> Put(Mode.DISABLED, "Fb2")
    other_name = edited(draw(LONGER), "switches", "b2", feeder="F473")
    codes = told(found(play, other_name))
    assert ("blocks", "mode-loosened", "F473") in codes
    assert ("warns", "feeder-mode-lost", "Fb2") in codes
    alike = Playbook(LONGER) >> Put(Mode.AUTOMATIC) >> Put(Mode.AUTOMATIC, "Fb2")
    assert told(found(alike, other_name)) == {("warns", "feeder-mode-lost", "Fb2")}


def test_nor_is_a_load_that_is_called_otherwise_as_well() -> None:
    play = Playbook(LONGER) >> Put(Mode.AUTOMATIC) >> Put(Mode.DISABLED, "Fb2")
    new = edited(draw(LONGER), "switches", "b2", feeder="F473")
    for load in ("C", "D"):
        new = edited(new, "loads", load, id=f"TBA {load}")
    assert ("blocks", "mode-loosened", "F473") in told(found(play, new))


def test_nor_is_anybody_who_has_no_supply_at_the_moment() -> None:
    """The whole feeder is off; it comes back under a name that nobody has disabled."""
    play = Playbook(LONGER) >> Put(Mode.AUTOMATIC) >> Put(Mode.DISABLED, "Fb2")
    play = play >> Announced("b2", OPEN) >> Moved("b2", OPEN)
    other_name = edited(draw(LONGER), "switches", "b2", feeder="F473")
    assert ("blocks", "mode-loosened", "F473") in told(found(play, other_name))


def test_nor_by_a_feeder_that_loses_its_latch_with_its_name() -> None:
    play = Playbook(LONGER) >> Put(Mode.AUTOMATIC) >> Announced("b2")
    other_name = edited(draw(LONGER), "switches", "b2", feeder="F473")
    assert ("blocks", "mode-loosened", "F473") in told(found(play, other_name))


def test_load_shedding_does_not_end_by_a_change_of_files() -> None:
    parts = draw(LONGER).components
    point = Point(
        id=PointId("b2.shed"), link=RTU, element="b2", signal=Signal.LOAD_SHED, node_id="b2.shed"
    )
    network = build_network(replace(parts, points=(*parts.points, point)))
    play = Playbook.on(network, SETTINGS) >> Put(Mode.AUTOMATIC) >> Sheds("b2")
    assert ("blocks", "load-shed-lost", "b2") in told(found(play, draw(LONGER)))
    then = carried_over(play.desk.state, edited(network, "switches", "s9", name="Cầu dao 9"))
    assert then.modes == play.desk.state.modes
    assert then.mode_of(FeederId("Fb2")) is Mode.DISABLED


# what is carried over


def test_what_goes_on_is_known_as_well_as_before() -> None:
    grid, crew = draw(LONGER), without_points(draw(LONGER), "s9")
    for network in (grid, crew):
        play = Playbook.on(network, Playbook(STREET).settings)
        play = play >> Moved("t1", Position.INTERMEDIATE) >> Moved("s1", OPEN, Quality.SUBSTITUTED)
        play = play >> Reported("s9", OPEN) >> Tagged("s1", TagKind.CAUTION) >> Put(Mode.AUTOMATIC)
        was = play.desk.state
        parts = draw("S3 [b3] X\n" + LONGER).components
        if network is crew:
            parts = replace(parts, points=tuple(p for p in parts.points if p.element != "s9"))
        now = carried_over(was, build_network(parts))
        for switch in network.switches:
            assert now.positions[switch] == was.positions[switch], switch
            assert now.is_unknown(switch) == was.is_unknown(switch), switch
        assert now.tags == was.tags
        assert now.system_mode is Mode.AUTOMATIC
        assert now.closed - {SwitchId("b3")} == was.closed
        assert now.is_unknown(SwitchId("b3")), "telemetered, and nobody has read it yet"


def test_a_new_switch_without_telemetry_stands_at_its_normal_position_by_record() -> None:
    play = Playbook(STREET)
    then = carried_over(play.desk.state, without_points(draw(LONGER), "s9"))
    assert then.positions[SwitchId("s9")].value is CLOSED
    assert not then.is_unknown(SwitchId("s9"))


def test_a_voltage_of_another_level_is_forgotten() -> None:
    grid = with_voltage(draw(STREET))
    play = Playbook.on(grid, Playbook(STREET).settings) >> Measured("S1", 22e3)
    assert NodeId("S1") in carried_over(play.desk.state, grid).voltages_v
    other = edited(grid, "nodes", "S1", voltage_v_nominal=35e3)
    assert NodeId("S1") not in carried_over(play.desk.state, other).voltages_v


# sheets


def test_i21_i23_a_sheet_holds_its_switches_as_they_are_while_it_counts() -> None:
    """A draft holds nothing: it is judged anew on the new version."""
    play = Playbook(STREET) >> Draws("open s1, close t1", gives_up="B")
    without_t1 = draw("S1 [b1] A [s1] B\nC [b2] S2")
    differs = edited(play.network, "switches", "t1", kind=SwitchKind.BREAKER)
    assert not {code for _, code, _ in told(found(play, without_t1))} & {"sheet-switch"}
    play = play >> ApprovesSheet()
    for new in (without_t1, differs):
        assert ("blocks", "sheet-switch", "t1") in told(found(play, new))
    assert found(play, draw(LONGER)) == ()

    play = play >> Starts() << Open("s1")
    assert ("blocks", "sheet-under-way", "P1") in told(found(play, draw(LONGER)))
    play = play >> Done("s1") << Close("t1") >> Done("t1") >> Wait(60)
    assert "sheet-under-way" not in {code for _, code, _ in told(found(play, draw(LONGER)))}


SPUR = "S1 [b1] A (t1) X (t2) F [b2] S2"
WITHOUT_T1 = "S1 [b1] A\nX (t2) F [b2] S2"
AT_T1 = [("check t1, earth t1", ""), ("close t1", "t1")]


def at_t1(text: str, crew: str) -> Playbook:
    """The crew is out at t1 when its sheet is stopped; another sheet is a draft."""
    play = Playbook(SPUR) >> Draws(text, crew=crew) >> Draws("close t2")
    return play >> ApprovesSheet() >> Starts() >> Instructs(1) >> Stops()


@pytest.mark.parametrize(("text", "crew"), AT_T1)
def test_i23_a_switch_where_a_crew_may_still_be_at_work_stays_as_it_is(
    text: str, crew: str
) -> None:
    play = at_t1(text, crew)
    differs = edited(play.network, "switches", "t1", kind=SwitchKind.BREAKER)
    for new in (draw(WITHOUT_T1), differs):
        assert ("blocks", "sheet-switch", "t1") in told(found(play, new))
    play = play >> Reports(1, done=False)
    assert "sheet-switch" not in {code for _, code, _ in told(found(play, draw(WITHOUT_T1)))}


@pytest.mark.parametrize(("text", "crew"), AT_T1)
@pytest.mark.parametrize("done", [False, True])
def test_a_journal_that_took_the_switch_away_from_a_crew_is_still_folded(
    text: str, crew: str, *, done: bool
) -> None:
    play = at_t1(text, crew) >> TakenIn(draw(WITHOUT_T1)) << SheetIs("draft", sheet="P2")
    play = play >> Reports(1, done=done)
    assert play << SheetIs("stopped", sheet="P1")
