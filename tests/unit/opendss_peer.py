"""An independent second opinion: our components written as a balanced circuit for OpenDSS."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from gridops.adapters.opendss_grid.engine import solved_circuit
from gridops.adapters.opendss_grid.script import Statement
from gridops.network import Components, Transformer
from gridops.powerflow.branch_models import tap_factor


def peer_voltages_pu(components: Components, folder: Path) -> Mapping[str, float]:
    """Node -> voltage as OpenDSS solves it."""
    texts = [*_statements(components)]
    circuit = solved_circuit(
        [Statement(text, "peer", row, str(folder)) for row, text in enumerate(texts, start=1)],
        "peer",
    )
    assert circuit["converged"]
    names = {_bus(str(node.id)): node for node in components.nodes}
    found = {}
    for bus in circuit["buses"]:
        node = names[bus["name"]]
        magnitudes = [math.hypot(*bus["volts"][k : k + 2]) for k in (0, 2, 4)]
        assert max(magnitudes) - min(magnitudes) < 1e-6 * max(magnitudes), "not balanced"
        found[str(node.id)] = magnitudes[0] * math.sqrt(3) / node.voltage_v_nominal
    return found


def _bus(node: str) -> str:
    return "n" + node.replace(".", "_").lower()


def _statements(components: Components) -> Iterator[str]:
    (source,) = components.sources
    volts = {node.id: node.voltage_v_nominal for node in components.nodes}
    yield "clear"
    yield f"set defaultbasefrequency={components.frequency_hz}"
    kilovolts = volts[source.node] / 1e3
    yield (
        f"new circuit.peer basekv={kilovolts!r} pu={source.voltage_pu!r} "
        f"bus1={_bus(source.node)} r1=0 x1=1e-9 r0=0 x0=1e-9"
    )
    for k, line in enumerate(components.branches):
        yield _line(k, line.from_node, to=line.to_node) + (
            f" r1={line.r_ohm!r} x1={line.x_ohm!r} c1={line.c_f * 1e9!r}"
            f" r0={3 * line.r_ohm!r} x0={3 * line.x_ohm!r} c0={line.c_f * 1e9!r}"
        )
    for k, switch in enumerate(components.switches):
        if switch.is_normally_closed:
            contact = " r1=1e-6 x1=0 r0=1e-6 x0=0 c1=0 c0=0"
            yield _line(10_000 + k, switch.node_a, to=switch.node_b) + contact
    for k, unit in enumerate(components.transformers):
        yield _transformer(k, unit)
    for k, load in enumerate(components.loads):
        shares = (
            f"{load.constant_impedance_share!r} {load.constant_current_share!r} "
            f"{load.constant_power_share!r}"
        )
        yield (
            f"new load.d{k} bus1={_bus(load.node)} kv={volts[load.node] / 1e3!r} "
            f"model=8 zipv=[{shares} {shares} 0] "
            f"kw={load.p_w / 1e3!r} kvar={load.q_var / 1e3!r} vminpu=0.5 vmaxpu=1.5"
        )
    for k, shunt in enumerate(components.shunts):
        kvar = f"kv={volts[shunt.node] / 1e3!r} kvar={-shunt.q_var / 1e3!r}"
        yield f"new capacitor.c{k} bus1={_bus(shunt.node)} {kvar}"
    yield "set tolerance=1e-11 maxiterations=500"


def _line(k: int, start: str, *, to: str) -> str:
    return f"new line.l{k} bus1={_bus(start)} bus2={_bus(to)} length=1"


def _transformer(k: int, unit: Transformer) -> str:
    r_pct = 100 * unit.copper_loss_w / unit.power_va_rated
    z_pct = 100 * unit.short_circuit_voltage_pu
    x_pct = math.sqrt(z_pct**2 - r_pct**2)
    high_kv = unit.voltage_v_from * tap_factor(unit) / 1e3
    assert unit.clock in (0, 1)
    windings = "[wye wye]" if unit.clock == 0 else "[delta wye]"
    rated_kva = unit.power_va_rated / 1e3
    return (
        f"new transformer.t{k} windings=2 buses=[{_bus(unit.from_node)} {_bus(unit.to_node)}] "
        f"conns={windings} kvs=[{high_kv!r} {unit.voltage_v_to / 1e3!r}] "
        f"kvas=[{rated_kva!r} {rated_kva!r}] %rs=[{r_pct / 2!r} {r_pct / 2!r}] xhl={x_pct!r} "
        "ppm_antifloat=0"
    )
