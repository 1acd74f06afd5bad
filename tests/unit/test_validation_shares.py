"""Values a thousand times too small beside another value of their row, or for what they are."""

from dataclasses import replace

import pytest

from gridops.network import BranchKind, Components
from gridops.network.validation import validate
from gridops.network.validation_suspicions import suspicions
from tests.unit.sound_grid import (
    SOUND,
    STEPPED_DOWN,
    codes,
    with_,
    with_generator,
    with_profile,
    with_shunt,
)

OVERHEAD = with_("branches", "A-s1", kind=BranchKind.OVERHEAD, c_f=1e-8)

SOUND_VALUES = {
    "power factor near 1": with_("loads", "A", q_var=200.0),
    "no reactive power": with_("loads", "A", q_var=0.0),
    "a low average": with_("loads", "A", p_w_average=2e3),
    "a load that hardly depends on voltage": with_("loads", "A", constant_current_share=0.01),
    "a heater": with_("loads", "A", constant_impedance_share=1.0),
    "shares that round to a whole": with_(
        "loads", "A", constant_current_share=1 / 3 + 1e-12, constant_impedance_share=2 / 3
    ),
    "a generator at low load": with_generator(p_w=-2e3),
    "a generator at rest": with_generator(p_w=0.0),
    "losses of a capacitor": with_shunt(p_w=30.0),
    "an overhead line": OVERHEAD,
    "a low profile": with_profile(*[0.02] * 24),
    "a rapid reclosing": with_("switches", "r1", reclose_delays_s=(0.2, 15.0)),
    "a strong source": with_("sources", "S1", short_circuit_va=50e9),
    "an instantaneous trip": with_("switches", "b1", trip_delay_s=0.02),
    "a quick switch": with_("switches", "s1", operating_time_s=0.1),
    "a small tap": replace(
        STEPPED_DOWN,
        transformers=tuple(replace(t, tap_step_pu=0.00625) for t in STEPPED_DOWN.transformers),
    ),
}
SUSPECT_VALUES = {
    "kvar": with_("loads", "A", q_var=30.0),
    "average in kW": with_("loads", "A", p_w_average=50.0),
    "share in thousands": with_("loads", "A", constant_impedance_share=0.0003),
    "feeding in kW": with_generator(p_w=-80.0),
    "rated in mVA": with_generator(power_va_rated=100e6),
    "losses in kW": with_shunt(p_w=0.3),
    "capacitance in mF": with_("branches", "A-s1", OVERHEAD, c_f=1e-11),
    "profile in thousands": with_profile(*[0.0008] * 24),
    "dead time in ms": with_("switches", "r1", reclose_delays_s=(0.0005, 15.0)),
    "short-circuit power in mVA": with_("sources", "S1", short_circuit_va=250e9),
    "trip delay in ks": with_("switches", "b1", trip_delay_s=0.0005),
    "operating time in ks": with_("switches", "s1", operating_time_s=0.002),
    "tap step of a step": replace(
        STEPPED_DOWN,
        transformers=tuple(replace(t, tap_step_pu=1.8e-5) for t in STEPPED_DOWN.transformers),
    ),
}


@pytest.mark.parametrize("name", SOUND_VALUES)
def test_what_is_usual_is_not_told(name: str) -> None:
    grid = SOUND_VALUES[name]
    assert validate(grid) == ()
    assert "unit-suspect" not in codes(suspicions(grid))


@pytest.mark.parametrize("name", SUSPECT_VALUES)
def test_a_thousandth_is_told_at_its_row(name: str) -> None:
    grid: Components = SUSPECT_VALUES[name]
    assert validate(grid) == ()
    (flaw,) = [flaw for flaw in suspicions(grid) if flaw.code == "unit-suspect"]
    assert flaw.severity == "warning"
    assert flaw.index is not None
    assert getattr(grid, flaw.table)[flaw.index].id in flaw.ids


def test_the_sound_grid_has_nothing_suspect() -> None:
    assert "unit-suspect" not in codes(suspicions(SOUND))
