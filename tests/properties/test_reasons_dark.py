"""Whatever the grid, the fault and the doubt: every section left dark has one sound reason."""

from hypothesis import given, settings
from test_outlook_properties import outages

from gridops.isolation import Devices, Fence, fence
from gridops.powerflow import RadialFlow
from gridops.restoration import Situation, propose
from gridops.restoration.reasons_dark import why_dark
from gridops.restoration.scope import scope_of
from gridops.state import energise

OF_THE_SECTION = {"no-tie", "dead-source", "forbidden", "nothing-gained", "no-fence"}
OF_A_SWITCH = {
    "tag",
    "unreachable",
    "unknown-position",
    "not-operable",
    "duty",
    "loop",
    "not-looked-at",
    "switch-rating",
    "ring-not-allowed",
}
OF_A_BRANCH = {"overload"}
OF_A_NODE = {"undervoltage", "overvoltage"}


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
        assert (
            (because in OF_THE_SECTION and element in network.sections)
            or (because in OF_A_SWITCH and element in network.switches)
            or (because in OF_A_BRANCH and element in network.branches)
            or (because in OF_A_NODE and element in network.nodes)
            or because == "no-solution"
        ), (because, element)
