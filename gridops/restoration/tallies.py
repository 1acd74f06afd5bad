"""What an outage took and what a course of movements gives back, in the figures people read."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import TypedDict

from gridops.ids import SectionId
from gridops.restoration.plan import Minutes, Tally
from gridops.restoration.schedule import Move
from gridops.restoration.scoring import dark_spells
from gridops.restoration.situation import Situation, power_w_of


class Tallies(TypedDict):
    customers: Tally
    p_w: Tally
    minutes: Minutes


def tallies_of(situation: Situation, moves: Sequence[Move]) -> Tallies:
    """All of `dark`, and of it what has supply after `moves`. The minutes with the plan count
    those as well whom it drops on its way."""
    sections = situation.network.sections
    left = left_dark(situation, moves) & situation.dark
    customers = sum(sections[s].customers for s in situation.dark)
    customers_left = sum(sections[s].customers for s in left)
    in_order = situation.network.arrays.sections.of.__getitem__
    power_w = sum(power_w_of(situation, s) for s in sorted(situation.dark, key=in_order))
    power_left_w = sum(power_w_of(situation, s) for s in sorted(left, key=in_order))
    spells = dark_spells(situation, moves)
    dark_s = sum(sections[spell.section].customers * spell.lasts_s for spell in spells)
    return Tallies(
        customers=Tally(
            interrupted=customers,
            restored_by_switching=customers - customers_left,
            until_repair=customers_left,
        ),
        p_w=Tally(
            interrupted=power_w,
            restored_by_switching=power_w - power_left_w,
            until_repair=power_left_w,
        ),
        minutes=Minutes(
            with_plan=dark_s / 60.0, without=customers * situation.settings.repair_s / 60.0
        ),
    )


def left_dark(situation: Situation, moves: Sequence[Move]) -> AbstractSet[SectionId]:
    """What is without supply after `moves`."""
    left = set(situation.dark)
    for move in moves:
        left.update(move.dropped)
        left.difference_update(move.restored)
    return left
