"""pandapower net -> grid. Numbers of the source stay visible in the ids.

Bus 12 is node `12`, line 7 branch `L7`, transformer 114 branch `T114`, switch 14 `SW14`,
load 3 `LD3`, generator 5 `SG5`, external grid 0 `E0`. A line switch of pandapower sits between
a bus and its line; here it becomes a switch between two nodes, so that line end gets a node of
its own: `L7.12` is the end of line 7 at bus 12.
"""

from typing import Any

from gridops.adapters.importing import Imported
from gridops.adapters.pandapower_grid.buses import nodes_of
from gridops.adapters.pandapower_grid.coverage import (
    refuse_what_cannot_be_said,
    sentence_on_spare_lines,
    tell_what_is_lost,
)
from gridops.adapters.pandapower_grid.edges import (
    find_spare_lines,
    lines_of,
    switches_of,
    transformers_of,
)
from gridops.adapters.pandapower_grid.injections import (
    generators_of,
    loads_of,
    shunts_of,
    sources_of,
    tell_unbalance,
)
from gridops.adapters.pandapower_grid.kept_tables import NETWORK, with_kept_tables
from gridops.adapters.pandapower_grid.limits import limits_of
from gridops.adapters.pandapower_grid.reading import Reading
from gridops.network import Components

IDS = (
    "Numbers of the source: bus 12 is node `12`, line 7 branch `L7`, transformer 1 branch `T1`, "
    "switch 14 `SW14`, external grid 0 `E0`, load 3 `LD3`, static generator 5 `SG5`, generator 2 "
    "`GE2`, storage 1 `ST1`, shunt 1 `SH1`, motor 1 `MO1`, ward 1 `WA1`, asymmetric load 1 `AL1`. "
    "Where a switch sits between a bus and a line, the end of the line is a node of its own: "
    "`L7.12` is line 7 at bus 12."
)


def convert(net: Any) -> Imported:
    """The grid of a pandapower net, and what was assumed or left out, one sentence each.

    Deterministic: the same net gives an equal grid. Loads and generators carry their scaling;
    parallel lines and transformers are folded into one. Devices get neutral defaults (crew
    operated, no protection, no indicator, no points, no customers), unless the net came from
    `to_pandapower`: then it is the grid that went out.

    Raises: GridUnreadable for elements that join buses and that the format cannot express
        (three-winding transformers, impedances, DC lines), and for figures that are absent.
    """
    reading = Reading(net)
    refuse_what_cannot_be_said(reading)
    nodes = nodes_of(reading)
    branches, transformers = tuple(lines_of(reading)), tuple(transformers_of(reading))
    switches, kinds, ratings = switches_of(reading, nodes)
    components = Components(
        name=ascii_name(str(net["name"] or "")),
        frequency_hz=float(net["f_hz"]),
        limits=limits_of(reading),
        branches=branches,
        transformers=transformers,
        switches=switches,
        sources=tuple(sources_of(reading)),
        loads=tuple(loads_of(reading)),
        generators=tuple(generators_of(reading)),
        shunts=tuple(shunts_of(reading)),
        nodes=tuple(nodes.values()),
    )
    find_spare_lines(reading)
    tell_unbalance(reading)
    tell_what_is_lost(reading)
    reading.require_whole()
    return Imported(
        components=with_kept_tables(components, net),
        assumptions=reading.notes.sentences,
        title=str(net["name"] or ""),
        ids=IDS,
        spare=tuple(reading.spare.values()),
        said_of_spare=sentence_on_spare_lines(reading),
        unstated_kinds=kinds,
        unstated_ratings=ratings,
        is_ours=NETWORK in net,
    )


def ascii_name(name: str) -> str:
    """Fit to name a grid."""
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower())
    return kept.strip("_") or "imported"
