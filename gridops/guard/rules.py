"""The table of rules: invariant -> the function that checks it."""

from collections.abc import Callable
from dataclasses import dataclass

from gridops.guard import authority, capacity, data, duty, energisation, form, paralleling, sequence
from gridops.guard.case import Case, Findings


@dataclass(frozen=True, slots=True)
class Rule:
    """`invariant` is the number in docs/safety.md; a function may serve several."""

    invariant: str
    check: Callable[[Case], Findings]


RULES_OF_FORM = (form.same_grid, form.everything_exists)
"""Invariants 23 and 36, asked first: the others may only look at what exists."""

RULES: tuple[Rule, ...] = (
    Rule("01", energisation.suspects_stay_dead),
    Rule("01", energisation.other_faults_stay_dead),
    Rule("02", energisation.earthed_stay_dead),
    Rule("05", energisation.isolation_is_whole),
    Rule("06", energisation.fence_stays_open),
    Rule("07", sequence.openings_come_first),
    Rule("07", sequence.earlier_steps_are_confirmed),
    Rule("40", sequence.suspects_measure_no_voltage),
    Rule("35", sequence.nobody_is_dropped),
    Rule("09", paralleling.one_infeed),
    Rule("10", paralleling.stays_radial),
    Rule("11", paralleling.one_side_dead),
    Rule("12", paralleling.levels_match),
    Rule("13", capacity.loading_within_limits),
    Rule("14", capacity.transformers_within_limits),
    Rule("15", capacity.voltage_within_band),
    Rule("17", capacity.protection_stands_the_load),
    Rule("18", duty.within_duty),
    Rule("19", authority.no_tag_forbids),
    Rule("20", authority.operable),
    Rule("21", authority.not_in_another_plan),
    Rule("22", authority.hot_line_forbids_closing),
    Rule("24", data.positions_are_known),
    Rule("25", data.voltages_agree),
    Rule("25", data.currents_agree),
    Rule("36", form.well_formed),
    Rule("36", form.no_empty_step),
)
