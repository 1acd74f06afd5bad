"""What a measured fault current says: how far away the fault lies.

S1 [b1] A [s1] B [s2] C     b1 measured 5.1 kA, which a fault in A or B gives and one in C does not.

In the logarithm of the current a section gives any value of its span alike - from the two-phase
minimum at its far end to the three-phase maximum at its near end (IEC 60909-0) - and the device
errs by a few per cent. Resistance in the fault lowers the current; an earth fault is limited by
how star points are earthed, which grid data do not tell; and a relay may say anything at all.
"""

import math
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache

import numpy as np

from gridops.ids import SectionId, SwitchId
from gridops.measurement import PHASES, Measured, Part, Reading
from gridops.network import Network, Values
from gridops.outage.heard import Heard
from gridops.outage.readable import judged, too_old, unreadable
from gridops.outage.scene import Scene
from gridops.outage.testimony import FAULT_TYPES, Testimony, Unheard, Word
from gridops.powerflow import FaultKind, Level, RadialShortCircuit, fault_places
from gridops.reasons import because

_IS_EARTH_FAULT = np.array([len(set(kind) - {"n"}) == 1 for kind in FAULT_TYPES])
SectionSpans = Callable[[SwitchId], Mapping[SectionId, tuple[float, float]]]
"""Of a device: the least and the highest current in A that a metallic fault in each section behind
it drives through it. Sections that it does not know are left out."""
NO_SPAN = (math.nan, math.nan)
SPAN_MIN = 1e-3
"""A section spans at least this, in the logarithm of the current."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentSettings:
    """What a measured fault current is worth. Probabilities hold per device and fault."""

    error: float = 0.05
    """Standard deviation of the measured current, relative. Protection current transformers of
    class 5P err by 1 % at rated current and 5 % at their accuracy limit (IEC 61869-2, not opened:
    check against the text). A logistic distribution: heavier tails than a normal one."""
    p_resistive: float = 0.15
    """Resistance in the fault lowers the current noticeably: a tree, a bad contact, a long arc.
    Assumption; arcs of a metre take only a few per cent (Warrington 1931)."""
    resistive_factor_min: float = 1.0 / 3.0
    """Down to this share of the metallic current, each logarithm alike. Assumption."""
    p_nonsense: float = 0.02
    """A device on the way reports a number that means nothing: scaling, a former fault, a
    saturated transformer. Assumption, as a missing flag."""
    p_reports: float = 0.9
    """A device on the way that can measure reports a number. Assumption."""
    p_stray: float = 0.002
    """A device beside the way reports a fault current. Assumption: rarer than a stray flag."""
    current_a_min: float = 1.0
    current_a_max: float = 1e5
    """What is reported without meaning lies between these, each logarithm alike."""


def words(
    scene: Scene,
    heard: Heard,
    *,
    settings: CurrentSettings,
    section_spans: SectionSpans,
    lead_s: float,
) -> list[Word]:
    """One word of each device that measured a fault current, in grid order. `log_p` is a density
    over the logarithm of the current; it depends on the type of the fault, unless phase flags of
    the same device name two phases or more.

    Not weighed: what is older than the outage, forced or in test, no current at all, the current
    of an earth fault (phase flags of the same device name one phase alone), and a device behind
    which no short-circuit currents are known.
    """
    known = scene.network.arrays.switches.of
    devices = sorted((d for d in heard.fault_currents_a if d in known), key=known.__getitem__)
    return [
        _word(
            scene,
            heard,
            device=device,
            settings=settings,
            section_spans=section_spans,
            lead_s=lead_s,
        )
        for device in devices
    ]


def short_circuit_spans(network: Network, closed: AbstractSet[SwitchId]) -> SectionSpans:
    """Spans of a radial state; islands with loops have none. `closed`: just before the fault.

    Cost is linear in the grid, once; then linear in what lies behind a device, once each. Keep
    the answer for as long as the state holds.
    """
    solver = RadialShortCircuit(network)
    most = solver.radial(closed, at=(), kind=FaultKind.THREE_PHASE, level=Level.MAX)
    least = solver.radial(closed, at=(), kind=FaultKind.TWO_PHASE, level=Level.MIN)

    @cache
    def spans(device: SwitchId) -> Mapping[SectionId, tuple[float, float]]:
        if most is None or least is None:
            return {}
        high = fault_places(most, device, current_a=1.0, tolerance=0.0).section_current_a
        low = fault_places(least, device, current_a=1.0, tolerance=0.0).section_current_a
        return {s: (low[s][0], high[s][1]) for s in high if s in low}

    return spans


def _word(
    scene: Scene,
    heard: Heard,
    *,
    device: SwitchId,
    settings: CurrentSettings,
    section_spans: SectionSpans,
    lead_s: float,
) -> Word:
    said = heard.fault_currents_a[device]
    unheard = unreadable(heard, device, said=said) or too_old(
        heard, device, said=said, lead_s=lead_s
    )
    if unheard is not None:
        return unheard
    in_range = settings.current_a_min <= said.value <= settings.current_a_max
    if not in_range:
        return _unheard(device, said, code="indicator-failed")
    phases = _phases(heard, device, lead_s=lead_s)
    if phases and len(phases - {Part.N}) <= 1:
        return _unheard(device, said, code="current-of-earth-fault")
    behind = scene.behind(device)
    spans = section_spans(device)
    span_a = np.array([spans.get(s, NO_SPAN) for s in scene.candidates[behind]]).reshape(-1, 2)
    if len(span_a) and np.isnan(span_a).all():
        return _unheard(device, said, code="current-without-model")
    is_short = bool(phases)
    return _testimony(
        scene, said, device=device, span_a=span_a, settings=settings, is_short=is_short
    )


def _phases(heard: Heard, device: SwitchId, *, lead_s: float) -> frozenset[Part]:
    """Those that the device flagged; none if it tells no phases, or nothing that counts."""
    told = {part: heard.part_flags.get((device, part)) for part in PHASES}
    return frozenset(
        part
        for part, said in told.items()
        if said is not None and judged(heard, device, said=said, lead_s=lead_s) is Reading.YES
    )


def _testimony(
    scene: Scene,
    said: Measured[float],
    *,
    device: SwitchId,
    span_a: Values,
    settings: CurrentSettings,
    is_short: bool,
) -> Testimony:
    nonsense = nonsense_density(settings)
    stray = math.log(settings.p_stray * nonsense)
    behind = scene.behind(device)
    shape = (len(scene.sections),) if is_short else (len(scene.sections), len(FAULT_TYPES))
    log_p, fits = np.full(shape, stray), np.zeros(shape, np.bool_)
    told = short = density(said.value, span_a=span_a, settings=settings)
    if not is_short:
        earth = earth_density(said.value, span_a=span_a, settings=settings)
        told = np.where(_IS_EARTH_FAULT, earth[:, np.newaxis], short[:, np.newaxis])
    log_p[behind] = np.log(settings.p_reports * told)
    fits[behind] = told > 2.0 * settings.p_nonsense * nonsense
    value = round(said.value)
    return Testimony(
        witness=device,
        reading=Reading.YES,
        log_p=log_p,
        log_p_none=stray,
        any_suffices=True,
        wrong=~fits,
        wrong_if_none=True,
        speaks_for=fits,
        why_right=because("current-fits", device=device, value=value),
        why_wrong=because("current-does-not-fit", device=device, value=value),
    )


def nonsense_density(settings: CurrentSettings) -> float:
    """Of a number without meaning, over the logarithm of the current."""
    return 1.0 / math.log(settings.current_a_max / settings.current_a_min)


def density(current_a: float | Values, *, span_a: Values, settings: CurrentSettings) -> Values:
    """Of `current_a` over its logarithm, measured on the way to a short circuit in each section.

    `current_a`: one for all sections, or one each. `span_a`: shape (sections, 2); nan where it is
    not known, so that any current is as likely as any other. Integrates to one, over all
    logarithms.
    """
    x = np.log(np.asarray(current_a, np.float64))
    low, high = _ends(span_a, settings)
    metallic = _metallic(x, low, high=high, settings=settings)
    resistive = _resistive(x, low, high=high, settings=settings)
    told = (1.0 - settings.p_resistive) * metallic + settings.p_resistive * resistive
    return _or_nonsense(told, span_a, settings=settings)


def earth_density(
    current_a: float | Values, *, span_a: Values, settings: CurrentSettings
) -> Values:
    """The same of a fault of one phase to earth: any logarithm up to the highest current of a
    short circuit there is as likely, for nobody knows what the star point and the fault let by."""
    x = np.log(np.asarray(current_a, np.float64))
    floor, high = math.log(settings.current_a_min), _ends(span_a, settings)[1]
    told = np.where((x >= floor) & (x <= high), 1.0 / (high - floor), 0.0)
    return _or_nonsense(told, span_a, settings=settings)


def _ends(span_a: Values, settings: CurrentSettings) -> tuple[Values, Values]:
    """Logarithms of the span, at least `SPAN_MIN` apart."""
    least_a, most_a = settings.current_a_min, settings.current_a_max
    known = np.nan_to_num(span_a, nan=least_a, posinf=most_a)
    ends = np.log(np.clip(known, least_a, most_a))
    return ends[:, 0], np.maximum(ends[:, 1], ends[:, 0] + SPAN_MIN)


def _or_nonsense(told: Values, span_a: Values, *, settings: CurrentSettings) -> Values:
    flat = nonsense_density(settings)
    mixed = settings.p_nonsense * flat + (1.0 - settings.p_nonsense) * told
    return np.where(np.isnan(span_a).any(axis=1), flat, mixed)


def _scale(settings: CurrentSettings) -> float:
    """Of the logistic distribution with the standard deviation `error`."""
    return settings.error * math.sqrt(3.0) / math.pi


def _metallic(x: Values, low: Values, *, high: Values, settings: CurrentSettings) -> Values:
    """Uniform from `low` to `high`, with the error of the device."""
    s = _scale(settings)
    rises = np.tanh(0.5 * (x - low) / s) - np.tanh(0.5 * (x - high) / s)
    return np.asarray(0.5 * rises / (high - low))


def _resistive(x: Values, low: Values, *, high: Values, settings: CurrentSettings) -> Values:
    """The same, lowered by anything up to `resistive_factor_min`."""
    s = _scale(settings)
    drop = -math.log(settings.resistive_factor_min)

    def below(y: Values) -> Values:
        """Integral of the logistic distribution function up to `y`."""
        return np.asarray(s * np.logaddexp(0.0, y / s))

    rises = below(x + drop - low) - below(x - low) - below(x + drop - high) + below(x - high)
    return np.maximum(rises, 0.0) / (drop * (high - low))


def _unheard(device: SwitchId, said: Measured[float], *, code: str) -> Unheard:
    if code == "indicator-failed":
        why = because(code, device=device)
        return Unheard(witness=device, reading=Reading.FAILED, why=why)
    why = because(code, device=device, value=round(said.value))
    return Unheard(witness=device, reading=Reading.YES, why=why)
