"""Situations that several seeded mistakes begin in."""

from collections.abc import (
    Callable,
    Mapping,
)
from dataclasses import (
    replace,
)
from datetime import (
    timedelta,
)

from gridops.events.operator import (
    TagKind,
)
from gridops.guard import (
    Guard,
    Knowledge,
    Permit,
    Verdict,
)
from gridops.network import (
    build_network,
    draw,
)
from gridops.powerflow import (
    RadialShortCircuit,
)
from tests.guard_desk import (
    GOOD_PLAN,
    NIGHT,
    NOW,
    Desk,
    desk,
    on,
    sections,
    switches,
)
from tests.radial_sweep import (
    RadialSweep,
)

LATERAL = NIGHT + "A [r1] E (t2) D"
FENCED = "S1 (b1) A (s1) B (s2) C (t1) D [b2] S2"
CLOSE_BOTH = "close b1, close t1"
JUMPERED = "S1 (b1) A [s1] B [s2] C [s3] E [s4] G\nC (t1) D [b2] S2"
LOST = "S1 [b1] A [s1] B (t1) D [b2] S2"
LATER = NOW + timedelta(seconds=10)

Ask = Callable[[], Verdict]


def after_opening() -> Desk:
    return desk().moved("open s1, open s2")


def by_rated(**amperes: float) -> Desk:
    changes = {s: {"current_a_rated": a} for s, a in amperes.items()}
    return desk(change=changes)


def on_another_grid() -> Verdict:
    asked = desk()
    other = draw(NIGHT.replace("[s2]", "[d2]"))
    return Guard(other, RadialSweep(other)).check_plan(asked.proposal(GOOD_PLAN), asked.knowledge())


def of_another_version() -> Verdict:
    asked = desk()
    knowledge: Knowledge = replace(asked.knowledge(), grid_fingerprint="new")
    proposal = replace(asked.proposal(GOOD_PLAN), grid_fingerprint="old")
    return asked.guard().check_plan(proposal, knowledge)


def with_hypothesis(plan: str, *zones: str) -> Verdict:
    asked = desk()
    proposal = replace(asked.proposal(plan), hypotheses=tuple(sections(z) for z in zones))
    return asked.guard().check_plan(proposal, asked.knowledge())


def at_work(names: str, points: str = "", *, drawing: str = NIGHT) -> Desk:
    permit = Permit(sections=sections(names), isolated_by=switches(points))
    return desk(drawing if "X" in drawing else f"{drawing.rstrip()}\nD (s8) X").but(
        permits=(permit,)
    )


def with_capacity(va: float, source: str) -> Desk:
    asked = desk()
    old = asked.network.components
    sources = tuple(replace(s, power_va_max=va if s.id == source else None) for s in old.sources)
    return on(build_network(replace(old, sources=sources)), asked)


def with_faults(drawing: str, **change: dict[str, float]) -> Desk:
    asked = desk(drawing, change=change)
    before = {"closed_before": frozenset(asked.snapshot.closed) | switches("b1")}
    return replace(asked, faults=RadialShortCircuit(asked.network), more=before)


def weak(switch: str, *, making: float | None = None, breaking: float | None = None) -> Ask:
    """The tie is nearer to S2 than C was to S1, so what hangs on it has more to break."""
    drawing = "S1 (b1) A [s0] N [s1] B [s2] C [r1] E [r2] G [r3] H [r4] K (t1) D [b2] S2"
    rating = {"making_current_a": making, "breaking_current_a": breaking, "pickup_current_a": 300.0}
    return lambda: with_faults(drawing, **{switch: rating}).ask(GOOD_PLAN)  # type: ignore[arg-type]


def blind(pickup_a: float) -> Ask:
    return lambda: with_faults(NIGHT, b2={"pickup_current_a": pickup_a}).ask(GOOD_PLAN)


def busy(switch: str) -> Ask:
    return lambda: desk().but(busy=switches(switch)).ask(GOOD_PLAN)


def hot(switch: str) -> Ask:
    return lambda: desk(NIGHT + "A [r1] E").tagged(switch, TagKind.HOT_LINE).ask(GOOD_PLAN)


def tagged(kind: TagKind, switch: str) -> Ask:
    return lambda: desk().tagged(switch, kind).ask(GOOD_PLAN)


def still(pu: float) -> Ask:
    return lambda: after_opening().measuring("B", pu, LATER).ask_before(3, GOOD_PLAN)


def of_another_drawing(drawing: str, **more: Mapping[str, float]) -> Verdict:
    asked = desk()
    other = draw(drawing, **more)  # type: ignore[arg-type]
    return Guard(other, RadialSweep(other)).check_plan(asked.proposal(GOOD_PLAN), asked.knowledge())


def without_position(switch: str) -> Desk:
    asked = desk()
    known = {s: m for s, m in asked.snapshot.positions.items() if s != switch}
    return asked.now(positions=known)
