"""`models/oberrhein` is made here, and a test makes it anew and compares every byte."""

from dataclasses import replace

from gridops.adapters.completion import complete, with_named_breakers
from gridops.adapters.grid_files import About
from gridops.adapters.pandapower_grid import convert
from gridops.adapters.pandapower_grid.source import quiet
from gridops.network import Components

RULES = (
    "Each line leaving a 20 kV busbar begins with a feeder breaker, telecontrolled, pick-up "
    "1.2 times the rating of its first line, trip after 0.5 s, no reclosing, with lockout.",
    "Telecontrolled with a non-directional indicator, 12 s: the outgoing side of every third "
    "station from the feeder head, and every switch of both stations of each tie line.",
    "All other switches are crew operated, 30 minutes, without telemetry; switches carry 630 A.",
    "One customer per 1.5 kW of load; MV loads are one industrial customer each; every 24th "
    "load is critical, loads from 370 kW are commercial, the rest residential.",
    "Priorities: critical 1, commercial 2, residential 3, industrial 4.",
    "Areas are squares of the map, A1 in the north-west to D5 in the south-east.",
    "Per substation one RTU for busbar and breakers and one concentrator for its stations.",
)


def oberrhein() -> tuple[Components, About]:
    """pandapower's `mv_oberrhein`, high-load case, with devices and customers by rule.

    Deterministic for one version of pandapower's data. Needs the `pandapower` extra.
    """
    import pandapower.networks  # noqa: PLC0415  2-3 s, and only whoever converts needs it

    with quiet():  # it reckons a power flow, and remarks that numba is missing
        net = pandapower.networks.mv_oberrhein(scenario="load")
    imported = convert(net)
    about = About(
        title="Oberrhein, 20 kV (pandapower mv_oberrhein)",
        licence="BSD-3-Clause",
        source="pandapower.networks.mv_oberrhein, scenario load; University of Kassel and "
        "Fraunhofer IEE and the pandapower contributors",
        assumptions=(*imported.assumptions, *RULES),
    )
    components, _ = complete(imported, asks_reach=True)
    return replace(with_named_breakers(components), name="oberrhein"), about
