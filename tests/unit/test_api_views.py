"""What the screens are told: in the declared shape, in words that hold, at a linear price."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from gridops.adapters.grid_files import load_grid
from gridops.adapters.journal import open_journal
from gridops.api.feed import to_json
from gridops.api.grid_shapes import GridShape
from gridops.api.grid_view import feeders_view, grid_json, grid_view
from gridops.api.live_view import live_view
from gridops.api.view_shape import ViewShape
from gridops.bootstrap.wiring import engines_of
from gridops.control_room import ControlRoom, Installation
from gridops.control_room.simulation import Habit, Simulation
from gridops.events import (
    CurrentMeasured,
    ModeChanged,
    OperatorEvent,
    SwitchMoved,
    TagPlaced,
    VoltageMeasured,
)
from gridops.events.operator import Mode, TagKind
from gridops.ids import LinkId, NodeId, SwitchId, TagId, UserName
from gridops.incident import IncidentSettings
from gridops.measurement import Position, Quality
from gridops.network import Network, build_network, draw
from gridops.ports import LinkHealth
from gridops.reasons import because
from gridops.restoration import PlanSettings
from gridops.schematic import layout
from gridops.virtual_field import VirtualField
from tests.radial_sweep import RadialSweep

ROOT = Path(__file__).resolve().parent.parent.parent
T0 = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
RING = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"
VIEWS = TypeAdapter(ViewShape)


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


@contextmanager
def room_of(network: Network, folder: Path) -> Iterator[ControlRoom]:
    journal = open_journal(f"sqlite:///{folder}/journal.sqlite")
    settings = IncidentSettings(plan=PlanSettings(crew_available=False))
    installation = Installation(
        network=network, grid_fingerprint="f", engines=engines_of(network), settings=settings
    )
    try:
        yield ControlRoom(installation, journal)
    finally:
        journal.close()


@contextmanager
def night(
    folder: Path,
    *happenings: Callable[[VirtualField], None],
    until_s: float = 120,
    release_after_s: float | None = None,
    acts: tuple[OperatorEvent, ...] = (),
    grid: str = RING,
) -> Iterator[ControlRoom]:
    """The room after `until_s` of a drawn grid's night."""
    network = draw(grid)
    with room_of(network, folder) as room:
        field = VirtualField(network, RadialSweep(network), start=T0)
        for happens in happenings:
            happens(field)
        playing = Simulation(room, field, habit=Habit(release_after_s=release_after_s))
        playing.run(after(until_s), acts)
        yield room


def seen(room: ControlRoom, at_s: float = 120) -> dict[str, Any]:
    """The view, held to its shape and to JSON."""
    link = LinkHealth(
        link=LinkId("rtu"), connected=True, since=T0, last_heard=T0, epoch=1, detail=""
    )
    view = live_view(room, now=after(at_s), links=[link])
    VIEWS.validate_python(view)
    to_json(view)
    return view


def strike(place: str, at_s: float = 10) -> Callable[[VirtualField], None]:
    return lambda field: field.strike(place, after(at_s))


def states(view: dict[str, Any]) -> str:
    """`A dark` as `A:dark`, in the order of the grid."""
    return " ".join(f"{s[1:]}:{one['state']}" for s, one in view["sections"].items())


# a quiet grid


def test_on_a_quiet_night_everybody_has_supply(tmp_path: Path) -> None:
    with night(tmp_path) as room:
        view = seen(room)
    assert {one["state"] for one in view["sections"].values()} == {"supplied"}
    assert view["system"]["customers_out"] == 0
    assert view["incidents"] == {}
    assert view["sequence"] == room.sequence
    assert [view["feeders"][f]["customers"] for f in ("Fb1", "Fb2")] == [300, 100]
    assert view["switches"]["t1"]["position"] == "open"
    assert view["switches"]["b1"]["flag"] == "not fitted"
    assert view["switches"]["s1"]["flag"] == "no"


def test_before_the_field_was_read_nothing_is_known(tmp_path: Path) -> None:
    with room_of(draw(RING), tmp_path) as room:
        view = seen(room)
    for switch in view["switches"].values():
        assert (switch["quality"], switch["unknown"], switch["reachable"]) == ("stale", True, False)
    assert view["switches"]["s1"]["flag"] == "failed"


def test_blindness_comes_as_codes(tmp_path: Path) -> None:
    with room_of(draw(RING), tmp_path) as room:
        why = because("links-blind", count=1, all=1)
        view = live_view(room, now=T0, links=[], blind=[why])
    assert view["system"]["blind"] == [{"code": "links-blind", "params": {"count": 1, "all": 1}}]


# an incident


