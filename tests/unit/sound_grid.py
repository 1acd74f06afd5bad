"""A sound grid, and ways to spoil one row of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from gridops.network import (
    Components,
    Connection,
    Control,
    Generator,
    GeneratorKind,
    PhasedKind,
    Phasing,
    Profile,
    Shunt,
    Signal,
    Transformer,
    draw,
)
from gridops.network.flaws import GridFlaw

SOUND = draw(
    """
    S1 [b1] A [s1] B (t1) C [b2] S2
    A [r1] D [f1] E
    """,
    change={
        "f1": {"control": Control.CREW, "operating_time_s": 1800.0},
    },
).components
SOUND = replace(
    SOUND,
    points=tuple(p for p in SOUND.points if (p.element, p.signal) != ("f1", Signal.COMMAND)),
    loads=tuple(replace(load, area="Ward 1") for load in SOUND.loads),
)

TRANSFORMER = Transformer(
    id="T1",
    name="T1",
    from_node="H",
    to_node="S1",
    power_va_rated=25e6,
    voltage_v_from=110e3,
    voltage_v_to=22e3,
    short_circuit_voltage_pu=0.12,
    copper_loss_w=100e3,
    iron_loss_w=20e3,
    no_load_current_pu=0.002,
    tap_min=-9,
    tap_max=9,
    clock=11,
)
STEPPED_DOWN = replace(
    SOUND,
    nodes=(*SOUND.nodes, replace(SOUND.nodes[0], id="H", name="H", voltage_v_nominal=110e3)),
    transformers=(TRANSFORMER,),
    sources=(replace(SOUND.sources[0], node="H"), SOUND.sources[1]),
)


def with_(table: str, ident: str, grid: Components = SOUND, **change: Any) -> Components:
    """`grid` with fields of one row replaced."""
    rows = getattr(grid, table)
    assert ident in [row.id for row in rows]
    changed = tuple(replace(row, **change) if row.id == ident else row for row in rows)
    return replace(grid, **{table: changed})


def also(table: str, like: str, grid: Components = SOUND, **change: Any) -> Components:
    """`grid` with one more row, like another."""
    rows = getattr(grid, table)
    pattern = next(row for row in rows if row.id == like)
    return replace(grid, **{table: (*rows, replace(pattern, **change))})


def without(table: str, *idents: str, grid: Components = SOUND) -> Components:
    return replace(
        grid, **{table: tuple(row for row in getattr(grid, table) if row.id not in idents)}
    )


def codes(flaws: Iterable[GridFlaw]) -> list[str]:
    return [flaw.code for flaw in flaws]


def placed(longitude_deg: float, latitude_deg: float, grid: Components = SOUND) -> Components:
    """`grid` with every node at one place; its lines have no length worth a remark."""
    nodes = tuple(
        replace(node, longitude_deg=longitude_deg, latitude_deg=latitude_deg) for node in grid.nodes
    )
    return replace(grid, nodes=nodes)


def with_generator(grid: Components = SOUND, **change: Any) -> Components:
    """`grid` with a sound generator `G` at `A`, changed."""
    sound = Generator(
        id="G",
        name="G",
        node="A",
        kind=GeneratorKind.HYDRO,
        power_va_rated=100e3,
        p_w=-80e3,
        q_var=0.0,
    )
    return replace(grid, generators=(replace(sound, **change),))


def with_shunt(grid: Components = SOUND, **change: Any) -> Components:
    """`grid` with a sound capacitor `C` at `A`, changed."""
    sound = Shunt(id="C", name="C", node="A", q_var=-300e3)
    return replace(grid, shunts=(replace(sound, **change),))


def with_profile(*factors: float, grid: Components = SOUND) -> Components:
    """`grid` with a profile `day` that load `A` follows."""
    day = Profile(id="day", name="day", factors=factors)
    return with_("loads", "A", replace(grid, profiles=(day,)), profile="day")


def with_phasing(grid: Components = SOUND) -> Components:
    """`grid` with phases: lines of three, a load on one, transformers of three."""
    lines = [
        Phasing(
            id=f"line.{branch.id}",
            kind=PhasedKind.LINE,
            element=branch.id,
            phases="ABC",
            r_ohm=(0.3, 0.1, 0.3, 0.1, 0.1, 0.3),
            x_ohm=(0.6, 0.2, 0.6, 0.2, 0.2, 0.6),
            c_f=(9e-9, -2e-9, 9e-9, -2e-9, -2e-9, 9e-9),
        )
        for branch in grid.branches
    ]
    units = [
        Phasing(
            id=f"transformer.{unit.id}",
            kind=PhasedKind.TRANSFORMER,
            element=unit.id,
            phases="ABC",
            connection=Connection.DELTA,
            power_va_rated=unit.power_va_rated,
            voltage_v_from=unit.voltage_v_from,
            voltage_v_to=unit.voltage_v_to,
            r_pu=0.004,
            x_pu=0.12,
            tap_pu=1.0125,
            regulated_v=12.7e3,
            regulated_band_v=200.0,
        )
        for unit in grid.transformers
    ]
    load = Phasing(id="load.A", kind=PhasedKind.LOAD, element="A", phases="B")
    return replace(grid, phasing=(*lines, *units, load))
