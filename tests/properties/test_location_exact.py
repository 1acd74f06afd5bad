"""The engine against a reference that enumerates, over random grids and everything heard."""

import pytest
from hypothesis import assume, given, note, settings

from gridops.outage import Location, Verdict, infer
from tests.location_reference import Reference
from tests.properties.random_outages import Case, cases

EXAMPLES = 60
CLOSE = 1e-9


def found_in(case: Case) -> Location:
    return infer(case.network, case.heard, settings=case.settings)


def exact(case: Case) -> Reference:
    return Reference(case.network, case.heard, case.settings)


def near(value: float) -> object:
    return pytest.approx(value, rel=CLOSE, abs=1e-280)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_every_probability_is_that_of_the_reference(case: Case) -> None:
    told = exact(case)
    assume(told.candidates and told.is_exact)
    found = found_in(case)
    note(f"{case.heard.tripped} needs {[(c, told.needs((c,))) for c in told.candidates]}")
    probabilities = {s.section: s.probability for s in found.suspects}
    assert probabilities == {c: near(p) for c, p in told.suspects.items()}
    assert found.p_no_fault == near(told.p_no_fault)
    assert found.p_two_faults == near(told.p_two_faults)
    assert found.p_trouble == near(told.p_trouble)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_what_is_fenced_is_what_the_page_promises(case: Case) -> None:
    told = exact(case)
    found = found_in(case)
    assume(told.candidates and told.is_exact)
    if found.verdict in (Verdict.CONTRADICTORY, Verdict.INSUFFICIENT):
        assert found.suspected == set(told.candidates)
        return
    excused = told.tolerated()
    assert excused <= found.suspected
    assert told.holds(found.suspected) >= told.how.hold_probability - 1e-9
    smallest = list(told.smallest_sets())
    if told.weighs_pairs:
        assert len(found.suspected) >= len(smallest[0])
    else:
        assert any(found.suspected == excused | one for one in smallest)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_the_verdict_is_that_of_the_table(case: Case) -> None:
    told = exact(case)
    assume(told.candidates and told.is_exact and told.is_off_the_thresholds())
    note(f"needs {[(c, told.needs((c,))) for c in told.candidates]}, zones {told.zones()}")
    assert found_in(case).verdict is told.verdict()
