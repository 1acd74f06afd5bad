"""The second line of an explanation: where the fault is, and which witnesses say so."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.ids import SectionId, SwitchId
from gridops.measurement import Measured, Reading
from gridops.network import Network
from gridops.outage import Evidence, Location, Role, Verdict
from gridops.reasons import Reason, because

WITNESSES_MAX = 3
"""What decides is said; the rest stands in the list of evidence."""
AGAINST_MAX = 2
PLACES_MAX = 3
CERTAIN = 0.97
PROBABLE = 0.9
WORTH_SAYING = 0.1
"""A probability below is not worth a sentence at three in the morning."""
SHARE_MIN = 0.05
GUESS_MIN = 0.4
"""Where evidence contradicts itself, a likeliest place below this is no help."""
CLOCK_OFF_MIN = timedelta(seconds=60)
"""A source time this far from its arrival is not the network's delay."""
TOGETHER = {
    "silent-on-path": "silent-on-path-all",
    "flag-without-path": "flag-without-path-all",
    "saw-fault-current": "saw-fault-current-all",
    "phases-do-not-fit": "phases-do-not-fit-all",
}
"""The same of several devices."""
PASSED = frozenset({"saw-fault-current"})
NONE_PASSED = frozenset({"saw-no-fault-current"})
OF_PEOPLE = ("patrol-found", "trial-tripped", "trial-held", "patrol-saw-nothing")
OF_RELAYS = frozenset({"device-tripped", "did-not-trip", "device-picked-up"})
"""What tripped is the first line's."""
TELL_NO_PLACE = frozenset(
    {
        "indicator-not-fitted",
        "customers-tell-no-place",
        "earth-fault-tells-no-place",
        "voltage-tells-no-place",
        "trial-tells-no-place",
        "current-of-earth-fault",
        "current-without-model",
        "patrol-outside",
        "indicator-stale",
        "silence-of-waiting",
        "closed-ring",
    }
)
"""Nothing is missing there: such a witness could not have told."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """What source times are compared with."""

    since: datetime
    """Source time of the first opening."""
    learnt_at: datetime
    """When we heard of it, by our own clock."""
    now: datetime

    @property
    def slow(self) -> timedelta:
        """How far the clock of what opened seems to be behind ours; negative: ahead."""
        return self.learnt_at - self.since


def percent(probability: float) -> int:
    """Never 0 and never 100: nothing is sure here."""
    return min(99, max(1, int(100.0 * probability + 0.5)))


def where_line(
    network: Network,
    location: Location,
    *,
    flags: Mapping[SwitchId, Measured[Reading]],
    clocks: "Clocks | None",
) -> Reason:
    """`clocks` None: a study, where none can be wrong."""
    clauses = (
        *_witnesses(network, location),
        *_against(location),
        *_silent(location),
        *_dated_wrongly(location, flags=flags, clocks=clocks),
        *_doubts(location),
    )
    return _headed(network, location, clauses=clauses)


def _headed(network: Network, location: Location, *, clauses: tuple[Reason, ...]) -> Reason:
    best = location.suspects[0] if location.suspects else None
    found = _found_by_crew(location)
    count = len(location.suspected)
    if best is None:
        return because("where-insufficient", count=count, clauses=clauses)
    if found is not None and location.verdict is Verdict.LOCATED:
        return because("where-found", section=found, clauses=clauses)
    if location.verdict is Verdict.CONTRADICTORY:
        guess = _guess("best-guess", location, from_share=GUESS_MIN)
        return because("where-contradictory", count=count, clauses=(*clauses, *guess))
    if location.p_no_fault > 0.5:
        share, guess = percent(location.p_no_fault), _guess("if-there-is-one", location)
        return because("where-no-fault", percent=share, clauses=(*clauses, *guess))
    if location.p_two_faults > 0.5:
        return because("where-two", places=_places(location), clauses=clauses)
    if location.verdict is Verdict.INSUFFICIENT:
        return because("where-insufficient", count=count, clauses=clauses)
    return _placed(network, location, clauses=clauses)


def _placed(network: Network, location: Location, *, clauses: tuple[Reason, ...]) -> Reason:
    best = location.suspects[0]
    if best.probability >= PROBABLE:
        code = "where-certain" if best.probability >= CERTAIN else "where-probable"
        share = percent(best.probability)
        return because(code, section=best.section, percent=share, clauses=clauses)
    zone = _zone(network, location)
    if zone is not None:
        return because(zone.code, **zone.params, clauses=clauses)
    return because("where-among", places=_places(location), clauses=(*_more(location), *clauses))


def _found_by_crew(location: Location) -> SectionId | None:
    said = [e for e in location.evidence if e.why.code == "patrol-found"]
    return SectionId(said[0].device) if said else None


def _zone(network: Network, location: Location) -> Reason | None:
    """Where sections that no word tells apart hold the fault together; between two witnesses
    where two bound them."""
    together = location.zones[0] if location.zones else ()
    if len(together) < 2 or location.verdict is not Verdict.LOCATED:
        return None
    share = percent(_share(location, together))
    sections, more = together[:PLACES_MAX], len(together) - PLACES_MAX
    which = (
        because("zone-more", sections=sections, count=more)
        if more > 0
        else because("zone-sections", sections=sections),
    )
    count, edge = len(together), _edge(network, location, together=together)
    if len(edge) != 2:
        return because("where-zone", count=count, percent=share, which=which)
    one, other = edge
    return because(
        "where-zone-between", count=count, device=one, switch=other, percent=share, which=which
    )


def _share(location: Location, together: tuple[SectionId, ...]) -> float:
    return sum(one.probability for one in location.suspects if one.section in together)


def _edge(
    network: Network, location: Location, *, together: tuple[SectionId, ...]
) -> tuple[SwitchId, ...]:
    """Witnesses with one end inside."""
    told = {e.device for e in location.evidence if e.role is not Role.IGNORED}
    ends = network.section_ends
    return tuple(
        switch
        for switch in dict.fromkeys(s for one in together for s in network.sections[one].switches)
        if switch in told and sum(end in together for end in ends[switch]) == 1
    )


def _guess(code: str, location: Location, *, from_share: float = 0.0) -> Iterator[Reason]:
    places = _places(location)
    if places and location.suspects[0].probability >= from_share:
        yield because(code, places=places)


def _places(location: Location) -> tuple[Reason, ...]:
    return tuple(
        because("place-share", section=one.section, percent=percent(one.probability))
        for one in location.suspects[:PLACES_MAX]
        if one.probability >= SHARE_MIN
    )


def _more(location: Location) -> Iterator[Reason]:
    shown = {reason.params["section"] for reason in _places(location)}
    count = sum(section not in shown for section in location.suspected)
    if count:
        yield because("places-more", count=count)


# witnesses


def _witnesses(network: Network, location: Location) -> Iterator[Reason]:
    """The few that decide: people first, then what stands at the edge of the likeliest place."""
    told = _deciding(network, location)
    passed = tuple(e.device for e in told if e.why.code in PASSED)
    none = tuple(e.device for e in told if e.why.code in NONE_PASSED)
    if passed and none:
        yield because("told-both", devices=passed, others=none)
    elif passed:
        yield because("told-passed", devices=passed)
    elif none:
        yield because("told-none", others=none)
    rest = tuple(e.why for e in told if e.why.code not in PASSED | NONE_PASSED)
    if rest:
        yield because("told-so", whys=rest)


def _deciding(network: Network, location: Location) -> Sequence[Evidence]:
    tells_nothing = location.verdict is Verdict.INSUFFICIENT and location.p_no_fault <= 0.5
    if not location.suspects or tells_nothing:
        return ()
    zones = location.zones[: 2 if location.p_two_faults > 0.5 else 1]
    edge = frozenset[str](s for zone in zones for s in _edge(network, location, together=zone))
    said = [
        e
        for e in location.evidence
        if e.role is Role.SUPPORTS
        and e.why.code not in OF_RELAYS
        and not (e.why.code == "patrol-found" and location.verdict is Verdict.LOCATED)
    ]
    first = sorted(said, key=lambda e: _rank(e, edge))[:WITNESSES_MAX]
    chosen = {id(e) for e in first}
    return [e for e in said if id(e) in chosen]


def _rank(item: Evidence, edge: frozenset[str]) -> int:
    if item.why.code in OF_PEOPLE:
        return OF_PEOPLE.index(item.why.code)
    return len(OF_PEOPLE) + (0 if item.device in edge else 1)


def _against(location: Location) -> Iterator[Reason]:
    """Witnesses that say the same are named together."""
    against = [e for e in location.evidence if e.role is Role.AGAINST]
    groups: dict[str, list[Evidence]] = {}
    for item in against:
        alike = item.why.code if item.why.code in TOGETHER else f"{item.why.code} {item.device}"
        groups.setdefault(alike, []).append(item)
    shown = [group[:WITNESSES_MAX] for group in list(groups.values())[:AGAINST_MAX]]
    whys = tuple(_together(group) for group in shown)
    count = len(against) - sum(map(len, shown))
    if count > 0:
        yield because("told-against-more", whys=whys, count=count)
    elif whys:
        yield because("told-against", whys=whys)


def _together(group: Sequence[Evidence]) -> Reason:
    why = group[0].why
    if len(group) == 1:
        return why
    return because(TOGETHER[why.code], devices=tuple(e.device for e in group))


def _silent(location: Location) -> Iterator[Reason]:
    ignored = [e for e in location.evidence if e.role is Role.IGNORED]
    rings = tuple(e.device for e in ignored if e.why.code == "closed-ring")
    mute = [e for e in ignored if e.why.code not in TELL_NO_PLACE]
    spoke = any(
        e.role is not Role.IGNORED and e.why.code not in OF_RELAYS for e in location.evidence
    )
    if rings:
        yield because("ring-closed", devices=rings)
    if mute and not spoke and all(e.why.code == "indicator-failed" for e in mute):
        yield because("all-silent", count=len(mute))
    elif mute:
        yield because("told-nothing", count=len(mute))
    elif not any((spoke, rings, _stale(location))):
        yield because("none-fitted")


# clocks, and what else could be the matter


def _stale(location: Location) -> list[str]:
    return [e.device for e in location.evidence if _is_stale(e)]


def _is_stale(item: Evidence) -> bool:
    return item.why.code == "indicator-stale" and item.reading is Reading.YES


def _dated_wrongly(
    location: Location, *, flags: Mapping[SwitchId, Measured[Reading]], clocks: Clocks | None
) -> Iterator[Reason]:
    """Flags whose own clock says that they belong to another event."""
    if clocks is None:
        return
    said = {
        e.device: flags[SwitchId(e.device)].source_time
        for e in location.evidence
        if e.reading is Reading.YES and SwitchId(e.device) in flags
    }
    stale = _stale(location)
    is_fast = clocks.slow <= -CLOCK_OFF_MIN
    old = {d: clocks.since - at for d, at in said.items() if d in stale}
    new = {d: at - clocks.now for d, at in said.items() if at - clocks.now >= CLOCK_OFF_MIN}
    yield from _dated("flags-by-fast-clock" if is_fast else "flags-too-old", old)
    yield from _dated("flags-too-new", new)


def _dated(code: str, off: Mapping[str, timedelta]) -> Iterator[Reason]:
    if off:
        yield because(code, devices=tuple(off), minutes=minutes(max(off.values())))


def minutes(span: timedelta) -> int:
    """At least one."""
    return max(1, round(span.total_seconds() / 60.0))


def _doubts(location: Location) -> Iterator[Reason]:
    headed = location.verdict is not Verdict.CONTRADICTORY and location.p_no_fault > 0.5
    if location.p_no_fault > WORTH_SAYING and not headed:
        yield because("maybe-no-fault", percent=percent(location.p_no_fault))
    if WORTH_SAYING < location.p_two_faults <= 0.5:
        yield because("maybe-two", percent=percent(location.p_two_faults))
    if location.p_trouble > WORTH_SAYING:
        yield because("readings-in-doubt", percent=percent(location.p_trouble))
