"""Troubles of RTUs by lot: the same for the same seed, and each of them possible."""

from collections import Counter
from datetime import timedelta
from itertools import islice

from virtual_field_story import CALM, RING, Story, with_points

from gridops.bootstrap.field_faults import drawn_troubles
from gridops.network import Signal, draw
from gridops.virtual_field import LinkTrouble
from gridops.virtual_field.script import RtuMisbehaves, apply

GRID = with_points(draw(RING), ("S1", Signal.VOLTAGE), ("t1", Signal.LOCAL))


def test_the_same_seed_draws_the_same_troubles() -> None:
    once, again, other = (
        list(islice(drawn_troubles(GRID, seed=seed, per_hour=60), 50)) for seed in (4, 4, 5)
    )
    assert once == again
    assert once != other


def test_every_kind_comes_and_can_be_played_to_the_end() -> None:
    drawn = list(islice(drawn_troubles(GRID, seed=1, per_hour=600), 400))
    kinds = Counter(
        one.trouble if isinstance(one, RtuMisbehaves) else type(one).__name__ for one in drawn
    )
    assert {*LinkTrouble, "CrashRtu", "CutLink", "HealLink", "Chatter", "CommsStorm"} <= set(kinds)

    story = Story(GRID, CALM)
    truth = {point: value.value for point, value in story.field.values().items()}
    for happening in drawn:
        apply(story.field, happening)
    story.field.advance(story.field.start + timedelta(seconds=drawn[-1].at_s + 7_200))
    assert story.field.links_cut == set()
    assert {p: v.value for p, v in story.field.values().items()} == truth


def test_their_rate_is_what_was_asked_for() -> None:
    drawn = list(islice(drawn_troubles(GRID, seed=2, per_hour=360), 3_000))
    begins = [one for one in drawn if type(one).__name__ not in ("RtuBehaves", "HealLink")]
    per_hour = len(begins) / (begins[-1].at_s / 3600.0)
    assert 330 < per_hour < 390
