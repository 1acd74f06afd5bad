import json
from dataclasses import replace

from outages import after_trip

from gridops.adapters.engines import PowerGridModelEngine
from gridops.restoration import Plan, propose
from gridops.restoration.fingerprint import fingerprint, plan_to_plain

RING = "S1 [b1] A [s1] B [s2] C (t1) D [b2] S2"


def ring_plan() -> Plan:
    situation = after_trip(RING, suspected="B")
    return propose(situation, PowerGridModelEngine(situation.network))


def test_the_plain_form_is_that_of_the_what_if_document() -> None:
    plain = plan_to_plain(ring_plan())
    assert list(plain) == ["fence", "plan", "customers", "p_w", "customer_minutes"]
    assert plain["fence"] == ["s1", "s2"]
    assert plain["customers"] == {
        "interrupted": 300,
        "restored_by_switching": 200,
        "until_repair": 100,
    }
    plan = plain["plan"]
    assert isinstance(plan, dict)
    assert {"steps", "proof", "gap_pct", "rejected"} <= set(plan)
    steps = plan["steps"]
    assert isinstance(steps, list)
    first = steps[0]
    assert isinstance(first, dict)
    assert list(first) == [
        "number",
        "action",
        "switch",
        "by",
        "starts_s",
        "done_s",
        "customers_restored",
        "p_restored_w",
        "check",
    ]
    assert (first["number"], first["action"], first["switch"], first["by"]) == (
        1,
        "open",
        "s1",
        "remote",
    )
    assert json.loads(json.dumps(plain)) == plain


def test_equal_plans_have_equal_fingerprints_and_any_change_shows() -> None:
    plan = ring_plan()
    assert fingerprint(plan) == fingerprint(ring_plan())
    assert len(fingerprint(plan)) == 64
    late = replace(plan.steps[0], starts_s=1.0)
    changes = [
        replace(plan, steps=(late, *plan.steps[1:])),
        replace(plan, steps=plan.steps[:-1]),
        replace(plan, fence=plan.fence[:1]),
        replace(plan, suspected=frozenset()),
        replace(plan, gap_pct=1.0),
    ]
    assert fingerprint(plan) not in {fingerprint(changed) for changed in changes}
