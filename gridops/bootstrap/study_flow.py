"""The power flow of one state of a study: what no telemetry would show of it."""

from typing import Any

from gridops.network import Network
from gridops.powerflow import FlowResult, carries_a, source_va, violations

Plain = dict[str, Any]
VIOLATIONS_MAX = 20
"""Broken limits that are named, each kind with its worst first; `broken` counts all."""


def flow_view(network: Network, result: FlowResult) -> Plain:
    """The shape is `FlowShape`: per unit, per cent, and the limits in their own units."""
    limits = network.limits
    broken = violations(
        result,
        limits,
        rated_a=carries_a(network, limits.loading_pct_max),
        source_va=source_va(network),
    )
    volts, loads = result.voltage_pu, result.loading_pct
    weakest = min(volts, key=lambda node: volts[node], default=None)
    fullest = max(loads, key=lambda branch: loads[branch], default=None)
    return {
        "solved": result.converged,
        "voltage_pu_min": None if weakest is None else volts[weakest],
        "weakest": weakest,
        "loading_pct_max": None if fullest is None else loads[fullest],
        "fullest": fullest,
        "broken": len(broken),
        "violations": [
            {
                "because": one.kind.value,
                "element": one.element,
                "value": one.value,
                "limit": one.limit,
            }
            for one in broken[:VIOLATIONS_MAX]
        ],
    }


def with_flow(view: Plain, network: Network, *, result: FlowResult) -> Plain:
    """`view` with the voltage of each section (its lowest) and the current of each switch."""
    lowest: dict[str, float] = {}
    for node, volts in result.voltage_pu.items():
        section = network.section_of_node[node]
        lowest[section] = min(volts, lowest.get(section, volts))
    sections = {s: {**one, "voltage_pu": lowest.get(s)} for s, one in view["sections"].items()}
    amperes = result.switch_current_a
    switches = {s: {**one, "current_a": amperes.get(s)} for s, one in view["switches"].items()}
    return {**view, "sections": sections, "switches": switches}
