"""Voltage, current and power at the points, from AC power flow.

Loads depend on voltage as the grid states; the dip during a fault and the fault current itself
are not modelled, nor is a phase that a fuse has lost: the solution is balanced. What is not
energised reads exactly zero.
"""

from collections.abc import Mapping

from gridops.ids import LoadId, NodeId, SectionId, SwitchId
from gridops.measurement import Quality
from gridops.network import Branch, Network, Signal
from gridops.powerflow import FlowResult, LoadPower, PowerFlow
from gridops.state import Energisation
from gridops.virtual_field.plant import Plant


class Meters:
    """Solves after each change of topology and reports what left its deadband.

    A meter that is live while no solution exists (a ring that the engine cannot solve, a
    load beyond what the grid carries) keeps its last value with quality STALE.
    """

    def __init__(
        self, plant: Plant, engine: PowerFlow, *, loads: Mapping[LoadId, LoadPower]
    ) -> None:
        self._plant = plant
        self._engine = engine
        self._loads = loads
        self._nodes = [NodeId(e) for e in plant.points.elements_with(Signal.VOLTAGE)]
        self._ammeters = [SwitchId(e) for e in plant.points.elements_with(Signal.CURRENT)]
        self._wattmeters = [SwitchId(e) for e in plant.points.elements_with(Signal.POWER)]
        self._solved_for: tuple[object, object] | None = None
        self._deadband = {
            Signal.VOLTAGE: plant.settings.voltage_deadband_v,
            Signal.CURRENT: plant.settings.current_deadband_a,
            Signal.POWER: plant.settings.power_deadband_w,
        }
        plant.watchers.append(self._watch)

    def _watch(self) -> None:
        plant = self._plant
        state = (plant.closed, plant.dead_sources)
        metered = self._nodes or self._ammeters or self._wattmeters
        if not metered or state == self._solved_for:
            return
        self._solved_for = state
        result = self._engine.solve(plant.closed, self._loads, dead_sources=plant.dead_sources)
        self._read_voltages(result)
        self._read_currents(result)
        self._read_powers(result)

    def _read_voltages(self, result: FlowResult) -> None:
        network = self._plant.network
        for node in self._nodes:
            live = self._plant.energisation.is_supplied(network.section_of_node[node])
            volts = result.voltage_pu.get(node, 0.0) * network.nodes[node].voltage_v_nominal
            self._read(node, Signal.VOLTAGE, value=volts, doubtful=live and not result.converged)

    def _read_currents(self, result: FlowResult) -> None:
        for switch in self._ammeters:
            live = self._carries(switch)
            amperes = result.switch_current_a.get(switch, 0.0)
            doubtful = live and not result.converged
            self._read(switch, Signal.CURRENT, value=amperes, doubtful=doubtful)

    def _read_powers(self, result: FlowResult) -> None:
        energisation = self._plant.energisation
        through = power_through(self._plant.network, energisation, result=result, loads=self._loads)
        solved = result.converged and not energisation.loops
        for switch in self._wattmeters:
            live = self._carries(switch)
            watts = through.get(switch, 0.0)
            self._read(switch, Signal.POWER, value=watts, doubtful=live and not solved)

    def _carries(self, switch: SwitchId) -> bool:
        return self._plant.is_closed(switch) and self._plant.is_live(switch)

    def _read(self, element: str, signal: Signal, *, value: float, doubtful: bool) -> None:
        before = self._plant.points.reads(element, signal)
        quality = Quality.STALE if doubtful else Quality.GOOD
        if before is not None:
            last = float(before.value)
            if doubtful:
                value = last
            within = abs(value - last) <= self._deadband[signal] and bool(value) == bool(last)
            if within and quality is before.quality:
                return
        self._plant.points.report(
            element, signal, value=value, quality=quality, at=self._plant.agenda.now
        )


def power_through(
    network: Network,
    energisation: Energisation,
    *,
    result: FlowResult,
    loads: Mapping[LoadId, LoadPower],
) -> dict[SwitchId, float]:
    """Active power through each switch that feeds something, W, positive from `node_a` on.

    The sum of loads and losses behind the switch, exact but for the losses of charging
    current; meaningless inside a ring.
    """
    drawn = dict.fromkeys(energisation.order, 0.0)
    for section in drawn:
        drawn[section] = sum(
            loads[load.id].p_w * load.share_at(result.voltage_pu.get(load.node, 0.0))
            for load in network.loads_of_section[section]
            if load.id in loads
        )
        drawn[section] += _losses_w(network, section, result=result)
    through: dict[SwitchId, float] = {}
    for section in reversed(energisation.order):
        switch = energisation.fed_through[section]
        if switch is None:
            continue
        feeding = network.across(switch, section)
        drawn[feeding] += drawn[section]
        forwards = network.section_ends[switch][0] == feeding
        through[switch] = drawn[section] if forwards else -drawn[section]
    return through


def _losses_w(network: Network, section: SectionId, *, result: FlowResult) -> float:
    losses_w = 0.0
    for ident in network.sections[section].branches:
        branch = network.branches[ident]
        if isinstance(branch, Branch):
            losses_w += 3 * branch.r_ohm * result.current_a.get(ident, 0.0) ** 2
        else:
            share = result.loading_pct.get(ident, 0.0) / 100.0
            losses_w += branch.iron_loss_w + branch.copper_loss_w * share**2
    return losses_w
