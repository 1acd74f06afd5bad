"""Engines of others behind the `PowerFlow` and `ShortCircuit` protocols."""

from gridops.adapters.engines.pgm import PowerGridModelEngine
from gridops.adapters.engines.pgm_short_circuit import PowerGridModelShortCircuit
from gridops.network import Network
from gridops.powerflow import RadialFlow

__all__ = ["PowerGridModelEngine", "PowerGridModelShortCircuit", "power_flow"]


def power_flow(network: Network) -> RadialFlow:
    """Our own kernel, with power-grid-model for what is not radial."""
    return RadialFlow(network, meshed=PowerGridModelEngine(network))
