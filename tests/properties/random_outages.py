"""Random small grids with every kind of indicator, and everything that could be heard of them."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from gridops.ids import GeneratorId, NodeId, SectionId, SwitchId
from gridops.measurement import PHASES, Measured, Part, Quality, Reading
from gridops.network import (
    BranchKind,
    Generator,
    GeneratorKind,
    IndicatorKind,
    IndicatorTrust,
    Network,
    Signal,
    build_network,
    draw,
)
from gridops.outage import Heard, LocationSettings

SINCE = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
KINDS = "sssssrrdfb"
AGES_S = (0.0, 0.0, 0.0, 3.0, 5.0, 6.0, 400.0, -4.0)


@dataclass(frozen=True)
class Case:
    network: Network
    heard: Heard
    settings: LocationSettings


@st.composite
def grids(draws: st.DrawFn, *, sections_max: int = 10) -> Network:
    """One or two trees, either way round at every switch, ties between anything."""
    lines, names, change = [], [], {}
    for feeder in range(1, draws(st.integers(1, 2)) + 1):
        here = [f"{'AB'[feeder - 1]}{k}" for k in range(draws(st.integers(1, sections_max // 2)))]
        lines.append(f"S{feeder} [b{feeder}] {here[0]}")
        for k in range(1, len(here)):
            ends = [here[draws(st.integers(0, k - 1))], here[k]]
            kind = draws(st.sampled_from(KINDS))
            one, other = draws(st.permutations(ends))
            lines.append(f"{one} [{kind}{feeder}{k}] {other}")
        names += here
    if len(names) > 1 and draws(st.booleans()):
        one, other = draws(st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True))
        lines.append(f"{one} (t9) {other}")
    plain = draw("\n".join(lines))
    for switch in plain.switches:
        change[switch] = {
            "indicator": draws(st.sampled_from(INDICATORS)),
            "indicator_trust": draws(st.sampled_from(TRUSTS)),
            "indicator_needs_voltage_loss": draws(st.integers(0, 3)) == 0,
        }
    return _furnished(draws, draw("\n".join(lines), change=change), names)


INDICATORS = (
    IndicatorKind.NON_DIRECTIONAL,
    IndicatorKind.NON_DIRECTIONAL,
    IndicatorKind.DIRECTIONAL,
    IndicatorKind.NONE,
)
TRUSTS = (*[IndicatorTrust.FULL] * 6, IndicatorTrust.ABSENCE_ONLY, IndicatorTrust.IGNORED)


def _furnished(draws: st.DrawFn, network: Network, names: list[str]) -> Network:
    """Lengths, kinds and rates of its own, some generators, some positions without a point."""
    parts = network.components
    mute = set(draws(st.lists(st.sampled_from(list(network.switches)), max_size=3)))
    places = draws(st.lists(st.sampled_from(names), max_size=3))
    rates = st.sampled_from([None, None, 0.0, 0.3])
    return build_network(
        replace(
            parts,
            branches=tuple(
                replace(
                    branch,
                    length_m=draws(st.sampled_from([50.0, 1000.0, 7000.0])),
                    kind=draws(st.sampled_from(list(BranchKind))),
                    failures_per_year=draws(rates),
                )
                for branch in parts.branches
            ),
            points=tuple(
                p for p in parts.points if p.signal is not Signal.POSITION or p.element not in mute
            ),
            generators=tuple(
                Generator(
                    id=GeneratorId(f"G{k}"),
                    name=f"G{k}",
                    node=NodeId(place),
                    kind=draws(st.sampled_from(list(GeneratorKind))),
                    power_va_rated=draws(st.sampled_from([1e5, 2e6, 8e6])),
                    p_w=0.0,
                    q_var=0.0,
                )
                for k, place in enumerate(places)
            ),
        )
    )


def said() -> st.SearchStrategy[Measured[Reading]]:
    return st.builds(
        lambda reading, quality, age_s: Measured(
            reading, quality, SINCE - timedelta(seconds=age_s)
        ),
        st.sampled_from([Reading.YES, Reading.YES, Reading.NO, Reading.NO, *Reading]),
        st.sampled_from([*[Quality.GOOD] * 8, *Quality]),
        st.sampled_from(AGES_S),
    )


@st.composite
def hearings(draws: st.DrawFn, network: Network) -> Heard:
    """Whatever could be said of `network`, likely or not."""
    switches = list(network.switches)
    closed = frozenset(s.id for s in network.switches.values() if s.is_normally_closed)
    if draws(st.integers(0, 5)) == 0:
        closed -= {draws(st.sampled_from(switches))}
    opening = [s for s in switches if s[0] in "brf"]
    unlikely = [*switches] if draws(st.integers(0, 9)) == 0 else opening
    tripped = draws(st.lists(st.sampled_from(unlikely), max_size=3, unique=True))
    scope = draws(st.lists(st.sampled_from(list(network.sections)), max_size=8, unique=True))
    by_phase = draws(st.lists(st.sampled_from(switches), max_size=2, unique=True))
    parts = {(s, Part.REVERSE): draws(said()) for s in switches if draws(st.booleans())}
    parts |= {(s, p): draws(said()) for s in by_phase for p in PHASES if draws(st.booleans())}
    waited_s = draws(st.sampled_from([None, None, None, -1.0, 0.0, 0.01, 4.0, 9.0, 60.0]))
    return Heard(
        closed_before=closed,
        since=SINCE,
        tripped=tuple(tripped),
        asked_at=None if waited_s is None else SINCE + timedelta(seconds=waited_s),
        flags={s: draws(said()) for s in switches if draws(st.integers(0, 4)) > 0},
        part_flags=parts,
        in_test=frozenset(draws(st.lists(st.sampled_from(switches), max_size=1))),
        scope=frozenset(SectionId(s) for s in scope),
    )


PROBABILITY = st.sampled_from([1e-4, 0.01, 0.1, 0.3, 0.5])


@st.composite
def ways(draws: st.DrawFn) -> LocationSettings:
    """Settings of any rate between, and any threshold."""
    if draws(st.booleans()):
        return LocationSettings(malfunctions_tolerated=draws(st.integers(0, 2)))
    rates = {f.name: draws(PROBABILITY) for f in fields(LocationSettings) if f.name[:2] == "p_"}
    return LocationSettings(
        **rates,
        indicator_pickup_a=draws(st.sampled_from([0.0, 50.0, 300.0])),
        message_delay_s_max=draws(st.sampled_from([0.0, 10.0])),
        malfunctions_tolerated=draws(st.integers(0, 2)),
        contradictory_from=draws(st.integers(1, 3)),
        hold_probability=draws(st.sampled_from([0.5, 0.9, 0.999])),
        located_probability=draws(st.sampled_from([0.5, 0.9])),
        pair_sections_max=draws(st.sampled_from([3, 64])),
        flag_lead_s=draws(st.sampled_from([0.0, 5.0])),
    )


@st.composite
def cases(draws: st.DrawFn) -> Case:
    network = draws(grids())
    return Case(network, draws(hearings(network)), draws(ways()))


def closed_of(network: Network) -> frozenset[SwitchId]:
    return frozenset(s.id for s in network.switches.values() if s.is_normally_closed)
