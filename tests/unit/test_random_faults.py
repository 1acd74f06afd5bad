"""Random faults on drawn grids: what is drawn, how it is told, and the exact optimum by hand."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from gridops.calibration.drawing import DrawnFault, FieldWays, draw_fault, is_heard
from gridops.calibration.lots import Lots
from gridops.calibration.messages import delivered, told
from gridops.calibration.optimum import optimum
from gridops.calibration.random_faults import (
    Study,
    Tally,
    heard_faults,
    locator_for,
    outcomes,
    tally,
)
from gridops.calibration.terrain import Terrain, survey
from gridops.city.dice import Dice
from gridops.errors import ScenarioError
from gridops.events import FaultFlagChanged, SwitchMoved
from gridops.guard import Guard
from gridops.ids import SectionId, SwitchId
from gridops.incident import IncidentSettings
from gridops.measurement import Quality, Reading
from gridops.network import draw
from gridops.outage import LocationSettings
from gridops.powerflow import RadialFlow
from gridops.response import Engines

ROW = "S1 [b1] A [s1] B [s2] C [r1] D (t1) S2"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def terrain_of(text: str = ROW) -> Terrain:
    return survey(draw(text), LocationSettings())


def fault_in(
    terrain: Terrain, section: str, *, tripped: str, yes: str = "", failed: str = ""
) -> DrawnFault:
    def marks(names: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        return np.array([switch in names.split() for switch in terrain.indicators])

    path = terrain.paths[SectionId(section)]
    return DrawnFault(
        number=0,
        section=SectionId(section),
        tripped=tuple(SwitchId(name) for name in tripped.split()),
        failed=marks(failed),
        flagged=marks(yes),
        on_path=np.array([switch in path for switch in terrain.indicators]),
        wrong=0,
    )


def test_lots_are_the_dice_thrown_many_at_once() -> None:
    lots, dice = Lots(7), Dice(7)
    many = lots.shares("stray", 3, count=50)
    assert many.tolist() == [dice.share("stray", 3, k) for k in range(50)]


def test_the_way_of_fault_current_and_what_clears_it() -> None:
    terrain = terrain_of()
    assert terrain.paths[SectionId("SD")] == ("b1", "s1", "s2", "r1")
    assert terrain.guards[SectionId("SD")] == ("r1", "b1")
    assert terrain.guards[SectionId("SB")] == ("b1",)
    assert terrain.behind[SwitchId("s2")] == ("SC", "SD")
    assert "SS1" not in terrain.places, "nothing clears a fault at the source"


def test_a_closed_ring_is_refused() -> None:
    with pytest.raises(ScenarioError, match="closes a ring"):
        terrain_of("S1 [b1] A [s1] B [s2] A")


def test_faults_are_drawn_as_often_as_sections_fail_and_devices_err() -> None:
    terrain, ways, lots = terrain_of(), FieldWays(), Lots(3)
    drawn = [draw_fault(terrain, ways, lots=lots, number=n) for n in range(4_000)]
    total = sum(terrain.weights[place] for place in terrain.places)
    for section, count in Counter(fault.section for fault in drawn).items():
        assert count / 4_000 == pytest.approx(terrain.weights[section] / total, abs=0.025)
    failed = np.array([fault.failed for fault in drawn])
    flagged = np.array([fault.flagged for fault in drawn])
    on_path = np.array([fault.on_path for fault in drawn])
    assert failed.mean() == pytest.approx(ways.p_failed, abs=0.01)
    assert flagged[on_path & ~failed].mean() == pytest.approx(1 - ways.p_silent, abs=0.01)
    assert flagged[~on_path & ~failed].mean() == pytest.approx(ways.p_stray, abs=0.01)
    assert not (flagged & failed).any()
    behind = [fault for fault in drawn if fault.section == "SD"]
    above = sum(fault.tripped[0] == "b1" for fault in behind) / len(behind)
    assert above == pytest.approx(ways.p_trip_failed, abs=0.01)


def test_a_fault_is_the_same_whatever_else_is_drawn() -> None:
    terrain, ways = terrain_of(), FieldWays()
    one = draw_fault(terrain, ways, lots=Lots(5), number=17)
    other = draw_fault(terrain, ways, lots=Lots(5), number=17)
    assert one.section == other.section
    assert one.flagged.tolist() == other.flagged.tolist()


def test_a_fuse_tells_nobody() -> None:
    terrain = terrain_of("S1 [b1] A [s1] B\nB [f1] X")
    silent = replace(terrain, telling=terrain.telling - {SwitchId("f1")})
    assert is_heard(silent, fault_in(silent, "SB", tripped="b1"))
    assert not is_heard(silent, fault_in(silent, "SX", tripped="f1"))


def test_messages_are_late_twice_and_in_any_order_but_the_same() -> None:
    terrain = terrain_of()
    ways, lots = FieldWays(p_duplicate=0.5), Lots(1)
    fault = fault_in(terrain, "SB", tripped="b1", yes="s1", failed="s2")
    said = told(terrain, fault, ways=ways, struck_at=NOON, lots=lots)
    assert {type(event) for event in said} >= {FaultFlagChanged, SwitchMoved}
    (gone,) = (e for e in said if isinstance(e, FaultFlagChanged) and e.switch == "s2")
    assert (gone.reading, gone.quality) == (Reading.FAILED, Quality.BAD)
    orders = set()
    for order in range(20):
        coming = delivered(said, ways, lots=lots, fault=0, order=order)
        assert {replace(event, at=NOON) for event in coming} == {
            replace(event, at=NOON) for event in said
        }
        assert all(0.0 <= (e.at - e.source_time).total_seconds() <= 10.0 for e in coming)
        orders.add(tuple(type(event).__name__ for event in coming))
    assert len(orders) > 3


def test_messages_that_do_not_overtake_each_other() -> None:
    terrain = terrain_of()
    ways = FieldWays(reordered=False)
    fault = fault_in(terrain, "SB", tripped="b1", yes="s1", failed="s2")
    said = told(terrain, fault, ways=ways, struck_at=NOON, lots=Lots(1))
    for order in range(20):
        coming = delivered(said, ways, lots=Lots(1), fault=0, order=order)
        times = [event.source_time for event in dict.fromkeys(replace(e, at=NOON) for e in coming)]
        assert times == sorted(times)


def test_the_optimum_by_hand() -> None:
    """b1 tripped, s1 flags, s2 does not, r1 (behind C) did not trip: A, B, C, D weigh
    0.01 * 0.99, 0.98 * 0.99, 0.98 * 0.02 and 0.98 * 0.02 * 0.01 times their failures; D's
    device failed to trip."""
    terrain = terrain_of()
    ways = FieldWays(p_trip_above=0.0)
    fault = fault_in(terrain, "SB", tripped="b1", yes="s1")
    w = terrain.weights
    expected = {
        "SA": w[SectionId("SA")] * 0.01 * 0.99,
        "SB": w[SectionId("SB")] * 0.98 * 0.99,
        "SC": w[SectionId("SC")] * 0.98 * 0.02,
        "SD": w[SectionId("SD")] * 0.98 * 0.02 * 0.01,
    }
    if "r1" in terrain.indicators:
        for section in ("SA", "SB", "SC"):
            expected[section] *= 0.99
        expected["SD"] *= 0.02
    total = sum(expected.values())
    found = optimum(terrain, ways, fault=fault)
    assert found == pytest.approx({s: weight / total for s, weight in expected.items()})


def test_the_optimum_leaves_a_failed_device_out_and_knows_a_second_trip() -> None:
    terrain = terrain_of()
    silent = fault_in(terrain, "SB", tripped="b1", failed=" ".join(terrain.indicators))
    found = optimum(terrain, FieldWays(p_trip_above=0.0), fault=silent)
    assert found[SectionId("SB")] / found[SectionId("SA")] == pytest.approx(
        terrain.weights[SectionId("SB")] / terrain.weights[SectionId("SA")]
    )
    both = fault_in(terrain, "SD", tripped="r1 b1", yes="s1 s2")
    assert optimum(terrain, FieldWays(), fault=both) == {SectionId("SD"): pytest.approx(1.0)}


def test_trips_that_nobody_hears_of_are_summed_over() -> None:
    """f1 tells nobody. Hearing of b1 alone: f1 failed and b1 cleared, or f1 cleared and b1 tripped
    along (both in X only); b1 cleared (A, B)."""
    terrain = terrain_of("S1 [b1] A [s1] B\nB [f1] X")
    deaf = replace(terrain, telling=terrain.telling - {SwitchId("f1")})
    ways = FieldWays(p_trip_failed=0.1, p_trip_above=0.3)
    found = optimum(deaf, ways, fault=fault_in(deaf, "SX", tripped="b1", yes="s1"))
    w = terrain.weights
    x = w[SectionId("SX")] * (0.1 + 0.9 * 0.3)
    if "f1" in deaf.indicators:
        x *= ways.p_silent / (1.0 - ways.p_stray)
    assert found[SectionId("SX")] / found[SectionId("SB")] == pytest.approx(x / w[SectionId("SB")])


def engines_of(terrain: Terrain) -> Engines:
    flow = RadialFlow(terrain.network)
    return Engines(planner=flow, guard=Guard(terrain.network, flow))


def run(terrain: Terrain, study: Study) -> Tally:
    locator = locator_for(terrain, study, engines=engines_of(terrain), settings=IncidentSettings())
    numbers = heard_faults(terrain, study).numbers
    return tally(outcomes(terrain, study, locator=locator, numbers=numbers))


@pytest.mark.parametrize("through_desk", [True, False])
def test_a_sound_field_is_located_without_fail(through_desk: bool) -> None:
    sound = FieldWays(p_failed=0.0, p_silent=0.0, p_stray=0.0, p_trip_failed=0.0, p_trip_above=0.0)
    found = run(terrain_of(), Study(faults=60, orders=2, ways=sound, through_desk=through_desk))
    assert (found.heard, found.held, found.right, found.unnoticed) == (60, 60, 60, 0)
    assert found.right_possible == 60
    assert found.differing == 0
    assert len(found.sound_sizes) == 60


def test_the_desk_and_the_location_alone_agree() -> None:
    through, alone = (
        run(terrain_of(), Study(faults=80, orders=0, through_desk=desk)) for desk in (True, False)
    )
    assert through.log_scores == alone.log_scores
    assert through.sizes == alone.sizes


def test_parts_of_a_study_add_up_to_the_whole() -> None:
    terrain, study = terrain_of(), Study(faults=40, orders=1)
    whole, parts = run(terrain, study), Tally()
    numbers = heard_faults(terrain, study).numbers
    for share in (numbers[:13], numbers[13:]):
        locator = locator_for(
            terrain, study, engines=engines_of(terrain), settings=IncidentSettings()
        )
        parts.add(tally(outcomes(terrain, study, locator=locator, numbers=share)))
    assert parts.log_scores == whole.log_scores
    assert parts.verdicts == whole.verdicts
    assert parts.first.error == pytest.approx(whole.first.error)
    assert (parts.heard, parts.held, parts.right) == (whole.heard, whole.held, whole.right)


def test_what_nobody_hears_of_is_counted_apart() -> None:
    terrain = terrain_of("S1 [b1] A [s1] B\nB [f1] X")
    deaf = replace(terrain, telling=terrain.telling - {SwitchId("f1")})
    drawn = heard_faults(deaf, Study(faults=50))
    assert len(drawn.numbers) == 50
    assert drawn.unheard == drawn.numbers[-1] + 1 - 50 > 0
    nobody = heard_faults(replace(terrain, telling=frozenset()), Study(faults=5))
    assert nobody.numbers == ()
