"""The whole city, from two numbers."""

import math
from dataclasses import dataclass

from gridops.city.cable_feeder import build_cable_feeder
from gridops.city.customers import connect_customers, drawn_power_w
from gridops.city.dice import Dice
from gridops.city.feeder import Automation, FeederSite, FeederWorks, TieEnd
from gridops.city.layout import Place, distance_m, placed, reach_m, station_count, station_places
from gridops.city.names import AREAS_PER_STATION, FIRST_LINE, station_name, ward_name
from gridops.city.overhead_feeder import build_overhead_feeder
from gridops.city.plan import FEEDERS_MAX, FEEDERS_MIN, HANOI, SEED_MAX, CityPlan
from gridops.city.points import points_of
from gridops.city.profiles import PROFILES
from gridops.city.station import StationSite, StationWorks
from gridops.city.ties import build_tie, pair_ends, side_pairs
from gridops.city.yard import Yard
from gridops.ids import LinkId, NodeId
from gridops.network import Components, Link

FENCE_M = 40.0
SECTOR_JITTER = 0.25
"""Of a sector, how far a feeder's direction may be off its middle."""
SECTOR_MAX = math.pi / 5
"""Few feeders do not fill the circle: they fan out towards the next station."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _District:
    """A station before it is built: who hangs on it."""

    index: int
    places: tuple[Place, ...]
    feeders: int
    in_centre: bool

    @property
    def name(self) -> str:
        return station_name(self.index)

    @property
    def facing(self) -> float:
        """The direction of the nearest other station."""
        here = self.places[self.index]
        others = [place for k, place in enumerate(self.places) if k != self.index]
        there = min(others, key=lambda place: (distance_m(here, place), place))
        return math.atan2(there[1] - here[1], there[0] - here[0])


def build_city(feeders: int, *, seed: int = 1, plan: CityPlan = HANOI) -> Components:
    """A synthetic city with so many feeders: the same numbers give equal components anywhere.

    Radial in the normal state, within its limits at the stated loads, without errors under
    `gridops.network.validation`. Nothing of it is a real grid; docs/city.md says what it is.

    Raises: ValueError unless 5 <= feeders <= 2000 and 0 <= seed < 2**63.
    """
    if not FEEDERS_MIN <= feeders <= FEEDERS_MAX:
        raise ValueError(f"a city has {FEEDERS_MIN} to {FEEDERS_MAX} feeders, not {feeders}")
    if not 0 <= seed <= SEED_MAX:
        raise ValueError(f"a seed is a whole number from 0 to {SEED_MAX}, not {seed}")
    yard = Yard(plan=plan, dice=Dice(seed))
    ends = [end for district in _districts(yard, feeders) for end in _build(yard, district)]
    sides, tails = [side for side, _ in ends], [tail for _, tail in ends]
    for one, other in side_pairs(sides, plan, yard=yard):
        build_tie(sides[one], sides[other])
    for one, other in pair_ends(tails, plan, yard=yard):
        build_tie(tails[one], tails[other])
    points = points_of(yard)
    telling = {point.link for point in points}
    return Components(
        name=f"city-{feeders}-{seed}",
        nodes=tuple(yard.nodes),
        branches=tuple(yard.branches),
        transformers=tuple(yard.transformers),
        switches=tuple(yard.switches),
        sources=tuple(yard.sources),
        profiles=PROFILES,
        loads=tuple(yard.loads),
        generators=tuple(yard.generators),
        shunts=tuple(yard.shunts),
        links=tuple(link for link in yard.links if link.id in telling),
        points=points,
    )


def _districts(yard: Yard, feeders: int) -> list[_District]:
    """Feeders are shared among the stations as evenly as whole numbers allow."""
    count = station_count(feeders, yard.plan)
    places = station_places(count, yard.plan, dice=yard.dice)
    each, rest = divmod(feeders, count)
    return [
        _District(
            index=k,
            places=places,
            feeders=each + int(k < rest),
            in_centre=(k + 0.5) / count < yard.plan.centre_share,
        )
        for k in range(count)
    ]


def _build(yard: Yard, district: _District) -> list[tuple[TieEnd, TieEnd]]:
    """The station and its feeders; returns each feeder's two tie ends."""
    powers = [drawn_power_w(yard, (district.index, j)) for j in range(district.feeders)]
    site = StationSite(
        index=district.index,
        name=district.name,
        place=district.places[district.index],
        power_w=(math.fsum(powers[0::2]), math.fsum(powers[1::2])),
        link=LinkId(f"RTU-{district.name}"),
    )
    busbars = StationWorks(yard, site).build()
    areas = [_area(yard, district, part=part) for part in range(AREAS_PER_STATION)]
    ends: list[tuple[TieEnd, TieEnd]] = []
    for position in range(district.feeders):
        area = areas[position * AREAS_PER_STATION // district.feeders]
        works = FeederWorks(
            yard=yard, site=_site(yard, district, position=position, busbars=busbars, area=area)
        )
        build = build_cable_feeder if works.site.is_cable else build_overhead_feeder
        ends.append(build(works))
        connect_customers(works)
    return ends


def _area(yard: Yard, district: _District, *, part: int) -> tuple[str, LinkId]:
    """The ward that a third of the district is named after, and its concentrator."""
    ward = ward_name(district.index * AREAS_PER_STATION + part)
    link = LinkId(f"DCU-{district.name}-{part + 1}")
    yard.links.append(
        Link(
            id=link,
            name=f"Bộ tập trung {ward} ({district.name})",
            namespace_uri=f"urn:gridops:city:{district.name.lower()}:dcu{part + 1}",
        )
    )
    return ward, link


def _site(
    yard: Yard,
    district: _District,
    *,
    position: int,
    busbars: tuple[NodeId, NodeId],
    area: tuple[str, LinkId],
) -> FeederSite:
    plan, dice, key = yard.plan, yard.dice, (district.index, position)
    sector = min(2 * math.pi / district.feeders, SECTOR_MAX)
    off = dice.between("direction", *key, span=(-SECTOR_JITTER, SECTOR_JITTER))
    angle = district.facing + sector * (position + off - (district.feeders - 1) / 2)
    here = district.places[district.index]
    cable_share = plan.cable_share_centre if district.in_centre else plan.cable_share_outskirts
    return FeederSite(
        station=district.index,
        position=position,
        station_name=district.name,
        line_number=FIRST_LINE + position,
        busbar=busbars[position % 2],
        origin=placed(here[0] + FENCE_M * math.cos(angle), here[1] + FENCE_M * math.sin(angle)),
        angle=angle,
        half_angle=sector / 2,
        reach_m=reach_m(district.index, angle, places=district.places, plan=plan),
        is_cable=dice.happens("cable", *key, chance=cable_share),
        automation=Automation(dice.pick("automation", *key, of=plan.automation)),
        ward=area[0],
        area_link=area[1],
        station_link=LinkId(f"RTU-{district.name}"),
        seconds_crew=plan.seconds_crew_centre
        if district.in_centre
        else plan.seconds_crew_outskirts,
        in_centre=district.in_centre,
    )
