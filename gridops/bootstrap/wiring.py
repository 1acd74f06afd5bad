"""Names the concrete classes and puts them together."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from gridops import __version__
from gridops.adapters.collector import collector_paused
from gridops.adapters.content import resolve_grid
from gridops.adapters.engines import (
    PowerGridModelEngine,
    PowerGridModelShortCircuit,
    opendss_engine,
)
from gridops.adapters.grid_files import fingerprint_of, grid_texts, load_grid
from gridops.control_room import Installation
from gridops.errors import SettingsError
from gridops.events.operator import Mode
from gridops.guard import Guard
from gridops.incident import IncidentSettings
from gridops.network import ColdLoad, Network
from gridops.outage import DetectionSettings, LocationSettings
from gridops.powerflow import PhaseVerdict, RadialFlow
from gridops.response import Engines
from gridops.restoration import PlanSettings
from gridops.settings import Settings


def engines_of(network: Network) -> Engines:
    """Two keys: our own radial kernel proposes, power-grid-model lets the guard judge.

    What is not radial goes from the kernel to power-grid-model; such a state no plan passes
    through, since the guard forbids it.
    """
    return sets_of_engines(network)[0]


def sets_of_engines(network: Network) -> tuple[Engines, Engines, Engines]:
    """As `engines_of`, for the loop and for the two threads that work plans out. The planner's
    kernel works in a room of its own in each; power-grid-model keeps nothing between questions,
    and all ask the same one."""
    newton = PowerGridModelEngine(network)
    planner = RadialFlow(network, meshed=newton)
    faults, phases = PowerGridModelShortCircuit(network), phase_verdict_of(network)
    guard = Guard(network, newton, faults=faults, phases=phases)
    return (
        Engines(planner=planner, guard=guard, phase_verdict=phase_verdict_of(network)),
        Engines(planner=planner.beside(), guard=guard, phase_verdict=phase_verdict_of(network)),
        Engines(planner=planner.beside(), guard=guard, phase_verdict=phase_verdict_of(network)),
    )


def phase_verdict_of(network: Network) -> PhaseVerdict | None:
    """An OpenDSS of its own for a grid that states phases; None where the grid states none, or
    the extra `opendss` is not installed: plans then say that their phases were not checked."""
    if not network.components.phasing or not opendss_engine.is_installed():
        return None
    return opendss_engine.OpenDssVerdict(network)


def load(grid: str) -> tuple[Path, Network]:
    """A grid folder, or the name of a grid that GridOps brings along.

    Raises: GridUnreadable, GridInvalid.
    """
    folder = resolve_grid(grid)
    return folder, load_grid(folder)


@collector_paused()
def install(grid: str, settings: IncidentSettings, *, mode: Mode = Mode.ADVISORY) -> Installation:
    """`mode` is the system's at the first start. Raises: GridUnreadable, GridInvalid."""
    _, network = load(grid)
    return installation_of(network, settings, mode=mode)


def installation_of(
    network: Network, settings: IncidentSettings, *, mode: Mode = Mode.ADVISORY
) -> Installation:
    """With engines of its own for the loop and for each thread that works plans out."""
    texts = grid_texts(network.components)
    engines, solver, thorough = sets_of_engines(network)
    return Installation(
        network=network,
        grid_fingerprint=fingerprint_of(texts),
        unkept=texts,
        engines=engines,
        solver=solver,
        thorough=thorough,
        settings=settings,
        mode=mode,
        zone=zone_of(settings),
        engine=__version__,
    )


def zone_of(settings: IncidentSettings) -> tzinfo:
    return settings.clock or UTC


def incident_settings(settings: Settings) -> IncidentSettings:
    """The installation's settings in the words of the engine."""
    control, detection, planning = settings.control, settings.detection, settings.planning
    return IncidentSettings(
        indicator_window_s=detection.indicator_window_s,
        command_deadline_s=control.command_deadline_s,
        closing_gap_s=control.closing_gap_s,
        execution_enabled=control.execution_enabled,
        approval_expiry_s=control.approval_expiry_s,
        two_person=control.two_person_control,
        load_shed_disables=control.load_shed_disables,
        run_warn_s=control.run_warn_s,
        run_limit_s=control.run_limit_s,
        emergency_s=planning.emergency_s,
        time_zone=planning.time_zone,
        **settings.incidents.model_dump(),
        detection=DetectionSettings(
            stay_margin_s=detection.reclose_margin_s,
            unknown_reclosing_s=detection.unknown_reclose_wait_s,
            reorder_window_s=detection.reorder_window_s,
            delay_s_max=detection.delay_s_max,
            clock_off_s_min=detection.clock_off_s_min,
        ),
        location=LocationSettings(**settings.location.model_dump()),
        plan=PlanSettings(
            closing_gap_s=control.closing_gap_s,
            crew_available=control.crew_available,
            closed_transition=control.closed_transition,
            interruption_s_max=control.interruption_s_max,
            repair_s=planning.repair_s,
            look_ahead_s=planning.look_ahead_s,
            cold_load=ColdLoad(**settings.cold_load.model_dump()),
        ),
    )


def plugged_in(group: str, name: str) -> Callable[..., Any]:
    """What an installed package offers under an entry point; `gridops` knows no link by name.

    Raises: SettingsError naming what is installed.
    """
    found = {point.name: point for point in entry_points(group=group)}
    if name not in found:
        raise SettingsError(
            f"no field link is called {name!r}",
            remedy=f"installed: {', '.join(sorted(found)) or 'none'}",
        )
    plugged: Callable[..., Any] = found[name].load()
    return plugged