def test_a_proposed_plan_shows_what_it_will_do(tmp_path: Path) -> None:
    with night(tmp_path, strike("A")) as room:
        view = seen(room)
    (card,) = view["incidents"].values()
    assert (card["phase"], card["cause"], card["feeder"]) == ("proposed", "fault", "Fb1")
    assert card["dark"] == ["SA", "SB", "SC"]
    assert (card["customers_out"], card["customers_interrupted"]) == (300, 300)
    assert card["location"]["suspected"] == ["SA", "SB"]
    release = card["release"]
    assert (release["allowed"], release["why_not"]) == (True, [])
    assert (release["closes"], release["customers"]) == (["t1"], 100)
    assert datetime.fromisoformat(release["expires_at"]) > after(0)
    assert {step["state"] for step in card["plan"]["steps"]} == {"new"}
    back_s = min(s["done_s"] for s in card["plan"]["steps"] if s["customers_restored"])
    opened = datetime.fromisoformat(card["opened_at"])
    assert datetime.fromisoformat(card["decide_by"]) == opened + timedelta(
        minutes=5, seconds=-back_s
    )
    assert states(view).split() == [
        "S1:supplied", "A:suspected", "B:suspected", "C:dark", "D:supplied", "S2:supplied",
    ]  # fmt: skip


def test_what_is_fenced_reads_isolated_and_the_rest_is_supplied(tmp_path: Path) -> None:
    with night(tmp_path, strike("A"), release_after_s=5, until_s=300) as room:
        view = seen(room, 300)
    assert states(view).split() == [
        "S1:supplied", "A:isolated", "B:isolated", "C:supplied", "D:supplied", "S2:supplied",
    ]  # fmt: skip
    (card,) = view["incidents"].values()
    assert card["phase"] == "restored"
    assert card["decide_by"] is None
    assert card["release"]["allowed"] is False
    assert [why["code"] for why in card["release"]["why_not"]] == ["not-proposed"]
    assert view["feeders"]["Fb1"]["customers_out"] == 200
    assert card["minutes"]["so_far"] > 0


def test_a_breaker_that_tripped_isolates_what_lies_behind_it(tmp_path: Path) -> None:
    with night(tmp_path, strike("B"), grid="S1 [b1] A [s1] B") as room:
        view = seen(room)
    (card,) = view["incidents"].values()
    assert (card["fence"], card["plan"]["steps"]) == (["b1"], [])
    assert [why["code"] for why in card["release"]["why_not"]] == ["no-safe-plan"]
    assert states(view) == "S1:supplied A:isolated B:isolated"


def test_without_a_fence_nothing_reads_isolated(tmp_path: Path) -> None:
    hands_off = ModeChanged(at=after(1), by=UserName("lan"), feeder=None, mode=Mode.DISABLED)
    with night(tmp_path, strike("A"), acts=(hands_off,)) as room:
        view = seen(room)
    (card,) = view["incidents"].values()
    assert card["plan"] is None
    assert "A:suspected" in states(view)
    assert "isolated" not in states(view)


def test_a_fence_switch_in_doubt_does_not_isolate(tmp_path: Path) -> None:
    with night(tmp_path, strike("A"), release_after_s=5, until_s=300) as room:
        (card,) = seen(room, 300)["incidents"].values()
        fence = card["fence"][-1]
        room.accept([moved(fence, Position.INTERMEDIATE, after(301))])
        view = seen(room, 302)
    assert "A:suspected" in states(view)
    assert view["switches"][fence]["position"] == "intermediate"
    assert view["switches"][fence]["unknown"] is True


def moved(switch: str, position: Position, at: datetime) -> SwitchMoved:
    return SwitchMoved(
        at=at, source_time=at, switch=SwitchId(switch), position=position, quality=Quality.GOOD
    )


# details


def test_tags_hang_on_their_own_switch_only(tmp_path: Path) -> None:
    tags = [
        TagPlaced(
            at=T0,
            by=UserName("lan"),
            tag=TagId(f"T{n}"),
            switch=SwitchId(switch),
            kind=TagKind.CAUTION,
            reason="tổ 3",
        )
        for n, switch in enumerate(["s1", "t1", "s1"])
    ]
    with room_of(draw(RING), tmp_path) as room:
        room.accept(tags)
        view = seen(room)
    hung = {s: [tag["id"] for tag in one["tags"]] for s, one in view["switches"].items()}
    assert hung == {"b1": [], "s1": ["T0", "T2"], "s2": [], "t1": ["T1"], "b2": []}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_not_known(tmp_path: Path, value: float) -> None:
    with room_of(draw(RING), tmp_path) as room:
        told: dict[str, Any] = {"at": T0, "source_time": T0, "quality": Quality.GOOD}
        desk = room.desk
        desk.state.apply(CurrentMeasured(switch=SwitchId("s1"), current_a=value, **told))
        desk.state.apply(VoltageMeasured(node=NodeId("A"), voltage_v=value, **told))
        view = seen(room)
    assert view["switches"]["s1"]["current_a"] is None
    assert view["sections"]["SA"]["voltage_pu"] is None


