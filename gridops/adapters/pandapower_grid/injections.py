"""What draws or feeds in at a bus: loads, generators, shunts, and the grid above."""

import math
from collections.abc import Iterator
from dataclasses import replace

from gridops.adapters.pandapower_grid.kept import kept_id, restored
from gridops.adapters.pandapower_grid.reading import Reading, Row, is_figure, rounded
from gridops.adapters.unbalance import Unbalance, unbalance_of
from gridops.ids import GeneratorId, LoadId, ShuntId, SourceId
from gridops.network import Generator, GeneratorKind, Load, Shunt, Source

SHORT_CIRCUIT_VA_DEFAULT = 3e9
R_TO_X_DEFAULT = 0.1
GENERATOR_KINDS = (
    ("pv", GeneratorKind.PHOTOVOLTAIC),
    ("solar", GeneratorKind.PHOTOVOLTAIC),
    ("wp", GeneratorKind.WIND),
    ("wind", GeneratorKind.WIND),
    ("hydro", GeneratorKind.HYDRO),
    ("chp", GeneratorKind.THERMAL),
    ("biomass", GeneratorKind.THERMAL),
    ("thermal", GeneratorKind.THERMAL),
    ("fuel", GeneratorKind.THERMAL),
    ("diesel", GeneratorKind.THERMAL),
    ("bat", GeneratorKind.BATTERY),
)
"""A `type` that begins so (after any `MV_`-like mark) is that kind."""
PHASES = "abc"


def sources_of(reading: Reading) -> Iterator[Source]:
    """External grids, and generators that pandapower takes as slack."""
    angles: set[float] = set()
    for row in reading.served("ext_grid", "bus"):
        angles.add(row.number("va_degree", 0.0))
        yield restored(_source(reading, row, letter="E", what="External grid"), row)
    for row in reading.served("gen", "bus"):
        if row.flag("slack", default=False):
            angles.add(0.0)
            reading.notes.say_of(f"gen {row.index}", "A slack generator is a source.")
            yield restored(_source(reading, row, letter="GE", what="Generator"), row)
    if len(angles) > 1:
        reading.notes.say("Voltage angles of the external grids differ: not carried.")
    elif angles - {0.0}:
        reading.notes.say("The voltage angle of the external grid is reckoned from zero.")


def _source(reading: Reading, row: Row, *, letter: str, what: str) -> Source:
    states_it = row.table == "ext_grid"
    power_va = row.number("s_sc_max_mva", 0.0) * 1e6 if states_it else 0.0
    if not power_va:
        reading.notes.say_of(
            f"{row.table} {row.index}",
            f"No short-circuit power: {SHORT_CIRCUIT_VA_DEFAULT / 1e9:g} GVA is assumed.",
        )
    return Source(
        id=SourceId(kept_id(row) or f"{letter}{row.index}"),
        name=row.text("name", f"{what} {row.index}"),
        node=reading.node(row),
        voltage_pu=rounded(row.number("vm_pu")),
        short_circuit_va=rounded(power_va) or SHORT_CIRCUIT_VA_DEFAULT,
        r_to_x=rounded(row.number("rx_max", R_TO_X_DEFAULT)) if states_it else R_TO_X_DEFAULT,
    )


def loads_of(reading: Reading) -> Iterator[Load]:
    for row in reading.served("load", "bus"):
        power = _power(row)
        load = replace(
            _load(reading, row, letter="LD", power=power),
            constant_current_share=_share(reading, row, letter="i", power=power),
            constant_impedance_share=_share(reading, row, letter="z", power=power),
        )
        yield restored(load, row)
    for row in reading.served("motor", "bus"):
        reading.notes.say_of(f"motor {row.index}", "A motor is a load of constant power.")
        yield _load(reading, row, letter="MO", power=_motor_power(row))
    for table, letter in (("ward", "WA"), ("xward", "XW")):
        for row in reading.served(table, "bus"):
            reading.notes.say_of(f"{table} {row.index}", "A ward is a load and a shunt.")
            power = complex(row.number("ps_mw"), row.number("qs_mvar"))
            yield _load(reading, row, letter=letter, power=power)
    for row in reading.served("asymmetric_load", "bus"):
        yield _load(reading, row, letter="AL", power=sum(_phases(row)))


def _load(reading: Reading, row: Row, *, letter: str, power: complex) -> Load:
    """`power` in MW and Mvar, consumed."""
    return Load(
        id=LoadId(kept_id(row) or f"{letter}{row.index}"),
        name=row.text("name", f"{row.table.capitalize()} {row.index}"),
        node=reading.node(row),
        p_w=rounded(power.real * 1e6),
        q_var=rounded(power.imag * 1e6),
        customers=0,
    )


def _share(reading: Reading, row: Row, *, letter: str, power: complex) -> float:
    """Share of constant current (`i`) or impedance (`z`), 0 to 1.

    Where the shares of active and reactive power differ, that of the larger power counts.
    Nets of pandapower 2 have one column for both.
    """
    p_column, q_column = f"const_{letter}_p_percent", f"const_{letter}_q_percent"
    former = f"const_{letter}_percent"
    if p_column not in row.values and former in row.values:
        reading.carried.add(("load", former))
        return rounded(row.number(former, 0.0) / 100)
    of_p, of_q = row.number(p_column, 0.0), row.number(q_column, 0.0)
    if of_p != of_q and power.real and power.imag:
        reading.notes.say_of(
            f"load {row.index}",
            "Active and reactive power depend on voltage in different shares: those of the larger "
            "power hold for both.",
        )
    return rounded((of_p if abs(power.real) >= abs(power.imag) else of_q) / 100)


