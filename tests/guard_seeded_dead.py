"""Plans with one mistake each, of what must stay dead or apart. Invariants 01 to 12.

The night, unless drawn otherwise: `S1 (b1) A [s1] B [s2] C (t1) D [b2] S2`. b1 tripped on a
fault in B; right is: open s1 and s2, close b1 for A, close t1 for C.
"""

from gridops.events.operator import (
    TagKind,
)
from gridops.measurement import (
    Quality,
)
from tests.guard_desk import (
    GOOD_PLAN,
    NIGHT,
    at_level,
    desk,
    sections,
    switches,
)
from tests.guard_seeded_desks import (
    CLOSE_BOTH,
    FENCED,
    LATERAL,
    LOST,
    Ask,
    after_opening,
    at_work,
    with_hypothesis,
)

SEEDED_DEAD: list[tuple[str, str, Ask]] = [
    ("01", "the far fence switch is forgotten", lambda: desk().ask("open s1, close b1, close t1")),
    ("01", "the near fence switch is forgotten", lambda: desk().ask("open s2, close t1, close b1")),
    ("01", "the head is closed back on to the fault", lambda: desk().ask("close b1")),
    (
        "01",
        "a lateral into the fault is overlooked",
        lambda: desk(NIGHT + "B [s3] E (t3) D").ask(GOOD_PLAN + ", close t3"),
    ),
    (
        "01",
        "an unknown tie may feed the fault",
        lambda: desk(NIGHT + "B (t3) D").doubting("t3").ask(GOOD_PLAN),
    ),
    (
        "01",
        "one fault hypothesis lies outside the fence",
        lambda: with_hypothesis(GOOD_PLAN, "C"),
    ),
    (
        "01",
        "the fence of another incident is closed upon",
        lambda: desk().but(forbidden=sections("C")).ask(GOOD_PLAN),
    ),
    (
        "01",
        "the zone of another incident is fed beyond the next switch",
        lambda: (
            desk("S1 (b1) A [s1] B [s2] C [s3] E (t1) D [b2] S2")
            .but(forbidden=sections("C"))
            .ask(GOOD_PLAN)
        ),
    ),
    (
        "02",
        "earth is applied in C",
        lambda: desk().tagged("t1", TagKind.EARTH_APPLIED).ask(GOOD_PLAN),
    ),
    (
        "02",
        "earth is applied one section further",
        lambda: (
            desk("S1 (b1) A [s1] B [s2] C [s3] E (t1) D [b2] S2")
            .tagged("s3", TagKind.EARTH_APPLIED)
            .ask(GOOD_PLAN)
        ),
    ),
    (
        "05",
        "a fuse is taken for isolation",
        lambda: desk(NIGHT.replace("[s2]", "(f2)")).ask("open s1, close b1, close t1"),
    ),
    ("05", "one side has no open device", lambda: desk().ask("open s2, close b1")),
    ("05", "fence by an unknown switch", lambda: desk(FENCED).doubting("s2").ask(CLOSE_BOTH)),
    (
        "05",
        "fence by a switch forced by hand",
        lambda: desk(FENCED).doubting("s1", quality=Quality.SUBSTITUTED).ask(CLOSE_BOTH),
    ),
    (
        "05",
        "what the plan calls its fence stays closed",
        lambda: desk(NIGHT.replace("C (t1)", "C [s9] E (t1)"), fence="s1 s2 s9").ask(GOOD_PLAN),
    ),
    (
        "05",
        "at execution the fence is closed again",
        lambda: desk().ask_before(3, GOOD_PLAN),
    ),
    ("06", "a later step closes the near fence", lambda: desk().ask(GOOD_PLAN + ", close s1")),
    ("06", "a later step closes the far fence", lambda: desk().ask(GOOD_PLAN + ", close s2")),
    (
        "06",
        "an open tie into the fault is closed",
        lambda: desk(NIGHT + "B (t3) D").ask(GOOD_PLAN + ", close t3"),
    ),
    (
        "06",
        "a switch inside the zone is closed",
        lambda: desk("S1 (b1) A [s1] B (s5) E [s2] C (t1) D [b2] S2", fault="B E").ask(
            GOOD_PLAN + ", close s5"
        ),
    ),
    (
        "06",
        "a boundary of another incident is closed",
        lambda: desk(NIGHT + "D (s7) X").but(forbidden=sections("X")).ask(GOOD_PLAN + ", close s7"),
    ),
    (
        "07",
        "the far end is closed before its opening",
        lambda: desk().ask("open s1, close t1, open s2, close b1"),
    ),
    ("07", "closing comes first", lambda: desk().ask("close b1, open s1, open s2, close t1")),
    (
        "07",
        "the far opening comes last",
        lambda: desk().ask("open s1, close b1, close t1, open s2"),
    ),
    (
        "07",
        "closing before an opening is confirmed",
        lambda: desk().moved("open s1").ask_before(3, GOOD_PLAN),
    ),
    (
        "07",
        "closing after the read-back went stale",
        lambda: after_opening().doubting("s2").ask_before(3, GOOD_PLAN),
    ),
    (
        "09",
        "the tie closes while the head feeds C",
        lambda: desk(NIGHT.replace("(b1)", "[b1]"), fault="").ask("close t1"),
    ),
    (
        "09",
        "an unknown tie may bring a second busbar",
        lambda: desk(NIGHT + "A (t4) E [b4] S4").doubting("t4").ask(GOOD_PLAN),
    ),
    (
        "10",
        "a ring over one busbar",
        lambda: desk("S1 [b1] A (t1) D [b2] S1", fault="").ask("close t1"),
    ),
    (
        "10",
        "a ring in the dark part",
        lambda: desk(NIGHT + "C [s8] E (t8) C").ask(
            GOOD_PLAN.replace("close t1", "close t8, close t1")
        ),
    ),
    (
        "10",
        "two ties feed the same part",
        lambda: desk(NIGHT + "C (t5) D").ask(GOOD_PLAN + ", close t5"),
    ),
    (
        "10",
        "an unknown switch may make a ring",
        lambda: desk(NIGHT + "C (t5) D").doubting("t5").ask(GOOD_PLAN),
    ),
    (
        "10",
        "a second way on one feeder",
        lambda: desk(NIGHT + "A (t6) A").ask("open s1, open s2, close b1, close t6"),
    ),
    (
        "11",
        "both sides are live",
        lambda: desk(NIGHT.replace("(b1)", "[b1]"), fault="").ask("close t1"),
    ),
    (
        "11",
        "the dark side may be live through an unknown switch",
        lambda: desk(NIGHT + "C (t5) E [b5] S5").doubting("t5").ask(GOOD_PLAN),
    ),
    (
        "11",
        "a source that is measured dead may come back",
        lambda: desk(LOST, fault="", dead=["S1"]).ask("close t1"),
    ),
    ("12", "the tie joins 22 kV and 35 kV", lambda: at_level(35e3, "C").ask(GOOD_PLAN)),
    *[
        ("02", f"earth is applied at {switch} and {closed} feeds it", ask)
        for switch, closed, ask in (
            ("s2", "t1", lambda: desk().tagged("s2", TagKind.EARTH_APPLIED).ask(GOOD_PLAN)),
            (
                "r1",
                "b1",
                lambda: desk(LATERAL).tagged("r1", TagKind.EARTH_APPLIED).ask(GOOD_PLAN),
            ),
            (
                "s7, fed by an unknown switch,",
                "t1",
                lambda: (
                    desk(NIGHT + "C [s6] X (s7) Y")
                    .tagged("s7", TagKind.EARTH_APPLIED)
                    .doubting("s6")
                    .ask(GOOD_PLAN)
                ),
            ),
        )
    ],
    ("03", "a permit on C", lambda: at_work("C").ask(GOOD_PLAN)),
    ("03", "a permit on A", lambda: at_work("A").ask(GOOD_PLAN)),
    (
        "03",
        "a permit one section further, beyond a closed switch",
        lambda: at_work("E", drawing=NIGHT + "C [s6] E").ask(GOOD_PLAN),
    ),
    ("03", "the isolation of a permit is closed", lambda: at_work("X", "t1").ask(GOOD_PLAN)),
    (
        "03",
        "the isolation of a permit lost its tag",
        lambda: at_work("X", "s7", drawing=NIGHT + "C (s7) X").ask(GOOD_PLAN),
    ),
    (
        "03",
        "the isolation of a permit is only noted",
        lambda: (
            at_work("X", "s7", drawing=NIGHT + "C (s7) X")
            .tagged("s7", TagKind.CAUTION)
            .ask(GOOD_PLAN)
        ),
    ),
    (
        "03",
        "the isolation of a permit is in doubt",
        lambda: (
            at_work("X", "s7", drawing=NIGHT + "C (s7) X")
            .tagged("s7", TagKind.NO_CLOSE)
            .doubting("s7")
            .ask(GOOD_PLAN)
        ),
    ),
    ("08", "the head recloses", lambda: desk().but(reclosing_on=switches("b1")).ask(GOOD_PLAN)),
    (
        "08",
        "a fence switch closes by itself",
        lambda: desk().but(reclosing_on=switches("s1")).ask(GOOD_PLAN),
    ),
    (
        "08",
        "an automatic transfer into the fault",
        lambda: desk(NIGHT + "B (s9) E").but(reclosing_on=switches("s9")).ask(GOOD_PLAN),
    ),
    (
        "08",
        "a recloser on the part that is picked up",
        lambda: desk(NIGHT + "C [r9] E").but(reclosing_on=switches("r9")).ask(GOOD_PLAN),
    ),
    (
        "08",
        "the head of the donor recloses on to what it takes on",
        lambda: desk().but(reclosing_on=switches("b2")).ask(GOOD_PLAN),
    ),
    (
        "09",
        "the tie joins two feeds before the head is opened",
        lambda: desk(LOST, fault="").ask("close t1, open b1"),
    ),
    (
        "09",
        "a second tie to another busbar",
        lambda: desk(NIGHT + "C (t5) E [b5] S5").ask(GOOD_PLAN + ", close t5"),
    ),
    (
        "09",
        "what was dead is a busbar that may come back",
        lambda: desk(LOST, fault="", dead=["S1"]).ask("close t1, open b1"),
    ),
    (
        "11",
        "the head is closed on to what a tie feeds",
        lambda: desk("S1 (b1) A [s1] B [t1] D [b2] S2", fault="").ask("close b1"),
    ),
    (
        "11",
        "the other feeder of the same busbar, undeclared",
        lambda: desk("S1 [b1] A (t1) D [b2] S1", fault="").ask("close t1, open b1"),
    ),
    ("12", "the head joins 22 kV and 6 kV", lambda: at_level(6e3, "A").ask(GOOD_PLAN)),
    (
        "12",
        "A was repaired and nobody checked its phases",
        lambda: desk().but(phasing_unverified=sections("A")).ask(GOOD_PLAN),
    ),
    (
        "12",
        "C was repaired and nobody checked its phases",
        lambda: desk().but(phasing_unverified=sections("C")).ask(GOOD_PLAN),
    ),
    (
        "12",
        "phases are not checked one section further",
        lambda: desk(NIGHT + "C [s6] E").but(phasing_unverified=sections("E")).ask(GOOD_PLAN),
    ),
]
