"""`models/oberrhein` is made here, and a test makes it anew and compares every byte."""

from dataclasses import replace

from gridops.adapters.completion import complete
from gridops.adapters.enrichment import RULES
from gridops.adapters.grid_files import About
from gridops.adapters.pandapower_grid import convert
from gridops.network import Components, Switch


def oberrhein() -> tuple[Components, About]:
    """pandapower's `mv_oberrhein`, high-load case, with devices and customers by rule.

    Deterministic for one version of pandapower's data. Needs the `pandapower` extra.
    """
    import pandapower.networks  # noqa: PLC0415  2-3 s, and only whoever converts needs it

    imported = convert(pandapower.networks.mv_oberrhein(scenario="load"))
    about = About(
        title="Oberrhein, 20 kV (pandapower mv_oberrhein)",
        licence="BSD-3-Clause",
        source="pandapower.networks.mv_oberrhein, scenario load; University of Kassel and "
        "Fraunhofer IEE and the pandapower contributors",
        assumptions=(*imported.assumptions, *RULES),
    )
    components, _ = complete(imported)
    return replace(
        components, name="oberrhein", switches=tuple(map(_named, components.switches))
    ), about


def _named(switch: Switch) -> Switch:
    return switch if switch.feeder is None else replace(switch, name=f"Breaker {switch.feeder}")
