"""Errors, and the warnings beside them, each planted in a sound grid."""

from collections.abc import Callable
from dataclasses import replace

from gridops.measurement import Position
from gridops.network import (
    Components,
    Control,
    IndicatorKind,
    Limits,
    NodeKind,
    Signal,
    SwitchKind,
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
    without,
)

PLANTED: dict[str, tuple[str, Callable[[], Components], str]] = {
    # name: (code, grid, an id that the flaw names)
    "two nodes of one id": ("duplicate-id", lambda: also("nodes", "A", kind=NodeKind.POLE), "A"),
    "two points of one id": (
        "duplicate-id",
        lambda: also("points", "b1.lockout", element="S1", signal=Signal.VOLTAGE, node_id="x"),
        "b1.lockout",
    ),
    "branch and transformer of one id": (
        "duplicate-id",
        lambda: with_("transformers", "T1", STEPPED_DOWN, id="A-s1"),
        "A-s1",
    ),
    "branch named like a node": (
        "ambiguous-id",
        lambda: with_("branches", "A-s1", id="B"),
        "B",
    ),
    "branch named like a section": (
        "ambiguous-id",
        lambda: with_("branches", "A-s1", id="SB"),
        "SB",
    ),
    "branch to nowhere": ("dangling-branch", lambda: with_("branches", "A-s1", to_node="Z"), "Z"),
    "transformer to nowhere": (
        "dangling-transformer",
        lambda: with_("transformers", "T1", STEPPED_DOWN, to_node="Z"),
        "T1",
    ),
    "switch to nowhere": ("dangling-switch", lambda: with_("switches", "s1", node_b="Z"), "s1"),
    "source nowhere": ("dangling-source", lambda: with_("sources", "S1", node="Z"), "S1"),
    "load nowhere": ("dangling-load", lambda: with_("loads", "A", node="Z"), "A"),
    "point of nothing": (
        "dangling-point",
        lambda: with_("points", "s1.position", element="Z"),
        "Z",
    ),
    "point of no link": ("dangling-point", lambda: with_("points", "s1.position", link="Z"), "s1"),
    "branch to itself": (
        "self-loop-branch",
        lambda: with_("branches", "A-s1", to_node="A"),
        "A-s1",
    ),
    "switch to itself": ("self-loop-switch", lambda: with_("switches", "s1", node_b="A.s1"), "s1"),
    "bypassed switch": (
        "switch-without-effect",
        lambda: also("branches", "A-s1", id="bypass", from_node="B", to_node="C"),
        "t1",
    ),
    "lonely node": ("isolated-node", lambda: also("nodes", "A", id="Z"), "Z"),
    "island": (
        "unreachable-section",
        lambda: also(
            "branches",
            "A-s1",
            also("nodes", "A", also("nodes", "A", id="Y"), id="Z"),
            id="YZ",
            from_node="Y",
            to_node="Z",
        ),
        "Y",
    ),
    "ring within one feeder": (
        "normal-loop",
        lambda: also("branches", "A-s1", id="ring", from_node="A", to_node="B"),
        "s1",
    ),
    "feeders joined": (
        "sources-in-parallel",
        lambda: with_("switches", "t1", normal_position=Position.CLOSED),
        "t1",
    ),
    "two sources at one node": (
        "sources-in-parallel",
        lambda: also("sources", "S1", id="S3"),
        "S3",
    ),
    "dark load": (
        "normally-dark-load",
        lambda: with_("switches", "s1", normal_position=Position.OPEN),
        "B",
    ),
    "feeder without head": (
        "feeder-head-missing",
        lambda: with_("switches", "b1", feeder=None),
        "b1",
    ),
    "head is no breaker": (
        "head-not-breaker",
        lambda: with_("switches", "b1", kind=SwitchKind.RECLOSER),
        "b1",
    ),
    "head in the field": (
        "head-not-at-busbar",
        lambda: with_("nodes", "S1", kind=NodeKind.POLE),
        "b1",
    ),
    "two heads of one feeder": (
        "duplicate-feeder",
        lambda: with_("switches", "b2", feeder="Fb1"),
        "b2",
    ),
    "branch without impedance": (
        "impedance-zero",
        lambda: with_("branches", "A-s1", r_ohm=0.0, x_ohm=0.0),
        "A-s1",
    ),
    "negative impedance": (
        "impedance-negative",
        lambda: with_("branches", "A-s1", x_ohm=-1.0),
        "A-s1",
    ),
    "absurd impedance": (
        "impedance-absurd",
        lambda: with_("branches", "A-s1", r_ohm=1e9),
        "A-s1",
    ),
    "absurd transformer impedance": (
        "impedance-absurd",
        lambda: with_("transformers", "T1", STEPPED_DOWN, short_circuit_voltage_pu=12.0),
        "T1",
    ),
    "length in km": ("length-unit", lambda: with_("branches", "A-s1", length_m=1.0), "A-s1"),
    "length in mm": (
        "length-unit",
        lambda: with_("branches", "A-s1", length_m=1e5 * 2, r_ohm=0.02, x_ohm=0.02),
        "A-s1",
    ),
    "no length": ("length-absurd", lambda: with_("branches", "A-s1", length_m=0.0), "A-s1"),
    "capacitance in nF": (
        "capacitance-absurd",
        lambda: with_("branches", "A-s1", c_f=270.0),
        "A-s1",
    ),
    "branch without rating": (
        "rating-missing",
        lambda: with_("branches", "A-s1", current_a_max=0.0),
        "A-s1",
    ),
    "rating in kA": (
        "rating-suspect",
        lambda: with_("branches", "A-s1", current_a_max=0.4),
        "A-s1",
    ),
    "negative failures": (
        "failures-negative",
        lambda: with_("branches", "A-s1", failures_per_year=-1.0),
        "A-s1",
    ),
    "transformer without rating": (
        "rating-missing",
        lambda: with_("transformers", "T1", STEPPED_DOWN, power_va_rated=0.0, copper_loss_w=0.0),
        "T1",
    ),
    "transformer rating in MVA": (
        "rating-suspect",
        lambda: with_("transformers", "T1", STEPPED_DOWN, power_va_rated=25.0, copper_loss_w=1.0),
        "T1",
    ),
    "more loss than impedance": (
        "losses-absurd",
        lambda: with_("transformers", "T1", STEPPED_DOWN, copper_loss_w=5e6),
        "T1",
    ),
    "tap beyond its range": (
        "tap-out-of-range",
        lambda: with_("transformers", "T1", STEPPED_DOWN, tap_position=12),
        "T1",
    ),
    "clock thirteen": (
        "clock-out-of-range",
        lambda: with_("transformers", "T1", STEPPED_DOWN, clock=13),
        "T1",
    ),
    "transformer upside down": (
        "voltage-mismatch",
        lambda: with_("transformers", "T1", STEPPED_DOWN, voltage_v_from=35e3),
        "T1",
    ),
    "branch between voltages": (
        "voltage-mismatch",
        lambda: with_("nodes", "E", voltage_v_nominal=10e3),
        "E-f1",
    ),
    "switch between voltages": (
        "voltage-mismatch",
        lambda: with_(
            "nodes", "E", with_("nodes", "E.f1", voltage_v_nominal=10e3), voltage_v_nominal=10e3
        ),
        "f1",
    ),
    "switch without rating": (
        "rating-missing",
        lambda: with_("switches", "s1", current_a_rated=0.0),
        "s1",
    ),
    "switch rating in kA": (
        "rating-suspect",
        lambda: with_("switches", "s1", current_a_rated=0.63),
        "s1",
    ),
    "source voltage in percent": (
        "voltage-absurd",
        lambda: with_("sources", "S1", voltage_pu=100.0),
        "S1",
    ),
    "source without power": (
        "rating-missing",
        lambda: with_("sources", "S1", short_circuit_va=0.0),
        "S1",
    ),
    "source power in MVA": (
        "rating-suspect",
        lambda: with_("sources", "S1", short_circuit_va=250.0),
        "S1",
    ),
    "negative r_to_x": ("impedance-negative", lambda: with_("sources", "S1", r_to_x=-0.1), "S1"),
    "load that feeds in": ("load-negative", lambda: with_("loads", "A", p_w=-1e3), "A"),
    "absurd load": ("load-absurd", lambda: with_("loads", "A", p_w=1e9), "A"),
    "load in kW": ("load-unit", lambda: with_("loads", "A", p_w=90.0), "A"),
    "share in percent": (
        "load-share-outside",
        lambda: with_("loads", "A", constant_impedance_share=30.0),
        "A",
    ),
    "negative share": (
        "load-share-outside",
        lambda: with_("loads", "A", constant_current_share=-0.1),
        "A",
    ),
    "more than the whole load": (
        "load-shares-beyond-whole",
        lambda: with_("loads", "A", constant_current_share=0.6, constant_impedance_share=0.5),
        "A",
    ),
    "negative customers": ("customers-negative", lambda: with_("loads", "A", customers=-1), "A"),
    "priority five": ("priority-out-of-range", lambda: with_("loads", "A", priority=5), "A"),
    "breaker without protection": (
        "breaker-without-protection",
        lambda: without(
            "points", "r1.protection", grid=with_("switches", "r1", pickup_current_a=None)
        ),
        "r1",
    ),
    "switch that cannot trip": (
        "protection-cannot-trip",
        lambda: with_("switches", "s1", pickup_current_a=100.0),
        "s1",
    ),
    "pick-up at zero": (
        "pickup-absurd",
        lambda: with_("switches", "r1", pickup_current_a=0.0),
        "r1",
    ),
    "trip delay in ms": (
        "trip-delay-absurd",
        lambda: with_("switches", "r1", trip_delay_s=100.0),
        "r1",
    ),
    "load-break switch that recloses": (
        "reclosing-impossible",
        lambda: with_("switches", "s1", reclose_delays_s=(1.0,)),
        "s1",
    ),
    "reclosing at once": (
        "reclosing-absurd",
        lambda: with_("switches", "r1", reclose_delays_s=(0.0, 5.0)),
        "r1",
    ),
    "too many shots": (
        "reclosing-absurd",
        lambda: with_("switches", "r1", reclose_delays_s=(1.0,) * 5),
        "r1",
    ),
    "remote fuse": (
        "fuse-remote",
        lambda: with_("switches", "f1", control=Control.REMOTE, operating_time_s=2.0),
        "f1",
    ),
    "endless operation": (
        "operating-time-absurd",
        lambda: with_("switches", "f1", operating_time_s=1e6),
        "f1",
    ),
    "remote and slow": (
        "operating-time-suspect",
        lambda: with_("switches", "s1", operating_time_s=1800.0),
        "s1",
    ),
    "remote switch without position": (
        "remote-without-position",
        lambda: without("points", "s1.position"),
        "s1",
    ),
    "remote switch without command": (
        "remote-without-command",
        lambda: without("points", "s1.command"),
        "s1",
    ),
    "crew switch with a command": (
        "command-not-remote",
        lambda: with_("switches", "s1", control=Control.CREW),
        "s1.command",
    ),
    "indicator without a point": (
        "indicator-without-point",
        lambda: without("points", "s1.fault_flag"),
        "s1",
    ),
    "flag without an indicator": (
        "point-signal-misfit",
        lambda: with_("switches", "s1", indicator=IndicatorKind.NONE),
        "s1",
    ),
    "voltage of a switch": (
        "point-signal-misfit",
        lambda: also("points", "s1.position", id="v", node_id="v", signal=Signal.VOLTAGE),
        "s1",
    ),
    "position of a node": (
        "point-signal-misfit",
        lambda: also("points", "s1.position", id="p", node_id="p", element="A"),
        "A",
    ),
    "protection where there is none": (
        "point-signal-misfit",
        lambda: also("points", "s1.position", id="p", node_id="p", signal=Signal.PROTECTION),
        "s1",
    ),
    "lockout that is said not to be there": (
        "point-signal-misfit",
        lambda: with_("switches", "r1", lockout_point=False),
        "r1",
    ),
    "lockout without a point": (
        "lockout-without-point",
        lambda: without("points", "r1.lockout"),
        "r1",
    ),
    "namespace that nobody names": (
        "point-address-invalid",
        lambda: with_("points", "s1.position", node_id="ns=2;i=7"),
        "s1.position",
    ),
    "identity that is no address": (
        "link-identity-invalid",
        lambda: with_("links", "rtu", identity_node_id="ns=0;g=1"),
        "rtu",
    ),
    "one address twice": (
        "duplicate-point-address",
        lambda: with_("points", "s1.position", node_id="b1.position"),
        "s1.position",
    ),
    "one signal twice": (
        "duplicate-point-signal",
        lambda: also("points", "s1.position", id="p", node_id="p"),
        "p",
    ),
    "latitude of 200": (
        "coordinates-outside-world",
        lambda: with_("nodes", "A", longitude_deg=10.0, latitude_deg=200.0),
        "A",
    ),
    "only a longitude": (
        "coordinates-incomplete",
        lambda: with_("nodes", "A", longitude_deg=8.0),
        "A",
    ),
    "an invisible character": (
        "control-character",
        lambda: with_("loads", "A", name="Giảng\u200bVõ"),
        "A",
    ),
    "a formula": ("formula-cell", lambda: with_("loads", "A", area="@SUM(A1)"), "A"),
    "voltage band in percent": (
        "limits-absurd",
        lambda: replace(SOUND, limits=Limits(voltage_pu_min=95.0, voltage_pu_max=105.0)),
        "",
    ),
    "loading in per unit": (
        "limits-absurd",
        lambda: replace(SOUND, limits=Limits(loading_pct_max=1.0)),
        "",
    ),
    "railway frequency in kHz": (
        "frequency-absurd",
        lambda: replace(SOUND, frequency_hz=0.05),
        "",
    ),
    "no telemetry at all": ("no-telemetry", lambda: replace(SOUND, points=(), links=()), ""),
}
PLANTED |= {
    "a number that is none": (
        "not-finite",
        lambda: with_("branches", "A-s1", r_ohm=float("nan")),
        "A-s1",
    ),
    "an endless load": ("not-finite", lambda: with_("loads", "A", p_w=float("inf")), "A"),
    "generator nowhere": ("dangling-generator", lambda: with_generator(node="Z"), "G"),
    "shunt nowhere": ("dangling-shunt", lambda: with_shunt(node="Z"), "C"),
    "profile that is not there": (
        "dangling-profile",
        lambda: with_("loads", "A", profile="Z"),
        "A",
    ),
    "no node at all": ("empty-table", lambda: replace(SOUND, nodes=()), ""),
    "no source at all": ("empty-table", lambda: replace(SOUND, sources=()), ""),
    "parallel cables": (
        "parallel-branches",
        lambda: also("branches", "A-s1", id="second"),
        "second",
    ),
    "parallel transformers": (
        "parallel-branches",
        lambda: also("transformers", "T1", STEPPED_DOWN, id="T2"),
        "T2",
    ),
    "exchanged sides": (
        "transformer-sides-exchanged",
        lambda: with_("transformers", "T1", STEPPED_DOWN, from_node="S1", to_node="H"),
        "T1",
    ),
    "more iron loss than rating": (
        "losses-absurd",
        lambda: with_("transformers", "T1", STEPPED_DOWN, iron_loss_w=26e6),
        "T1",
    ),
    "tap step in percent": (
        "tap-step-absurd",
        lambda: with_("transformers", "T1", STEPPED_DOWN, tap_step_pu=1.5),
        "T1",
    ),
    "node that never fails": (
        "failures-negative",
        lambda: with_("nodes", "A", failures_per_year=-0.1),
        "A",
    ),
    "repaired before it broke": (
        "repair-time-negative",
        lambda: with_("switches", "s1", repair_time_s=-3600.0),
        "s1",
    ),
    "no spare before its time": (
        "repair-time-negative",
        lambda: with_("loads", "A", transformer_replacement_time_s=-1.0),
        "A",
    ),
    "a day of no hours": ("profile-steps", with_profile, "day"),
    "a year as a day": ("profile-steps", lambda: with_profile(*[1.0] * 8760), "day"),
    "node in the gulf of Guinea": (
        "coordinates-zero",
        lambda: with_("nodes", "A", longitude_deg=0.0, latitude_deg=0.0),
        "A",
    ),
    "latitude written as longitude": (
        "coordinates-exchanged",
        lambda: with_("nodes", "A", longitude_deg=21.0, latitude_deg=105.8),
        "A",
    ),
    "one node exchanged": (
        "coordinates-exchanged",
        lambda: with_("nodes", "A", placed(8.0, 48.0), longitude_deg=48.0, latitude_deg=8.0),
        "A",
    ),
    "one node in another country": (
        "coordinates-far-away",
        lambda: with_("nodes", "A", placed(8.0, 48.0), longitude_deg=-70.0, latitude_deg=40.0),
        "A",
    ),
}
