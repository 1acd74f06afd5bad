"""A whole year through virtual field, room, journal and ledger."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gridops.adapters.journal import open_journal
from gridops.bootstrap.grid_versions import KeptVersions
from gridops.bootstrap.wiring import installation_of
from gridops.city import build_city
from gridops.control_room import ControlRoom
from gridops.control_room.simulation import Habit, Simulation
from gridops.ids import GeneratorId, LoadId, SectionId, SourceId, SwitchId
from gridops.incident import IncidentSettings
from gridops.network import Network, Signal, build_network
from gridops.powerflow import NO_GENERATORS, FlowResult, LoadPower
from gridops.state import energise
from gridops.virtual_field import FieldSettings
from tests.year.drawn import YEAR, Climate, Happening, drawn_year
from tests.year.judging import Balance, balance, booked
from tests.year.people import People
from tests.year.witness import WitnessedField

BEGIN = datetime(2025, 12, 31, 17, tzinfo=UTC)
"""The first midnight of 2026 in Vietnam."""
AFTERWARDS = timedelta(days=4)
"""Until the last repair is long over."""
NOT_MINUTES = frozenset({Signal.CURRENT, Signal.POWER})


class VoltageOnly:
    """Nominal voltage wherever there is supply: minutes ask no more of a power flow, and a year
    of a city would be hours of it."""

    name = "voltage only"

    def __init__(self, network: Network) -> None:
        self._network = network
        self._nodes = {
            node: network.section_of_node[node]
            for point in network.components.points
            if point.signal is Signal.VOLTAGE and (node := network.nodes[point.element].id)  # type: ignore[index] # points name elements of every table
        }

    def solve(
        self,
        closed: AbstractSet[SwitchId],
        loads: Mapping[LoadId, LoadPower],
        *,
        generators: Mapping[GeneratorId, LoadPower] = NO_GENERATORS,
        dead_sources: AbstractSet[SourceId] = frozenset(),
        around: Collection[SectionId] | None = None,
    ) -> FlowResult:
        traced = energise(self._network, closed, dead_sources=frozenset(dead_sources))
        live = {node: 1.0 for node, section in self._nodes.items() if traced.is_supplied(section)}
        return FlowResult(
            converged=True,
            engine=self.name,
            voltage_pu=live,
            current_a={},
            loading_pct={},
            switch_current_a={},
            source_p_w={},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """`room` as it stands at the end, its journal closed."""

    network: Network
    room: ControlRoom
    happenings: Sequence[Happening]
    balance: Balance
    called_off: int


def city_of(feeders: int, *, seed: int) -> Network:
    """Without what measures current and power."""
    parts = build_city(feeders, seed=seed)
    told = tuple(point for point in parts.points if point.signal not in NOT_MINUTES)
    return build_network(replace(parts, points=told))


def behind_silent(network: Network) -> frozenset[LoadId]:
    """Loads with a recloser on their way that has no telemetry."""
    normal = energise(network, network.normally_closed)
    silent = [s for s in network.switches.values() if s.protects and s.id not in network.reporting]
    return frozenset(
        load.id
        for switch in silent
        for section in normal.behind(switch.id)
        for load in network.loads_of_section[section]
    )


def play_year(
    network: Network,
    folder: Path,
    *,
    seed: int,
    climate: Climate,
    span: timedelta = YEAR,
) -> Played:
    """The journal stays in `folder` as `journal.sqlite`."""
    happenings = drawn_year(network, begin=BEGIN, seed=seed, climate=climate, span=span)
    field = WitnessedField(
        network,
        VoltageOnly(network),
        start=BEGIN,
        settings=FieldSettings(meters_report=True),
    )
    journal = open_journal(f"sqlite:///{folder}/journal.sqlite")
    try:
        installation = installation_of(network, IncidentSettings())
        room = ControlRoom(installation, journal, versions=KeptVersions(journal))
        people = People(Simulation(room, field, habit=Habit(release_after_s=60.0)), field)
        people.play(happenings, BEGIN + span + AFTERWARDS)
    finally:
        journal.close()
    customers = {load.id: load.customers for load in network.loads.values()}
    return Played(
        network=network,
        room=room,
        happenings=happenings,
        balance=balance(
            field.truth.of,
            booked(room.books.ledger.interruptions),
            customers=customers,
            now=field.now,
            unseen=behind_silent(network),
        ),
        called_off=people.called_off,
    )
