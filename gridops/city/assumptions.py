"""What every city folder says about itself: nothing in it is measured."""

from gridops.city.equipment import (
    BRANCH_CABLE,
    BRANCH_LINE,
    CABLE_FAILURES_PER_KM,
    CABLE_ROUTE,
    OVERHEAD_FAILURES_PER_KM,
    OVERHEAD_ROUTE,
    STATION_TRANSFORMERS,
    TRUNK_CABLE,
    TRUNK_LINE,
)
from gridops.city.plan import CityPlan

SOURCE = "Made by `gridops city`; an invented grid with real place names as labels"
"""Tells a city folder from any other."""


def assumptions_of(plan: CityPlan) -> tuple[str, ...]:
    """One sentence each, for `network.toml` and the README of the folder."""
    small, large = (f"{each.power_va_rated / 1e6:g}" for each in STATION_TRANSFORMERS)
    low_w, high_w = plan.feeder_power_w
    shares = ", ".join(f"{name} {share:.0%}" for name, share in plan.automation)
    return (
        "No real grid: stations, routes, devices, settings, loads and customers are invented; "
        "ward and station names of Hanoi are labels and say nothing about what stands there.",
        "Sizes: 14 feeders per 110/22 kV station and about 4,000 customers per feeder follow "
        "from public totals of Hanoi (2.5-2.9 million customers, 46 stations of 110-220 kV, "
        "5,992 MW in 2025); the shares below are assumptions of this project.",
        f"A feeder's loads add up to {low_w / 1e6:g}-{high_w / 1e6:g} MW, power factor "
        f"{plan.power_factor:g}: each load at its own daily peak, so the city's peak is lower.",
        f"Stations: two transformers of {small} or {large} MVA, 115/23 kV, each with a 110 kV "
        f"source of its own held at {plan.source_voltage_pu:g} pu, the 22 kV coupler 412 "
        f"normally open; taps are fixed where the busbar has {plan.busbar_voltage_pu:g} pu at "
        "full load, as no tap changer acts in the model; a capacitor of "
        f"{plan.capacitor_share:.0%} of the rating at each 22 kV busbar.",
        f"Conductors (catalogue values, rounded): {TRUNK_CABLE.name} and {BRANCH_CABLE.name} "
        f"underground, {TRUNK_LINE.name} and {BRANCH_LINE.name} overhead; routes are "
        f"{CABLE_ROUTE:g} (cable) and {OVERHEAD_ROUTE:g} (overhead) times the straight distance.",
        "Earth faults, neutral treatment and phases are not modelled.",
        f"Telecontrol beyond the feeder heads (share of feeders): {shares}. Indicators at "
        f"{plan.indicator_remote_share:.0%} of the telecontrolled and "
        f"{plan.indicator_crew_share:.0%} of the other load-break switches.",
        f"Protection: feeder heads {plan.head_pickup_a:g} A, {plan.head_delay_s:g} s; reclosers "
        f"{plan.recloser_pickup_a:g} A, {plan.recloser_delays_s[0]:g} and "
        f"{plan.recloser_delays_s[1]:g} s; fuses from {plan.fuse_of_load:g} times their load; "
        "reclosing after 0.5 and 15 s on overhead feeders only.",
        "Failure rates and repair times are those of the Roy Billinton Test System: overhead "
        f"{OVERHEAD_FAILURES_PER_KM:g} /km a, 5 h; cable {CABLE_FAILURES_PER_KM:g} /km a, 30 h; "
        "service transformer 0.015 /a, 200 h or 10 h by a spare; breaker 0.006 /a, 4 h; busbar "
        "0.001 /a, 2 h. For 110/22 kV transformers 0.015 /a and 15 h are assumed.",
        "Daily curves are drawn by hand after the usual shapes of household, shop, works and "
        "hospital; the mean over the year is the curve's mean times "
        f"{plan.season_factor:g} for the seasons.",
        f"Panels on {plan.photovoltaic_share:.0%} of the service transformers' roofs; none can "
        "keep an island.",
    )
