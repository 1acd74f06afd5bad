"""Load transfer make before break on grids by lot: feeders of one busbar, ties declared for it."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from gridops.adapters.engines import (
    PowerGridModelEngine,
    PowerGridModelShortCircuit,
    power_flow,
)
from gridops.guard import Guard
from gridops.network import build_network, draw
from gridops.powerflow import LoadPower
from gridops.restoration import Plan, Situation, propose
from gridops.study.plan_walk import GridBits, beyond_limits, unsafe
from gridops.study.random_cases import CERTAIN, outage_at, random_situation, told_plainly
from gridops.study.random_trials import guarded

DOUBT = replace(CERTAIN, tagged=0.05, unavailable=0.05, unknown=0.02)
LIGHT_W, HEAVY_W = (0.5e6, 1e6, 2e6, 3e6), (3e6, 4e6, 5e6, 6e6)


def drawing(dice: random.Random) -> tuple[str, dict[str, float]]:
    """The feeder of A0 fails; what is behind it may go to a feeder that is full until it hands
    its own end to the next. Sometimes one of them hangs on another source."""
    lines, power = [], {}
    for feeder in "ABCD"[: dice.randint(3, 4)]:
        count = dice.randint(2, 3) if feeder in "AB" else dice.randint(1, 2)
        source = "S2" if feeder != "A" and dice.random() < 0.15 else "S1"
        lines.append(f"{source} [b{feeder}x] {feeder}0")
        lines += [f"{feeder}{k - 1} [s{feeder}{k}] {feeder}{k}" for k in range(1, count)]
        likely = HEAVY_W if feeder in "AB" else LIGHT_W
        power |= {f"{feeder}{k}": dice.choice(likely) for k in range(count)}
    names = list(power)
    lines.append(f"A1 (t0) B{dice.randint(0, 1)}")
    for k in range(1, dice.randint(3, 6)):
        one, other = dice.sample([n for n in names if n[0] != "A" or dice.random() < 0.2], 2)
        if one[0] != other[0]:
            lines.append(f"{one} (t{k}) {other}")
    return "\n".join(lines), power


def drawn(number: int) -> Situation:
    dice = random.Random(f"ring {number}")
    text, power = drawing(dice)
    customers = {name: dice.choice((0, 20, 100, 400)) for name in power}
    parts = draw(text, p_w=power, customers=customers).components
    switches = tuple(replace(s, closes_ring=dice.random() < 0.8) for s in parts.switches)
    loads = tuple(replace(x, priority=dice.choice((2, 3, 3, 4))) for x in parts.loads)
    network = build_network(replace(parts, switches=switches, loads=loads))
    outage = outage_at(
        network,
        frozenset(network.normally_closed),
        faults=(network.section_of("A0"),),
        loads={x.id: LoadPower(x.p_w, x.q_var) for x in network.loads.values()},
    )
    doubtful = dice.random() < 0.3
    return random_situation(dice, outage, doubt=DOUBT) if doubtful else told_plainly(outage)


def planned(situation: Situation) -> Plan:
    asked = replace(situation, settings=replace(situation.settings, load_transfer=True))
    return propose(asked, power_flow(situation.network))


def wrong_with(situation: Situation, plan: Plan) -> list[str]:
    network = situation.network
    engine = PowerGridModelEngine(network)
    guard = Guard(network, engine, faults=PowerGridModelShortCircuit(network))
    verdict = guarded(guard, situation, plan=plan)
    found = unsafe(situation, plan, bits=GridBits(network))
    found += beyond_limits(situation, plan, engine=engine)
    return [*found, *map(str, verdict.violations)]


@pytest.mark.parametrize("block", range(4))
def test_every_ring_is_safe_and_open_again(block: int) -> None:
    seen = Counter[str]()
    for number in range(60 * block, 60 * block + 60):
        situation = drawn(number)
        plan = planned(situation)
        assert not wrong_with(situation, plan), (number, wrong_with(situation, plan))
        rings = [k for k, step in enumerate(plan.steps) if step.sections_handed_over]
        for k in rings:
            closing, opening = plan.steps[k - 1 : k + 1]
            assert situation.network.switches[closing.switch].closes_ring
            assert opening.starts_s == closing.done_s
            assert not closing.sections_restored
            assert not opening.sections_dropped
        seen.update({"plans": 1, "with a ring": bool(rings), "dropping": bool(plan.dropped)})
    assert seen["with a ring"] > 3, seen
