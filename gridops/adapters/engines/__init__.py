"""Engines of others behind the `PowerFlow` and `ShortCircuit` protocols."""

from gridops.adapters.engines.pgm import PowerGridModelEngine
from gridops.adapters.engines.pgm_short_circuit import PowerGridModelShortCircuit

__all__ = ["PowerGridModelEngine", "PowerGridModelShortCircuit"]
