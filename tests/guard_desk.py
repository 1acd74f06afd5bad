"""Lets a test put a question to the guard in one line.

ask("S1 (b1) A [s1] B [s2] C (t1) D [b2] S2", "open s1, open s2, close b1", fault="B")
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from gridops.events.operator import TagKind
from gridops.guard import Guard, Knowledge, Move, Permit, Proposal, Verdict
from gridops.ids import BranchId, LoadId, NodeId, SectionId, SourceId, SwitchId, TagId, UserName
from gridops.measurement import Measured, Position, Quality
from gridops.network import Limits, Network, Transformer, build_network, draw
from gridops.powerflow import LoadPower, PowerFlow, ShortCircuit
from gridops.state import Snapshot, Tag
from tests.radial_sweep import RadialSweep

LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)

NIGHT = """
S1 (b1) A [s1] B [s2] C (t1) D [b2] S2
"""
"""b1 tripped; a fault in B: open s1 and s2, close b1 for A, close t1 for C."""
GOOD_PLAN = "open s1, open s2, close b1, close t1"


def sections(names: str) -> frozenset[SectionId]:
    return frozenset(SectionId(f"S{name}") for name in names.split())


def switches(names: str) -> frozenset[SwitchId]:
    return frozenset(SwitchId(name) for name in names.split())


def tag(switch: str, kind: TagKind) -> Tag:
    return Tag(
        id=TagId(f"{switch}-{kind}"),
        switch=SwitchId(switch),
        kind=kind,
        by=UserName("lan"),
        placed_at=LONG_AGO,
        reason="",
    )


def moves(text: str, *, crew: str = "") -> tuple[Move, ...]:
    """`open s1, close b1`."""
    words = [step.split() for step in text.split(",")] if text else []
    return tuple(
        Move(
            number=number,
            switch=SwitchId(switch),
            position={"open": Position.OPEN, "close": Position.CLOSED}[verb],
            by_remote=switch not in crew.split(),
        )
        for number, (verb, switch) in enumerate(words, start=1)
    )


@dataclass(frozen=True)
class Desk:
    """A drawing with what is known of it. Every method gives a changed copy."""

    network: Network
    snapshot: Snapshot
    fault: frozenset[SectionId]
    fence: tuple[SwitchId, ...]
    limits: Limits = field(default_factory=Limits)
    busy: frozenset[SwitchId] = frozenset()
    forbidden: frozenset[SectionId] = frozenset()
    allowed_dark: frozenset[SectionId] = frozenset()
    interrupts: frozenset[SectionId] = frozenset()
    sheds: frozenset[SectionId] = frozenset()
    phasing_unverified: frozenset[SectionId] = frozenset()
    reclosing_on: frozenset[SwitchId] = frozenset()
    permits: tuple[Permit, ...] = ()
    engine: PowerFlow | None = None
    faults: ShortCircuit | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of `Knowledge`."""
    done_s: Mapping[int, float] = field(default_factory=dict)
    """Step -> when it is done."""

    def now(self, **changes: Any) -> "Desk":
        return replace(self, snapshot=replace(self.snapshot, **changes))

    def but(self, **changes: Any) -> "Desk":
        return replace(self, **changes)

    def doubting(self, *names: str, quality: Quality = Quality.STALE) -> "Desk":
        worse = {SwitchId(n): replace(self.snapshot.positions[n], quality=quality) for n in names}
        return self.now(
            positions={**self.snapshot.positions, **worse},
            unknown=self.snapshot.unknown | frozenset(worse),
        )

    def tagged(self, switch: str, kind: TagKind) -> "Desk":
        before = self.snapshot.tags.get(SwitchId(switch), ())
        return self.now(tags={**self.snapshot.tags, SwitchId(switch): (*before, tag(switch, kind))})

    def moved(self, text: str) -> "Desk":
        """As if these steps had been carried out and confirmed."""
        done = {m.switch: Measured(m.position, Quality.GOOD, NOW) for m in moves(text)}
        return self.now(positions={**self.snapshot.positions, **done})

    def measuring(self, node: str, pu: float, at: datetime = NOW) -> "Desk":
        nominal = self.network.nodes[NodeId(node)].voltage_v_nominal
        reading = Measured(pu * nominal, Quality.GOOD, at)
        return self.now(voltages_v={**self.snapshot.voltages_v, NodeId(node): reading})

    def proposal(self, text: str, *, crew: str = "") -> Proposal:
        listed = moves(text, crew=crew)
        return Proposal(
            moves=tuple(replace(m, done_s=self.done_s.get(m.number, 0.0)) for m in listed),
            suspected=self.fault,
            fence=self.fence,
            interrupts=self.interrupts,
            sheds=self.sheds,
        )

    def knowledge(self) -> Knowledge:
        return Knowledge(
            network=self.network,
            snapshot=self.snapshot,
            limits=self.limits,
            loads={
                LoadId(load.id): LoadPower(load.p_w, load.q_var)
                for load in self.network.loads.values()
            },
            forbidden=self.forbidden,
            busy=self.busy,
            allowed_dark=self.allowed_dark,
            phasing_unverified=self.phasing_unverified,
            reclosing_on=self.reclosing_on,
            permits=self.permits,
            **self.more,
        )

    def guard(self) -> Guard:
        engine = self.engine or RadialSweep(self.network)
        return Guard(self.network, engine, faults=self.faults)

    def ask(self, text: str, *, crew: str = "") -> Verdict:
        return self.guard().check_plan(self.proposal(text, crew=crew), self.knowledge())

    def ask_before(self, number: int, text: str) -> Verdict:
        return self.guard().check_move(self.proposal(text), number, knowledge=self.knowledge())


