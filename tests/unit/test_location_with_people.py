"""Relays and indicators together with what crews, trials, meters and currents say, on drawings."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gridops.ids import LoadId, SectionId, SwitchId
from gridops.measurement import Measured, Part, Quality, Reading
from gridops.network import IndicatorKind, IndicatorTrust, draw
from gridops.outage import AdviceKind, Heard, Location, MeterWord, Role, Trial, Verdict, infer

TRIP = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
CHAIN = "S1 [b1] A [s1] B [s2] C [s3] D (t1) E [b2] S2"
READINGS = {"Y": Reading.YES, "N": Reading.NO, "F": Reading.FAILED}


def said(word: str) -> Measured[Reading]:
    return Measured(READINGS[word], Quality.GOOD, TRIP)


def where(
    drawing: str = CHAIN,
    *,
    flags: Mapping[str, str],
    change: Mapping[str, Mapping[str, Any]] | None = None,
    **heard: Any,
) -> Location:
    network = draw(drawing, change=change)
    heard.setdefault("tripped", (SwitchId("b1"),))
    return infer(
        network,
        Heard(
            closed_before=network.normally_closed,
            since=TRIP,
            flags={SwitchId(s): said(w) for s, w in flags.items()},
            **heard,
        ),
    )


def named(found: Location) -> str:
    return "".join(sorted(s.removeprefix("S") for s in found.suspected))


def sections(names: str) -> frozenset[SectionId]:
    return frozenset(SectionId(f"S{name}") for name in names)


def test_what_a_crew_found_overrides_every_indicator() -> None:
    found = where(flags={"s1": "N", "s2": "N", "s3": "N"}, patrols={SectionId("SD"): True})
    assert (found.verdict, named(found)) == (Verdict.LOCATED, "D")
    assert [e.device for e in found.evidence if e.role is Role.AGAINST] == ["s1", "s2", "s3"]


def test_a_trial_that_held_takes_its_sections_off_the_suspicion() -> None:
    assert named(where(flags={"s1": "Y", "s2": "N", "s3": "N"})) == "ABC"
    held = (Trial(sections=sections("A"), held=True),)
    assert named(where(flags={"s1": "Y", "s2": "N", "s3": "N"}, trials=held)) == "BC"


def test_two_independent_words_at_each_boundary_leave_one_section() -> None:
    trials = (Trial(sections=sections("A"), held=True), Trial(sections=sections("CD"), held=True))
    found = where(flags={"s1": "Y", "s2": "N", "s3": "N"}, trials=trials)
    assert (found.verdict, named(found)) == (Verdict.LOCATED, "B")
    assert found.advice == ()


def test_a_trial_that_tripped_again_says_where_it_is() -> None:
    tripped = (Trial(sections=sections("AB"), held=False),)
    found = where(flags={}, trials=tripped)
    assert named(found) in ("AB", "ABCD")
    best = {s.section for s in found.suspects[:2]}
    assert best == sections("AB")


def test_phases_tell_a_stray_flag_from_the_fault() -> None:
    """s1 and s2 flag phase a with earth; s3 flags b alone, as a neighbour's fault does."""
    parts = {
        (SwitchId(device), part): said("Y" if part.value in phases else "N")
        for device, phases in {"s1": "an", "s2": "an", "s3": "b"}.items()
        for part in (Part.A, Part.B, Part.C, Part.N)
    }
    found = where(flags={}, part_flags=parts)
    assert found.suspects[0].section == "SC"
    assert next(e for e in found.evidence if e.device == "s3").role is Role.AGAINST


def test_contradicting_phases_everywhere_are_too_much_to_believe() -> None:
    words = {"s1": "a", "s2": "b", "s3": "c"}
    parts = {
        (SwitchId(device), part): said("Y" if part.value in phases else "N")
        for device, phases in words.items()
        for part in (Part.A, Part.B, Part.C, Part.N)
    }
    found = where(flags={}, part_flags=parts)
    assert (found.verdict, named(found)) == (Verdict.CONTRADICTORY, "ABCD")


def test_an_indicator_known_to_flag_without_cause_counts_by_its_silence_alone() -> None:
    trust = {"s2": {"indicator_trust": IndicatorTrust.ABSENCE_ONLY}}
    loud = where(flags={"s1": "Y", "s2": "Y", "s3": "N"}, change=trust)
    assert next(e for e in loud.evidence if e.device == "s2").why.code == "flag-untrusted"
    assert loud.verdict is Verdict.LOCATED, "B and C are one zone now"
    quiet = where(flags={"s1": "Y", "s2": "N", "s3": "N"}, change=trust)
    assert quiet.suspects[0].section == "SB"


def test_a_directional_indicator_fed_from_the_other_side_flags_in_reverse() -> None:
    """The feeder is supplied from S2 over the tie; s2 then sees current from C to B."""
    drawing = "S1 (b1) A [s1] B [s2] C [t1] E [b2] S2"
    change = {s: {"indicator": IndicatorKind.DIRECTIONAL} for s in ("s1", "s2")}
    network = draw(drawing, change=change)
    found = infer(
        network,
        Heard(
            closed_before=network.normally_closed,
            since=TRIP,
            tripped=(SwitchId("b2"),),
            flags={SwitchId("s1"): said("N"), SwitchId("s2"): said("N")},
            part_flags={
                (SwitchId("s2"), Part.REVERSE): said("Y"),
                (SwitchId("s1"), Part.REVERSE): said("N"),
            },
        ),
    )
    assert (found.suspects[0].section, found.verdict) == ("SB", Verdict.LOCATED)


def test_a_device_under_test_is_heard_and_not_believed() -> None:
    found = where(flags={"s1": "Y", "s2": "N", "s3": "N"}, in_test=frozenset({SwitchId("s1")}))
    assert next(e for e in found.evidence if e.device == "s1").role is Role.IGNORED
    assert found.suspects[0].section in ("SA", "SB")


def test_meters_find_the_fuse_that_nobody_reports() -> None:
    network = draw("S1 [b1] A [f1] B\nA [s1] C", change={})
    heard = Heard(
        closed_before=network.normally_closed,
        since=TRIP,
        scope=sections("ABC"),
        meters={
            LoadId("B"): MeterWord(lost=9),
            LoadId("A"): MeterWord(alive=40),
            LoadId("C"): MeterWord(alive=30),
        },
    )
    found = infer(network, heard)
    assert found.suspects[0].section == "SB"
    assert found.suspects[0].probability > 0.9


def test_what_would_help_most_is_said_with_its_worth() -> None:
    found = where(flags={"s1": "F", "s2": "N", "s3": "N"})
    assert found.advice, "A and B are not told apart"
    assert all(one.customer_minutes > 0 for one in found.advice)
    assert [a.customer_minutes for a in found.advice] == sorted(
        (a.customer_minutes for a in found.advice), reverse=True
    )
    assert AdviceKind.TRIAL in {a.kind for a in found.advice}
