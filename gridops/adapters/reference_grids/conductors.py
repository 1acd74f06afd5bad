"""Conductors that are assumed where a published grid names none.

Values per km at 20 degrees Celsius and ampacities are those of the standard types of
pandapower (BSD-3-Clause), which takes them from manufacturers' tables.
"""

from dataclasses import dataclass

from gridops.errors import GridOpsError
from gridops.network import BranchKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductor:
    name: str
    r_ohm_per_km: float
    x_ohm_per_km: float
    c_f_per_km: float
    current_a_max: float


AL_48 = Conductor(
    name="48-AL1/8-ST1A",
    r_ohm_per_km=0.5939,
    x_ohm_per_km=0.372,
    c_f_per_km=9.5e-9,
    current_a_max=210.0,
)
AL_305 = Conductor(
    name="305-AL1/39-ST1A",
    r_ohm_per_km=0.0949,
    x_ohm_per_km=0.38,
    c_f_per_km=9.2e-9,
    current_a_max=740.0,
)
OVERHEAD_RATINGS_A = (105, 140, 170, 210, 290, 350, 410, 470, 535, 645, 740, 960, 1150)
"""Aluminium-steel conductors from 15 to 679 mm2."""

REACTANCE_OHM_PER_KM = {BranchKind.OVERHEAD: 0.35, BranchKind.CABLE: 0.11}
"""Reactance hardly depends on the cross-section, so it gives away the length of a line."""
LENGTH_M_MIN = 1.0


def length_m_of(x_ohm: float, kind: BranchKind) -> float:
    """The length at which a line of this kind has this reactance, in whole metres."""
    return max(round(x_ohm / REACTANCE_OHM_PER_KM[kind] * 1e3), LENGTH_M_MIN)


def next_rating_a(current_a: float) -> float:
    """The smallest standard rating that is not below `current_a`.

    Raises: GridOpsError when no single conductor carries that much.
    """
    for rating in OVERHEAD_RATINGS_A:
        if rating >= current_a:
            return float(rating)
    raise GridOpsError(
        f"no standard conductor carries {current_a:.0f} A",
        remedy="give the grid a rating of its own",
    )