def desk(
    drawing: str = NIGHT,
    *,
    fault: str = "B",
    fence: str = "",
    dead: Iterable[str] = (),
    **more: Any,
) -> Desk:
    """Every switch stands as drawn, known well and for long."""
    network = draw(drawing, **more)
    positions: Mapping[SwitchId, Measured[Position]] = {
        s.id: Measured(s.normal_position, Quality.GOOD, LONG_AGO) for s in network.switches.values()
    }
    return Desk(
        network=network,
        snapshot=Snapshot(
            at=NOW,
            positions=positions,
            unknown=frozenset(),
            unreachable=frozenset(),
            tags={},
            flags={},
            dead_sources=frozenset(SourceId(s) for s in dead),
        ),
        fault=sections(fault),
        fence=tuple(SwitchId(s) for s in fence.split()),
    )


def on(network: Network, before: Desk) -> Desk:
    return before.but(network=network)


def with_transformer(power_va: float) -> Desk:
    """The line between S2 and its head breaker becomes a transformer."""
    before = desk()
    old = before.network.components
    line = next(b for b in old.branches if b.id == "S2-b2")
    transformer = Transformer(
        id=BranchId("T2"),
        name="T2",
        from_node=line.from_node,
        to_node=line.to_node,
        power_va_rated=power_va,
        voltage_v_from=22e3,
        voltage_v_to=22e3,
        short_circuit_voltage_pu=0.08,
        copper_loss_w=1e3,
        iron_loss_w=500.0,
        no_load_current_pu=0.001,
    )
    branches = tuple(b for b in old.branches if b is not line)
    return on(build_network(replace(old, branches=branches, transformers=(transformer,))), before)


def at_level(volts: float, *names: str) -> Desk:
    before = desk()
    old = before.network.components
    nodes = tuple(
        replace(n, voltage_v_nominal=volts) if n.id.split(".")[0] in names else n for n in old.nodes
    )
    return on(build_network(replace(old, nodes=nodes)), before)


def broken(verdict: Verdict) -> set[str]:
    """The invariants that the guard found broken."""
    return {violation.invariant for violation in verdict.violations}
