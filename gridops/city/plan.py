"""Every number that the city is built with. docs/city.md gives the source of each."""

from dataclasses import dataclass

FEEDERS_MIN, FEEDERS_MAX = 5, 2000
SEED_MAX = 2**63 - 1

Span = tuple[float, float]
Count = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CityPlan:
    """Sizes and shares; a span is drawn from evenly. Units are in the names."""

    feeders_per_station: int = 14
    stations_min: int = 2
    longitude_deg: float = 105.85
    latitude_deg: float = 21.03
    station_spacing_m: float = 3400.0
    """Scale of the spiral that stations stand on; the gap to the next is 1 to 2 times this."""
    spread_exponent: float = 0.6
    """Distance of station k from the centre grows with k to this power; 0.5 is even density."""
    reach_of_border: float = 0.88
    """How far a feeder reaches towards the border with the next station's area."""

    centre_share: float = 0.5
    """Stations, counted from the centre, whose feeders are nearly all cable."""
    cable_share_centre: float = 0.95
    cable_share_outskirts: float = 0.25

    feeder_power_w: Span = (6.5e6, 8.0e6)
    power_factor: float = 0.95
    residential_w_per_customer: Span = (1000.0, 1250.0)
    commercial_w_per_customer: float = 12e3
    critical_customers: Count = (1, 3)
    season_factor: float = 0.75
    """Mean over the year of the daily peak, of the yearly peak."""
    transformer_loading_pu: float = 0.75
    """Service transformers are the smallest usual size that is loaded no higher."""

    source_voltage_pu: float = 1.0
    source_short_circuit_va: Span = (3e9, 5e9)
    busbar_voltage_pu: float = 1.01
    """The tap is set for this at full load; at night the busbar then stays below 1.05."""
    station_loading_pu: float = 0.8
    """A 40 MVA transformer takes no more than this; then one of 63 MVA stands there."""
    capacitor_share: float = 0.1
    """Capacitor at each 22 kV busbar, of the transformer's rating."""
    charging_share: float = 0.05
    """What the cables feed in besides, as the setting of the tap reckons with it."""

    ring_main_units: Count = (5, 6)
    stations_per_span: Count = (3, 4)
    fused_branches: Count = (2, 3)
    stations_per_branch: Count = (3, 5)
    joint_share: float = 0.85
    """Cable runs between two stations that have a joint."""
    fused_transformer_share: float = 0.2
    """Ring main units whose own transformer hangs on a fuse of the model."""

    trunk_poles: int = 20
    transformer_pole_share: float = 0.45
    laterals: Count = (8, 10)
    served_per_lateral: Count = (2, 4)
    second_recloser_share: float = 0.4

    side_tie_share: float = 0.85
    """Neighbouring feeders of one station that are also tied half way."""
    tie_reach_m: float = 3500.0
    """Ends of feeders of different stations are tied up to this distance."""

    automation: tuple[tuple[str, float], ...] = (
        ("full", 0.64),
        ("partial", 0.22),
        ("end", 0.10),
        ("none", 0.04),
    )
    indicator_remote_share: float = 0.95
    indicator_crew_share: float = 0.2
    """Crew-operated load-break switches with an indicator that reports by radio."""
    seconds_remote: float = 10.0
    seconds_breaker: float = 2.0
    seconds_crew_centre: float = 1500.0
    seconds_crew_outskirts: float = 2400.0

    head_pickup_a: float = 540.0
    head_delay_s: float = 0.5
    recloser_pickup_a: float = 480.0
    recloser_delays_s: Span = (0.3, 0.15)
    fuse_delay_s: float = 0.05
    fuse_of_load: float = 2.0
    reclose_delays_s: tuple[float, ...] = (0.5, 15.0)

    photovoltaic_share: float = 0.03
    photovoltaic_of_transformer: Span = (0.1, 0.3)


HANOI = CityPlan()
