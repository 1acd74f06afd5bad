"""Machine code before it is needed: the first plan after an installation must not wait for it."""

from contextlib import suppress

from gridops.errors import GridOpsError
from gridops.network import Network
from gridops.response import Engines
from gridops.state import energise
from gridops.study import WhatIf, what_if
from gridops.study.what_if import looked_around

PLACES_MAX = 6
"""Faults asked about; each after the first costs a plan, once machine code is there."""


def warm_up(network: Network, engines: Engines) -> None:
    """Asks about a few faults on `network`, with all that stands around their plans, and throws
    the answers away: what they need is then compiled, and read from disk, in this process.

    A grid that cannot answer stays cold: this is a convenience and refuses nothing.
    """
    with suppress(GridOpsError):
        for place in _places(network):
            looked_around(what_if(network, engines, ask=WhatIf(faults=(place,))), engines)


def _places(network: Network) -> list[str]:
    """A line in the middle of each of the first feeders."""
    feeder_of = energise(network, network.normally_closed).feeder_of
    of: dict[str, list[str]] = {}
    for section in network.sections.values():
        feeder = feeder_of.get(section.id)
        if section.branches and feeder is not None:
            of.setdefault(feeder, []).append(section.branches[0])
    return [lines[len(lines) // 2] for lines in list(of.values())[:PLACES_MAX]]
