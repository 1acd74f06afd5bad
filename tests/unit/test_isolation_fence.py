from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gridops.events.operator import TagKind
from gridops.ids import GeneratorId, NodeId, SectionId, SwitchId, TagId, UserName
from gridops.isolation import Devices, Fence, NoFence, fence
from gridops.measurement import Measured, Position, Quality
from gridops.network import (
    Control,
    Generator,
    GeneratorKind,
    Network,
    SwitchKind,
    build_network,
    draw,
)
from gridops.state import Snapshot, Tag, energise

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
FEEDER = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"


def snapshot_of(network: Network, *, tripped: str = "") -> Snapshot:
    positions = {
        s.id: Measured(Position.OPEN if s.id == tripped else s.normal_position, Quality.GOOD, NOON)
        for s in network.switches.values()
    }
    nothing: frozenset[SwitchId] = frozenset()
    return Snapshot(
        at=NOON,
        positions=positions,
        unknown=nothing,
        unreachable=nothing,
        tags={},
        flags={},
        dead_sources=frozenset(),
    )


def tagged(snapshot: Snapshot, switch: str, kind: TagKind) -> Snapshot:
    tag = Tag(
        id=TagId("T"),
        switch=SwitchId(switch),
        kind=kind,
        by=UserName("lan"),
        placed_at=NOON,
        reason="work",
    )
    return replace(snapshot, tags={SwitchId(switch): (tag,)})


def around(devices: Devices, *suspected: str) -> Fence | NoFence:
    snapshot = devices.snapshot
    possibly = energise(devices.network, snapshot.closed | snapshot.unknown)
    return fence(devices, {SectionId(s) for s in suspected}, possibly=possibly)


def after_trip(text: str, **change: dict[str, object]) -> Devices:
    network = draw(text, change=change)
    return Devices(network=network, snapshot=snapshot_of(network, tripped="b1"))


def test_the_nearest_switches_on_both_sides_are_the_fence() -> None:
    found = around(after_trip(FEEDER), "SB")
    assert isinstance(found, Fence)
    assert found.switches == ("s1", "s2")
    assert found.to_open == ("s1", "s2")
    assert found.zone == {"SB"}


def test_the_tripped_breaker_and_an_open_tie_belong_to_the_fence_without_a_step() -> None:
    found = around(after_trip(FEEDER), "SA", "SB", "SC")
    assert isinstance(found, Fence)
    assert found.switches == ("b1", "t1")
    assert found.to_open == ()


@pytest.mark.parametrize(
    ("because", "spoil"),
    [
        ("tag", lambda d: replace(d, snapshot=tagged(d.snapshot, "s2", TagKind.NO_OPERATE))),
        ("not-operable", lambda d: replace(d, unavailable=frozenset({"s2"}))),
        (
            "unreachable",
            lambda d: replace(d, snapshot=replace(d.snapshot, unreachable=frozenset({"s2"}))),
        ),
        (
            "unknown-position",
            lambda d: replace(d, snapshot=replace(d.snapshot, unknown=frozenset({"s2"}))),
        ),
    ],
)
def test_a_switch_of_no_use_gives_up_the_section_behind_it(because: str, spoil) -> None:  # type: ignore[no-untyped-def]
    found = around(spoil(after_trip(FEEDER)), "SB")
    assert isinstance(found, Fence)
    assert found.switches == ("s1", "t1")
    assert found.zone == {"SB", "SC"}
    assert [(u.switch, u.because) for u in found.unusable] == [("s2", because)]


def test_a_tag_that_only_forbids_closing_does_not_spoil_the_fence() -> None:
    devices = after_trip(FEEDER)
    devices = replace(devices, snapshot=tagged(devices.snapshot, "s2", TagKind.NO_CLOSE))
    found = around(devices, "SB")
    assert isinstance(found, Fence)
    assert found.to_open == ("s1", "s2")


def test_an_open_switch_of_unknown_position_is_no_fence() -> None:
    devices = after_trip(FEEDER)
    devices = replace(devices, snapshot=replace(devices.snapshot, unknown=frozenset({"t1"})))
    found = around(devices, "SC")
    assert isinstance(found, NoFence)
    assert ("unknown-position", "t1") in [(u.because, u.element) for u in found.unusable]


