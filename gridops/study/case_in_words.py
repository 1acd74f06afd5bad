"""A question to the planner and its answer, one line each thing, for whoever looks into a case."""

from collections.abc import Iterable, Iterator

from gridops.measurement import Position
from gridops.network import Network
from gridops.restoration import Plan, Situation


def grid_in_words(network: Network) -> Iterator[str]:
    """Its switches with what they join, how they stand normally, and who operates them."""
    yield f"grid {network.name}"
    for switch in network.switches.values():
        one, other = network.section_ends[switch.id]
        stands = "closed" if switch.is_normally_closed else "open"
        yield (
            f"  {switch.id}: {one} - {other}, {switch.kind.value}, {stands},"
            f" {switch.control.value}, {switch.operating_time_s:g} s, {switch.current_a_rated:g} A"
        )


def question_in_words(situation: Situation) -> Iterator[str]:
    """What the planner is told, but for what is as it should be."""
    snapshot = situation.snapshot
    normal = situation.network.normally_closed
    stands = {s: m.value is Position.CLOSED for s, m in snapshot.positions.items()}
    power_w = sum(load.p_w for load in situation.loads.values())
    tags = [f"{t.kind.value} at {t.switch}" for each in snapshot.tags.values() for t in each]
    yield "situation"
    yield f"  not as normal: {_listed(s for s, c in stands.items() if c != (s in normal))}"
    yield f"  suspected: {_listed(situation.suspected)}; dark: {_listed(situation.dark)}"
    yield f"  other incidents suspect: {_listed(situation.forbidden)}"
    yield f"  dead sources: {_listed(snapshot.dead_sources)}; tags: {_listed(tags)}"
    yield f"  unknown: {_listed(snapshot.unknown)}; unreachable: {_listed(snapshot.unreachable)}"
    yield f"  unavailable: {_listed(situation.unavailable)}"
    crew = "" if situation.settings.crew_available else ", no crew"
    since = f"dark for {situation.dark_s:g} s"
    yield f"  load {power_w / 1e6:.3f} MW, {since}{crew}; {situation.limits}"


def answer_in_words(plan: Plan) -> Iterator[str]:
    """The fence, the steps with what they change, and the proof."""
    yield f"plan: {plan.proof.value}, {plan.score.weighted_minutes:.3f} weighted minutes"
    yield f"  fence {_listed(plan.fence)} around {_listed(plan.suspected)}"
    for step in plan.steps:
        does = "close" if step.closes else "open"
        dropped = f", drops {_listed(step.sections_dropped)}" if step.sections_dropped else ""
        yield (
            f"  {step.number}. {does} {step.switch} by {step.by.value},"
            f" {step.starts_s:g} to {step.done_s:g} s,"
            f" restores {_listed(step.sections_restored)}{dropped}"
        )


def _listed(some: Iterable[str]) -> str:
    return ", ".join(sorted(some)) or "-"
