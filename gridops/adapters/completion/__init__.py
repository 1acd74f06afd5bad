"""What a foreign format cannot say, added by fixed rules, each of them stated with its count.

The rules respect what the source does say: kinds of switches, ratings, names, positions,
coordinates, customers, protection. They are plausible, not measured. `docs/importing.md` has
them one by one.
"""

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


def complete(
    imported: Imported, *, remote_everywhere: bool = False
) -> tuple[Components, tuple[str, ...]]:
    """The grid with all that an operated one needs, and the rules that were used.

    Deterministic; a grid of ours comes back as it is. Loops and other flaws stay,
    for `gridops check` to tell. A grid whose references do not hold is not completed at all.
    `remote_everywhere` telecontrols every switch that breaks load, not only some stations.
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
    return components, (*said, *more)
