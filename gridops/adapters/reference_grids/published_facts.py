"""What the source documents of the published grids leave to be said."""

from dataclasses import dataclass, field

from gridops.adapters.reference_grids.conductors import REACTANCE_OHM_PER_KM
from gridops.network import BranchKind, Components

FACTS_ONLY = "Facts from the named paper; this arrangement of them: Apache-2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    title: str
    licence: str = FACTS_ONLY
    frequency_hz: float
    kind: BranchKind = BranchKind.OVERHEAD
    without_switches: frozenset[int] = field(default_factory=frozenset)
    """Branches that belong to the infeed."""
    remote_everywhere: bool = True
    head_pickup_a: float | None = None
    """At the feeder breakers; None: by the rule of ratings."""
    notes: tuple[str, ...] = ()


FACTS = {
    "baranwu33": Facts(
        title="Baran and Wu, 33 nodes, 12.66 kV",
        frequency_hz=60.0,
        head_pickup_a=300.0,
        notes=(
            "The pick-up of the feeder breaker is 300 A, 1.45 times its load: by the rule below it "
            "would not see a fault at the far end of published restorations (376 A over line 33, "
            "360 A over line 14).",
        ),
    ),
    "civanlar16": Facts(
        title="Civanlar, 16 nodes, three feeders, 23 kV",
        frequency_hz=60.0,
        notes=(
            "Reactive loads are net of the capacitors at their nodes, as constant power: so the "
            "published losses were reckoned.",
        ),
    ),
    "das70": Facts(title="Das, 70 nodes, two substations, 11 kV", frequency_hz=50.0),
    "pge69": Facts(
        title="Baran and Wu, 69 nodes, 12.66 kV",
        frequency_hz=60.0,
        notes=(
            "The five ties are those of the reconfiguration literature; the first paper has none.",
        ),
    ),
    "tpc84": Facts(
        title="Taiwan Power Company, 11 feeders, 83 load nodes, 11.4 kV",
        frequency_hz=60.0,
        notes=(
            "The 11 feeder busbars A to K of the one substation are separate infeeds, as in the "
            "source; each therefore has an RTU of its own.",
        ),
    ),
    "zhang119": Facts(
        title="Zhang, 118 nodes (also called 119), three feeders, 11 kV", frequency_hz=50.0
    ),
    "brazil136": Facts(title="Tres Lagoas, 136 nodes, eight feeders, 13.8 kV", frequency_hz=60.0),
    "kraftringen533_hi": Facts(
        title="Kraftringen, 533 nodes, 12 kV, hour of the highest net load",
        licence="CC-BY-4.0",
        frequency_hz=50.0,
        kind=BranchKind.CABLE,
        without_switches=frozenset({1, 2, 3}),
        remote_everywhere=False,
        notes=(
            "Branches 1 to 3 (the 135 kV lines, referred to 12 kV together with nodes 1 and 4) "
            "stay lines at 12 kV; the 135/12 kV transformers are ideal in the source.",
            "Branches 1 to 3 have no switches here: a fault on them is a loss of the infeed.",
            "A negative net load is a generator of its size, of unknown kind; it trips with an "
            "outage, what stands behind it is not known.",
            "The tie between the busbars 2 and 3 (line 27) is open at both ends.",
        ),
    ),
}


def assumptions(facts: Facts, grid: Components, *, rated_by_rule: bool) -> tuple[str, ...]:
    """Every assumption of the converted grid, one sentence each."""
    reactance = REACTANCE_OHM_PER_KM[facts.kind]
    return (
        *facts.notes,
        f"No lengths are published: the length is the reactance over {reactance:g} ohm per km, "
        "at least 1 m.",
        f"No kind of line is published: {facts.kind}; no capacitance is published: 0.",
        f"The frequency is that of the country: {facts.frequency_hz:g} Hz.",
        "No short-circuit power is published: 250 MVA at each infeed.",
        *_rating_rule(grid, rated_by_rule=rated_by_rule),
        f"The lowest voltage allowed is {grid.limits.voltage_pu_min:g} pu: 0.95, or the next "
        "lower multiple of 0.05 that the normal state keeps.",
        "Every line has a load-break switch at both ends; of a tie the one at its first node is "
        "normally open.",
        "The first switch of each line leaving a busbar is a feeder breaker, telecontrolled in "
        "2 s, pick-up 1.2 times the rating of its first line, trip after 0.5 s, no reclosing, "
        "with lockout, rated 1,250 A or the next standard value above its pick-up.",
        _telecontrol_rule(facts),
        "One customer per 1.5 kW of load, at least one; every 24th load is critical, loads from "
        "370 kW are commercial, the rest residential; priorities: critical 1, commercial 2, "
        "residential 3.",
        "Customers are told of their feeder, for want of a map.",
        "Per infeed one RTU for busbar and breakers and one concentrator for its stations.",
    )


def _rating_rule(grid: Components, *, rated_by_rule: bool) -> tuple[str, ...]:
    switches = "Switches are rated 630 A, or 1,250 A or 2,500 A where the line carries more."
    if not rated_by_rule:
        return (switches,)
    rating = max(branch.current_a_max for branch in grid.branches)
    return (
        f"No ratings are published: every line carries {rating:g} A, the next standard conductor "
        "above 1.5 times the largest current of the normal state.",
        switches,
    )


def _telecontrol_rule(facts: Facts) -> str:
    if facts.remote_everywhere:
        return (
            "Every switch is telecontrolled in 12 s and has a non-directional indicator, because "
            "the papers take every line and tie as switchable."
        )
    return (
        "Telecontrolled with a non-directional indicator, 12 s: the outgoing side of every third "
        "station from the feeder head, and every switch of both stations of each tie; all other "
        "switches are crew operated, 30 minutes, without telemetry."
    )
