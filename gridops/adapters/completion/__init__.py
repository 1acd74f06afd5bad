"""What a foreign format cannot say, added by fixed rules, each of them stated with its count.

The rules respect what the source does say: kinds of switches, ratings, names, positions,
coordinates, customers, protection. They are plausible, not measured. `docs/importing.md` has
them one by one.
"""

from dataclasses import replace

from gridops.adapters.completion.customers import with_customers
from gridops.adapters.completion.devices import with_devices
from gridops.adapters.completion.drawing import on_the_drawing
from gridops.adapters.completion.naming import with_named_breakers
from gridops.adapters.completion.switchgear import with_switchgear
from gridops.adapters.completion.telemetry import with_telemetry
from gridops.adapters.importing import Imported
from gridops.network import Components
from gridops.network.validation import validate

__all__ = ["complete", "with_named_breakers"]

REFERENCES = ("dangling-", "duplicate-id", "empty-table")
"""Flaws with which a grid hangs together too little for any rule."""


NOT_COMPLETED = (
    "No rule was applied: the grid lacks nodes or sources, or its references do not hold."
)


REACH_NOT_ASKED = (
    "Pick-ups are assumed, so no plan is refused for what protection would not see: state "
    "limits.fault_in_pickups_min in network.toml once they are real."
)


def complete(
    imported: Imported, *, remote_everywhere: bool = False, asks_reach: bool = False
) -> tuple[Components, tuple[str, ...]]:
    """The grid with all that an operated one needs, and the rules that were used.

    Deterministic; a grid of ours comes back as it is. Loops and other flaws stay,
    for `gridops check` to tell. A grid whose references do not hold is not completed at all.
    `remote_everywhere` telecontrols every switch that breaks load, not only some stations.
    `asks_reach`: assumed pick-ups count in the limit of protection reach as real ones do.
    """
    components = imported.components
    if imported.is_ours:
        return components, ()
    if any(flaw.code.startswith(REFERENCES) for flaw in validate(components)):
        return components, (NOT_COMPLETED,)
    components, said = with_switchgear(imported)
    components, more = with_devices(components, imported, remote_everywhere=remote_everywhere)
    said = (*said, *more)
    for rule in (with_customers, on_the_drawing):
        components, more = rule(components)
        said = (*said, *more)
    components, more = with_telemetry(components, imported.substation_lines)
    said = (*said, *more)
    if not asks_reach and _assumes_pickups(components, imported.components):
        limits = replace(components.limits, fault_in_pickups_min=0.0)
        components, said = replace(components, limits=limits), (*said, REACH_NOT_ASKED)
    return components, said


def _assumes_pickups(completed: Components, given: Components) -> bool:
    known = {switch.id for switch in given.switches if switch.protects}
    return any(switch.protects and switch.id not in known for switch in completed.switches)
