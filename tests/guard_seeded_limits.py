"""Plans with one mistake each, of limits, authority, data and form. Invariants 13 to 40.

The night is that of `guard_seeded_dead`.
"""

from gridops.events.operator import (
    TagKind,
)
from gridops.ids import (
    SwitchId,
)
from gridops.measurement import (
    Measured,
    Position,
    Quality,
)
from gridops.network import (
    Control,
    Limits,
)
from tests.guard_desk import (
    GOOD_PLAN,
    LONG_AGO,
    NIGHT,
    NOW,
    desk,
    sections,
    switches,
    with_transformer,
)
from tests.guard_seeded_desks import (
    FENCED,
    JUMPERED,
    LATER,
    LATERAL,
    LOST,
    Ask,
    after_opening,
    blind,
    busy,
    by_rated,
    hot,
    of_another_drawing,
    of_another_version,
    on_another_grid,
    still,
    tagged,
    weak,
    with_capacity,
    without_position,
)

SEEDED_LIMITS: list[tuple[str, str, Ask]] = [
    ("13", "C is too much for the donor's lines", lambda: desk(p_w={"C": 17e6}).ask(GOOD_PLAN)),
    ("13", "C and D together are too much", lambda: desk(p_w={"C": 8e6, "D": 9e6}).ask(GOOD_PLAN)),
    ("13", "the donor's head breaker is too small", lambda: by_rated(b2=4.0).ask(GOOD_PLAN)),
    ("13", "the tie is too small", lambda: by_rated(t1=1.0).ask(GOOD_PLAN)),
    ("13", "beyond what can be solved", lambda: desk(p_w={"C": 900e6}).ask(GOOD_PLAN)),
    (
        "13",
        "a tighter limit than the rating",
        lambda: desk(p_w={"C": 8e6}).but(limits=Limits(loading_pct_max=50.0)).ask(GOOD_PLAN),
    ),
    ("14", "the donor's transformer is too small", lambda: with_transformer(150e3).ask(GOOD_PLAN)),
    (
        "15",
        "the end of the line sags",
        lambda: desk(p_w={"C": 60e6}).but(limits=Limits(loading_pct_max=None)).ask(GOOD_PLAN),
    ),
    (
        "15",
        "a narrow band is left below",
        lambda: desk(p_w={"C": 5e6}).but(limits=Limits(voltage_pu_min=0.999)).ask(GOOD_PLAN),
    ),
    (
        "15",
        "the busbar is above the band",
        lambda: desk().but(limits=Limits(voltage_pu_max=0.99)).ask(GOOD_PLAN),
    ),
    (
        "15",
        "only the upstream part sags",
        lambda: (
            desk(p_w={"A": 9e6})
            .but(limits=Limits(voltage_pu_min=0.995))
            .ask("open s1, open s2, close b1")
        ),
    ),
    (
        "15",
        "the donor sags, not the part picked up",
        lambda: (
            desk(NIGHT + "D [s9] E", p_w={"E": 12e6})
            .but(limits=Limits(voltage_pu_min=0.992))
            .ask(GOOD_PLAN)
        ),
    ),
    (
        "17",
        "the donor's protection would trip on load",
        lambda: desk(change={"b2": {"pickup_current_a": 3.0}}).ask(GOOD_PLAN),
    ),
    (
        "18",
        "a disconnector picks up load",
        lambda: desk(NIGHT.replace("t1", "d1")).ask(GOOD_PLAN.replace("t1", "d1")),
    ),
    (
        "18",
        "a disconnector drops load",
        lambda: (
            desk(LATERAL.replace("[r1]", "[d3]").replace("(b1)", "[b1]"))
            .but(allowed_dark=sections("E"))
            .ask("open d3")
        ),
    ),
    (
        "18",
        "a fuse is closed under voltage",
        lambda: desk(NIGHT.replace("t1", "f1")).ask(GOOD_PLAN.replace("t1", "f1")),
    ),
    (
        "18",
        "a load-break switch opens while the fault is fed",
        lambda: desk(NIGHT.replace("(b1)", "[b1]")).ask("open s1, open s2"),
    ),
    (
        "18",
        "a load-break switch opens while the breaker is in doubt",
        lambda: desk().doubting("b1").ask("open s1, open s2"),
    ),
    (
        "18",
        "more current than the switch breaks",
        lambda: (
            desk("S1 [b1] A [s1] B", fault="", change={"s1": {"current_a_rated": 2.0}})
            .but(allowed_dark=sections("B"))
            .ask("open s1")
        ),
    ),
    ("19", "no-close on the tie", lambda: desk().tagged("t1", TagKind.NO_CLOSE).ask(GOOD_PLAN)),
    (
        "19",
        "no-operate on a fence switch",
        lambda: desk().tagged("s1", TagKind.NO_OPERATE).ask(GOOD_PLAN),
    ),
    (
        "19",
        "hot-line work at the tie",
        lambda: desk().tagged("t1", TagKind.HOT_LINE).ask(GOOD_PLAN),
    ),
    (
        "19",
        "earth applied at the head",
        lambda: desk().tagged("b1", TagKind.EARTH_APPLIED).ask(GOOD_PLAN),
    ),
    (
        "19",
        "a tag comes between approval and execution",
        lambda: after_opening().tagged("b1", TagKind.NO_CLOSE).ask_before(3, GOOD_PLAN),
    ),
    (
        "19",
        "a tag comes on a later step",
        lambda: desk().tagged("t1", TagKind.NO_CLOSE).ask_before(1, GOOD_PLAN),
    ),
    (
        "20",
        "a crew device by telecontrol",
        lambda: desk(change={"s1": {"control": Control.CREW}}).ask(GOOD_PLAN),
    ),
    (
        "20",
        "a device nobody can move",
        lambda: desk(change={"s2": {"control": Control.NONE}}).ask(GOOD_PLAN, crew="s2"),
    ),
    ("20", "the link is down", lambda: desk().now(unreachable=switches("t1")).ask(GOOD_PLAN)),
    ("20", "the device is in local", lambda: desk().now(unreachable=switches("s1")).ask(GOOD_PLAN)),
    (
        "20",
        "the link went down during the plan",
        lambda: after_opening().now(unreachable=switches("b1")).ask_before(3, GOOD_PLAN),
    ),
    ("21", "the tie is at work elsewhere", lambda: desk().but(busy=switches("t1")).ask(GOOD_PLAN)),
    (
        "22",
        "the head of a hot-line feeder",
        lambda: desk(LATERAL).tagged("r1", TagKind.HOT_LINE).ask(GOOD_PLAN),
    ),
    (
        "22",
        "the donor is worked on live",
        lambda: desk(LATERAL).tagged("b2", TagKind.HOT_LINE).ask(GOOD_PLAN),
    ),
    ("23", "the guard has another grid", on_another_grid),
    ("23", "the grid changed since the plan", of_another_version),
    (
        "24",
        "an unknown switch hangs on the donor",
        lambda: desk(NIGHT + "D [s9] E").doubting("s9").ask(GOOD_PLAN),
    ),
    ("24", "the moving switch itself is in doubt", lambda: desk().doubting("t1").ask(GOOD_PLAN)),
    (
        "24",
        "an intermediate double point counts as open nowhere",
        lambda: (
            desk()
            .now(
                positions={
                    **desk().snapshot.positions,
                    SwitchId("s2"): Measured(Position.INTERMEDIATE, Quality.GOOD, LONG_AGO),
                }
            )
            .ask("open s1, close b1")
        ),
    ),
    ("25", "C is measured live although dark", lambda: desk().measuring("C", 1.0).ask(GOOD_PLAN)),
    ("25", "the donor is measured dead", lambda: desk().measuring("D", 0.01).ask(GOOD_PLAN)),
    (
        "25",
        "current flows through an open tie",
        lambda: (
            desk()
            .now(currents_a={SwitchId("t1"): Measured(80.0, Quality.GOOD, NOW)})
            .ask(GOOD_PLAN)
        ),
    ),
    ("35", "the donor's head is opened", lambda: desk().ask("open s1, open s2, open b2")),
    (
        "35",
        "a live lateral is cut off",
        lambda: desk(LATERAL.replace("(b1)", "[b1]"), fault="").ask("open r1"),
    ),
    ("35", "the whole feeder is cut for its end", lambda: desk(LOST, fault="B").ask("open b1")),
    (
        "35",
        "what was restored is dropped again",
        lambda: desk(LATERAL).ask("open s1, open s2, close b1, open r1"),
    ),
    (
        "35",
        "the other feed is not certain",
        lambda: desk("S1 [b1] A [s1] B (t1) D [b2] S2", fault="").doubting("t1").ask("open s1"),
    ),
    ("36", "a step that changes nothing", lambda: desk().ask("open t1, open s1, open s2")),
    ("36", "one device twice", lambda: desk().ask(GOOD_PLAN + ", open t1")),
    (
        "36",
        "open and close again with nothing between",
        lambda: desk(NIGHT + "C [s8] E").ask("open s1, open s2, open s8, close t1, close s8"),
    ),
    (
        "36",
        "a device three times",
        lambda: desk(NIGHT + "C [s8] E [s9] G").ask(
            "open s8, open s1, open s2, close s8, open s9, open s8"
        ),
    ),
    ("36", "no such switch", lambda: desk().ask("open s99")),
    ("36", "no such step", lambda: desk().ask_before(9, GOOD_PLAN)),
    ("36", "no such section", lambda: desk(fault="Z").ask(GOOD_PLAN)),
    ("36", "endless", lambda: desk().ask(", ".join(["open s1, close s1"] * 51))),
    (
        "40",
        "the fenced zone still measures voltage",
        lambda: after_opening().measuring("B", 0.9, LATER).ask_before(3, GOOD_PLAN),
    ),
    (
        "14",
        "the transformer is not half of what it takes",
        lambda: with_transformer(90e3).ask(GOOD_PLAN),
    ),
    (
        "14",
        "the transformer may be loaded by half only",
        lambda: with_transformer(400e3).but(limits=Limits(loading_pct_max=50.0)).ask(GOOD_PLAN),
    ),
    ("14", "the source has too little left", lambda: with_capacity(150e3, "S2").ask(GOOD_PLAN)),
    ("14", "the feeder's own source is limited", lambda: with_capacity(50e3, "S1").ask(GOOD_PLAN)),
    *[
        ("16", f"{switch} is closed on to more than it stands", weak(switch, making=1e3))
        for switch in ("b1", "t1")
    ],
    *[
        ("16", f"{switch} cannot break what it gets", weak(switch, breaking=1e3))
        for switch in ("r2", "r3", "r4")
    ],
    *[
        ("17", f"the donor's protection is blind from {pickup} A", blind(pickup))
        for pickup in (4e3, 5e3)
    ],
    (
        "17",
        "protection inside the part picked up trips on load",
        lambda: desk(
            NIGHT.replace("(t1)", "[r3] E (t1)"), change={"r3": {"pickup_current_a": 1.0}}
        ).ask(GOOD_PLAN),
    ),
    (
        "17",
        "the head trips on its own load",
        lambda: desk(change={"b1": {"pickup_current_a": 1.0}}).ask(GOOD_PLAN),
    ),
    *[("21", f"{switch} is at work elsewhere", busy(switch)) for switch in ("s1", "s2", "b1")],
    (
        "21",
        "a crew is sent where another crew is",
        lambda: desk().but(busy=switches("s1")).ask(GOOD_PLAN, crew="s1"),
    ),
    *[
        ("22", f"the line at {switch} is worked on live", hot(switch))
        for switch in ("b1", "s1", "s2")
    ],
    (
        "23",
        "a switch was added since",
        lambda: of_another_drawing(NIGHT + "C (s8) E"),
    ),
    *[
        ("19", f"somebody else works behind {switch}", tagged(TagKind.DELEGATED, switch))
        for switch in ("t1", "s1", "b1")
    ],
    (
        "19",
        "a closing feeds through a delegated device",
        lambda: desk(LATERAL).tagged("r1", TagKind.DELEGATED).ask(GOOD_PLAN),
    ),
    (
        "19",
        "a delegated device of doubtful position may let through",
        lambda: (
            desk(NIGHT + "A (s9) E").tagged("s9", TagKind.DELEGATED).doubting("s9").ask(GOOD_PLAN)
        ),
    ),
    (
        "19",
        "the donor feeds through a delegated device",
        lambda: (
            desk("S1 (b1) A [s1] B [s2] C (t1) D [s9] E [b2] S2")
            .tagged("s9", TagKind.DELEGATED)
            .ask(GOOD_PLAN)
        ),
    ),
    *[
        ("23", f"a jumper lies at {switch}", tagged(TagKind.JUMPER, switch))
        for switch in ("b1", "t1", "s2")
    ],
    *[
        ("23", f"the line is cut at {switch}", tagged(TagKind.CUT, switch))
        for switch in ("b1", "t1", "s2")
    ],
    (
        "23",
        "what is fed lies at a jumper one section further",
        lambda: desk(JUMPERED).tagged("s4", TagKind.JUMPER).ask("open s1, open s2, close t1"),
    ),
    (
        "23",
        "an opening beside a cut",
        lambda: desk(JUMPERED).tagged("s3", TagKind.CUT).ask("open s1, open s2, close b1"),
    ),
    (
        "23",
        "a cut under a note",
        lambda: (
            desk(JUMPERED)
            .tagged("s3", TagKind.CAUTION)
            .tagged("s3", TagKind.CUT)
            .ask("open s1, open s2, close b1")
        ),
    ),
    (
        "23",
        "an opening between two cuts",
        lambda: (
            desk(JUMPERED)
            .tagged("s1", TagKind.CUT)
            .tagged("s3", TagKind.CUT)
            .ask("open s2, close b1")
        ),
    ),
    ("01", "a jumper may feed the fault", tagged(TagKind.JUMPER, "s1")),
    (
        "01",
        "a jumper beyond the fence may feed what is not parted from it",
        lambda: desk(JUMPERED).tagged("s4", TagKind.JUMPER).ask("open s1, close b1"),
    ),
    (
        "05",
        "an open switch with a jumper over it is no fence",
        lambda: desk(FENCED).tagged("s2", TagKind.JUMPER).ask("close b1"),
    ),
    (
        "09",
        "a jumper may feed what the tie feeds",
        lambda: desk(JUMPERED).tagged("s4", TagKind.JUMPER).ask(GOOD_PLAN),
    ),
    (
        "11",
        "both sides may be live, one by a jumper",
        lambda: desk(JUMPERED).tagged("s4", TagKind.JUMPER).ask(GOOD_PLAN),
    ),
    (
        "35",
        "an opening may drop what a jumper feeds",
        lambda: desk(JUMPERED).tagged("s4", TagKind.JUMPER).ask("open s2, open s1"),
    ),
    (
        "35",
        "beyond a cut nobody surely keeps supply",
        lambda: desk(NIGHT + "D [r3] E [r4] G [r5] H").tagged("r4", TagKind.CUT).ask("open r3"),
    ),
    ("23", "a line has another rating since", lambda: of_another_drawing(NIGHT, p_w={"C": 1.0})),
    ("23", "another plan's version", of_another_version),
    ("24", "a fence switch is in doubt", lambda: desk().doubting("s1").ask(GOOD_PLAN)),
    ("24", "a position is missing", lambda: without_position("t1").ask(GOOD_PLAN)),
    (
        "25",
        "A is measured live although dark",
        lambda: desk().measuring("A", 1.0, LATER).ask(GOOD_PLAN),
    ),
    ("25", "the busbar is measured dead", lambda: desk().measuring("S2", 0.0).ask(GOOD_PLAN)),
    *[("40", f"the zone measures {pu} pu", still(pu)) for pu in (0.3, 0.5, 1.0)],
    (
        "40",
        "a second section of the zone measures voltage",
        lambda: (
            desk("S1 (b1) A [s1] B [s5] E [s2] C (t1) D [b2] S2", fault="B E")
            .moved("open s1, open s2")
            .measuring("E", 0.9, LATER)
            .ask_before(3, GOOD_PLAN)
        ),
    ),
]
