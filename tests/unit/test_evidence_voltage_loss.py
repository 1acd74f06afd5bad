"""Detectors of lost voltage, told as they report."""

import math
from datetime import timedelta
from itertools import product

import pytest
from evidence_story import Outage, are_sane, codes, good, only
from hypothesis import given
from hypothesis import strategies as st

from gridops.ids import SwitchId
from gridops.measurement import Measured, Part, Quality, Reading
from gridops.network import draw
from gridops.outage.testimony import Word, counting
from gridops.outage.voltage_loss import LIVE_PHASES, VoltageSettings, words
from tests.properties.random_feeders import drawings

LATERALS = """
    S1 [b1] A [s1] B [f1] C [s2] D [s3] E
    B [s4] F (t1) G [b2] S2"""
USUAL = VoltageSettings()
YES, NO = Reading.YES, Reading.NO
READINGS = {"Y": YES, "N": NO, "F": Reading.FAILED}


def said(outage: Outage, settings: VoltageSettings = USUAL) -> list[Word]:
    return words(outage.scene, outage.heard, settings=settings, lead_s=5.0)


def losses(**told: str) -> dict[tuple[SwitchId, Part], Measured[Reading]]:
    """`s2="Y"`: the device as a whole; `s2="YNN"`: phases a, b, c; `s2="Y-F"`: b not told."""
    found = {}
    for device, letters in told.items():
        parts = (Part.WHOLE,) if len(letters) == 1 else LIVE_PHASES
        for part, letter in zip(parts, letters, strict=True):
            if letter != "-":
                found[SwitchId(device), part] = good(READINGS[letter])
    return found


def test_who_is_dark_and_who_is_not_name_the_fuse() -> None:
    outage = Outage(LATERALS, voltage_losses=losses(s2="Y", s3="Y", s4="N"))
    assert outage.likeliest(said(outage)) == {"C", "D", "E"}


def test_all_dark_names_the_head() -> None:
    outage = Outage(LATERALS, voltage_losses=losses(s1="Y", s2="Y", s4="Y"))
    assert outage.likeliest(said(outage)) == {"A", "B", "F"}


def test_one_silent_detector_does_not_hide_the_fuse() -> None:
    outage = Outage(LATERALS, voltage_losses=losses(s1="N", s2="N", s3="Y", s4="N"))
    word = {w.witness: w for w in counting(said(outage))}
    assert outage.likeliest(said(outage)) == {"C", "D", "E"}
    assert word["s2"].wrong is not None
    assert word["s2"].wrong[outage.row("C")]


def test_where_a_device_tripped_voltage_tells_no_place() -> None:
    found = said(Outage(LATERALS, "b1", voltage_losses=losses(s2="Y", s4="N")))
    assert codes(found) == ["voltage-tells-no-place"] * 2


def test_a_detector_at_the_device_that_opens_may_stand_on_either_side() -> None:
    outage = Outage(LATERALS, voltage_losses=losses(f1="Y", s2="Y"))
    word = {w.witness: w for w in counting(said(outage))}
    behind, head = outage.row("C"), outage.row("A")
    assert word["f1"].log_p[behind] == pytest.approx(math.log(0.5 * (0.98 + 0.01)))
    assert word["f1"].log_p[head] == pytest.approx(math.log(0.98))


def test_phases_tell_a_fuse_from_a_breaker() -> None:
    some = Outage(LATERALS, voltage_losses=losses(s2="NYN"))
    word = only(said(some))
    assert word.log_p[some.row("C")] - word.log_p[some.row("B")] > math.log(5)
    every = only(said(Outage(LATERALS, voltage_losses=losses(s2="YYY"))))
    assert every.log_p[some.row("B")] > every.log_p[some.row("C")]


def test_a_broken_conductor_is_told_by_where_the_phase_is_still_there() -> None:
    outage = Outage(LATERALS, voltage_losses=losses(s2="NNN", s3="YNN"))
    assert outage.likeliest(said(outage)) == {"D"}


def test_a_detector_that_looks_at_one_phase_misses_the_others() -> None:
    def weight(letters: str) -> float:
        outage = Outage(LATERALS, voltage_losses=losses(s2=letters))
        word = only(said(outage))
        return float(word.log_p_none - word.log_p[outage.row("C")])

    assert 0.0 < weight("N--") < weight("NN-") < weight("NNN")


def test_no_loss_is_no_word_before_it_can_be_told() -> None:
    early = Outage(LATERALS, asked_after_s=2.0, voltage_losses=losses(s2="N", s4="Y"))
    assert codes(said(early)) == ["voltage-too-early"]
    late = Outage(LATERALS, asked_after_s=9.0, voltage_losses=losses(s2="N", s4="Y"))
    assert codes(said(late)) == []


def test_words_that_do_not_count_are_told_with_the_reason() -> None:
    s2, before = SwitchId("s2"), good(YES).source_time - timedelta(minutes=3)
    old = {(s2, Part.WHOLE): Measured(YES, Quality.GOOD, before)}
    assert codes(said(Outage(LATERALS, voltage_losses=old))) == ["indicator-stale"]
    assert codes(said(Outage(LATERALS, voltage_losses=losses(s2="F")))) == ["indicator-failed"]
    tested = Outage(LATERALS, voltage_losses=losses(s2="Y"), in_test=frozenset({s2}))
    assert codes(said(tested)) == ["in-test"]


def test_an_old_no_still_counts() -> None:
    before = good(NO).source_time - timedelta(days=3)
    kept = {(SwitchId("s2"), Part.WHOLE): Measured(NO, Quality.GOOD, before)}
    assert not codes(said(Outage(LATERALS, voltage_losses=kept)))


@given(drawings(), st.data())
def test_words_are_sane_and_every_answer_is_one_of_eight(text: str, data: st.DataObject) -> None:
    """Over all answers of one detector: none, all, or some of its phases (six ways, alike)."""
    network = draw(text)
    device = data.draw(st.sampled_from(list(network.switches)))
    other = data.draw(st.sampled_from(list(network.switches)))
    rows = len(Outage(network).scene.sections)
    p_none: dict[str, float] = {}
    for letters in map("".join, product("YN", repeat=3)):
        heard = losses(**{other: "Y", device: letters})
        heard = {key: word for key, word in heard.items() if key != (device, Part.WHOLE)}
        told = said(Outage(network, voltage_losses=heard))
        assert are_sane(told, rows)
        p_none.update(
            (letters, math.exp(w.log_p_none)) for w in counting(told) if w.witness == device
        )
    if {"NNN", "YYY", "YNN"} <= p_none.keys():
        assert p_none["NNN"] + p_none["YYY"] + p_none["YNN"] == pytest.approx(1.0)
