"""Where stations stand and how far their feeders reach. Metres east and north of the centre."""

import math
from collections.abc import Sequence

from gridops.city.dice import Dice
from gridops.city.plan import CityPlan

Place = tuple[float, float]

GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))
EARTH_RADIUS_M = 6_371_000.0
METRES_PER_DEGREE = math.pi * EARTH_RADIUS_M / 180.0
PLACE_DIGITS = 1
REACH_M_MIN = 900.0
REACH_OF_SPACING = 1.5
"""At the edge of the city no neighbour ends a feeder; this many local spacings do."""
JITTER_OF_SPACING = 0.12


def placed(east_m: float, north_m: float) -> Place:
    """Rounded, so that machines whose sine differs in the last bit agree."""
    return round(east_m, PLACE_DIGITS), round(north_m, PLACE_DIGITS)


def distance_m(one: Place, other: Place) -> float:
    east, north = one[0] - other[0], one[1] - other[1]
    return math.sqrt(east * east + north * north)


def degrees(place: Place, plan: CityPlan) -> tuple[float, float]:
    """Longitude and latitude: a plane laid onto the globe at the centre of the city."""
    shrink = math.cos(math.radians(plan.latitude_deg))
    longitude = plan.longitude_deg + place[0] / (METRES_PER_DEGREE * shrink)
    return round(longitude, 6), round(plan.latitude_deg + place[1] / METRES_PER_DEGREE, 6)


def station_count(feeders: int, plan: CityPlan) -> int:
    return max(plan.stations_min, -(-feeders // plan.feeders_per_station))


def station_places(count: int, plan: CityPlan, *, dice: Dice) -> tuple[Place, ...]:
    """On a sunflower spiral (Vogel 1979), denser inside; more stations leave the first ones."""
    turn = dice.between("turn", span=(0.0, 2 * math.pi))
    return tuple(_station_place(k, plan, turn=turn, dice=dice) for k in range(count))


def _station_place(k: int, plan: CityPlan, *, turn: float, dice: Dice) -> Place:
    radius = plan.station_spacing_m * (k + 0.5) ** plan.spread_exponent
    angle = turn + k * GOLDEN_ANGLE
    jitter = JITTER_OF_SPACING * plan.station_spacing_m
    east = radius * math.cos(angle) + dice.between("east", k, span=(-jitter, jitter))
    north = radius * math.sin(angle) + dice.between("north", k, span=(-jitter, jitter))
    return placed(east, north)


def spacing_m(k: int, plan: CityPlan) -> float:
    """Radius of the circle that has the area of station k."""
    grown = plan.spread_exponent * (k + 0.5) ** (2 * plan.spread_exponent - 1)
    return plan.station_spacing_m * math.sqrt(2.0 * grown)


def reach_m(k: int, angle: float, *, places: Sequence[Place], plan: CityPlan) -> float:
    """How far a feeder of station k goes at `angle`: nearly to the border of its area."""
    here = places[k]
    reach = REACH_OF_SPACING * spacing_m(k, plan)
    for other in places:
        away = distance_m(here, other)
        if away == 0.0:
            continue
        ahead = (other[0] - here[0]) * math.cos(angle) + (other[1] - here[1]) * math.sin(angle)
        if ahead > 0.0:
            reach = min(reach, away * away / (2.0 * ahead))
    return max(REACH_M_MIN, plan.reach_of_border * reach)
