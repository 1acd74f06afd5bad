"""The table of rules: invariant -> the function that checks it."""

from collections.abc import Callable
from dataclasses import dataclass

from gridops.guard import (
    altered,
    authority,
    capacity,
    data,
    duty,
    energisation,
    fault_level,
    form,
    paralleling,
    phases,
    sequence,
    supply,
    work,
)
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
    Rule("03", work.worked_on_stay_dead),
    Rule("03", work.isolation_points_stay),
    Rule("05", energisation.isolation_is_whole),
    Rule("05", energisation.fence_is_open_in_the_end),
    Rule("06", energisation.fence_stays_open),
    Rule("07", sequence.closings_wait_for_parting),
    Rule("07", sequence.earlier_steps_are_confirmed),
    Rule("08", work.reclosing_is_blocked),
    Rule("40", sequence.suspects_measure_no_voltage),
    Rule("35", supply.nobody_is_dropped),
    Rule("35", supply.interrupted_are_supplied_again),
    Rule("35", supply.sheds_by_the_ladder),
    Rule("09", paralleling.one_infeed),
    Rule("10", paralleling.stays_radial),
    Rule("11", paralleling.one_side_dead),
    Rule("12", paralleling.levels_match),
    Rule("12", paralleling.sides_are_in_step),
    Rule("12", paralleling.phasing_is_verified),
    Rule("13", capacity.loading_within_limits),
    Rule("13", capacity.cold_load_within_limits),
    Rule("13", capacity.hours_ahead_within_limits),
    Rule("14", capacity.transformers_within_limits),
    Rule("14", capacity.sources_within_capacity),
    Rule("15", capacity.voltage_within_band),
    Rule("13", phases.phase_currents_within_limits),
    Rule("15", phases.phase_voltages_within_band),
    Rule("16", fault_level.making_within_rating),
    Rule("16", fault_level.breaking_within_rating),
    Rule("17", capacity.protection_stands_the_load),
    Rule("17", fault_level.protection_sees_the_least_fault),
    Rule("18", duty.within_duty),
    Rule("19", authority.no_tag_forbids),
    Rule("19", altered.nothing_goes_through_delegated),
    Rule("20", authority.operable),
    Rule("21", authority.not_in_another_plan),
    Rule("22", authority.hot_line_forbids_closing),
    Rule("23", altered.altered_stay_dead),
    Rule("23", altered.nothing_moves_beside_altered),
    Rule("24", data.positions_are_known),
    Rule("25", data.voltages_agree),
    Rule("25", data.currents_agree),
    Rule("36", form.well_formed),
    Rule("36", form.no_empty_step),
    Rule("36", supply.interrupts_what_it_declares),
)
