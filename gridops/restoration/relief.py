"""Whether taking on more may relieve a limit, so that a part found too heavy rules nothing out."""

import math
from collections.abc import Sequence

import numpy as np

from gridops.ids import SectionId
from gridops.network import Branch, Network
from gridops.powerflow import LoadPowers, Violation, ViolationKind
from gridops.restoration.scope import Scope

NEAR = {ViolationKind.UNDERVOLTAGE: 0.005}
"""Relative: what a limit is broken by at most to be called near."""
NEAR_OTHERWISE = 0.02


def may_relieve(scope: Scope) -> bool:
    """Whether any unit may lift the voltage or lower a current where it is taken on: its cables
    and capacitors feed in more than its loads draw, a load feeds in, or draws less current
    where the voltage falls."""
    situation = scope.ground.situation
    network = situation.network
    powers = LoadPowers.of(network, situation.loads)
    if bool(np.any(powers.p_w < 0) or np.any(powers.q_var < 0)):
        return True
    if bool(np.any(network.arrays.load_impedance_share)):
        return True
    return any(_fed_in_var(network, powers, sections=unit.sections) > 0 for unit in scope.units)


def is_near(violation: Violation) -> bool:
    """Whether a little relief would do."""
    if violation.kind is ViolationKind.NO_SOLUTION:
        return False
    beyond = abs(violation.value - violation.limit) / max(abs(violation.limit), 1e-9)
    return beyond <= NEAR.get(violation.kind, NEAR_OTHERWISE)


def _fed_in_var(network: Network, powers: LoadPowers, *, sections: Sequence[SectionId]) -> float:
    """By cables and capacitors, less what loads draw; at nominal voltage."""
    omega = 2 * math.pi * network.components.frequency_hz
    number = network.arrays.loads.of
    nodes = {node for ident in sections for node in network.sections[ident].nodes}
    fed_in = -sum(shunt.q_var for shunt in network.components.shunts if shunt.node in nodes)
    for ident in sections:
        section = network.sections[ident]
        for branch_id in section.branches:
            branch = network.branches[branch_id]
            volts = network.nodes[branch.from_node].voltage_v_nominal
            if isinstance(branch, Branch):
                fed_in += omega * branch.c_f * volts**2
        fed_in -= sum(float(powers.q_var[number[load]]) for load in section.loads)
    return fed_in
