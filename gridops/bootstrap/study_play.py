"""A study that is played: a control room of its own on a virtual field, from a given state on, up
to the plan and what comes of it."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any

from gridops.adapters.engines import power_flow
from gridops.adapters.journal import open_journal
from gridops.api.live_view import live_view
from gridops.api.studies import STUDY_ID, Stage
from gridops.bootstrap.study_flow import flow_view, with_flow
from gridops.bootstrap.wiring import installation_of, zone_of
from gridops.control_room import ControlRoom, Installation
from gridops.control_room.simulation import OPERATOR, Habit, Simulation
from gridops.errors import ScenarioError
from gridops.events import TagPlaced
from gridops.events.operator import TagKind
from gridops.ids import SwitchId, TagId
from gridops.incident import Incident, IncidentSettings, Phase, settings_from_json
from gridops.network import Network, build_network
from gridops.powerflow import LoadPowers, RadialShortCircuit
from gridops.virtual_field import VirtualField

Plain = dict[str, Any]
SETTLE_S = 10.0
"""From the start of the field to the fault."""
LOOK_S = 1.0
"""How often it is looked whether a plan is there."""
PROPOSED_S_MAX = 600.0
"""Longer nobody waits for a plan after the fault."""
RELEASE_S = 5.0
DONE_S_MAX = 900.0
"""Longer no plan is watched: what waits for a crew then is not done."""
LOOK_DONE_S = 30.0
UNDER_WAY = (Phase.DETECTING, Phase.SETTLING, Phase.PROPOSED, Phase.EXECUTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is asked for."""

    start: datetime
    settings: str
    """Of the control room that is studied, as it journals them."""
    faults: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    """Departures from the normal state."""
    closed: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    load_scale: float = 1.0


def story_of(asked: Plain) -> Story:
    listed = ("faults", "opened", "closed", "unavailable")
    return Story(
        start=datetime.fromisoformat(asked["start"]),
        settings=asked["settings"],
        load_scale=asked["load_scale"],
        **{name: tuple(asked[name]) for name in listed},
    )


class Player:
    """Plays stories on one grid."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._latest = 1.0, installation_of(network, IncidentSettings())

    def play(self, story: Story) -> list[Plain]:
        """The stages, each a view as of the live screen: before the fault, when plans are proposed,
        and after what the operator released at once; only the first without a fault.

        Ids of incidents and plans say that they are of a study: no act takes them.

        Raises: UnknownId; ScenarioError for a place without supply.
        """
        installation = self._installation(story)
        network = installation.network
        field = _field(network, story)
        for place in story.faults:
            if network.section_of(place) in field.dark:
                raise ScenarioError(
                    f"{place} has no supply in this state, so nothing happens there",
                    remedy="close a switch that feeds it, or ask for another place",
                )
        with (
            TemporaryDirectory(prefix="gridops-") as folder,
            closing(open_journal(f"sqlite:///{folder}/journal.sqlite")) as journal,
        ):
            room = ControlRoom(installation, journal)
            return [_shown(room, field, stage=stage) for stage in _stages(room, field, story=story)]

    def _installation(self, story: Story) -> Installation:
        """Whoever studies may release, whatever the settings allow in operation: there is no
        field here. The engines for the loads asked for last are kept."""
        scale, installation = self._latest
        if scale != story.load_scale:
            installation = installation_of(
                _scaled(self._network, story.load_scale), installation.settings
            )
            self._latest = story.load_scale, installation
        settings = settings_from_json(story.settings)
        settings = replace(settings, execution_enabled=True, entitled_only=False)
        return replace(installation, settings=settings, zone=zone_of(settings))


def _field(network: Network, story: Story) -> VirtualField:
    for switch in (*story.opened, *story.closed, *story.unavailable):
        network.switch(switch)
    closed = network.normally_closed - set(map(SwitchId, story.opened))
    closed |= set(map(SwitchId, story.closed))
    field = VirtualField(network, power_flow(network), start=story.start, closed=closed)
    field.measure_faults(RadialShortCircuit(network))
    return field


def _scaled(network: Network, by: float) -> Network:
    loads = tuple(
        replace(load, p_w=load.p_w * by, q_var=load.q_var * by) for load in network.components.loads
    )
    return build_network(replace(network.components, loads=loads))


def _stages(room: ControlRoom, field: VirtualField, *, story: Story) -> Iterator[Stage]:
    """The room and the field stand where each stage says while it is given."""
    played = Simulation(room, field, habit=Habit(release_after_s=LOOK_S + RELEASE_S))
    played.begin()
    strikes_at = story.start + timedelta(seconds=SETTLE_S)
    played.go_on(strikes_at, _tags(story))
    yield Stage.BEFORE
    if not story.faults:
        return
    for place in story.faults:
        field.strike(place, strikes_at)
    _go_on(played, (Phase.DETECTING, Phase.SETTLING), look_s=LOOK_S, for_s=PROPOSED_S_MAX)
    yield Stage.PROPOSED
    played.go_on(field.now + timedelta(seconds=LOOK_S + RELEASE_S))
    _go_on(played, UNDER_WAY, look_s=LOOK_DONE_S, for_s=DONE_S_MAX)
    yield Stage.AFTER


def _go_on(played: Simulation, phases: Sequence[Phase], *, look_s: float, for_s: float) -> None:
    """Until no incident is in any of `phases`, or can come on from there by itself."""
    ends = played.field.now + timedelta(seconds=for_s)
    while played.field.now < ends:
        played.go_on(played.field.now + timedelta(seconds=look_s))
        incidents = played.room.desk.incidents.values()
        if incidents and not any(one.phase in phases and not _rests(one) for one in incidents):
            return


def _rests(incident: Incident) -> bool:
    """Nothing of it can be released, so it stays as it is."""
    proposed = incident.proposed
    if incident.phase is not Phase.PROPOSED:
        return False
    return proposed is None or not proposed.answer.plan.steps or not proposed.answer.verdict.passed


def _tags(story: Story) -> list[TagPlaced]:
    return [
        TagPlaced(
            at=story.start,
            by=OPERATOR,
            tag=TagId(f"{STUDY_ID}{number}"),
            switch=SwitchId(switch),
            kind=TagKind.NO_OPERATE,
            reason="",
        )
        for number, switch in enumerate(story.unavailable)
    ]


def _shown(room: ControlRoom, field: VirtualField, *, stage: Stage) -> Plain:
    """As `StageShape`: the view, and in it the power flow at the loads that the grid states."""
    network = room.network
    engine = room.installation.engines.planner
    result = engine.solve(field.closed, LoadPowers.stated(network))
    view = with_flow(live_view(room, now=field.now, links=()), network, result=result)
    incidents = {f"{STUDY_ID}{ident}": _marked(card) for ident, card in view["incidents"].items()}
    return {
        "stage": stage.value,
        "view": {**view, "incidents": incidents, "sheets": {}},
        "flow": flow_view(network, result),
    }


def _marked(card: Plain) -> Plain:
    plan, merged = card["plan"], card["merged_into"]
    return {
        **card,
        "id": STUDY_ID + card["id"],
        "merged_into": None if merged is None else STUDY_ID + merged,
        "took_over": [STUDY_ID + one for one in card["took_over"]],
        "plan": None if plan is None else {**plan, "id": STUDY_ID + plan["id"]},
        "sheet": None,
    }
