"""Whatever the grid, the fault and the doubt: every section left dark has one sound reason."""

from doubtful_outages import outages
from hypothesis import given, settings

from gridops.isolation import Devices, Fence, fence
from gridops.powerflow import RadialFlow
from gridops.restoration import Situation, propose
from gridops.restoration.reasons_dark import why_dark
from gridops.restoration.scope import scope_of
from gridops.state import energise

NAMES = {
    "sections": {"no-tie", "dead-source", "forbidden", "nothing-gained", "no-fence"},
    "switches": {
        "tag",
        "unreachable",
        "unknown-position",
        "not-operable",
        "duty",
        "loop",
        "not-looked-at",
        "switch-rating",
    },
    "branches": {"overload"},
    "nodes": {"undervoltage", "overvoltage"},
    "sources": {"source-capacity"},
    "generators": {"generator-island"},
}
ALL_KINDS = tuple(NAMES)
OF_ANY_KIND = {"protection-reach", "fault-level", "cold-load", "look-ahead"}


@settings(deadline=None)
@given(situation=outages())
def test_every_section_left_dark_is_listed_once_with_a_reason_and_its_element(
    situation: Situation,
) -> None:
    network, snapshot = situation.network, situation.snapshot
    plan = propose(situation, RadialFlow(network))
    back = {s for step in plan.steps for s in step.sections_restored}
    listed = [u.section for u in plan.unserved]
    assert len(listed) == len(set(listed))
    assert set(listed) == situation.dark - situation.suspected - back
    possibly = energise(
        network, snapshot.closed | snapshot.unknown, dead_sources=snapshot.dead_sources
    )
    devices = Devices(
        network=network,
        snapshot=snapshot,
        unavailable=situation.unavailable,
        crew=situation.settings.crew_available,
    )
    found = fence(devices, situation.suspected, possibly=possibly)
    if not isinstance(found, Fence):
        return
    scope = scope_of(situation, devices, fence=found)
    given_now = [(u.because, u.element) for u in plan.unserved]
    better = [why_dark(scope, plan.rejected, section=section) for section in listed]
    for because, element in (*given_now, *better):
        kinds = [kind for kind, codes in NAMES.items() if because in codes]
        assert kinds or because in OF_ANY_KIND, because
        known = [getattr(network, kind) for kind in kinds or ALL_KINDS]
        assert any(element in ids for ids in known), (because, element)