def test_a_disconnector_may_be_opened_once_its_section_is_dead() -> None:
    disconnector = {"kind": SwitchKind.DISCONNECTOR}
    found = around(after_trip(FEEDER, s2=disconnector), "SB")
    assert isinstance(found, Fence)
    assert found.to_open == ("s1", "s2")


def test_a_disconnector_under_load_is_refused_for_its_duty() -> None:
    network = draw("S1 [b1] A [d1] B")
    found = around(Devices(network=network, snapshot=snapshot_of(network)), "SB")
    assert isinstance(found, NoFence)
    assert [u.because for u in found.unusable] == ["duty"]


def test_without_a_crew_its_switches_are_passed_over() -> None:
    devices = after_trip(FEEDER, s2={"control": Control.CREW})
    with_crew, without = around(devices, "SB"), around(replace(devices, crew=False), "SB")
    assert isinstance(with_crew, Fence)
    assert with_crew.switches == ("s1", "s2")
    assert isinstance(without, Fence)
    assert without.switches == ("s1", "t1")


def test_remote_openings_come_before_those_by_crew() -> None:
    found = around(after_trip(FEEDER, s1={"control": Control.CREW}), "SB")
    assert isinstance(found, Fence)
    assert found.to_open == ("s2", "s1")


def test_a_fuse_is_no_fence_open_or_not() -> None:
    fuse = {"kind": SwitchKind.FUSE}
    found = around(after_trip(FEEDER, s2=fuse), "SB")
    assert isinstance(found, Fence)
    assert (found.switches, found.zone) == (("s1", "t1"), {"SB", "SC"})
    assert isinstance(around(after_trip(FEEDER, t1=fuse), "SC"), NoFence)


def test_what_an_unknown_switch_alone_may_feed_is_not_parted_from_a_busbar() -> None:
    network = draw("S1 [b0] X [b1] A (t1) D [b2] S2\nX [b3] B")
    snapshot = replace(snapshot_of(network, tripped="b0"), unknown=frozenset({SwitchId("t1")}))
    devices = Devices(network=network, snapshot=snapshot)
    found = around(devices, "SX")
    assert isinstance(found, NoFence), "B may live on by b1 if X is sound: opening it drops B"
    assert ("b1", "unknown-position", "t1") in [
        (u.switch, u.because, u.element) for u in found.unusable
    ]


def test_a_load_break_switch_is_not_opened_where_an_unknown_one_may_feed_the_fault() -> None:
    devices = after_trip(FEEDER)
    devices = replace(devices, snapshot=replace(devices.snapshot, unknown=frozenset({"t1"})))
    found = around(devices, "SA")
    assert isinstance(found, NoFence)
    assert [(u.switch, u.because, u.element) for u in found.unusable] == [
        ("s1", "unknown-position", "t1")
    ]


def test_a_dead_end_is_left_on_the_fault() -> None:
    """Nothing could feed C and D but through B; with a tie to another feeder somebody could."""
    found = around(after_trip("S1 [b1] A [s1] B [s2] C [s3] D"), "SB")
    assert isinstance(found, Fence)
    assert (found.switches, found.to_open) == (("s1",), ("s1",))
    assert found.dead_ends == {"SC", "SD"}
    tied = around(after_trip("S1 [b1] A [s1] B [s2] C [s3] D (t1) E [b2] S2"), "SB")
    assert isinstance(tied, Fence)
    assert (tied.switches, tied.dead_ends) == (("s1", "s2"), frozenset())


def test_a_dead_end_with_a_generator_is_fenced_off() -> None:
    devices = after_trip("S1 [b1] A [s1] B [s2] C")
    parts = devices.network.components
    generator = Generator(
        id=GeneratorId("G"),
        name="G",
        node=NodeId("C"),
        kind=GeneratorKind.HYDRO,
        power_va_rated=1e6,
        p_w=-5e5,
        q_var=0.0,
    )
    network = build_network(replace(parts, generators=(generator,)))
    found = around(replace(devices, network=network), "SB")
    assert isinstance(found, Fence)
    assert (found.switches, found.dead_ends) == (("s1", "s2"), frozenset())
