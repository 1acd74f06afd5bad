"""Plans that the mean of the phases allows and one phase does not. Invariants 13 and 15.

S1 (b1) A [s1] B [s2] C (t1) D [b2] S2, a fault in B: C comes to hang on S2.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

pytest.importorskip("opendssdirect")

from gridops.adapters.engines.opendss_engine import OpenDssVerdict
from gridops.guard import Guard, Verdict
from gridops.network import Components, Limits, PhasedKind, Phasing, build_network
from tests.guard_desk import GOOD_PLAN, Desk, broken, desk, on

WIDE = Limits(voltage_pu_min=0.8, voltage_pu_max=1.2)


@dataclass(frozen=True)
class Seeded:
    """Loads in W on single phases ("AB": between two), everything else symmetric."""

    p_w: Mapping[str, float]
    on: Mapping[str, str]
    limits: Limits = WIDE
    change: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)
    """Line -> the phases that it has, if not all."""

    def desk(self) -> Desk:
        situation = desk(p_w=self.p_w, change=self.change).but(limits=self.limits)
        old = situation.network.components
        rows = (*self._lines(old), *self._loads())
        return on(build_network(replace(old, phasing=rows)), situation)

    def _lines(self, grid: Components) -> Iterator[Phasing]:
        for line in grid.branches:
            phases = self.lines.get(line.id, "ABC")
            r, x, c = (
                tuple(v for row in range(len(phases)) for v in (*[half] * row, whole))
                for half, whole in (
                    (0.5 * line.r_ohm, 1.5 * line.r_ohm),
                    (0.5 * line.x_ohm, 1.5 * line.x_ohm),
                    (0.5 * line.c_f, 1.5 * line.c_f),
                )
            )
            yield Phasing(
                id=f"line.{line.id}",
                kind=PhasedKind.LINE,
                element=line.id,
                phases=phases,
                r_ohm=r,
                x_ohm=x,
                c_f=c,
            )

    def _loads(self) -> Iterator[Phasing]:
        for load, phases in self.on.items():
            yield Phasing(id=f"load.{load}", kind=PhasedKind.LOAD, element=load, phases=phases)

    def asked(self) -> Verdict:
        situation = self.desk()
        engine = situation.guard()._engine
        guard = Guard(situation.network, engine, phases=OpenDssVerdict(situation.network))
        return guard.check_plan(situation.proposal(GOOD_PLAN), situation.knowledge())


TIGHT = Limits(voltage_pu_min=0.99, voltage_pu_max=1.01)
CURRENTS = {
    "all of the load on one phase": Seeded({"C": 6e6}, {"C": "A"}),
    "the donor's own load on the same phase": Seeded({"C": 3e6, "D": 3e6}, {"C": "B", "D": "B"}),
    "between two phases": Seeded({"C": 10e6}, {"C": "BC"}),
    "the rating of the tie": Seeded(
        {"C": 2e6}, {"C": "C"}, change={"t1": {"current_a_rated": 100.0}}
    ),
    "the pick-up of the donor": Seeded(
        {"C": 3e6}, {"C": "A"}, change={"b2": {"pickup_current_a": 180.0}}
    ),
    "what feeds in on one phase": Seeded({"C": -6e6}, {"C": "B"}),
}
VOLTAGES = {
    "low on the phase of the load": Seeded({"C": 4e6}, {"C": "A"}, limits=TIGHT),
    "low by the donor's own load": Seeded({"C": 2e6, "D": 2e6}, {"C": "B", "D": "B"}, limits=TIGHT),
    "high on the phase that feeds in": Seeded({"C": -4e6}, {"C": "C"}, limits=TIGHT),
    "no line for the phase of the load": Seeded({"C": 1e5}, {"C": "B"}, lines={"D-t1": "AC"}),
    "low between two phases": Seeded({"C": 5e6}, {"C": "AB"}, limits=TIGHT),
}


@pytest.mark.parametrize(
    ("invariant", "seeded"),
    [
        *(pytest.param("13", case, id=f"13 {name}") for name, case in CURRENTS.items()),
        *(pytest.param("15", case, id=f"15 {name}") for name, case in VOLTAGES.items()),
    ],
)
def test_a_phase_beyond_its_limit_is_caught(invariant: str, seeded: Seeded) -> None:
    assert seeded.desk().ask(GOOD_PLAN).passed, "the mean of the phases keeps every limit"
    found = seeded.asked()
    assert broken(found) == {invariant}
    assert {v.step for v in found.violations} == {4}
    for violation in found.violations:
        phase = violation.why.params["phase"]
        (place,) = {*seeded.on.values()}
        assert phase in place.lower() or invariant == "15"
        assert f"phase {phase}" in violation.why.in_english()


@pytest.mark.parametrize("seeded", [*CURRENTS.values(), *VOLTAGES.values()][:8])
def test_the_same_load_on_all_phases_passes(seeded: Seeded) -> None:
    assert replace(seeded, on={}).asked().passed


def test_each_closing_is_one_check_of_currents_and_one_of_voltages() -> None:
    balanced = Seeded({}, {})
    assert balanced.asked().checks == balanced.desk().ask(GOOD_PLAN).checks + 2 * 2


def test_numbers_of_a_phase_are_told_to_a_millionth() -> None:
    low = VOLTAGES["low between two phases"]
    limits = Limits(voltage_pu_min=0.9872345678)
    (found,) = {v.why.params["limit"] for v in replace(low, limits=limits).asked().violations}
    assert found == 0.987235
    values = [float(str(v.why.params["value"])) for v in low.asked().violations]
    assert all(value == round(value, 6) for value in values)
    assert any(value != round(value, 5) for value in values)


def test_a_state_without_a_three_phase_solution_is_refused() -> None:
    free = Limits(voltage_pu_min=None, voltage_pu_max=None, loading_pct_max=None)
    much = Seeded({"C": 150e6}, {"C": "A"}, limits=free)
    assert much.desk().ask(GOOD_PLAN).passed
    (found,) = much.asked().violations
    assert (found.invariant, found.step, found.element) == ("13", 4, "t1")
    assert found.why.code == "guard-no-solution"
