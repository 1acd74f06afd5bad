"""SimBench grids, by their code.

SimBench tells what pandapower has no table for: profiles of a year for every load and generator
(here their mean day), and taps that move the ratio.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, TypeVar

from gridops.adapters.importing import Imported
from gridops.adapters.pandapower_grid import convert
from gridops.adapters.pandapower_grid.reading import is_stated
from gridops.adapters.pandapower_grid.source import quiet, require_pandapower
from gridops.errors import GridUnreadable
from gridops.ids import ProfileId
from gridops.network import Components, Generator, Load, Profile

LICENCE = "ODbL-1.0"
SOURCE = "SimBench (https://simbench.de), code {code}, from the Python package simbench"
STEPS_PER_DAY = 96
FACTOR_DECIMALS = 4
PROFILES_SAID = (
    "Each load and generator follows the mean day of its SimBench profile: the mean of all days of "
    "2016 at each quarter of an hour, of active power; reactive power follows the same factors, "
    "SimBench's own profiles of it are left out, and so are seasons, weekdays and peaks. The mean "
    "power of a load is that of its profile over the year."
)
TAPS_SAID = (
    "SimBench's taps move the ratio: taken so, though the pandapower net names no type of tap "
    "changer. Their automatic control is not carried over."
)
STATE_SAID = (
    "Loads and generators stand at the power of SimBench's tables, all at once; its load cases "
    "scale them."
)
Row = TypeVar("Row", Load, Generator)


def import_simbench(code: str) -> Imported:
    """The grid of a SimBench code, as `1-MV-urban--0-sw`. Needs the extra `simbench`.

    Raises: GridUnreadable for a code that SimBench does not have (with those that are near), a
        package that is missing, or what the native format cannot express.
    """
    net = _net_of(code)
    net.name = f"SimBench {code}"
    ratio = net.trafo["tap_changer_type"].isna() & (net.trafo["tap_step_percent"].fillna(0) != 0)
    net.trafo.loc[ratio, "tap_changer_type"] = "Ratio"
    profiles = {table: net[table].pop("profile") for table in ("load", "sgen")}
    imported = convert(net)
    return replace(
        imported,
        components=_with_mean_days(imported.components, net, profiles=profiles),
        assumptions=(STATE_SAID, TAPS_SAID, PROFILES_SAID, *imported.assumptions),
        title=f"SimBench {code}",
        licence=LICENCE,
        source=SOURCE.format(code=code),
    )


def _net_of(code: str) -> Any:
    require_pandapower()
    try:
        with quiet():
            import simbench  # noqa: PLC0415  several seconds, and only whoever converts needs it
    except ImportError as failure:
        raise GridUnreadable(
            f"simbench is not installed ({failure})", remedy="pip install gridops[simbench]"
        ) from failure
    with quiet():
        codes = simbench.collect_all_simbench_codes()
        if code in codes:
            return simbench.get_simbench_net(code)
    near = get_close_matches(code, codes, n=3, cutoff=0.5)
    raise GridUnreadable(
        f"SimBench has no grid {code!r}",
        remedy=f"near: {', '.join(near)}" if near else "as 1-MV-urban--0-sw, see simbench.de",
    )


def _with_mean_days(components: Components, net: Any, *, profiles: Mapping[str, Any]) -> Components:
    load_days = _mean_days(net["profiles"]["load"], suffix="_pload")
    infeed_days = _mean_days(net["profiles"]["renewables"], suffix="")
    infeed_days |= _mean_days(net["profiles"]["powerplants"], suffix="")
    load_of, infeed_of = _names(profiles["load"], "LD"), _names(profiles["sgen"], "SG")
    loads = _following(components.loads, load_of, days=load_days, kind="load")
    generators = _following(components.generators, infeed_of, days=infeed_days, kind="infeed")
    followed = [load.profile for load in loads] + [each.profile for each in generators]
    every = {_ident("load", name): day for name, day in load_days.items()}
    every |= {_ident("infeed", name): day for name, day in infeed_days.items()}
    return replace(
        components,
        loads=tuple(_with_mean_power(load, every) for load in loads),
        generators=tuple(generators),
        profiles=tuple(
            Profile(id=ident, name=f"Mean day of {ident}", factors=every[ident])
            for ident in sorted({each for each in followed if each is not None})
        ),
    )


def _mean_days(table: Any, *, suffix: str) -> dict[str, tuple[float, ...]]:
    """Profile -> factor at each quarter of an hour, the mean over all days of the table."""
    days = len(table) // STEPS_PER_DAY
    found: dict[str, tuple[float, ...]] = {}
    for column in table.columns:
        if column == "time" or not column.endswith(suffix) or not days:
            continue
        steps = table[column].to_numpy(dtype=float)[: days * STEPS_PER_DAY]
        mean = steps.reshape(days, STEPS_PER_DAY).mean(axis=0)
        found[column.removesuffix(suffix)] = tuple(
            round(float(each), FACTOR_DECIMALS) + 0.0 for each in mean
        )
    return found


def _names(column: Any, letter: str) -> dict[str, str]:
    """Id of a row -> the name of its profile."""
    return {f"{letter}{number}": str(name) for number, name in column.items() if is_stated(name)}


def _ident(kind: str, name: str) -> ProfileId:
    return ProfileId(f"{kind}-{name}")


def _following(
    rows: Iterable[Row], names: Mapping[str, str], *, days: Mapping[str, object], kind: str
) -> list[Row]:
    return [
        replace(row, profile=_ident(kind, names[row.id])) if names.get(row.id) in days else row
        for row in rows
    ]


def _with_mean_power(load: Load, days: Mapping[ProfileId, tuple[float, ...]]) -> Load:
    if load.profile is None:
        return load
    factors = days[load.profile]
    return replace(load, p_w_average=round(load.p_w * sum(factors) / len(factors), 1))
