"""What a control room works on."""

from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from gridops.events.operator import Mode
from gridops.incident import IncidentSettings
from gridops.network import Network
from gridops.response import Engines


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One version of a grid with its engines, and the settings."""

    network: Network
    grid_fingerprint: str
    engines: Engines
    settings: IncidentSettings
    mode: Mode = Mode.ADVISORY
    """Of the whole system at the first start; later on what people set holds."""
    solver: Engines | None = None
    """Engines of their own for a thread that works plans out; None: `engines`, in turn."""
    thorough: Engines | None = None
    """The same for the thread that looks for something better; None: as `solver`."""
    zone: tzinfo = UTC
    """Days and months of the outage minutes are those of this time zone."""
    is_training: bool = False
    """The field is a virtual one, for somebody to learn on: every screen and paper says so."""
    engine: str = ""
    """The version of GridOps, for the journal; empty: it does not matter."""
    unkept: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The canonical texts of the grid, if they were written for its fingerprint. Whoever keeps
    the version empties it: they are as large as the grid's files."""
