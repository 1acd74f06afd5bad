"""Where location could go wrong without a word: early, upside down, far, crowded, or impossible."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from gridops.errors import UnknownId
from gridops.ids import SectionId, SwitchId
from gridops.measurement import Measured, Part, Quality, Reading
from gridops.network import (
    BranchKind,
    IndicatorKind,
    IndicatorTrust,
    Network,
    Signal,
    build_network,
    draw,
)
from gridops.outage import AdviceKind, Heard, Location, LocationSettings, Verdict, infer

TRIP = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
CHAIN = "S1 [b1] A [s1] B [s2] C [s3] D"
DIRECTIONAL = {"indicator": IndicatorKind.DIRECTIONAL}


def said(word: str) -> Measured[Reading]:
    return Measured({"y": Reading.YES, "n": Reading.NO}[word], Quality.GOOD, TRIP)


def flags(**words: str) -> dict[SwitchId, Measured[Reading]]:
    return {SwitchId(s): said(word) for s, word in words.items()}


def heard(network: Network, *tripped: str, **more: object) -> Heard:
    plain = Heard(
        closed_before=network.normally_closed,
        since=TRIP,
        tripped=tuple(SwitchId(t) for t in tripped),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def p(found: Location, section: str) -> float:
    return next(s.probability for s in found.suspects if s.section == section)


@pytest.mark.parametrize("after_s", [0.0, 0.05, 2.0, 60.0])
def test_a_flag_that_is_there_counts_however_early(after_s: float) -> None:
    grid = draw(CHAIN)
    asked = TRIP + timedelta(seconds=after_s)
    found = infer(grid, heard(grid, "b1", flags=flags(s1="y", s2="y", s3="y"), asked_at=asked))
    assert p(found, "SD") > 0.97
    assert found.p_trouble < 0.001


def test_silence_right_after_the_trip_proves_nothing() -> None:
    grid = draw(CHAIN)
    found = infer(grid, heard(grid, "b1", flags=flags(s1="n", s2="n", s3="n"), asked_at=TRIP))
    assert found.verdict is Verdict.INSUFFICIENT
    assert p(found, "SA") == pytest.approx(p(infer(grid, heard(grid, "b1")), "SA"))


def test_an_indicator_mounted_the_wrong_way_round_is_one_wrong_device() -> None:
    """It says "no" for the current that came and "yes" for one that did not."""
    grid = draw(CHAIN, change={"s2": DIRECTIONAL})
    upside_down = {(SwitchId("s2"), Part.REVERSE): said("y")}
    words = flags(s1="y", s2="n", s3="n")
    found = infer(grid, heard(grid, "b1", flags=words, part_flags=upside_down))
    assert SectionId("SC") in found.suspected


def test_three_hundred_contradicting_indicators_are_counted_in_full() -> None:
    """Two spurs of 150 sections, every indicator up: whichever spur holds it, 150 are wrong."""
    spurs = [[f"{x}{k}" for k in range(150)] for x in "AB"]
    lines = ["S1 [b1] R"]
    for spur, letter in zip(spurs, "12", strict=True):
        above = ["R", *spur[:-1]]
        lines += [
            f"{a} [s{letter}{k}] {b}" for k, (a, b) in enumerate(zip(above, spur, strict=True))
        ]
    grid = draw("\n".join(lines))
    up = {s: said("y") for s in grid.switches if s != "b1"}
    found = infer(grid, heard(grid, "b1", flags=up))
    assert found.verdict is Verdict.CONTRADICTORY
    assert found.suspected == {s for s in grid.sections if s != "SS1"}


def test_the_type_of_fault_that_needs_fewest_failures_decides_what_one_wrong_device_hides() -> None:
    """s2 misses phase a alone: one wrong device, whatever type of fault is likeliest."""
    grid = draw(CHAIN)
    words = {
        (SwitchId(s), part): said(word)
        for s, told in {"s1": "ynny", "s2": "nnny", "s3": "nnnn"}.items()
        for part, word in zip((Part.A, Part.B, Part.C, Part.N), told, strict=True)
    }
    found = infer(grid, heard(grid, "b1", part_flags=words))
    assert {"SB", "SC"} <= found.suspected


def test_what_no_reading_tells_apart_is_not_located() -> None:
    """The only indicator stands above every candidate."""
    grid = draw("S1 [s0] Z [r1] A [d1] B")
    found = infer(grid, heard(grid, "r1", flags=flags(s0="y", r1="y")))
    assert found.verdict is Verdict.INSUFFICIENT


def test_a_sectionaliser_that_opened_by_itself_has_seen_the_current() -> None:
    grid = draw("S1 [b1] A [s1] B", change={"s1": {"sectionaliser_counts": 2}})
    found = infer(grid, heard(grid, "b1", "s1"))
    assert p(found, "SB") > 0.99


def test_a_recloser_that_stayed_makes_a_hidden_fuse_the_likelier_to_have_cleared() -> None:
    """S1 [b1] A [r1] B [f1] C, f1 reports nothing, b1 tripped and r1 did not. Behind f1: either
    it blew, r1 stayed and b1 tripped along, or f1 and r1 both failed."""
    grid = draw("S1 [b1] A [r1] B [f1] C")
    parts = grid.components
    points = tuple(p for p in parts.points if (p.element, p.signal) != ("f1", Signal.POSITION))
    grid = build_network(replace(parts, points=points))
    how = LocationSettings(p_trouble=0.0, p_no_fault=0.0)
    miss, along = how.p_miscoordination, how.p_trips_along
    behind_fuse = (1 - miss) * (1 - along) * along + miss * miss * (1 - miss)
    before_fuse = miss * (1 - miss)
    found = infer(grid, heard(grid, "b1"), settings=how)
    lines = {"SB": 2 * 0.040 + 0.001, "SC": 0.040 + 0.001}
    ratio = behind_fuse * lines["SC"] / (before_fuse * lines["SB"])
    assert p(found, "SC") / p(found, "SB") == pytest.approx(ratio)


def test_an_indicator_above_the_searched_part_keeps_its_voltage() -> None:
    """Nothing tripped; r1 would clear a fault in B. s0 waits for a loss that it never sees."""
    waits = {"s0": {"indicator_needs_voltage_loss": True}}
    grid = draw("S1 [b1] Z [s0] A [r1] B", change=waits)
    scope = frozenset({SectionId("SB")})
    silent = infer(grid, heard(grid, scope=scope, flags=flags(s0="n")))
    flagged = infer(grid, heard(grid, scope=scope, flags=flags(s0="y")))
    assert silent.p_no_fault == pytest.approx(flagged.p_no_fault, rel=1e-2)


def test_parts_of_two_feeders_are_each_cleared_by_their_own_device() -> None:
    waits = {s: {"indicator_needs_voltage_loss": True} for s in ("s1", "s2")}
    grid = draw("S1 [b1] A [s1] B\nS2 [b2] C [s2] D", change=waits)
    scope = frozenset({SectionId("SB"), SectionId("SD")})
    one = infer(grid, heard(grid, scope=scope, flags=flags(s1="y", s2="n")))
    other = infer(grid, heard(grid, scope=scope, flags=flags(s1="n", s2="y")))
    assert p(one, "SB") > 0.99
    assert p(other, "SD") > 0.99


def test_a_part_to_be_searched_that_the_grid_does_not_have_is_an_error() -> None:
    grid = draw(CHAIN)
    with pytest.raises(UnknownId):
        infer(grid, heard(grid, scope=frozenset({SectionId("nowhere")})))


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("rate", [f.name for f in fields(LocationSettings) if f.name[:2] == "p_"])
def test_no_rate_of_nought_or_one_breaks_the_sums(rate: str, value: float) -> None:
    grid = draw("S1 [b1] A [r1] B [s1] C\nA [s2] D")
    settings = replace(LocationSettings(), **{rate: value})
    for tripped in ((), ("b1",), ("b1", "r1")):
        for word in ("yy", "yn", "ny", "nn"):
            told = flags(s1=word[0], s2=word[1])
            scope = frozenset(grid.sections)
            with np.errstate(all="raise", under="ignore"):
                found = infer(
                    grid, heard(grid, *tripped, flags=told, scope=scope), settings=settings
                )
            total = sum(s.probability for s in found.suspects)
            assert total == pytest.approx(1.0 + found.p_two_faults)
            assert 0.0 <= found.p_no_fault <= 1.0
            assert 0.0 <= found.p_trouble <= 1.0


def test_two_laterals_that_trip_have_a_fault_each() -> None:
    grid = draw("S1 [b1] A [r1] B\nA [r2] C [s3] D")
    found = infer(grid, heard(grid, "r1", "r2", flags=flags(r1="y", r2="y", s3="n")))
    assert found.p_two_faults > 0.9
    assert p(found, "SB") > 0.9
    assert p(found, "SC") > 0.9
    assert {"SB", "SC"} <= found.suspected


def test_a_tripped_device_that_fed_nothing_takes_no_part() -> None:
    grid = draw("S1 [b1] A [s1] B\nC [r9] D")
    alone = infer(grid, heard(grid, "b1", flags=flags(s1="y")))
    assert infer(grid, heard(grid, "r9", "b1", flags=flags(s1="y"))) == alone
    assert infer(grid, heard(grid, "r9")).suspected == frozenset()


def test_a_section_without_any_rate_can_fail_all_the_same() -> None:
    grid = draw(CHAIN)
    parts = grid.components
    lines = tuple(replace(b, failures_per_year=0.0) for b in parts.branches)
    grid = build_network(replace(parts, branches=lines))
    settings = LocationSettings(failures_per_year_section=0.0)
    found = infer(grid, heard(grid, "b1", flags=flags(s1="y", s2="n", s3="n")), settings=settings)
    assert p(found, "SB") > 0.9


def test_no_reading_is_advised_that_tells_nothing() -> None:
    """s0 stands above every candidate, s2 is trusted for nothing; s1 tells A from the rest."""
    ignored = {"s2": {"indicator_trust": IndicatorTrust.IGNORED}}
    grid = draw("S1 [s0] Z [b1] A [s1] B [s2] C", customers={"A": 5000}, change=ignored)
    silent = Measured(Reading.FAILED, Quality.GOOD, TRIP)
    mute = {SwitchId(s): silent for s in ("s0", "s1", "s2")}
    narrow = LocationSettings(advice_max=20, malfunctions_tolerated=0, hold_probability=0.9)
    found = infer(grid, heard(grid, "b1", flags=mute), settings=narrow)
    assert {a.target for a in found.advice if a.kind is AdviceKind.READ} == {"s1"}


def test_a_patrol_along_a_cable_is_not_worth_what_one_along_a_line_is() -> None:
    grid = draw(CHAIN)
    parts = grid.components
    lines = tuple(replace(b, kind=BranchKind.OVERHEAD) for b in parts.branches)
    open_air = build_network(replace(parts, branches=lines))
    every = LocationSettings(advice_max=20)

    def patrol(grid: Network) -> float:
        found = infer(grid, heard(grid, "b1", flags=flags(s1="y", s2="n")), settings=every)
        return max(a.customer_minutes for a in found.advice if a.kind is AdviceKind.PATROL)

    assert patrol(grid) < 0.2 * patrol(open_air)


@pytest.mark.parametrize("searched", ["SB", "SC", "SD"])
def test_a_closed_ring_is_one_wherever_the_searched_part_ends(searched: str) -> None:
    grid = draw("S1 [b1] A [s1] B [s2] C\nA [s3] D [s4] C\nA [s5] E [s6] F")
    scope = frozenset({SectionId(searched), SectionId("SE"), SectionId("SF")})
    found = infer(grid, heard(grid, scope=scope, flags=flags(s1="y", s3="n", s5="n", s6="n")))
    assert found.verdict is Verdict.INSUFFICIENT
    assert found.suspected == scope


def test_a_ring_elsewhere_on_the_feeder_is_no_hindrance() -> None:
    grid = draw("S1 [b1] A [s1] B [s2] C\nA [s3] D [s4] C\nA [s5] E [s6] F")
    scope = frozenset({SectionId("SE"), SectionId("SF")})
    found = infer(grid, heard(grid, scope=scope, flags=flags(s5="y", s6="n")))
    assert found.verdict is Verdict.LOCATED
