"""What the papers on the Roy Billinton Test System leave to be said, and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gridops.adapters.reference_grids.published_facts import FACTS_ONLY
from gridops.network import LoadClass

POWER_FACTOR = 0.95
SOURCE_VOLTAGE_PU = 1.03
SHORT_CIRCUIT_VA = 250e6
REPLACEMENT_H = 10.0
FUSE_RATINGS_A = (25, 40, 63, 100, 125, 160, 200, 250, 315)
CLASS_OF_TYPE = {
    "residential": LoadClass.RESIDENTIAL,
    "commercial": LoadClass.COMMERCIAL,
    "government/institution": LoadClass.CRITICAL,
    "farm": LoadClass.COMMERCIAL,
    "small user (HV supply)": LoadClass.INDUSTRIAL,
    "small industrial": LoadClass.INDUSTRIAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    name: str
    title: str
    licence: str = FACTS_ONLY
    voltage_v: float = 11e3
    voltage_v_of_feeder: Mapping[str, float] = field(default_factory=dict)
    voltage_pu_min: float = 0.90
    notes: tuple[str, ...] = ()


FACTS = {
    "RBTS Bus 2": Facts(name="rbts_bus2", title="RBTS bus 2, four 11 kV feeders, 22 load points"),
    "RBTS Bus 4": Facts(
        name="rbts_bus4",
        title="RBTS bus 4, seven 11 kV feeders, 38 load points",
        notes=(
            "Each of the seven feeders has an infeed of its own, as in the source; the three "
            "33/11 kV supply points are not modelled.",
        ),
    ),
    "RBTS Bus 6": Facts(
        name="rbts_bus6",
        title="RBTS bus 6, urban and rural, four feeders, 40 load points",
        voltage_v_of_feeder={"F4": 33e3},
        notes=(
            "Feeder F4 is taken as 33 kV: its peak of 10.9 MW over 64 km of line is out of "
            "reach at 11 kV.",
            "A section of length 0 (18 laterals of F4) is its fuse alone, without a line.",
        ),
    ),
}


def assumptions(facts: Facts) -> tuple[str, ...]:
    """Every assumption of the converted system, one sentence each."""
    return (
        *facts.notes,
        "Infeeds hold 1.03 pu with 250 MVA of short-circuit power; what fails above them is not "
        "part of the tables.",
        "No impedances are published: mains are 305-AL1/39-ST1A (0.0949 + j0.38 ohm per km, 740 "
        "A), laterals 48-AL1/8-ST1A (0.5939 + j0.372 ohm per km, 210 A), values of pandapower's "
        "standard types.",
        "No power factor is published: 0.95 inductive.",
        "No voltage limit is published: 0.90 pu, because the tables take every transfer to an "
        "alternative supply as possible.",
        "Failures per year are the rate per km times the length.",
        "Disconnectors, fuses and alternative supplies are operated by a crew in the published "
        "switching time of 1 h, without telemetry; an alternative supply is a load-break switch.",
        "Breakers are telecontrolled in 2 s, pick-up 1.2 times the rating of the line behind "
        "them, trip after 0.5 s at the head and 0.3 s along the line, no reclosing, with lockout.",
        "A fuse has the next standard rating from 1.5 times the peak current of its load point, "
        "and melts at twice its rating.",
        "A service transformer is replaced in 10 h (the papers' case of replacement) or repaired "
        "in 200 h; its rating is not published.",
        "Classes: government/institution critical, farm commercial, small user and small "
        "industrial industrial; priorities: critical 1, commercial 2, residential 3, industrial "
        "4.",
        "Failures of breakers, busbars and disconnectors are not part of the published case and "
        "are left empty.",
        "Customers are told of their feeder, for want of a map.",
        "Per infeed one RTU for busbar and breakers.",
    )
