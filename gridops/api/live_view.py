"""What a screen shows now: switches, sections, feeders, links, minutes."""

from collections.abc import Sequence
from datetime import datetime

from gridops.api.incident_view import incident_view
from gridops.api.words import Plain, instant, reason
from gridops.control_room import ControlRoom
from gridops.ids import SectionId, SwitchId
from gridops.incident import Desk, Phase
from gridops.measurement import Measured, Position, Reading
from gridops.network import IndicatorKind
from gridops.ports import LinkHealth
from gridops.reasons import Reason
from gridops.state import Tag

WORDS = {
    Position.OPEN: "open",
    Position.CLOSED: "closed",
    Position.INTERMEDIATE: "intermediate",
    Position.BAD: "bad",
}
CLOSED_INCIDENTS_MAX = 20
"""Closed incidents that stay on the screen, the latest."""


def live_view(
    room: ControlRoom,
    *,
    now: datetime,
    links: Sequence[LinkHealth],
    blind: Sequence[Reason] = (),
) -> Plain:
    """The whole view. `change` events carry what differs from the view before."""
    desk = room.desk
    return {
        "sequence": room.sequence,
        "at": now.isoformat(),
        "system": _system(room, links, blind),
        "switches": {switch: _switch(desk, switch) for switch in room.network.switches},
        "sections": _sections(desk),
        "feeders": _feeders(desk),
        "minutes": room.books.minutes(now),
        "incidents": _incidents(room, now),
    }


def _system(room: ControlRoom, links: Sequence[LinkHealth], blind: Sequence[Reason]) -> Plain:
    state = room.desk.state
    return {
        "grid": room.network.name,
        "mode": state.system_mode.value,
        "execution": room.desk.settings.execution_enabled,
        "customers": room.network.customers,
        "customers_out": state.energisation.customers_dark,
        "blind": [reason(one) for one in blind],
        "links": [
            {
                "id": link.link,
                "name": room.network.links[link.link].name,
                "connected": link.connected,
                "since": instant(link.since),
                "last_heard": instant(link.last_heard),
                "epoch": link.epoch,
                "detail": link.detail,
            }
            for link in links
        ],
    }


def _switch(desk: Desk, switch: SwitchId) -> Plain:
    state = desk.state
    position = state.positions[switch]
    fitted = desk.network.switches[switch].indicator is not IndicatorKind.NONE
    current = state.currents_a.get(switch)
    return {
        "position": WORDS[position.value],
        "quality": position.quality.value,
        "unknown": state.is_unknown(switch),
        "reachable": state.is_reachable(switch),
        "flag": _flag(state.flags.get(switch), fitted=fitted),
        "current_a": current.value if current is not None and current.is_good else None,
        "source_time": instant(position.source_time),
        "tags": [_tag(tag) for tag in state.tags.values() if tag.switch == switch],
    }


def _flag(measured: Measured[Reading] | None, *, fitted: bool) -> str:
    if not fitted:
        return Reading.NOT_FITTED.value
    if measured is None or not measured.is_good:
        return Reading.FAILED.value
    return measured.value.value


def _tag(tag: Tag) -> Plain:
    return {
        "id": tag.id,
        "kind": tag.kind.value,
        "by": tag.by,
        "reason": tag.reason,
        "placed_at": instant(tag.placed_at),
    }


def _sections(desk: Desk) -> Plain:
    traced = desk.state.energisation
    suspected = {s for i in desk.incidents.values() if i.is_open for s in i.suspected}
    return {
        section: {
            "state": _section_state(desk, section, section in suspected),
            "feeder": traced.feeder_of.get(section),
            "voltage_pu": _voltage_pu(desk, section),
        }
        for section in desk.network.sections
    }


def _section_state(desk: Desk, section: SectionId, suspected: bool) -> str:
    if not suspected:
        return "supplied" if desk.state.energisation.is_supplied(section) else "dark"
    state = desk.state
    fenced = all(
        state.positions[switch].value is Position.OPEN and not state.is_unknown(switch)
        for incident in desk.incidents.values()
        if section in incident.suspected and incident.proposed is not None
        for switch in incident.proposed.answer.plan.fence
    )
    located = any(
        section in incident.suspected and incident.proposed is not None
        for incident in desk.incidents.values()
    )
    return "isolated" if located and fenced else "suspected"


def _voltage_pu(desk: Desk, section: SectionId) -> float | None:
    for node in desk.network.sections[section].nodes:
        measured = desk.state.voltages_v.get(node)
        if measured is not None and measured.is_good:
            return measured.value / desk.network.nodes[node].voltage_v_nominal
    return None


def _feeders(desk: Desk) -> Plain:
    state, network = desk.state, desk.network
    normal = desk.normal_feeder_of
    feeders: Plain = {}
    for feeder, head in network.heads.items():
        sections = [s for s, of in normal.items() if of == feeder]
        power = state.powers_w.get(head)
        feeders[feeder] = {
            "mode": state.mode_of(feeder).value,
            "customers": sum(network.sections[s].customers for s in sections),
            "customers_out": sum(
                network.sections[s].customers
                for s in sections
                if not state.energisation.is_supplied(s)
            ),
            "p_w": power.value if power is not None and power.is_good else None,
            "head_position": WORDS[state.positions[head].value],
        }
    return feeders


def _incidents(room: ControlRoom, now: datetime) -> Plain:
    incidents = list(room.desk.incidents.values())
    closed = [i.id for i in incidents if i.phase is Phase.CLOSED][:-CLOSED_INCIDENTS_MAX]
    return {
        incident.id: incident_view(room, incident, now)
        for incident in incidents
        if incident.id not in closed
    }
