"""Machine code before it is needed: the first plan after an installation must not wait for it."""

from contextlib import suppress

from gridops.errors import GridOpsError
from gridops.network import Network
from gridops.response import Engines, with_outlook
from gridops.restoration import OutlookSettings
from gridops.state import energise
from gridops.study import WhatIf, what_if

PLACES_MAX = 6
"""Faults asked about until one has a plan."""
LITTLE = OutlookSettings(steps_max=1, alternatives_tried_max=1, helps_tried_max=1)


def warm_up(network: Network, engines: Engines) -> bool:
    """Asks about faults on `network` until one has a plan, looks around it a little, and throws
    the answers away: what they need is then compiled, and read from disk, in this process.

    Returns whether a plan was made; a grid that has none stays cold: this is a convenience and
    refuses nothing.
    """
    with suppress(GridOpsError):
        for place in _places(network):
            found = what_if(network, engines, ask=WhatIf(faults=(place,)))
            if found.answer.plan.steps:
                with_outlook(found.answer, found.question, engines=engines, settings=LITTLE)
                return True
    return False


def _places(network: Network) -> list[str]:
    """A line in the middle of each of the first feeders."""
    feeder_of = energise(network, network.normally_closed).feeder_of
    of: dict[str, list[str]] = {}
    for section in network.sections.values():
        feeder = feeder_of.get(section.id)
        if section.branches and feeder is not None:
            of.setdefault(feeder, []).append(section.branches[0])
    return [lines[len(lines) // 2] for lines in list(of.values())[:PLACES_MAX]]
