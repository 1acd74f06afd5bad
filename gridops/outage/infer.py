"""Where the fault is: every hypothesis weighed against everything that was heard.

S1 [b1] A [s1] B [s2] C   b1 tripped; s1 flags, s2 does not: B, and A or C only if one of the two
indicators is wrong. The verdict is LOCATED in B; all three stay suspected, because a plan has to
be safe with any one indicator wrong (`LocationSettings.malfunctions_tolerated`).
"""

from collections.abc import Sequence

import numpy as np

from gridops.ids import SectionId, SwitchId
from gridops.network import Counts, Network, Values
from gridops.outage import crews, customers, earth_faults, fault_current, voltage_loss
from gridops.outage.advice import advise
from gridops.outage.evidence import beside, explain
from gridops.outage.heard import Heard
from gridops.outage.indicators import indicator_words
from gridops.outage.location_settings import LocationSettings
from gridops.outage.posterior import (
    Posterior,
    Weights,
    excusable,
    normalised,
    smallest_holding,
    weigh,
)
from gridops.outage.prior import log_prior
from gridops.outage.relays import relay_words
from gridops.outage.scene import Scene, scene_of
from gridops.outage.testimony import Testimony, Word, counting
from gridops.outage.types import Location, Suspect, Verdict
from gridops.state import Energisation, energise

DEFAULTS = LocationSettings()
NOWHERE = Location(verdict=Verdict.INSUFFICIENT, suspects=(), suspected=frozenset(), evidence=())


def infer(network: Network, heard: Heard, *, settings: LocationSettings = DEFAULTS) -> Location:
    """One fault in each section, two where evidence demands it, none, and sensor trouble, weighed
    against every word. A pure function: the order in which anything came makes no difference.

    - LOCATED: one zone (sections that no reading tells apart), or one pair of zones, holds the
      fault with `located_probability`.
    - AMBIGUOUS: several zones are about as likely.
    - CONTRADICTORY: even the best explanation needs `contradictory_from` failed devices, or
      sensor trouble is likelier than not. Everything behind the tripped devices is suspected.
    - INSUFFICIENT: nothing was said that tells sections apart, a closed ring let current come from
      both sides, or most likely there is no fault at all. Everything is suspected, or nothing
      where nothing was supplied.

    `suspected`: see `Location`. Raises: UnknownId for a tripped device that the grid has not.
    """
    settings = settings.bounded
    for device in heard.tripped:
        network.switch(device)
    traced = _traced(network, heard)
    scene = scene_of(traced, heard)
    if not len(scene.sections):
        return NOWHERE
    rings = _rings(scene)
    words = words_of(scene, heard, settings=settings)
    spoken = [w for w in counting(words) if w.witness not in rings]
    weights = weigh(
        spoken,
        log_prior(scene, settings),
        p_none=settings.p_no_fault if scene.tripped else settings.p_no_fault_unprovoked,
        settings=settings,
    )
    found = normalised(weights)
    seen = _found_by_crew(scene, heard)
    zones = _zones(_told_apart(spoken, len(found.single)))
    verdict = (
        Verdict.LOCATED
        if seen
        else _verdict(zones, weights, found=found, rings=rings, settings=settings)
    )
    ranked = np.lexsort((scene.sections, -found.p_row))
    return Location(
        verdict=verdict,
        suspects=_suspects(scene, found.p_row, ranked=ranked),
        suspected=_beside(scene, seen, found=found, settings=settings)
        if seen
        else _suspected(scene, weights, found=found, verdict=verdict, settings=settings),
        evidence=(*explain(words, weights, found=found, rings=rings), *beside(scene, heard)),
        p_no_fault=found.p_none,
        p_two_faults=float(found.pair.sum()),
        p_trouble=found.p_trouble,
        advice=advise(
            scene,
            heard,
            words=[w for w in words if w.witness not in rings],
            weights=weights,
            settings=settings,
        ),
        zones=_together(scene, zones, ranked=ranked),
    )


def words_of(scene: Scene, heard: Heard, *, settings: LocationSettings) -> list[Word]:
    """Everything that everybody said, relays first."""
    lead_s = settings.flag_lead_s
    words: list[Word] = [*relay_words(scene, settings)]
    words += indicator_words(scene, heard, settings=settings)
    if heard.voltage_losses:
        words += voltage_loss.words(scene, heard, settings=settings.voltages, lead_s=lead_s)
    if heard.fault_currents_a:
        spans = fault_current.short_circuit_spans(scene.network, scene.traced.closed)
        words += fault_current.words(
            scene, heard, settings=settings.currents, section_spans=spans, lead_s=lead_s
        )
    if heard.earth_faults:
        words += earth_faults.words(scene, heard, settings=settings.earth_faults, lead_s=lead_s)
    if heard.meters or heard.calls:
        words += customers.words(scene, heard, settings=settings.customers)
    if heard.patrols or heard.trials:
        words += crews.words(scene, heard, settings=settings.crews)
    return words


def _found_by_crew(scene: Scene, heard: Heard) -> frozenset[SectionId]:
    """Where a crew has found a fault: that overrides everything."""
    return frozenset(s for s in scene.candidates if heard.patrols.get(s, False))


