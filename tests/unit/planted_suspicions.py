"""What is merely suspect, each planted in a sound grid."""

from collections.abc import Callable
from dataclasses import replace

from gridops.network import (
    BranchKind,
    Components,
    Control,
    GeneratorKind,
    LoadClass,
)
from tests.unit.sound_grid import (
    SOUND,
    STEPPED_DOWN,
    also,
    placed,
    with_,
    with_generator,
    with_profile,
    with_shunt,
)

FLAT = (1.0,) * 24
SHORT = replace(
    SOUND,
    branches=tuple(
        replace(b, length_m=150.0, r_ohm=0.018, x_ohm=0.0165, c_f=3.75e-8) for b in SOUND.branches
    ),
)


def vietnamese(number: str) -> Components:
    named = with_("switches", "b2", with_("switches", "b1", name="MC 471"), name=f"MC {number}")
    return with_("nodes", "A", named, name="Giảng Võ")


SUSPECT: dict[str, tuple[str, Callable[[], Components], str]] = {
    # name: (code, grid, an id that the flaw names)
    "ids that differ in case": (
        "confusable-id",
        lambda: with_("loads", "B", id="a"),
        "a",
    ),
    "ids that differ in how a letter is made": (
        "confusable-id",
        lambda: with_("loads", "B", with_("loads", "A", id="Vo\u0303"), id="V\u00f5"),
        "V\u00f5",
    ),
    "two switches of one name": (
        "duplicate-name",
        lambda: with_("switches", "s1", with_("switches", "t1", name="LBS 1"), name="LBS 1"),
        "t1",
    ),
    "breaker 371 at 22 kV": ("device-name-odd", lambda: vietnamese("371"), "b2"),
    "nodes on one spot": ("coordinates-stacked", lambda: placed(8.0, 48.0), "A-s1"),
    "line shorter than the way": (
        "length-below-distance",
        lambda: with_("nodes", "A", placed(8.0, 48.0), latitude_deg=48.02),
        "A-s1",
    ),
    "line that goes in circles": (
        "length-beyond-distance",
        lambda: with_("nodes", "A", placed(8.0, 48.0), latitude_deg=48.0005),
        "A-s1",
    ),
    "rating in mA": ("unit-suspect", lambda: with_("branches", "A-s1", current_a_max=4e5), "A-s1"),
    "emergency rating in kA": (
        "unit-suspect",
        lambda: with_("branches", "A-s1", current_a_emergency=0.45),
        "A-s1",
    ),
    "switch rating in mA": (
        "unit-suspect",
        lambda: with_("switches", "s1", current_a_rated=630e3),
        "s1",
    ),
    "pick-up in kA": ("unit-suspect", lambda: with_("switches", "b1", pickup_current_a=0.6), "b1"),
    "crew in minutes": (
        "unit-suspect",
        lambda: with_("switches", "f1", operating_time_s=30.0),
        "f1",
    ),
    "repair in hours": (
        "unit-suspect",
        lambda: with_("branches", "A-s1", repair_time_s=4.0),
        "A-s1",
    ),
    "replacement in hours": (
        "unit-suspect",
        lambda: with_("transformers", "T1", STEPPED_DOWN, replacement_time_s=48.0),
        "T1",
    ),
    "repair in ms": ("unit-suspect", lambda: with_("nodes", "A", repair_time_s=1.44e7), "A"),
    "service transformer in kVA": (
        "unit-suspect",
        lambda: with_("loads", "A", transformer_power_va_rated=250.0),
        "A",
    ),
    "generator in kVA": (
        "unit-suspect",
        lambda: with_generator(power_va_rated=100.0, p_w=-80.0),
        "G",
    ),
    "capacitor in kvar": ("unit-suspect", lambda: with_shunt(q_var=-300.0), "C"),
    "110 kV transformer in kVA": (
        "unit-suspect",
        lambda: with_("transformers", "T1", STEPPED_DOWN, power_va_rated=25e3, copper_loss_w=100.0),
        "T1",
    ),
    "nobody's loads in kW": (
        "unit-suspect",
        lambda: replace(
            SOUND, loads=tuple(replace(x, p_w=90.0, q_var=30.0, customers=0) for x in SOUND.loads)
        ),
        "A",
    ),
    "resistance in milliohm": (
        "r-to-x-absurd",
        lambda: with_("branches", "A-s1", r_ohm=9.0),
        "A-s1",
    ),
    "emergency below normal": (
        "emergency-below-normal",
        lambda: with_("branches", "A-s1", current_a_emergency=300.0),
        "A-s1",
    ),
    "cable as an overhead line": (
        "capacitance-of-other-kind",
        lambda: with_("branches", "A-s1", c_f=1e-8),
        "A-s1",
    ),
    "overhead line as a cable": (
        "capacitance-of-other-kind",
        lambda: with_("branches", "A-s1", kind=BranchKind.OVERHEAD),
        "A-s1",
    ),
    "cable without capacitance": (
        "capacitance-missing",
        lambda: with_("branches", "A-s1", c_f=0.0),
        "A-s1",
    ),
    "iron loss in kW": (
        "losses-suspect",
        lambda: with_("transformers", "T1", STEPPED_DOWN, iron_loss_w=20.0),
        "T1",
    ),
    "copper loss in kW": (
        "losses-suspect",
        lambda: with_("transformers", "T1", STEPPED_DOWN, copper_loss_w=100.0),
        "T1",
    ),
    "iron loss like copper": (
        "losses-suspect",
        lambda: with_("transformers", "T1", STEPPED_DOWN, iron_loss_w=2e6),
        "T1",
    ),
    "no-load current in percent": (
        "no-load-current-suspect",
        lambda: with_("transformers", "T1", STEPPED_DOWN, no_load_current_pu=0.5),
        "T1",
    ),
    "iron loss above no-load power": (
        "no-load-current-low",
        lambda: with_("transformers", "T1", STEPPED_DOWN, no_load_current_pu=0.0005),
        "T1",
    ),
    "tap that does nothing": (
        "tap-without-step",
        lambda: with_("transformers", "T1", STEPPED_DOWN, tap_position=-2),
        "T1",
    ),
    "transformer that steps up": (
        "transformer-upside-down",
        lambda: with_(
            "transformers",
            "T1",
            STEPPED_DOWN,
            from_node="S1",
            to_node="H",
            voltage_v_from=22e3,
            voltage_v_to=110e3,
        ),
        "T1",
    ),
    "sources far apart": (
        "source-voltages-apart",
        lambda: with_("sources", "S2", voltage_pu=1.1),
        "S2",
    ),
    "households of 100 kW": (
        "load-per-customer-high",
        lambda: with_("loads", "A", p_w=10e6, q_var=0.0),
        "A",
    ),
    "mostly reactive load": ("power-factor-low", lambda: with_("loads", "A", q_var=300e3), "A"),
    "mean above peak": ("average-absurd", lambda: with_("loads", "A", p_w_average=200e3), "A"),
    "service transformer of nothing": (
        "service-transformer-absurd",
        lambda: with_("loads", "A", transformer_power_va_rated=0.0),
        "A",
    ),
    "service transformer too small": (
        "service-transformer-overloaded",
        lambda: with_("loads", "A", transformer_power_va_rated=50e3),
        "A",
    ),
    "generator of nothing": (
        "generator-rating-missing",
        lambda: with_generator(power_va_rated=0.0),
        "G",
    ),
    "generator beyond itself": (
        "generator-beyond-rating",
        lambda: with_generator(p_w=-80e6),
        "G",
    ),
    "generator that consumes": ("generator-consumes", lambda: with_generator(p_w=80e3), "G"),
    "sun at night": (
        "generator-island-suspect",
        lambda: with_generator(kind=GeneratorKind.PHOTOVOLTAIC, island_capable=True),
        "G",
    ),
    "capacitor of nothing": ("shunt-without-effect", lambda: with_shunt(q_var=0.0), "C"),
    "capacitor that heats": ("shunt-losses-absurd", lambda: with_shunt(p_w=1e6), "C"),
    "line to nowhere in particular": (
        "stub-branch",
        lambda: also("branches", "A-s1", also("nodes", "A", id="end"), id="stub", to_node="end"),
        "stub",
    ),
    "pick-up above the rating": (
        "pickup-beyond-rating",
        lambda: with_("switches", "b1", pickup_current_a=1000.0),
        "b1",
    ),
    "failures per 100 km": (
        "failures-suspect",
        lambda: with_("branches", "A-s1", failures_per_year=15.0),
        "A-s1",
    ),
    "switch that fails weekly": (
        "failures-suspect",
        lambda: with_("switches", "s1", failures_per_year=52.0),
        "s1",
    ),
    "customers who draw nothing": (
        "customers-without-load",
        lambda: with_("loads", "A", p_w=0.0, q_var=0.0),
        "A",
    ),
    "load of nobody": ("load-without-customers", lambda: with_("loads", "A", customers=0), "A"),
    "one household of 620 kW": (
        "load-class-suspect",
        lambda: with_("loads", "A", customers=1, p_w=620e3),
        "A",
    ),
    "customers of no ward": ("area-missing", lambda: with_("loads", "A", area=""), "A"),
    "negative hour": ("profile-negative", lambda: with_profile(-0.1, *FLAT[1:]), "day"),
    "dark day": ("profile-all-zero", lambda: with_profile(*[0.0] * 24), "day"),
    "percent of the peak": ("profile-factor-suspect", lambda: with_profile(*[80.0] * 48), "day"),
    "forgotten profile": (
        "profile-unused",
        lambda: with_("loads", "A", with_profile(*FLAT), profile=None),
        "day",
    ),
    "node of the standard": (
        "point-address-suspect",
        lambda: with_("points", "s1.position", node_id="i=1001"),
        "s1.position",
    ),
    "capital prefix": (
        "point-address-suspect",
        lambda: with_("points", "s1.position", node_id="NS=2;I=1001"),
        "s1.position",
    ),
    "address with a space": (
        "point-address-suspect",
        lambda: with_("points", "s1.position", node_id="s1.position "),
        "s1.position",
    ),
    "silent link": ("link-without-points", lambda: also("links", "rtu", id="rtu2"), "rtu2"),
}


def suspect_but_sound() -> tuple[Components, ...]:
    """Grids at the edge of a rule, where it must keep quiet."""
    return (
        SOUND,
        STEPPED_DOWN,
        with_generator(),
        with_generator(p_w=20e3, kind=GeneratorKind.BATTERY),
        with_shunt(),
        with_profile(*FLAT),
        with_("loads", "A", customers=1, p_w=620e3, load_class=LoadClass.INDUSTRIAL),
        with_("loads", "A", transformer_power_va_rated=100e3, p_w_average=60e3),
        with_("switches", "f1", control=Control.NONE, operating_time_s=0.0),
        with_("nodes", "A", placed(8.0, 48.0, SHORT), latitude_deg=48.001),
        vietnamese("472"),
        with_("switches", "b2", name="MC 371"),
    )
