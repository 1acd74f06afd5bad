from gridops.ids import SwitchId
from gridops.network import draw
from gridops.state import energise

RING = "S1 [b1] A [s1] B (t1) C [b2] S2"


def closed(*names: str) -> frozenset[SwitchId]:
    return frozenset(SwitchId(name) for name in names)


def test_every_section_is_fed_from_the_source_it_hangs_on() -> None:
    traced = energise(draw(RING), closed("b1", "s1", "b2"))
    assert traced.source_of == {"SS1": "S1", "SS2": "S2", "SA": "S1", "SB": "S1", "SC": "S2"}
    assert traced.feeder_of["SB"] == "Fb1"
    assert traced.path("SB") == ("b1", "s1")
    assert traced.loops == ()


def test_behind_a_switch_lies_all_that_it_feeds() -> None:
    traced = energise(draw(RING + "\nA [r1] D"), closed("b1", "s1", "r1", "b2"))
    assert traced.behind(SwitchId("b1")) == {"SA", "SB", "SD"}
    assert traced.behind(SwitchId("s1")) == {"SB"}


def test_an_open_head_leaves_its_feeder_dark() -> None:
    traced = energise(draw(RING), closed("s1", "b2"))
    assert traced.dark == {"SA", "SB"}
    assert traced.customers_dark == 200


def test_two_sources_joined_are_reported_as_a_loop() -> None:
    assert energise(draw(RING), closed("b1", "s1", "t1", "b2")).loops