def _power(row: Row) -> complex:
    return complex(row.number("p_mw"), row.number("q_mvar", 0.0)) * row.number("scaling", 1.0)


def _motor_power(row: Row) -> complex:
    """Electrical power from the mechanical rating, the way pandapower reckons it."""
    share = row.number("loading_percent", 100.0) / 100 * row.number("scaling", 1.0)
    p_mw = row.number("pn_mech_mw") / (row.positive("efficiency_percent", 100.0) / 100) * share
    return complex(p_mw, abs(p_mw) * math.tan(math.acos(min(row.positive("cos_phi"), 1.0))))


def _phases(row: Row) -> tuple[complex, complex, complex]:
    scaling = row.number("scaling", 1.0)
    a, b, c = (
        complex(row.number(f"p_{each}_mw", 0.0), row.number(f"q_{each}_mvar", 0.0)) * scaling
        for each in PHASES
    )
    return a, b, c


def generators_of(reading: Reading) -> Iterator[Generator]:
    """Feeding in is negative here; pandapower counts it positive, except for storage."""
    for row in reading.served("sgen", "bus"):
        yield restored(_generator(reading, row, letter="SG", power=-_power(row)), row)
    for row in reading.served("gen", "bus"):
        if not row.flag("slack", default=False):
            reading.notes.say_of(
                f"gen {row.index}",
                "A generator that holds its voltage feeds in its active power and no reactive "
                "power; its voltage control is lost.",
            )
            p_mw = -row.number("p_mw") * row.number("scaling", 1.0)
            yield _generator(reading, row, letter="GE", power=complex(p_mw))
    for row in reading.served("storage", "bus"):
        yield restored(_generator(reading, row, letter="ST", power=_power(row)), row)
    for row in reading.served("asymmetric_sgen", "bus"):
        yield _generator(reading, row, letter="AG", power=-sum(_phases(row)))


def _generator(reading: Reading, row: Row, *, letter: str, power: complex) -> Generator:
    """`power` in MW and Mvar, consumed."""
    rated_mva = abs(row.number("sn_mva", 0.0)) if is_figure(row.values.get("sn_mva")) else 0.0
    if not rated_mva:
        rated_mva = abs(power)
        reading.notes.say_of(
            f"{row.table} {row.index}", "No rated power: what it feeds in now is taken for it."
        )
    return Generator(
        id=GeneratorId(kept_id(row) or f"{letter}{row.index}"),
        name=row.text("name", f"{row.table.capitalize()} {row.index}"),
        node=reading.node(row),
        kind=_kind(row),
        power_va_rated=rounded(rated_mva * 1e6),
        p_w=rounded(power.real * 1e6),
        q_var=rounded(power.imag * 1e6),
    )


def _kind(row: Row) -> GeneratorKind:
    if row.table == "storage":
        return GeneratorKind.BATTERY
    said = row.text("type").lower()
    return next((kind for start, kind in GENERATOR_KINDS if said.startswith(start)), _OTHER)


_OTHER = GeneratorKind.OTHER


def shunts_of(reading: Reading) -> Iterator[Shunt]:
    for row in reading.served("shunt", "bus"):
        bus_kv = float(reading.net["bus"].at[row.whole("bus"), "vn_kv"])
        factor = row.number("step", 1.0) * (bus_kv / row.positive("vn_kv", bus_kv)) ** 2
        power = complex(row.number("p_mw"), row.number("q_mvar")) * factor
        yield restored(_shunt(reading, row, letter="SH", power=power), row)
    for table, letter in (("ward", "WA"), ("xward", "XW")):
        for row in reading.served(table, "bus"):
            power = complex(row.number("pz_mw"), row.number("qz_mvar"))
            if power:
                yield _shunt(reading, row, letter=letter, power=power)


def _shunt(reading: Reading, row: Row, *, letter: str, power: complex) -> Shunt:
    """`power` in MW and Mvar, drawn at the nominal voltage of the bus."""
    return Shunt(
        id=ShuntId(kept_id(row) or f"{letter}{row.index}"),
        name=row.text("name", f"{row.table.capitalize()} {row.index}"),
        node=reading.node(row),
        q_var=rounded(power.imag * 1e6),
        p_w=rounded(power.real * 1e6),
    )


def tell_unbalance(reading: Reading) -> None:
    """How far from balanced the net is, and what a balanced calculation loses of it."""
    found: dict[str, Unbalance] = {}
    together = [0j, 0j, 0j]
    for table, sign in (("asymmetric_load", 1), ("asymmetric_sgen", -1)):
        for row in reading.served(table, "bus"):
            phases = _phases(row)
            found[f"{table} {row.index}"] = unbalance_of(phases)
            together = [t + sign * p for t, p in zip(together, phases, strict=True)]
    if not found:
        return
    balanced = _balanced_power(reading) / 3
    whole = unbalance_of((together[0] + balanced, together[1] + balanced, together[2] + balanced))
    worst = max(found, key=lambda each: found[each].deviation_pct)
    reading.notes.say(
        f"{len(found)} unbalanced loads and generators are carried as the sum of their phases: "
        "voltages and currents of single phases, the neutral and zero sequence are lost. The most "
        f"unbalanced is {worst}: {found[worst]}. Everything together: {whole}."
    )


def _balanced_power(reading: Reading) -> complex:
    drawn = [_power(row) for row in reading.served("load", "bus")]
    drawn += [-_power(row) for row in reading.served("sgen", "bus")]
    return sum(drawn, 0j)
