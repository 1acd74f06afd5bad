"""G3: one switch moves; who is without supply then, and how many customers that is."""

from collections.abc import Callable, Iterator
from functools import partial

from gridops.bench import events_graph, events_ours, events_pandapower
from gridops.bench.bench_city import BenchCity
from gridops.bench.measuring import Side
from gridops.bench.race import Peer, Race
from gridops.bench.switchings import Switchings

EVENT_S, RETRACE_S = 2e-6, 0.5e-3
OVER_PANDAPOWER = 500.0

Enter = Callable[[Switchings], Side]


def races(city: BenchCity) -> Iterator[Race]:
    """The peers on graphs are given sections, the fewest points that the question needs."""
    switchings = Switchings(city)
    anew = Peer(
        name="pandapower",
        how="topology: create_nxgraph, unsupplied_buses",
        modules=("pandapower",),
        enter=partial(events_pandapower.anew, switchings),
        wanted=OVER_PANDAPOWER,
    )
    kept_up = Peer(
        name="pandapower",
        how="topology: unsupplied_buses, graph kept up",
        modules=("pandapower",),
        enter=partial(events_pandapower.kept_up, switchings),
    )
    prepared = "graph of sections, kept up"
    graphs = (
        _peer("networkx", prepared, enter=partial(events_graph.with_networkx, switchings)),
        _peer("rustworkx", prepared, enter=partial(events_graph.with_rustworkx, switchings)),
        _peer(
            "scipy", "csr of sections, in place", enter=partial(events_graph.with_scipy, switchings)
        ),
    )
    yield Race(
        goal="G3",
        what="switch event to customers out, in the kernel",
        on=city.title,
        ours=events_ours.by_kernel(switchings),
        ours_wanted=EVENT_S,
        peers=(anew, kept_up, *graphs),
    )
    yield Race(
        goal="G3",
        what="switch event to customers out, Energisation.moved",
        on=city.title,
        ours=events_ours.step_by_step(switchings),
        peers=(anew, *graphs),
    )
    yield Race(
        goal="G3",
        what="switch event to customers out, full retrace",
        on=city.title,
        ours=events_ours.in_full(switchings),
        ours_wanted=RETRACE_S,
        peers=graphs,
    )


def _peer(module: str, how: str, *, enter: Callable[[], Side]) -> Peer:
    return Peer(name=module, how=how, modules=(module,), enter=enter)
