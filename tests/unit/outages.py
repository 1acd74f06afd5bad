"""Outages on drawn grids, told in a line, and plans shown in a line per step."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from gridops.events.operator import TagKind
from gridops.ids import SectionId, SwitchId, TagId, UserName
from gridops.measurement import Measured, Position, Quality
from gridops.network import Limits, Network, build_network, draw
from gridops.powerflow import LoadPower
from gridops.restoration import Plan, Situation
from gridops.state import LiveState, Snapshot, Tag, energise

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


def sections(*names: str) -> frozenset[SectionId]:
    return frozenset(SectionId(f"S{name}") for name in names)


def snapshot_of(network: Network, *, open_: Iterable[str]) -> Snapshot:
    """Everything known and well; the switches of `open_` stand open beside the normal ones."""
    aside = set(open_)
    state = LiveState(network=network)
    blank = state.snapshot(NOON)
    positions = {
        s.id: Measured(Position.OPEN if s.id in aside else s.normal_position, Quality.GOOD, NOON)
        for s in network.switches.values()
    }
    return replace(blank, positions=positions, unknown=frozenset(), unreachable=frozenset())


def after_trip(
    text: str,
    *,
    suspected: str,
    tripped: str = "b1",
    open_: Iterable[str] = (),
    p_w: Mapping[str, float] | None = None,
    customers: Mapping[str, int] | None = None,
    priority: Mapping[str, int] | None = None,
    change: Mapping[str, Mapping[str, Any]] | None = None,
) -> Situation:
    """`tripped` opened and everything behind it is dark; `suspected` names its sections."""
    network = draw(text, p_w=p_w, customers=customers, change=change)
    if priority:
        parts = network.components
        loads = tuple(replace(x, priority=priority.get(x.id, x.priority)) for x in parts.loads)
        network = build_network(replace(parts, loads=loads))
    normal = frozenset(s.id for s in network.switches.values() if s.is_normally_closed)
    return Situation(
        network=network,
        snapshot=snapshot_of(network, open_=(tripped, *open_)),
        closed_before=normal,
        suspected=sections(*suspected.split()),
        dark=energise(network, normal).behind(SwitchId(tripped)),
        loads={x.id: LoadPower(x.p_w, x.q_var) for x in network.loads.values()},
        limits=Limits(),
    )


def tagged(switch: str, kind: TagKind) -> dict[str, Any]:
    """The change to a snapshot that puts a tag on `switch`."""
    tag = Tag(
        id=TagId("T1"),
        switch=SwitchId(switch),
        kind=kind,
        by=UserName("lan"),
        placed_at=NOON,
        reason="work",
    )
    return {"tags": {SwitchId(switch): (tag,)}}


def shown(plan: Plan) -> list[str]:
    """`close t1 -> B C` for each step."""
    lines = []
    for step in plan.steps:
        back = "".join(f" {s.removeprefix('S')}" for s in step.sections_restored)
        verb = "close" if step.closes else "open"
        lines.append(f"{verb} {step.switch}" + (f" ->{back}" if back else ""))
    return lines


def closed_by(plan: Plan) -> set[str]:
    return {step.switch for step in plan.steps if step.closes}