def test_a_value_of_bad_quality_is_not_shown_as_one(tmp_path: Path) -> None:
    with room_of(draw(RING), tmp_path) as room:
        for quality, shown in ((Quality.GOOD, 40.0), (Quality.STALE, None), (Quality.BAD, None)):
            event = CurrentMeasured(
                at=T0, source_time=T0, quality=quality, switch=SwitchId("s1"), current_a=40.0
            )
            room.desk.state.apply(event)
            assert seen(room)["switches"]["s1"]["current_a"] == shown


def test_the_view_of_one_second_is_one_view(tmp_path: Path) -> None:
    """Running minutes must not make a change of every look."""
    with night(tmp_path, strike("A")) as room:
        early, late = seen(room, 120.1), seen(room, 120.9)
        later = seen(room, 121)
    early.pop("at"), late.pop("at"), later.pop("at")
    assert early == late != later


# the grid


@pytest.mark.parametrize("name", ["hanoi_ring", "oberrhein"])
def test_every_part_of_a_real_grid_has_a_place(name: str) -> None:
    network = load_grid(ROOT / "models" / name)
    view = grid_view(network, "f")
    assert json.loads(grid_json(network, "f")) == json.loads(json.dumps(view))
    GridShape.model_validate(view)
    nodes = {node["id"] for node in view["nodes"]}
    sections = {section["id"] for section in view["sections"]}
    for branch in view["branches"]:
        assert {branch["from"], branch["to"]} <= nodes
    for switch in view["switches"]:
        assert {switch["a"], switch["b"]} <= nodes
        assert set(switch["sections"]) <= sections
    assert sum(section["customers"] for section in view["sections"]) == view["customers"]
    heads = {feeder["head"] for feeder in view["feeders"]}
    assert heads == {switch["id"] for switch in view["switches"] if switch["feeder"]}
    assert sum(feeder["customers"] for feeder in view["feeders"]) == view["customers"]


def test_a_grid_without_places_is_laid_out() -> None:
    grid = draw(RING)
    drawn = layout(grid).places
    view = grid_view(grid, "f")
    assert {node["id"]: (node["x"], node["y"]) for node in view["nodes"]} == drawn


def test_a_new_node_is_fitted_in_among_those_that_the_grid_draws() -> None:
    """Also where every node has coordinates: the drawing that people know does not turn into
    a map over one new station."""
    parts = draw(RING).components
    drawn = layout(draw(RING)).places
    nodes = [replace(n, x=drawn[n.id].x, y=drawn[n.id].y) for n in parts.nodes]
    nodes = [replace(n, longitude_deg=105.8, latitude_deg=21.0) for n in nodes]
    nodes[-1] = replace(nodes[-1], x=None, y=None)
    view = grid_view(build_network(replace(parts, nodes=tuple(nodes))), "f")
    places = {node["id"]: (node["x"], node["y"]) for node in view["nodes"]}
    assert all(places[n.id] == drawn[n.id] for n in nodes[:-1])
    assert len(set(places.values())) == len(nodes)


def test_a_feeder_counts_the_customers_of_its_normal_state() -> None:
    grid = draw(RING, customers={"A": 1, "B": 20, "C": 300, "D": 4000})
    assert [(one["id"], one["customers"]) for one in feeders_view(grid)] == [
        ("Fb1", 321), ("Fb2", 4000),
    ]  # fmt: skip


def chain(sections: int) -> Network:
    body = " ".join(f"A{n} [s{n}]" for n in range(sections))
    return draw(f"S1 [b1] {body} Z (t1) Y [b2] S2")


def test_a_view_costs_in_proportion_to_the_grid(tmp_path: Path) -> None:
    """Four times the switches and tags, four times the work; squared it would be sixteen."""
    costs = []
    for number, size in enumerate((250, 1000)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with room_of(chain(size), folder) as room:
            room.accept(
                [
                    TagPlaced(
                        at=T0,
                        by=UserName("lan"),
                        tag=TagId(f"T{n}"),
                        switch=SwitchId(f"s{n}"),
                        kind=TagKind.CAUTION,
                        reason="x",
                    )
                    for n in range(size)
                ]
            )
            live_view(room, now=T0, links=[])
            costs.append(min(_cost(room) for _ in range(5)))
    assert costs[1] / costs[0] < 9


def _cost(room: ControlRoom) -> float:
    began = time.process_time()
    for _ in range(3):
        live_view(room, now=T0, links=[])
    return time.process_time() - began