def _beside(
    scene: Scene, seen: frozenset[SectionId], *, found: Posterior, settings: LocationSettings
) -> frozenset[SectionId]:
    """What a crew has found, and where evidence demands a second fault what may hold that."""
    if not len(found.pair):
        return seen
    rows = smallest_holding(found, settings.hold_probability).tolist()
    return seen | {scene.candidates[row] for row in rows}


def _traced(network: Network, heard: Heard) -> Energisation:
    """Supply just before the fault, with every tripped device closed and every source alive."""
    if heard.before is None:
        return energise(network, heard.closed_before | frozenset(heard.tripped))
    traced = heard.before.with_dead(frozenset()) if heard.before.dead_sources else heard.before
    for device in heard.tripped:
        if device not in traced.closed:
            traced = traced.moved(device, closed=True)
    return traced


def _rings(scene: Scene) -> frozenset[SwitchId]:
    """Closed switches that close a ring with a candidate in it, so that current could come round
    to it."""
    candidates = frozenset(scene.sections.tolist())
    arrays = scene.network.arrays
    closing = ((s, arrays.switch_sections[arrays.switches.of[s]]) for s in scene.traced.loops)
    return frozenset(s for s, (a, b) in closing if candidates & _ring(scene, (int(a), int(b))))


def _ring(scene: Scene, ends: tuple[int, int]) -> frozenset[int]:
    """Sections that a closed switch between these two puts in a ring, by number."""
    one, other = ends
    up, down = scene.way_of(one), frozenset(scene.way_of(other))
    shared = [section for section in up if section in down]
    return (down ^ frozenset(up)) | frozenset(shared[:1])


def _verdict(
    zones: Counts,
    weights: Weights,
    *,
    found: Posterior,
    rings: frozenset[SwitchId],
    settings: LocationSettings,
) -> Verdict:
    if rings or (len(zones) > 1 and not zones.any()):
        return Verdict.INSUFFICIENT
    is_trouble = found.p_trouble > settings.trouble_probability
    if weights.fewest >= settings.contradictory_from or is_trouble:
        return Verdict.CONTRADICTORY
    if found.p_none > 0.5:
        return Verdict.INSUFFICIENT
    best = _best_zone(zones, found=found) * (1.0 - found.p_none)
    is_clear = best >= settings.located_probability
    return Verdict.LOCATED if is_clear else Verdict.AMBIGUOUS


def _told_apart(spoken: Sequence[Testimony], rows: int) -> Values:
    """A line for each row, a column for each word (and type of fault) that tells rows apart."""
    if not spoken:
        return np.empty((rows, 0))
    table = np.column_stack([word.log_p for word in spoken])
    telling: Values = table[:, (table != table[0]).any(axis=0)]
    return telling


def _best_zone(zones: Counts, *, found: Posterior) -> float:
    """What the likeliest zone holds, or the likeliest two that fail together. A zone is what no
    word tells apart."""
    alone = np.zeros(int(zones.max()) + 1)
    np.add.at(alone, zones, found.single)
    held = {(zone, zone): p for zone, p in enumerate(alone.tolist())}
    both = np.sort(zones[found.pairs], axis=1)
    for pair, p in zip(map(tuple, both.tolist()), found.pair.tolist(), strict=True):
        held[pair] = held.get(pair, 0.0) + p
    return max(held.values())


def _zones(table: Values) -> Counts:
    """A number for each row, the same for rows that every word treats alike."""
    known: dict[bytes, int] = {}
    return np.array(
        [known.setdefault(row.tobytes(), len(known)) for row in np.ascontiguousarray(table)],
        np.int64,
    )


def _suspected(
    scene: Scene,
    weights: Weights,
    *,
    found: Posterior,
    verdict: Verdict,
    settings: LocationSettings,
) -> frozenset[SectionId]:
    if verdict in (Verdict.CONTRADICTORY, Verdict.INSUFFICIENT):
        left = np.flatnonzero(~weights.overruled)
        return frozenset(scene.candidates[row] for row in left.tolist())
    rows = {
        *smallest_holding(found, settings.hold_probability).tolist(),
        *excusable(weights, settings.malfunctions_tolerated).tolist(),
    }
    return frozenset(scene.candidates[row] for row in rows)


def _suspects(scene: Scene, p_row: Values, *, ranked: Counts) -> tuple[Suspect, ...]:
    """Most probable first; what is equal keeps the order of the grid."""
    candidates = scene.candidates
    return tuple(
        Suspect(section=candidates[row], probability=p)
        for row, p in zip(ranked.tolist(), p_row[ranked].tolist(), strict=True)
    )


def _together(scene: Scene, zones: Counts, *, ranked: Counts) -> tuple[tuple[SectionId, ...], ...]:
    candidates = scene.candidates
    held: dict[int, list[SectionId]] = {}
    for row, zone in zip(ranked.tolist(), zones[ranked].tolist(), strict=True):
        held.setdefault(zone, []).append(candidates[row])
    return tuple(map(tuple, held.values()))
