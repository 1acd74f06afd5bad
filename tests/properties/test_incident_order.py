"""Whatever order the messages of several faults come in, the incidents are the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.events import (
    Event,
    FaultFlagChanged,
    LockoutChanged,
    ProtectionPickedUp,
    SwitchMoved,
    TimerExpired,
)
from gridops.ids import SectionId, SwitchId
from gridops.incident import Desk, Incident, IncidentSettings
from gridops.measurement import Reading
from gridops.network import IndicatorKind, Network, draw
from gridops.restoration import PlanSettings
from gridops.state import energise
from tests.playbook import CLOSED, NIGHT, OPEN, Playbook
from tests.properties.random_feeders import drawings

DELAY_S_MAX = 10.0
GAPS_S = (0.0, 0.3, 3.0, 8.0, 11.0, 16.0, 40.0)
"""Between two faults; `join_s` is 12."""
SETTINGS = IncidentSettings(plan=PlanSettings(crew_available=False))


@dataclass(frozen=True)
class Fault:
    section: SectionId
    at_s: float
    also_trips: bool
    """The next device above trips as well."""
    recloses: bool
    """And recloses at once, for the fault is not its own."""
    silent: frozenset[SwitchId]
    """Indicators that miss it."""


@dataclass(frozen=True)
class Message:
    at_s: float
    """When it happened."""
    event: Event


def told(network: Network, faults: Sequence[Fault]) -> list[Message]:
    """What the field says of `faults`, each in the state that the ones before left behind."""
    closed = set(network.normally_closed)
    messages: list[Message] = []
    for fault in sorted(faults, key=lambda f: f.at_s):
        path = energise(network, closed).path(fault.section)
        protecting = [s for s in path if network.switches[s].protects]
        if not protecting:
            continue
        seen = [s for s in path if network.switches[s].indicator is not IndicatorKind.NONE]
        messages += [flag(s, fault.at_s) for s in seen if s not in fault.silent]
        tripping = protecting[-2:][::-1] if fault.also_trips else protecting[-1:]
        for k, device in enumerate(tripping):
            if k and fault.recloses:
                messages += dip(device, fault.at_s + 0.5)
                continue
            messages += trip(device, fault.at_s + 0.1 + 0.4 * k)
            closed.discard(device)
    return messages


def flag(switch: SwitchId, at_s: float) -> Message:
    when = NIGHT + timedelta(seconds=at_s)
    event = FaultFlagChanged(at=when, source_time=when, switch=switch, reading=Reading.YES)
    return Message(at_s, event)


def trip(device: SwitchId, at_s: float) -> list[Message]:
    when = NIGHT + timedelta(seconds=at_s)
    common: dict[str, Any] = {"at": when, "source_time": when, "switch": device}
    return [
        Message(at_s, ProtectionPickedUp(reading=Reading.YES, **common)),
        Message(at_s, SwitchMoved(position=OPEN, **common)),
        Message(at_s, LockoutChanged(reading=Reading.YES, **common)),
    ]


def dip(device: SwitchId, at_s: float) -> list[Message]:
    messages = []
    for after_s, position in ((0.0, OPEN), (1.0, CLOSED)):
        when = NIGHT + timedelta(seconds=at_s + after_s)
        moved = SwitchMoved(at=when, source_time=when, switch=device, position=position)
        messages.append(Message(at_s + after_s, moved))
    return messages


def arrivals(messages: Sequence[Message], delays_s: Sequence[float]) -> list[tuple[float, int]]:
    """When each message arrives: in any order, but that one point does not overtake itself."""
    latest: dict[tuple[str, str], float] = {}
    found = []
    for k, (message, delay) in enumerate(zip(messages, delays_s, strict=True)):
        point = (type(message.event).__name__, str(message.event.switch))  # type: ignore[union-attr]
        arrives = max(message.at_s + delay, latest.get(point, 0.0))
        latest[point] = arrives
        found.append((arrives, k))
    return sorted(found)


def network_of(text: str) -> Network:
    """Every device recloses once; a message may take longer than its dead time."""
    waits = {"reclose_delays_s": (1.0, 10.0)}
    names = [s for s, switch in draw(text).switches.items() if switch.protects]
    return draw(text, change=dict.fromkeys(names, waits))


def outcome(network: Network, messages: Sequence[Message], delays_s: Sequence[float]) -> list[Any]:
    """The incidents when each message arrives after its delay."""
    play = Playbook.on(network, SETTINGS)
    for arrives_s, k in arrivals(messages, delays_s):
        at = NIGHT + timedelta(seconds=arrives_s)
        play.forget_after((at - play.now).total_seconds())
        play.feed(replace(messages[k].event, at=at))
        play.forget()
    play.forget_after(120)
    assert not any(isinstance(e, TimerExpired) and e.at < NIGHT for e in play.facts)
    return incidents(play.desk)


def incidents(desk: Desk) -> list[Any]:
    kept = [i for i in desk.incidents.values() if i.merged_into is None]
    return sorted((summary(i) for i in kept), key=repr)


def summary(incident: Incident) -> Any:
    return (
        sorted(incident.devices),
        sorted(incident.zone),
        incident.cause.value,
        sorted(incident.suspected),
        incident.opened_at,
        sorted(incident.flags),
        incident.phase.value,
    )


@st.composite
def nights(
    draw_: st.DrawFn,
) -> tuple[str, list[Fault], list[float]]:
    """A grid, two or three faults, and a delay of each message that there may be."""
    text = draw_(drawings(sections_max=12)).replace("[d", "[r")
    for k in draw_(st.sets(st.integers(1, 5))):
        text = text.replace(f"[s1{k}]", f"[r1{k}]")
    network = network_of(text)
    indicators = [
        s.id for s in network.switches.values() if s.indicator is not IndicatorKind.NONE
    ] or [SwitchId("none")]
    sections = [s for s in network.sections if network.loads_of_section[s]]
    faults, at_s = [], 0.0
    for _ in range(draw_(st.integers(2, 3))):
        silent = draw_(st.frozensets(st.sampled_from(indicators), max_size=2))
        place = draw_(st.sampled_from(sections))
        faults.append(Fault(place, at_s, draw_(st.booleans()), draw_(st.booleans()), silent))
        at_s += draw_(st.sampled_from(GAPS_S))
    count = len(told(network, faults))
    delay = st.floats(0.0, DELAY_S_MAX, allow_nan=False)
    return text, faults, draw_(st.lists(delay, min_size=count, max_size=count))


def check(night: tuple[str, list[Fault], list[float]]) -> None:
    text, faults, delays_s = night
    network = network_of(text)
    messages = told(network, faults)
    at_once = outcome(network, messages, [0.0] * len(messages))
    assert outcome(network, messages, delays_s) == at_once


def test_a_window_that_lasts_longer_for_a_late_lockout_takes_in_nothing_more() -> None:
    faults = [
        Fault(SectionId("SB1"), 0.0, True, True, frozenset()),
        Fault(SectionId("SB0"), 16.0, False, False, frozenset()),
    ]
    check(("S2 [b2] B0\nB0 [r23] B1", faults, [0.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0]))


@given(nights())
@settings(max_examples=120)
def test_delays_up_to_ten_seconds_change_no_incident(
    night: tuple[str, list[Fault], list[float]],
) -> None:
    check(night)
