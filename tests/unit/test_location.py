"""Where the fault is, on drawings, pattern by pattern."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from gridops.errors import UnknownId
from gridops.ids import SectionId, SourceId, SwitchId
from gridops.measurement import Measured, Quality, Reading
from gridops.network import IndicatorKind, Network, draw
from gridops.outage import (
    Evidence,
    Location,
    LocationSettings,
    Role,
    Verdict,
    expected_indications,
    impact_between,
    locate,
    locate_lost_supply,
)
from gridops.state import energise

TRIP = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
CHAIN = "S1 [b1] A [s1] B [s2] C [s3] D (t1) E [b2] S2"
FORK = """
    S1 [b1] A [s1] B (t1) C [b2] S2
    A [r1] D [s2] E"""
READINGS = {"Y": Reading.YES, "N": Reading.NO, "F": Reading.FAILED}
CLASSIC = LocationSettings(malfunctions_tolerated=0, hold_probability=0.0)


def normally_closed(network: Network) -> frozenset[SwitchId]:
    return frozenset(s.id for s in network.switches.values() if s.is_normally_closed)


def flags_of(**said: str) -> dict[SwitchId, Measured[Reading]]:
    return {
        SwitchId(switch): Measured(READINGS[word], Quality.GOOD, TRIP)
        for switch, word in said.items()
    }


def where(
    network: Network,
    flags: Mapping[SwitchId, Measured[Reading]],
    *tripped: str,
    settings: LocationSettings | None = None,
) -> Location:
    return locate(
        network,
        closed_before=normally_closed(network),
        tripped=tuple(SwitchId(t) for t in tripped or ("b1",)),
        flags=flags,
        since=TRIP,
        settings=settings or LocationSettings(),
    )


def named(sections: frozenset[SectionId]) -> str:
    return "".join(sorted(section.removeprefix("S") for section in sections))


def word_of(location: Location, device: str) -> tuple[Role, str]:
    found = [e for e in location.evidence if e.device == device]
    return found[-1].role, found[-1].why.code


# the whole table of a circuit with three indicators: best section, verdict, suspected


TABLE = {
    "NNN": ("A", Verdict.LOCATED, "AB"),
    "YNN": ("B", Verdict.LOCATED, "ABC"),
    "YYN": ("C", Verdict.LOCATED, "BCD"),
    "YYY": ("D", Verdict.LOCATED, "CD"),
    "NYY": ("D", Verdict.LOCATED, "ACD"),
    "YNY": ("D", Verdict.AMBIGUOUS, "ABCD"),
    "NYN": ("C", Verdict.AMBIGUOUS, "ABCD"),
    "NNY": ("A", Verdict.LOCATED, "ABD"),
}


@pytest.mark.parametrize(("pattern", "expected"), TABLE.items(), ids=TABLE)
def test_every_pattern_of_three_indicators(
    pattern: str, expected: tuple[str, Verdict, str]
) -> None:
    said = dict(zip(("s1", "s2", "s3"), pattern, strict=True))
    found = where(draw(CHAIN), flags_of(**said))
    best, verdict, suspected = expected
    assert (found.suspects[0].section, found.verdict) == (f"S{best}", verdict)
    assert named(found.suspected) == suspected


def test_probabilities_are_those_of_bayes() -> None:
    """A and B each have two kilometres of cable; s1 flags."""
    sound = LocationSettings(p_trouble=0.0)
    found = where(draw("S1 [b1] A [s1] B (t1) C"), flags_of(s1="Y"), settings=sound)
    prior = {"A": 0.001 + 2 * 0.040, "B": 0.001 + 2 * 0.040}
    likelihood = {"A": 0.01, "B": 0.98}
    total = sum(prior[s] * likelihood[s] for s in "AB")
    assert {s.section: s.probability for s in found.suspects} == {
        SectionId(f"S{s}"): pytest.approx(prior[s] * likelihood[s] / total) for s in "BA"
    }


def test_a_section_that_fails_more_often_is_more_probable() -> None:
    found = where(draw("S1 [b1] A [s1] B\nA [s2] C\nB [s3] D"), flags_of(s2="N"))
    ranked = [suspect.section for suspect in found.suspects]
    assert ranked == ["SA", "SB", "SD", "SC"], "by length: 3, 2 and 1 km; C is ruled out by s2"


def test_flags_with_holes_everywhere_are_too_much_to_believe() -> None:
    chain = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E [s5] F [s6] G"
    found = where(draw(chain), flags_of(s1="N", s2="Y", s3="N", s4="N", s5="Y", s6="Y"))
    assert found.verdict is Verdict.CONTRADICTORY
    assert named(found.suspected) == "ABCDEFG", "everything behind the tripped device"


def test_one_silent_indicator_between_flags_is_seen_through() -> None:
    chain = "S1 [b1] A [s1] B [s2] C [s3] D [s4] E"
    found = where(draw(chain), flags_of(s1="Y", s2="N", s3="Y", s4="N"))
    assert found.verdict is Verdict.AMBIGUOUS
    found = where(draw(chain), flags_of(s1="Y", s2="N", s3="Y", s4="Y"))
    assert (found.verdict, found.suspects[0].section) == (Verdict.LOCATED, "SE")
    assert word_of(found, "s2") == (Role.AGAINST, "silent-on-path")


def test_a_stray_flag_on_a_lateral_is_named() -> None:
    found = where(
        draw(FORK + "\nB [s3] F [s4] G"), flags_of(s1="Y", s2="Y", s3="Y", s4="N", r1="N")
    )
    assert (found.verdict, found.suspects[0].section) == (Verdict.LOCATED, "SF")
    assert word_of(found, "s2") == (Role.AGAINST, "flag-without-path")


def test_nothing_readable_is_insufficient_and_suspects_all() -> None:
    found = where(draw(CHAIN), {})
    assert found.verdict is Verdict.INSUFFICIENT
    assert named(found.suspected) == "ABCD"
    assert {role for role, _ in (word_of(found, s) for s in ("s1", "s2", "s3"))} == {Role.IGNORED}


def test_a_feeder_of_one_section_needs_no_indicator() -> None:
    found = where(draw("S1 [b1] A (t1) B [b2] S2"), {})
    assert (found.verdict, named(found.suspected)) == (Verdict.LOCATED, "A")


def test_nothing_supplied_nothing_suspected() -> None:
    network = draw("S1 (b1) A [r1] B")
    found = locate(
        network,
        closed_before=frozenset({SwitchId("r1")}),
        tripped=(SwitchId("r1"),),
        flags={},
        since=TRIP,
    )
    assert (found.verdict, found.suspected) == (Verdict.INSUFFICIENT, frozenset())


def test_an_unknown_device_says_what_is_near() -> None:
    with pytest.raises(UnknownId, match="b1"):
        where(draw(CHAIN), {}, "b11")


# what devices are worth


@pytest.mark.parametrize(
    ("reading", "code"),
    [
        (Measured(Reading.FAILED, Quality.GOOD, TRIP), "indicator-failed"),
        (Measured(Reading.NOT_FITTED, Quality.GOOD, TRIP), "indicator-not-fitted"),
        (Measured(Reading.YES, Quality.BAD, TRIP), "indicator-failed"),
        (Measured(Reading.NO, Quality.STALE, TRIP), "indicator-failed"),
        (Measured(Reading.YES, Quality.SUBSTITUTED, TRIP), "indicator-forced"),
        (Measured(Reading.YES, Quality.GOOD, TRIP - timedelta(hours=3)), "indicator-stale"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_count_is_ignored_with_the_reason(
    reading: Measured[Reading], code: str
) -> None:
    flags = flags_of(s1="Y", s3="N") | {SwitchId("s2"): reading}
    found = where(draw(CHAIN), flags)
    assert word_of(found, "s2") == (Role.IGNORED, code)
    assert named(found.suspected) == "ABCD"
    assert found.verdict is Verdict.LOCATED, "B and C are one zone now"
    zone = {s.section: s.probability for s in found.suspects}
    assert zone[SectionId("SB")] == pytest.approx(zone[SectionId("SC")])


def test_a_flag_shortly_before_the_opening_belongs_to_it() -> None:
    early = Measured(Reading.YES, Quality.GOOD, TRIP - timedelta(seconds=2))
    assert where(draw(CHAIN), {SwitchId("s1"): early}).suspects[0].section != "SA"


def test_an_old_no_is_still_a_no() -> None:
    old = Measured(Reading.NO, Quality.GOOD, TRIP - timedelta(days=300))
    found = where(draw(CHAIN), flags_of(s1="Y", s3="N") | {SwitchId("s2"): old})
    assert found.suspects[0].section == "SB"


def test_a_switch_without_indicator_joins_its_neighbours() -> None:
    network = draw(CHAIN, change={"s2": {"indicator": IndicatorKind.NONE}})
    found = where(network, flags_of(s1="Y", s2="Y", s3="N"))
    assert {s.section for s in found.suspects[:2]} == {"SB", "SC"}
    assert word_of(found, "s2") == (Role.IGNORED, "indicator-not-fitted")


# who tripped


def test_only_what_lies_behind_the_tripped_recloser_is_suspected() -> None:
    found = where(draw(FORK), flags_of(r1="Y", s2="N", s1="N"), "r1")
    assert named(found.suspected) == "DE"
    assert (found.verdict, found.suspects[0].section) == (Verdict.LOCATED, "SD")


@pytest.mark.parametrize("order", [("b1", "r1"), ("r1", "b1")])
def test_a_breaker_above_that_tripped_as_well_does_not_mislead(order: tuple[str, str]) -> None:
    found = where(draw(FORK), flags_of(r1="Y", s2="Y"), *order)
    assert found.suspects[0].section == "SE"
    assert [e.device for e in found.evidence[:2]] == ["b1", "r1"], "in the order of the grid"


def test_a_recloser_that_stayed_closed_speaks_against_its_lateral() -> None:
    bare = {"r1": {"indicator": IndicatorKind.NONE}}
    found = where(draw(FORK, change=bare), flags_of(s1="N", s2="N"))
    assert found.suspects[0].section == "SA"
    assert word_of(found, "r1") == (Role.SUPPORTS, "did-not-trip")
    lateral = {s.section: s.probability for s in found.suspects}[SectionId("SD")]
    assert lateral < 0.02


def test_a_recloser_that_should_have_tripped_is_named() -> None:
    found = where(draw(FORK), flags_of(s1="N", r1="Y", s2="Y"))
    assert found.suspects[0].section == "SE"
    assert (
        Evidence(
            device=SwitchId("r1"),
            reading=Reading.NO,
            role=Role.AGAINST,
            why=next(e.why for e in found.evidence if e.why.code == "failed-to-trip"),
        )
        in found.evidence
    )


def test_two_laterals_that_tripped_are_two_faults() -> None:
    network = draw("S1 [b1] A [r1] B [s1] C\nA [r2] D")
    found = where(network, flags_of(r1="Y", r2="Y", s1="N"), "r1", "r2")
    assert (found.verdict, named(found.suspected)) == (Verdict.LOCATED, "BCD")
    assert found.p_two_faults > 0.9
    assert [s.section for s in found.suspects[:2]] == ["SD", "SB"]


def test_a_closed_ring_makes_indicators_worthless() -> None:
    network = draw("S1 [b1] A [s1] B [s2] C\nC [s3] A")
    found = where(network, flags_of(s1="Y", s2="N", s3="Y"))
    assert (found.verdict, named(found.suspected)) == (Verdict.INSUFFICIENT, "ABC")


def test_a_flag_at_an_open_tie_is_shown_as_stray() -> None:
    found = where(draw(CHAIN), flags_of(s1="Y", s2="N", s3="N", t1="Y"))
    assert word_of(found, "t1") == (Role.AGAINST, "flag-without-path")
    assert found.suspects[0].section == "SB"


def test_evidence_follows_the_path() -> None:
    found = where(draw(CHAIN), flags_of(s3="N", s2="N", s1="Y"))
    assert [(e.device, e.role, e.why.code) for e in found.evidence] == [
        ("b1", Role.SUPPORTS, "device-tripped"),
        ("s1", Role.SUPPORTS, "saw-fault-current"),
        ("s2", Role.SUPPORTS, "saw-no-fault-current"),
        ("s3", Role.SUPPORTS, "saw-no-fault-current"),
    ]


# how much is held


def test_without_tolerance_only_the_zone_that_fits_best_is_fenced() -> None:
    found = where(draw(CHAIN), flags_of(s1="Y", s2="N", s3="N"), settings=CLASSIC)
    assert (found.verdict, named(found.suspected)) == (Verdict.LOCATED, "B")
    found = where(draw(CHAIN), flags_of(s1="Y", s2="N", s3="Y"), settings=CLASSIC)
    assert named(found.suspected) == "BD", "both need one failed indicator"


def test_an_ideal_field_locates_every_section() -> None:
    network = draw(FORK + "\nB [s3] F\nD [s4] G")
    closed = normally_closed(network)
    for section in energise(network, closed).behind(SwitchId("b1")):
        shown = expected_indications(network, closed, section=section)
        flags = {
            s.id: Measured(Reading.YES if s.id in shown.flagged else Reading.NO, Quality.GOOD, TRIP)
            for s in network.switches.values()
        }
        found = where(network, flags, *shown.tripped, settings=CLASSIC)
        assert found.suspected == {section}
        assert found.suspects[0].section == section
        assert found.verdict is Verdict.LOCATED


def test_every_pattern_gives_probabilities_and_a_best_section_that_is_suspected() -> None:
    network = draw(CHAIN)
    for pattern in product("YNF", repeat=3):
        found = where(network, flags_of(**dict(zip(("s1", "s2", "s3"), pattern, strict=True))))
        assert sum(s.probability for s in found.suspects) == pytest.approx(1)
        assert found.suspects[0].section in found.suspected


# fault path, lost supply, impact


def test_the_nearest_protection_trips_and_the_path_flags() -> None:
    network = draw(FORK)
    shown = expected_indications(network, normally_closed(network), section=SectionId("SE"))
    assert shown.tripped == ("r1",)
    assert shown.flagged == {"r1", "s2"}
    shown = expected_indications(network, normally_closed(network), section=SectionId("SB"))
    assert shown.tripped == ("b1",)
    assert shown.flagged == {"s1"}


def test_a_section_without_supply_shows_nothing() -> None:
    shown = expected_indications(draw(FORK), frozenset(), section=SectionId("SE"))
    assert (shown.tripped, shown.flagged) == ((), frozenset())


def test_lost_supply_suspects_what_is_above_the_heads_and_nothing_below() -> None:
    network = draw(
        "S1 [s9] M [b1] A [s1] B\nM [b2] C\nS2 [b3] D",
        change={"b1": {"feeder": "F1"}, "b2": {"feeder": "F2"}},
    )
    found = locate_lost_supply(
        network,
        closed_before=normally_closed(network),
        dead_sources=frozenset({SourceId("S1")}),
    )
    assert found.suspected == {"SS1", "SM"}
    assert found.verdict is Verdict.LOCATED
    assert [e.device for e in found.evidence] == ["b1", "b2"]
    assert sum(s.probability for s in found.suspects) == pytest.approx(1)


def test_no_dead_source_no_suspect() -> None:
    network = draw(CHAIN)
    found = locate_lost_supply(
        network, closed_before=normally_closed(network), dead_sources=frozenset()
    )
    assert (found.verdict, found.suspected) == (Verdict.INSUFFICIENT, frozenset())


def test_impact_counts_who_lost_supply_and_who_got_it_back() -> None:
    network = draw(FORK, customers={"A": 10, "B": 20, "D": 30, "E": 40}, p_w={"D": 5e3})
    full = energise(network, normally_closed(network))
    tripped = energise(network, normally_closed(network) - {SwitchId("r1")})
    hit = impact_between(full, tripped, p_w={network.sections[SectionId("SE")].loads[0]: 7e3})
    assert (hit.sections, hit.customers, hit.p_w) == (("SD", "SE"), 70, 12e3)
    assert hit.regained == ()
    assert impact_between(tripped, full).regained[0].customers == 30
