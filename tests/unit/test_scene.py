"""Which device clears a fault at each candidate, wherever the search is set."""

from evidence_story import BEGAN

from gridops.ids import SectionId
from gridops.network import draw
from gridops.outage.heard import Heard
from gridops.outage.scene import scene_of
from gridops.state import energise

TWO_FEEDERS = """
    S1 [b1] A [s1] B [f1] C
    S2 [b2] D [s2] E"""


def guards(*sections: str) -> dict[str, str | None]:
    network = draw(TWO_FEEDERS)
    closed = network.normally_closed
    scope = frozenset(SectionId("S" + s) for s in sections)
    heard = Heard(closed_before=closed, since=BEGAN, scope=scope)
    scene = scene_of(energise(network, closed), heard)
    ids = network.arrays.switches.ids
    named = (ids[g] if g >= 0 else None for g in scene.guard_of.tolist())
    return dict(zip((s.removeprefix("S") for s in scene.candidates), named, strict=True))


def test_the_device_is_the_nearest_above_that_opens_by_itself() -> None:
    assert guards("A", "B", "C") == {"A": "b1", "B": "b1", "C": "f1"}


def test_each_feeder_has_its_own_where_the_search_begins_below_the_heads() -> None:
    assert guards("B", "C", "E") == {"B": "b1", "C": "f1", "E": "b2"}


def test_a_section_at_the_source_has_none() -> None:
    assert guards("S1", "A") == {"S1": None, "A": "b1"}
