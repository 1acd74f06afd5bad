"""Plays scenario files through the whole engine and compares with what they expect."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gridops.adapters.engines import power_flow
from gridops.adapters.journal import open_journal
from gridops.adapters.scenario_files import (
    Announce,
    Call,
    ExpectedIncident,
    Patrol,
    Report,
    Scenario,
    SetMode,
    Strike,
    Tag,
    Trial,
    load_scenario,
)
from gridops.bootstrap.explaining import explained, told_of_first_plan
from gridops.bootstrap.grid_versions import KeptVersions
from gridops.bootstrap.wiring import install
from gridops.control_room import ControlRoom
from gridops.control_room.simulation import Habit, Simulation
from gridops.errors import ScenarioError, UnknownId
from gridops.incident import Incident, IncidentSettings
from gridops.network import Network
from gridops.outage import LocationSettings
from gridops.powerflow import RadialShortCircuit
from gridops.response import Aim
from gridops.response.plain import answer_to_plain, nothing_to_do
from gridops.restoration import off_normal
from gridops.virtual_field import FieldSettings, VirtualField
from gridops.virtual_field.script import apply

PLAIN = (float, bool, int)
"""Types of the settings that a scenario may give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One scenario, played to its end."""

    file: Path
    scenario: Scenario
    room: ControlRoom
    misses: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.scenario.title

    def to_plain(self) -> dict[str, Any]:
        return {
            "file": str(self.file),
            "incidents": [
                incident_to_plain(
                    self.room,
                    incident,
                    struck=struck_in(self.scenario, self.room, incident=incident),
                )
                for incident in self.room.desk.incidents.values()
            ],
            "misses": list(self.misses),
        }


def play(file: Path, *, folder: Path | None = None) -> Played:
    """The whole engine on simulated time, journal included.

    The journal stays in `folder` as `journal.sqlite`; None: it is thrown away. The same file
    gives the same journal, hash by hash.

    Raises: ScenarioError, UnknownId, GridUnreadable, GridInvalid.
    """
    scenario = load_scenario(file)
    installation = install(scenario.grid, _settings(scenario, file))
    _check_ids(scenario, installation.network)
    field = VirtualField(
        installation.network,
        power_flow(installation.network),
        start=scenario.start,
        settings=_field_settings(scenario, file),
    )
    field.measure_faults(RadialShortCircuit(installation.network))
    for happening in scenario.happenings():
        apply(field, happening)
    place = TemporaryDirectory(prefix="gridops-") if folder is None else nullcontext(str(folder))
    with place as where:
        journal = open_journal(f"sqlite:///{where}/journal.sqlite")
        try:
            versions = None if folder is None else KeptVersions(journal)
            room = ControlRoom(installation, journal, versions=versions)
            habit = Habit(
                release_after_s=scenario.operator.release_after_s,
                takes_offers=scenario.operator.takes_offers,
            )
            Simulation(room, field, habit=habit).run(scenario.end, scenario.operator_events())
        finally:
            journal.close()
    return Played(file=file, scenario=scenario, room=room, misses=tuple(_misses(scenario, room)))


def _settings(scenario: Scenario, file: Path) -> IncidentSettings:
    location = _known(scenario.location, LocationSettings, where="location", file=file)
    return IncidentSettings(
        location=LocationSettings(**location),
        **_known(scenario.engine, IncidentSettings, where="engine", file=file),
    )


def _field_settings(scenario: Scenario, file: Path) -> FieldSettings:
    return FieldSettings(**_known(scenario.field, FieldSettings, where="field", file=file))


def _known(
    given: Mapping[str, float | bool], settings: type[Any], *, where: str, file: Path
) -> dict[str, Any]:
    kinds = {each.name: each.type for each in fields(settings) if each.type in PLAIN}
    for name in given:
        if name not in kinds:
            near = difflib.get_close_matches(name, sorted(kinds), n=3) or sorted(kinds)
            raise ScenarioError(
                f"{where}.{name} is no setting", where=str(file), remedy=f"near: {', '.join(near)}"
            )
    return {name: int(value) if kinds[name] is int else value for name, value in given.items()}


def _check_ids(scenario: Scenario, network: Network) -> None:
    """What people do names what exists; the field checks its own."""
    for act in scenario.acts:
        if isinstance(act, Announce | Tag | Report | Trial):
            network.switch(act.switch)
        if isinstance(act, Patrol):
            network.section_of(act.place)
        if isinstance(act, Call) and act.load not in network.loads:
            raise UnknownId(
                "load", act.load, near=difflib.get_close_matches(act.load, network.loads)
            )
        if isinstance(act, SetMode) and act.feeder is not None:
            network.feeder_head(act.feeder)


def struck_in(scenario: Scenario, room: ControlRoom, *, incident: Incident) -> list[str]:
    """The places of the story whose fault this incident is about."""
    return [
        one.place
        for one in scenario.happens
        if isinstance(one, Strike) and room.network.section_of(one.place) in incident.zone
    ]


def incident_to_plain(
    room: ControlRoom, incident: Incident, *, struck: Sequence[str], solve_ms: float = 0.0
) -> dict[str, Any]:
    """An incident of the live engine in the shape of `whatif --json`, by its first plan: later
    ones start from a state that the first one changed.

    `struck` is where the story put the fault; the engine does not know it. `solve_ms` is 0
    where nobody measured it: a simulation has no wall clock.
    """
    tripped = [d for d in room.network.switches if d in incident.tripped]
    cause = incident.cause.value
    first = room.books.first_plan_of(incident.id)
    if first is None:
        return nothing_to_do(fault=struck, cause=cause, tripped=tripped)
    plain = answer_to_plain(
        first, room.network, fault=struck, cause=cause, tripped=tripped, solve_ms=solve_ms
    )
    return explained(plain, told_of_first_plan(incident, first))


def _misses(scenario: Scenario, room: ControlRoom) -> Iterator[str]:
    expected = scenario.expect.incidents
    found = list(room.desk.incidents.values())
    if len(found) != len(expected):
        causes = ", ".join(f"{i.id} {i.cause.value}" for i in found) or "none"
        yield f"{len(expected)} incidents expected, {len(found)} came: {causes}"
    for want, incident in zip(expected, found, strict=False):
        yield from _compared(want, incident, room=room)
    dark = room.desk.state.energisation.dark
    sections = scenario.expect.dark_at_end
    if sections is not None and set(sections) != dark:
        yield f"dark at the end: expected {sorted(sections)}, found {sorted(dark)}"
    away = off_normal(room.network, room.desk.state.closed)
    switches = scenario.expect.off_normal_at_end
    if switches is not None and set(switches) != set(away):
        yield f"off normal at the end: expected {sorted(switches)}, found {sorted(away)}"
    customers = scenario.expect.customers_dark_at_end
    if customers is not None and customers != room.desk.state.energisation.customers_dark:
        yield (
            f"customers dark at the end: expected {customers},"
            f" found {room.desk.state.energisation.customers_dark}"
        )


def _compared(want: ExpectedIncident, incident: Incident, *, room: ControlRoom) -> Iterator[str]:
    for name, look in LOOKS.items():
        expected = getattr(want, name)
        if expected is None:
            continue
        found = look(incident, room)
        agrees = set(expected) <= set(found) if name in SUBSETS else _same(expected, found)
        if not agrees:
            yield f"{incident.id} {name}: expected {_shown(expected)}, found {_shown(found)}"


def _same(expected: object, found: object) -> bool:
    if isinstance(expected, list) and isinstance(found, Sequence | frozenset):
        return set(expected) == set(found)
    return expected == found


def _shown(value: object) -> str:
    return str(sorted(value)) if isinstance(value, list | tuple | frozenset) else str(value)


SUBSETS = ("suspected_includes", "rejected_because", "noted")


def _first(incident: Incident, room: ControlRoom, *, read: Callable[[Any], Any]) -> Any:
    """What the first plan of an incident said; later plans start from a changed state."""
    answer = room.books.first_plan_of(incident.id)
    return () if answer is None else read(answer)


def _dropped_on_return(incident: Incident, room: ControlRoom) -> int | None:
    last = incident.proposed.answer if incident.proposed else None
    if last is None or last.aim is not Aim.RETURN:
        return None
    return sum(room.network.sections[s].customers for s in last.plan.dropped)


LOOKS: dict[str, Callable[[Incident, ControlRoom], Any]] = {
    "cause": lambda i, _: i.cause,
    "tripped": lambda i, _: i.tripped,
    "verdict": lambda i, _: i.location.verdict if i.location else None,
    "suspected": lambda i, _: i.location.suspected if i.location else (),
    "suspected_includes": lambda i, _: i.location.suspected if i.location else (),
    "fence": lambda i, room: _first(i, room, read=lambda a: a.plan.fence),
    "phase": lambda i, _: i.phase.value,
    "closes": lambda i, room: _first(
        i, room, read=lambda a: tuple(s.switch for s in a.plan.steps if s.closes)
    ),
    "plans": lambda i, _: i.plans_made,
    "interrupted": lambda i, room: _first(
        i, room, read=lambda a: int(a.plan.customers.interrupted)
    ),
    "restored_by_switching": lambda i, room: _first(
        i, room, read=lambda a: int(a.plan.customers.restored_by_switching)
    ),
    "until_repair": lambda i, room: _first(
        i, room, read=lambda a: int(a.plan.customers.until_repair)
    ),
    "interrupted_on_return": _dropped_on_return,
    "rejected_because": lambda i, room: _first(
        i, room, read=lambda a: tuple(r.because for r in a.plan.rejected)
    ),
    "guard_passed": lambda i, room: _first(i, room, read=lambda a: a.verdict.passed),
    "noted": lambda i, _: tuple(note.reason.code for note in i.timeline),
}
