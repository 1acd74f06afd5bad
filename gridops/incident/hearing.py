"""What an incident has heard since it began, and how location is told of it.

Bounded whatever the storm: one reading per device and part, one tally per service transformer,
one word per patrolled place, at most `TRIALS_MAX` trials.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeGuard, TypeVar

from gridops.events import (
    Event,
    FaultCurrentMeasured,
    FaultFlagChanged,
    MetersReported,
    TroubleReported,
    VoltageLossChanged,
)
from gridops.ids import LoadId, SectionId, SwitchId
from gridops.incident.tally import Tally
from gridops.measurement import Measured, Part, Reading
from gridops.network import Network
from gridops.outage.heard import Trial
from gridops.state import LiveState, SaidByPart

TRIALS_MAX = 64
"""The oldest goes: what a trial showed long ago is held by the state of the grid."""
RECENT_S = 60.0
"""How long a reading that was reset again is remembered for an opening whose message is late."""
CALLS_MAX = 10_000
"""Beyond, more calls from one transformer say nothing new."""

FieldWord = FaultFlagChanged | VoltageLossChanged | FaultCurrentMeasured
K = TypeVar("K")


@dataclass(slots=True)
class Hearing:
    """`flags`, `part_flags` and `voltage_losses` hold what said YES for this event, although the
    device resets later."""

    flags: dict[SwitchId, Measured[Reading]] = field(default_factory=dict)
    part_flags: SaidByPart = field(default_factory=dict)
    voltage_losses: SaidByPart = field(default_factory=dict)
    fault_currents_a: dict[SwitchId, Measured[float]] = field(default_factory=dict)
    meters: dict[LoadId, Tally] = field(default_factory=dict)
    calls: dict[LoadId, int] = field(default_factory=dict)
    patrolled: dict[str, bool] = field(default_factory=dict)
    """Branch, node or section -> whether the fault was found there."""
    trials: list[Trial] = field(default_factory=list)

    def take(self, event: FieldWord) -> None:
        """A word of the field that belongs to this event. The first good one of each device
        counts; of currents the last."""
        match event:
            case FaultCurrentMeasured():
                said = Measured(event.current_a, event.quality, event.source_time)
                known = self.fault_currents_a.get(event.switch)
                if known is None or _rank(said) >= _rank(known):
                    self.fault_currents_a[event.switch] = said
            case FaultFlagChanged(part=Part.WHOLE):
                _keep_first(self.flags, event.switch, event=event)
            case FaultFlagChanged():
                _keep_first(self.part_flags, (event.switch, event.part), event=event)
            case VoltageLossChanged():
                _keep_first(self.voltage_losses, (event.switch, event.part), event=event)

    def take_meters(self, event: MetersReported, customers: int) -> None:
        self.meters.setdefault(event.load, Tally(customers)).take(event)

    def take_calls(self, event: TroubleReported) -> None:
        more = max(0, event.calls)
        self.calls[event.load] = min(CALLS_MAX, self.calls.get(event.load, 0) + more)

    def tried(self, trial: Trial) -> None:
        """The last word about the same sections counts. Where there is no room for more, what
        tripped is kept: with the last of them, of the sections of the two oldest together."""
        self.trials = [one for one in self.trials if one.sections != trial.sections]
        self.trials.append(trial)
        if len(self.trials) <= TRIALS_MAX:
            return
        oldest = next((k for k, one in enumerate(self.trials) if one.held), None)
        if oldest is not None:
            del self.trials[oldest]
            return
        one, other, *rest = self.trials
        self.trials = [Trial(sections=one.sections | other.sections, held=False), *rest]

    def merge(self, other: "Hearing") -> None:
        """Takes in what another incident has heard, which turned out to be this one."""
        _merge_first(self.flags, other.flags)
        _merge_first(self.part_flags, other.part_flags)
        _merge_first(self.voltage_losses, other.voltage_losses)
        for switch, said in other.fault_currents_a.items():
            known = self.fault_currents_a.get(switch)
            if known is None or _rank(said) > _rank(known):
                self.fault_currents_a[switch] = said
        for load, tally in other.meters.items():
            self.meters.setdefault(load, tally)
        for load, calls in other.calls.items():
            self.calls[load] = max(calls, self.calls.get(load, 0))
        for place, is_there in other.patrolled.items():
            self.patrolled[place] = is_there or self.patrolled.get(place, False)
        for trial in other.trials:
            self.tried(trial)

    def patrols(self, network: Network) -> dict[SectionId, bool]:
        """By section. One is cleared only when all of its branches were looked at, or it was
        itself; one in which the fault was found is found."""
        found: dict[SectionId, bool] = {}
        for place, is_there in self.patrolled.items():
            section = network.section_of(place)
            if is_there:
                found[section] = True
            elif section not in found and self._is_cleared(network, section):
                found[section] = False
        return found

    def _is_cleared(self, network: Network, section: SectionId) -> bool:
        branches = network.sections[section].branches
        if section in self.patrolled:
            return True
        return bool(branches) and all(branch in self.patrolled for branch in branches)

    def found(self, network: Network) -> frozenset[SectionId]:
        """Where a crew has found a fault."""
        return frozenset(s for s, is_there in self.patrols(network).items() if is_there)

    def held(self) -> frozenset[SectionId]:
        """Everything that was energised and held."""
        return frozenset(s for trial in self.trials if trial.held for s in trial.sections)

    def failed(self) -> frozenset[SectionId]:
        """Everything that tripped protection when it was energised."""
        return frozenset(s for trial in self.trials if not trial.held for s in trial.sections)


def is_word(event: Event, state: LiveState) -> TypeGuard[FieldWord]:
    """Whether the event is a word of the field that may count for an outage: an indicator or
    voltage detector that says YES, or a fault current, of a device that is not under test."""
    match event:
        case FaultFlagChanged(reading=Reading.YES) | VoltageLossChanged(reading=Reading.YES):
            return not is_in_test(state, event.switch)
        case FaultCurrentMeasured():
            return not is_in_test(state, event.switch)
        case _:
            return False


def is_in_test(state: LiveState, switch: SwitchId) -> bool:
    said = state.test_modes.get(switch)
    return said is not None and said.value is Reading.YES


class Recent:
    """The last word of each kind, device and part within `RECENT_S`: for an opening that is heard
    of later than what it caused."""

    _words: dict[tuple[str, SwitchId, Part], FieldWord]

    def __init__(self) -> None:
        self._words = {}

    def keep(self, event: FieldWord) -> None:
        part = Part.WHOLE if isinstance(event, FaultCurrentMeasured) else event.part
        key = (type(event).__name__, event.switch, part)
        self._words.pop(key, None)
        self._words[key] = event
        oldest = event.at - timedelta(seconds=RECENT_S)
        while self._words and (first := next(iter(self._words))) != key:
            if self._words[first].at >= oldest:
                break
            del self._words[first]

    def between(self, earliest: datetime, latest: datetime) -> list[FieldWord]:
        return [w for w in self._words.values() if earliest <= w.source_time <= latest]

    def __len__(self) -> int:
        return len(self._words)


def switches_of(network: Network, zone: Iterable[SectionId]) -> frozenset[SwitchId]:
    """Every switch with an end in `zone`."""
    return frozenset(s for section in zone for s in network.sections[section].switches)


def said_by_part(
    kept: Mapping[tuple[SwitchId, Part], Measured[Reading]],
    now: Mapping[tuple[SwitchId, Part], Measured[Reading]],
    *,
    among: AbstractSet[SwitchId],
) -> SaidByPart:
    """What was kept, else what is read now, of the devices `among`."""
    keys = [(switch, part) for switch in sorted(among) for part in Part]
    found = {key: kept.get(key, now.get(key)) for key in keys}
    return {key: said for key, said in found.items() if said is not None}


def _keep_first(
    known: dict[K, Measured[Reading]], key: K, *, event: FaultFlagChanged | VoltageLossChanged
) -> None:
    said = Measured(event.reading, event.quality, event.source_time)
    was = known.get(key)
    if was is None or _is_sounder(said, was):
        known[key] = said


def _merge_first(known: dict[K, Measured[Reading]], other: Mapping[K, Measured[Reading]]) -> None:
    for key, said in other.items():
        was = known.get(key)
        if was is None or _is_sounder(said, was):
            known[key] = said


def _is_sounder(one: Measured[Reading], other: Measured[Reading]) -> bool:
    if one.is_good is not other.is_good:
        return one.is_good
    return one.source_time < other.source_time


def _rank(said: Measured[float]) -> tuple[bool, datetime, float]:
    return said.is_good, said.source_time, said.value
