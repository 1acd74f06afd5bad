"""What the public may know of a night: the right words, round numbers, and nothing else."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from gridops.adapters.journal import open_journal
from gridops.api.public.document import AreaKind, OutagesShape, document_of
from gridops.api.public.outages import Board, PublicOutage, Rules, Status, Why, board_of
from gridops.api.public.places import Places
from gridops.bootstrap.wiring import engines_of
from gridops.control_room import ControlRoom, Installation
from gridops.control_room.simulation import Habit, Simulation
from gridops.events import OperatorEvent, SwitchingAnnounced, TagPlaced
from gridops.events.operator import PatrolReported, TagKind
from gridops.ids import IncidentId, SwitchId, TagId, UserName
from gridops.incident import IncidentSettings
from gridops.measurement import Position
from gridops.network import Network, build_network, draw
from gridops.reliability import Band
from gridops.restoration import PlanSettings
from gridops.virtual_field import VirtualField
from tests.radial_sweep import RadialSweep

T0 = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
RING = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E (t1) F [b2] S2"
WARDS = {"A": "Kim Mã", **dict.fromkeys("BCDEF", "Giảng Võ")}
RULES = Rules()
SHAPE = TypeAdapter(OutagesShape)
SECRET = "Nguyen Van An, 12 Kim Ma"
"""What people write into reasons must not come out anywhere."""


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def ring(
    areas: Mapping[str, str] = WARDS,
    customers: Mapping[str, int] | None = None,
    *,
    reclose_delays_s: tuple[float, ...] = (),
) -> Network:
    change = {"b1": {"reclose_delays_s": reclose_delays_s}}
    drawn = draw(RING, customers=customers, change=change)
    loads = tuple(
        replace(load, area=areas.get(load.id, ""), name=SECRET) for load in drawn.components.loads
    )
    return build_network(replace(drawn.components, loads=loads))


@contextmanager
def night(
    folder: Path,
    *,
    network: Network,
    strikes: Mapping[str, float],
    opened: Mapping[str, float] | None = None,
    until_s: float = 120,
    release_after_s: float | None = None,
    acts: tuple[OperatorEvent, ...] = (),
) -> Iterator[ControlRoom]:
    journal = open_journal(f"sqlite:///{folder}/journal.sqlite")
    deciding = IncidentSettings(plan=PlanSettings(crew_available=False))
    installation = Installation(
        network=network, grid_fingerprint="f", engines=engines_of(network), settings=deciding
    )
    try:
        room = ControlRoom(installation, journal)
        field = VirtualField(network, RadialSweep(network), start=T0)
        for place, at_s in strikes.items():
            field.strike(place, after(at_s))
        for switch, at_s in (opened or {}).items():
            field.operate_by_hand(SwitchId(switch), Position.OPEN, at=after(at_s))
        Simulation(room, field, habit=Habit(release_after_s=release_after_s)).run(
            after(until_s), acts
        )
        yield room
    finally:
        journal.close()


def seen(room: ControlRoom, at_s: float = 120, rules: Rules = RULES) -> Board:
    places = Places(room.network, room.desk.normal_feeder_of, customers_min=rules.customers_min)
    return board_of(room, places, rules=rules, now=after(at_s), is_current=True)


def told(board: Board, rules: Rules = RULES) -> dict[str, Any]:
    """The document, held to its shape and to JSON."""
    document = document_of(board, rules=rules, area_kind=AreaKind.WARD)
    SHAPE.validate_python(json.loads(json.dumps(document)))
    return document


def by_area(board: Board) -> dict[str, PublicOutage]:
    return {one.area: one for one in board.outages}


def test_on_a_quiet_night_nothing_stands_there(tmp_path: Path) -> None:
    with night(tmp_path, network=ring(), strikes={}) as room:
        assert seen(room).outages == ()


def test_a_fault_is_told_ward_by_ward_and_being_assessed_until_somebody_acts(
    tmp_path: Path,
) -> None:
    with night(tmp_path, network=ring(), strikes={"A": 10}) as room:
        found = by_area(seen(room))
        document = told(seen(room))
    assert set(found) == {"Kim Mã", "Giảng Võ"}
    ward = found["Kim Mã"]
    assert (ward.status, ward.why, ward.ended) == (Status.ASSESSING, Why.FAULT, None)
    assert (ward.customers, ward.customers_out, ward.customers_of_area) == (100, 100, 100)
    assert ward.customers_restored is None, "nobody is fewer than can be told"
    assert (found["Giảng Võ"].customers_out, found["Giảng Võ"].customers_of_area) == (400, 500)
    one = next(o for o in document["outages"] if o["communityDescriptor"] == "Kim Mã")
    assert one["type"] == "UnplannedOutage"
    assert one["outageKind"] == "confirmed"
    assert one["statusKind"] == "awaitingCrewAssignment"
    assert one["EstimatedRestorationTime"] is None, "nothing is guessed"
    assert one["reportedStartTime"] == "2026-03-01T02:00:00+00:00", "to the minute"


def test_who_is_back_after_switching_is_counted_and_a_ward_that_is_whole_is_over(
    tmp_path: Path,
) -> None:
    with night(tmp_path, network=ring(), strikes={"C": 10}, release_after_s=1) as room:
        board = seen(room)
        found = by_area(board)
        kinds = {o["communityDescriptor"]: o["outageKind"] for o in told(board)["outages"]}
        later = by_area(seen(room, at_s=3 * 3600))
    assert found["Kim Mã"].status is Status.RESTORED
    assert found["Kim Mã"].ended is not None
    part = found["Giảng Võ"]
    assert part.status is Status.AWAITING_REPAIR
    assert (part.customers, part.customers_out, part.customers_restored) == (400, 300, 100)
    assert kinds == {"Kim Mã": "restored", "Giảng Võ": "partiallyRestored"}
    assert set(later) == {"Giảng Võ"}, "what is over goes after a while; this one lasts"


def test_a_crew_is_told_of_once_it_has_reported(tmp_path: Path) -> None:
    patrol = PatrolReported(
        at=after(60), by=UserName("lan"), incident=IncidentId("I1"), place="SA", found=False
    )
    with night(tmp_path, network=ring(), strikes={"A": 10}, acts=(patrol,)) as room:
        (ward, *_) = told(seen(room))["outages"]
    assert (ward["status"], ward["statusKind"]) == ("crew_sent", "arrived")


def test_an_expected_time_is_told_with_every_revision_until_it_is_over(tmp_path: Path) -> None:
    with night(tmp_path, network=ring(), strikes={"C": 10}, release_after_s=1) as room:
        incident = room.desk.incidents[IncidentId("I1")]
        (first,) = incident.expected
        assert first.latest is None, "nothing of the kind was seen before"
        for middle_s in (1800.0, 3600.0):
            band = Band(earliest_s=600, middle_s=middle_s, latest_s=2 * middle_s, cases=9)
            incident.tell_expected(replace(first, supply=band))
        spoken = {o["communityDescriptor"]: o for o in told(seen(room))["outages"]}
    expected = spoken["Giảng Võ"]["EstimatedRestorationTime"]
    assert expected["ert"] == "2026-03-01T04:00:00+00:00"
    assert [one["ert"][11:16] for one in expected["revisions"]] == ["03:00", "04:00"]
    assert spoken["Kim Mã"]["EstimatedRestorationTime"] is None, "it is back"


def test_what_may_still_reclose_is_not_told(tmp_path: Path) -> None:
    network = ring(reclose_delays_s=(30.0,))
    with night(tmp_path, network=network, strikes={"A": 10}, until_s=15) as room:
        assert room.desk.state.energisation.customers_dark
        assert seen(room, at_s=15).outages == ()


def test_planned_work_is_called_so(tmp_path: Path) -> None:
    by, switch = UserName("lan"), SwitchId("b2")
    announced = SwitchingAnnounced(at=after(5), by=by, switch=switch, position=Position.OPEN)
    with night(tmp_path, network=ring(), strikes={}, opened={"b2": 20}, acts=(announced,)) as room:
        (one,) = told(seen(room))["outages"]
    assert (one["type"], one["reason"]) == ("PlannedOutage", "planned_work")
    assert one["communityDescriptor"] == "Giảng Võ"


def test_an_outage_has_the_same_id_whenever_one_looks(tmp_path: Path) -> None:
    with night(tmp_path, network=ring(), strikes={"A": 10}) as room:
        first, later = seen(room), seen(room, at_s=600)
    assert [one.mrid for one in first.outages] == [one.mrid for one in later.outages]
    assert len({one.mrid for one in first.outages}) == 2


# nothing but what is allowed


names = st.sampled_from(["", "Kim Mã", "Giảng Võ", "Láng", " Láng "])


@settings(max_examples=20, deadline=None)
@given(
    told_of=st.fixed_dictionaries(dict.fromkeys("ABCDEF", st.tuples(names, st.integers(0, 40)))),
    least=st.integers(5, 30),
    struck=st.sampled_from("ABCDEF"),
    release=st.booleans(),
)
def test_nothing_leaves_but_areas_words_times_and_round_counts(
    told_of: dict[str, tuple[str, int]], least: int, struck: str, release: bool
) -> None:
    areas = {load: area for load, (area, _) in told_of.items()}
    customers = {load: count for load, (_, count) in told_of.items()}
    network, rules = ring(areas, customers), Rules(customers_min=least)
    tag = TagPlaced(
        at=after(1),
        by=UserName("tran.thi.b"),
        tag=TagId("T1"),
        switch=SwitchId("t1"),
        kind=TagKind.CAUTION,
        reason=SECRET,
    )
    with (
        TemporaryDirectory() as folder,
        night(
            Path(folder),
            network=network,
            strikes={struck: 10},
            acts=(tag,),
            release_after_s=1 if release else None,
        ) as room,
    ):
        document = told(seen(room, rules=rules), rules)
        spoken = set(_strings(document["outages"]))
        ids = {
            *network.switches, *network.sections, *network.heads, *network.loads,
            *room.desk.incidents, "tran.thi.b", SECRET,
        }  # fmt: skip
    assert not spoken & ids
    named = {area.strip(): 0 for area in areas.values()}
    for load in network.loads.values():
        named[load.area.strip()] += load.customers
    large = {area for area, count in named.items() if area and count >= least}
    for one in document["outages"]:
        assert one["communityDescriptor"] in large | {""}
        for count in _counts(one):
            assert count is None or (count >= least and count % least == 0)
        assert one["originalCustomersServed"] is not None, "no area is too small to be told"


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, str):
        yield value


def _counts(one: dict[str, Any]) -> list[int | None]:
    counted: Callable[[str], int | None] = one.__getitem__
    own = ("originalCustomersServed", "originalMetersAffected", "metersAffected")
    area = [part["metersServed"] for part in one["OutageArea"]]
    return [*map(counted, own), counted("customersRestored"), *area]


# places


def places(least: int = 10, **customers: int) -> Places:
    network = ring(customers=customers or None)
    feeder_of = dict.fromkeys(network.sections)
    return Places(network, feeder_of, customers_min=least)


@pytest.mark.parametrize("words", ["Giảng Võ", "giang vo", "  GIANG   VO ", "giảng võ"])
def test_an_area_is_found_however_it_is_written(words: str) -> None:
    assert places().look_up(words) == ("Giảng Võ",)


def test_a_transformer_leads_to_its_area_and_a_name_to_nothing() -> None:
    assert places().look_up("a") == ("Kim Mã",)
    assert places().look_up(SECRET) is None
    assert places().look_up("s1") is None, "switches are no places"
    assert places().look_up("") is None


def test_an_area_with_too_few_customers_is_not_named() -> None:
    few = places(30, A=20, B=0, C=100, D=100, E=0, F=0)
    assert few.look_up("Kim Mã") == ("",)
    assert few.look_up("a") == ("",)
    assert set(few.customers_of) == {"", "Giảng Võ"}
