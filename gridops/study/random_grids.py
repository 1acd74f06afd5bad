"""Small grids by lot: feeders with laterals, rings within, ties between, of all kinds of switch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from gridops.ids import GeneratorId, SwitchId
from gridops.network import Control, Generator, GeneratorKind, Network, build_network, draw

T = TypeVar("T")


class Dice(Protocol):
    """Where the numbers come from; `random.Random` is one."""

    def random(self) -> float:
        """Even over 0 <= x < 1."""
        ...

    def randint(self, a: int, b: int, /) -> int:
        """A whole number, both ends included."""
        ...

    def choice(self, seq: Sequence[T], /) -> T: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a grid by lot may have."""

    sections_max: int = 5
    """Per feeder."""
    feeders_max: int = 3
    ties_max: int = 3
    rings_max: int = 2
    """Open switches within one feeder."""
    crew: float = 0.25
    """Share of the switches beside the heads that a crew operates."""
    immovable: float = 0.03
    odd_loads: float = 0.2
    """Share of the grids where loads feed in, or follow the voltage."""
    generators: float = 0.0
    """Share of the grids with one generator or two; half of them can keep an island alive."""


KINDS = "ssssssssddrrf"
TIE_KINDS = "tttttdb"
REMOTE_S = (2.0, 3.0, 8.0, 12.0)
CREW_S = (300.0, 900.0, 1800.0)
LOADS_W = (0.0, 0.1e6, 0.4e6, 1.2e6, 2.5e6)


def random_grid(dice: Dice, traits: Traits = Traits()) -> Network:
    """Connected feeder by feeder and radial in its normal state; a source may feed two of them."""
    text, names = _drawing(dice, traits)
    network = draw(
        text,
        p_w={name: dice.choice(LOADS_W) for name in names},
        customers={name: dice.choice((0, 20, 50, 150, 400)) for name in names},
    )
    changes = {switch: _fitted(dice, traits, switch=switch) for switch in network.switches}
    return _changed(dice, traits, network=network, changes=changes)


def _drawing(dice: Dice, traits: Traits) -> tuple[str, list[str]]:
    count = dice.randint(1 + (dice.random() < 0.9), traits.feeders_max)
    shared = dice.random() < 0.25
    lines: list[str] = []
    feeders: list[list[str]] = []
    for f in range(count):
        names = [
            f"{'ABCDEF'[f]}{k}"
            for k in range(dice.randint(1 + (dice.random() < 0.9), traits.sections_max))
        ]
        source = 1 if shared and f < 2 else f + 1
        lines.append(f"S{source} [b{f}x] {names[0]}")
        for k in range(1, len(names)):
            above = names[k - 1] if dice.random() < 0.6 else names[dice.randint(0, k - 1)]
            lines.append(f"{above} [{dice.choice(KINDS)}{f}{k}] {names[k]}")
        feeders.append(names)
    every = [name for names in feeders for name in names]
    for k in range(dice.randint(1, traits.ties_max)):
        one, other = dice.choice(every), dice.choice(every)
        if one[0] != other[0]:
            lines.append(f"{one} ({dice.choice(TIE_KINDS)}9{k}) {other}")
    for k in range(dice.randint(0, traits.rings_max)):
        names = dice.choice(feeders)
        one, other = dice.choice(names), dice.choice(names)
        if one != other:
            lines.append(f"{one} ({dice.choice(TIE_KINDS)}8{k}) {other}")
    return "\n".join(lines), every


def _fitted(dice: Dice, traits: Traits, *, switch: SwitchId) -> Mapping[str, Any]:
    """Who operates it, how long that takes, what it carries."""
    by_lot = dice.random()
    if switch.startswith("b"):
        by_lot = 1.0
    if by_lot < traits.immovable:
        control, takes_s = Control.NONE, 0.0
    elif by_lot < traits.immovable + traits.crew:
        control, takes_s = Control.CREW, dice.choice(CREW_S)
    else:
        control, takes_s = Control.REMOTE, dice.choice(REMOTE_S)
    rated_a = dice.choice((630.0, 630.0, 630.0, 400.0, 200.0))
    fitted: dict[str, Any] = {"control": control, "operating_time_s": takes_s}
    return {**fitted, "current_a_rated": rated_a}


def _changed(
    dice: Dice, traits: Traits, *, network: Network, changes: Mapping[SwitchId, Mapping[str, Any]]
) -> Network:
    odd = dice.random() < traits.odd_loads
    parts = network.components
    loads = []
    for load in parts.loads:
        changed = replace(load, priority=dice.choice((1, 2, 3, 3, 3, 4)))
        if odd and dice.random() < 0.4:
            if dice.random() < 0.5:
                changed = replace(changed, p_w=-0.5 * load.p_w)
            else:
                changed = replace(changed, constant_impedance_share=0.5)
        loads.append(changed)
    switches = []
    for switch in parts.switches:
        changed_switch = replace(switch, **changes[switch.id])
        if switch.protects:
            changed_switch = replace(
                changed_switch, pickup_current_a=dice.choice((600.0, 600.0, 300.0))
            )
        switches.append(changed_switch)
    generators = tuple(_generators(dice, traits, network=network))
    return build_network(
        replace(parts, loads=tuple(loads), switches=tuple(switches), generators=generators)
    )


def _generators(dice: Dice, traits: Traits, *, network: Network) -> Iterator[Generator]:
    if dice.random() >= traits.generators:
        return
    nodes = [load.node for load in network.loads.values()]
    for k in range(dice.randint(1, 2)):
        yield Generator(
            id=GeneratorId(f"G{k}"),
            name=f"G{k}",
            node=dice.choice(nodes),
            kind=GeneratorKind.HYDRO,
            power_va_rated=1e6,
            p_w=-0.5e6,
            q_var=0.0,
            island_capable=dice.random() < 0.5,
        )
