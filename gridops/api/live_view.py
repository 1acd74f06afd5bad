"""What a screen shows now: switches, sections, feeders, links, minutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gridops.api.alarm_view import AlarmLines, AlarmsShown
from gridops.api.incident_view import incident_view
from gridops.api.sheet_view import sheets_view
from gridops.api.words import Plain, instant, number, reason
from gridops.api.work_view import work_view
from gridops.control_room import ControlRoom
from gridops.ids import FeederId, SectionId, SwitchId
from gridops.incident import Blocker, Desk, Incident, Phase, automation_of
from gridops.measurement import Measured, Position, Reading
from gridops.network import IndicatorKind, Network, Switch
from gridops.ports import LinkHealth, PublisherHealth
from gridops.reasons import Reason
from gridops.state import LiveState, Modes, Stated, Tag

WORDS = {
    Position.OPEN: "open",
    Position.CLOSED: "closed",
    Position.INTERMEDIATE: "intermediate",
    Position.BAD: "bad",
}
CLOSED_INCIDENTS_MAX = 20
"""Closed incidents that stay on the screen, the latest."""


Customers = tuple[dict[FeederId | None, int], dict[FeederId | None, int]]
"""Of each feeder in the normal state: all of them, and those without supply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What costs as much as the grid is large."""

    state: LiveState
    switches: Plain
    sections: Plain
    customers: Customers
    alarms: AlarmsShown


def live_view(
    room: ControlRoom,
    *,
    now: datetime,
    links: Sequence[LinkHealth],
    blind: Sequence[Reason] = (),
    state: LiveState | None = None,
    publisher: PublisherHealth | None = None,
) -> Plain:
    """The whole view. `change` events carry what differs from the view before.

    `state`: what is known of the field, if that is more than the room has taken in.

    Minutes run on by whole seconds, so that they do not change more often than a person reads.
    Cost is linear in the grid and in the incidents shown.
    """
    desk = room.desk
    state = state or desk.state
    parts = Parts(
        state=state,
        switches=_switches(desk.network, state),
        sections=_sections(desk, state),
        customers=customers_of(desk, state),
        alarms=AlarmLines(room).shown(now, blind),
    )
    return laid_out(room, parts, now=now, links=links, blind=blind, publisher=publisher)


def laid_out(
    room: ControlRoom,
    parts: Parts,
    *,
    now: datetime,
    links: Sequence[LinkHealth],
    blind: Sequence[Reason],
    publisher: PublisherHealth | None,
) -> Plain:
    """The whole view around `parts`, which must be of this very moment."""
    state = parts.state
    second = now.replace(microsecond=0)
    return {
        "sequence": room.sequence,
        "at": now.isoformat(),
        "system": {
            **_system(room, links, state=state, blind=blind),
            "publisher": None if publisher is None else _publisher(publisher),
            "alarms": parts.alarms.counts,
        },
        "switches": parts.switches,
        "sections": parts.sections,
        "feeders": _feeders(room.desk, state, counted=parts.customers),
        "minutes": room.books.minutes(second),
        "incidents": _incidents(room, second),
        "alarms": parts.alarms.lines,
        "work": work_view(state.work),
        "sheets": sheets_view(room.desk.sheets.sheets.values()),
    }


def _system(
    room: ControlRoom,
    links: Sequence[LinkHealth],
    *,
    state: LiveState,
    blind: Sequence[Reason],
) -> Plain:
    return {
        "grid": room.network.name,
        "training": room.installation.is_training,
        "mode": state.system_mode.value,
        "mode_set": stated_view(state.modes.system),
        "load_shed": _load_shed(state.modes),
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
                "last_heard": instant(link.last_heard and link.last_heard.replace(microsecond=0)),
                "epoch": link.epoch,
                "detail": link.detail,
                "counts": dict(link.counts),
                "skew_s": _whole(link.skew_s),
                "device_skew_s": _whole(link.device_skew_s),
                "server": link.server,
            }
            for link in links
        ],
    }


def _publisher(health: PublisherHealth) -> Plain:
    return {
        "running": health.running,
        "since": instant(health.since),
        "ended": health.ended,
        "detail": health.detail,
    }


def stated_view(stated: Stated, feeder: FeederId | None = None) -> Plain:
    """A mode as somebody set it."""
    return {
        "feeder": feeder,
        "mode": stated.mode.value,
        "by": stated.by,
        "since": instant(stated.since),
        "reason": stated.reason,
    }


def _load_shed(modes: Modes) -> Plain | None:
    if modes.shed_since is None:
        return None
    return {"since": instant(modes.shed_since), "devices": list(modes.shedding)}


def modes_view(desk: Desk) -> Plain:
    """Every mode as it is set and as it counts."""
    modes = desk.state.modes
    return {
        "system": stated_view(modes.system),
        "load_shed": _load_shed(modes),
        "feeders": [
            {
                "feeder": feeder,
                "set": _own(modes, feeder),
                "effective": modes.effective(feeder).value,
            }
            for feeder in desk.network.heads
        ],
    }


def _own(modes: Modes, feeder: FeederId) -> Plain | None:
    own = modes.feeders.get(feeder)
    return None if own is None else stated_view(own, feeder)


def _whole(seconds: float | None) -> int | None:
    """Less would change with every measurement, and tell nobody anything."""
    return None if seconds is None else round(seconds)


def _switches(network: Network, state: LiveState) -> Plain:
    tags = tags_of(state)
    return {s.id: switch_of(s, state, tags=tags) for s in network.switches.values()}


def tags_of(state: LiveState) -> dict[SwitchId, list[Plain]]:
    tags: dict[SwitchId, list[Plain]] = {}
    for tag in state.tags.values():
        tags.setdefault(tag.switch, []).append(tag_view(tag))
    return tags


def switch_of(what: Switch, state: LiveState, *, tags: Mapping[SwitchId, list[Plain]]) -> Plain:
    switch = what.id
    position = state.positions[switch]
    fitted = what.indicator is not IndicatorKind.NONE
    current = state.currents_a.get(switch)
    return {
        "position": WORDS[position.value],
        "quality": position.quality.value,
        "unknown": state.is_unknown(switch),
        "reachable": state.is_reachable(switch),
        "flag": _flag(state.flags.get(switch), fitted=fitted),
        "current_a": _good(current),
        "source_time": instant(position.source_time),
        "tags": tags.get(switch, []),
    }


def _good(measured: Measured[float] | None) -> float | None:
    return number(measured.value) if measured is not None and measured.is_good else None


def _flag(measured: Measured[Reading] | None, *, fitted: bool) -> str:
    if not fitted:
        return Reading.NOT_FITTED.value
    if measured is None or not measured.is_good:
        return Reading.FAILED.value
    return measured.value.value


def tag_view(tag: Tag) -> Plain:
    return {
        "id": tag.id,
        "kind": tag.kind.value,
        "by": tag.by,
        "reason": tag.reason,
        "placed_at": instant(tag.placed_at),
    }


def _sections(desk: Desk, state: LiveState) -> Plain:
    fenced = fenced_of(desk, state)
    network = desk.network
    return {s: section_of(network, state, section=s, fenced=fenced) for s in network.sections}


def section_of(
    network: Network, state: LiveState, *, section: SectionId, fenced: Mapping[SectionId, bool]
) -> Plain:
    """`fenced`: as `fenced_of` has it."""
    traced = state.energisation
    return {
        "state": _section_state(fenced.get(section), supplied=traced.is_supplied(section)),
        "feeder": traced.feeder_of.get(section),
        "voltage_pu": _voltage_pu(network, state, section=section),
    }


def _section_state(fenced: bool | None, *, supplied: bool) -> str:
    """A suspected section that is still supplied is not isolated, whatever the fence reads."""
    if fenced is None:
        return "supplied" if supplied else "dark"
    return "isolated" if fenced and not supplied else "suspected"


def fenced_of(desk: Desk, state: LiveState) -> dict[SectionId, bool]:
    """Every suspected section; true when each incident that suspects it has put its fence up."""
    found: dict[SectionId, bool] = {}
    for incident in desk.incidents.values():
        suspected = incident.suspected
        if not suspected:
            continue
        up = _fence_is_up(state, incident)
        for section in suspected:
            found[section] = found.get(section, True) and up
    return found


def _fence_is_up(state: LiveState, incident: Incident) -> bool:
    """An empty plan has no fence: nothing is isolated by it."""
    fence = incident.proposed.answer.plan.fence if incident.proposed else ()
    return bool(fence) and all(
        state.positions[switch].value is Position.OPEN and not state.is_unknown(switch)
        for switch in fence
    )


def _voltage_pu(network: Network, state: LiveState, *, section: SectionId) -> float | None:
    for node in network.sections[section].nodes:
        voltage_v = _good(state.voltages_v.get(node))
        if voltage_v is not None:
            return voltage_v / network.nodes[node].voltage_v_nominal
    return None


def customers_of(desk: Desk, state: LiveState) -> Customers:
    network = desk.network
    customers: dict[FeederId | None, int] = {}
    out: dict[FeederId | None, int] = {}
    for section, feeder in desk.normal_feeder_of.items():
        count = network.sections[section].customers
        customers[feeder] = customers.get(feeder, 0) + count
        if not state.energisation.is_supplied(section):
            out[feeder] = out.get(feeder, 0) + count
    return customers, out


def _feeders(desk: Desk, state: LiveState, *, counted: Customers) -> Plain:
    """Customers are those of the sections that the feeder supplies in the normal state."""
    network = desk.network
    customers, out = counted
    blockers = desk.blockers
    return {
        feeder: {
            "mode": state.mode_of(feeder).value,
            "mode_set": _own(state.modes, feeder),
            "automation": automation_of(blockers[feeder]).value,
            "blockers": [_blocker(one) for one in blockers[feeder]],
            "customers": customers.get(feeder, 0),
            "customers_out": out.get(feeder, 0),
            "p_w": _good(state.powers_w.get(head)),
            "head_position": WORDS[state.positions[head].value],
        }
        for feeder, head in network.heads.items()
    }


def _blocker(blocker: Blocker) -> Plain:
    return {
        "kind": blocker.kind.value,
        "why": reason(blocker.why),
        "by": blocker.by,
        "since": instant(blocker.since),
        "said": blocker.said,
    }


def _incidents(room: ControlRoom, now: datetime) -> Plain:
    incidents = room.desk.incidents.values()
    closed = [i.id for i in incidents if i.phase is Phase.CLOSED][:-CLOSED_INCIDENTS_MAX]
    hidden = frozenset(closed)
    return {
        incident.id: incident_view(room, incident, now=now)
        for incident in incidents
        if incident.id not in hidden
    }
