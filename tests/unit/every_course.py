"""The best course of movements by trying all of them, for grids of a few switches."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gridops.ids import SectionId, SwitchId
from gridops.isolation import Devices, Fence
from gridops.network import SwitchSet
from gridops.powerflow import PowerFlow, violations
from gridops.restoration import Situation
from gridops.restoration.objective import minutes_counted, weight_of_section
from gridops.state import Energisation, energise


@dataclass(slots=True)
class EveryCourse:
    """Depth first over every movement in every order, each switch at most once, the fence first.

    Counts what the objective counts, from the wall clock of each movement; knows nothing of
    programmes, bounds or cuts. A switch that is declared for it may join two feeds of one source
    until the next movement. What serves nobody but loads of the priorities in `sheds` may be left
    dark.
    """

    situation: Situation
    engine: PowerFlow
    devices: Devices
    fence: Fence
    sheds: tuple[int, ...] = ()
    best: float = float("inf")
    courses: int = 0
    _fine: dict[SwitchSet, bool] = field(default_factory=dict)

    def least_minutes(self) -> float:
        network = self.situation.network
        closed = network.switch_set(self.situation.snapshot.closed)
        now_s = sum(network.switches[s].operating_time_s for s in self.fence.to_open)
        live = energise(network, closed - set(self.fence.to_open))
        movable = [s for s in network.switches if s not in self.fence.switches]
        self._go(live, movable, spells={}, now_s=now_s, may_close_s=0.0, supplied=live)
        return self.best

    def _go(
        self,
        live: Energisation,
        movable: list[SwitchId],
        *,
        spells: dict[SectionId, tuple[float, float | None]],
        now_s: float,
        may_close_s: float,
        supplied: Energisation,
    ) -> None:
        self.courses += 1
        left = [s for s in supplied.source_of if not live.is_supplied(s)]
        if not live.loops and all(self._may_be_shed(s) for s in left):
            self.best = min(self.best, self._minutes(spells))
        for switch in movable:
            opens = switch in live.closed
            starts_s = now_s if opens else max(now_s, may_close_s)
            done_s = starts_s + self.situation.network.switches[switch].operating_time_s
            after = energise(self.situation.network, self._moved(live, switch))
            told = self._told(live, after, spells=spells, done_s=done_s)
            if told is not None and self._is_fine(live, after, switch):
                self._go(
                    after,
                    [s for s in movable if s != switch],
                    spells=told,
                    now_s=done_s,
                    may_close_s=may_close_s if opens else done_s + 5.0,
                    supplied=supplied,
                )

    def _moved(self, live: Energisation, switch: SwitchId) -> SwitchSet:
        return live.closed - {switch} if switch in live.closed else live.closed | {switch}

    def _told(
        self,
        live: Energisation,
        after: Energisation,
        *,
        spells: dict[SectionId, tuple[float, float | None]],
        done_s: float,
    ) -> dict[SectionId, tuple[float, float | None]] | None:
        """Who lost supply when, and got it back; None: somebody was dropped who must not be."""
        loads = self.situation.network.loads_of_section
        told = dict(spells)
        for section in after.lost_since(live):
            is_first = any(load.priority == 1 for load in loads[section])
            if section in told or section in self.situation.dark or is_first:
                return None
            told[section] = (done_s, None)
        for section in after.gained_since(live):
            told[section] = (told.get(section, (0.0, None))[0], done_s)
        return told

    def _is_fine(self, live: Energisation, after: Energisation, switch: SwitchId) -> bool:
        if any(after.is_supplied(s) for s in self.fence.zone):
            return False
        if after.loops and (live.loops or not self._may_join(live, switch)):
            return False
        if live.loops and switch not in live.closed:
            return False
        ends = self.situation.network.section_ends[switch]
        touched = [e for e in ends if live.is_supplied(e) or after.is_supplied(e)]
        device = self.situation.network.switches[switch]
        if not touched:
            return True
        if not device.breaks_load:
            return False
        if after.closed not in self._fine:
            flow = self.engine.solve(after.closed, self.situation.loads)
            rated = {s.id: s.current_a_rated for s in self.situation.network.switches.values()}
            broken = violations(flow, self.situation.limits, rated_a=rated)
            self._fine[after.closed] = not broken
        return self._fine[after.closed]

    def _may_be_shed(self, section: SectionId) -> bool:
        loads = self.situation.network.loads_of_section[section]
        return bool(self.sheds) and all(load.priority in self.sheds for load in loads)

    def _may_join(self, live: Energisation, switch: SwitchId) -> bool:
        one, other = self.situation.network.section_ends[switch]
        declared = self.situation.network.switches[switch].closes_ring
        both = live.is_supplied(one) and live.is_supplied(other)
        return declared and both and live.source_of[one] == live.source_of[other]

    def _minutes(self, spells: dict[SectionId, tuple[float, float | None]]) -> float:
        return sum(self._each(spells))

    def _each(self, spells: dict[SectionId, tuple[float, float | None]]) -> Iterator[float]:
        repair_s, network = self.situation.settings.repair_s, self.situation.network
        for section in {*self.situation.dark, *spells}:
            began_s, until_s = spells.get(section, (0.0, None))
            lasts_s = (repair_s if until_s is None else until_s) - began_s
            was_dark_s = self.situation.dark_s if section in self.situation.dark else 0.0
            counted = minutes_counted(lasts_s, dark_s=was_dark_s)
            yield weight_of_section(network, section) * counted
