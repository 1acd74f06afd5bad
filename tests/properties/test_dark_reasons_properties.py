"""Whatever the grid, the fault and the doubt: every section left dark has one sound reason."""

from doubtful_outages import outages
from hypothesis import given, settings

from gridops.powerflow import RadialFlow
from gridops.restoration import Situation, propose

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
    network = situation.network
    plan = propose(situation, RadialFlow(network))
    back = {s for step in plan.steps for s in step.sections_restored}
    listed = [u.section for u in plan.unserved]
    assert len(listed) == len(set(listed))
    assert set(listed) == situation.dark - situation.suspected - back
    for because, element in ((u.because, u.element) for u in plan.unserved):
        kinds = [kind for kind, codes in NAMES.items() if because in codes]
        assert kinds or because in OF_ANY_KIND, because
        known = [getattr(network, kind) for kind in kinds or ALL_KINDS]
        assert any(element in ids for ids in known), (because, element)
