"""How often a fault is to be expected in a section, before anything is heard."""

import numpy as np

from gridops.ids import SectionId
from gridops.network import Indices, Network, Values
from gridops.network.arrays import CABLE_M, OVERHEAD_M, STATED, TRANSFORMERS
from gridops.outage.location_settings import LocationSettings
from gridops.outage.scene import Scene

RATE_MIN = 1e-9
"""Faults per year of what is stated never to fail: everything can."""


def failures_per_year(network: Network, section: SectionId, *, settings: LocationSettings) -> float:
    """Sustained faults per year: of its branches and nodes as stated, else by length and kind."""
    number = np.array([network.arrays.sections.of[section]], np.int32)
    return float(_rates(network, number, settings=settings)[0])


def log_prior(scene: Scene, settings: LocationSettings) -> Values:
    """Of one fault at each row, given that there is one: sums to one outside the logarithm."""
    rates = np.maximum(_rates(scene.network, scene.sections, settings=settings), RATE_MIN)
    shares: Values = np.log(rates / rates.sum())
    return shares


def _rates(network: Network, sections: Indices, *, settings: LocationSettings) -> Values:
    exposure = network.arrays.exposure[:, sections]
    # one by one: a matrix product may round otherwise on another processor
    found: Values = exposure[STATED] + exposure[TRANSFORMERS] * (
        settings.failures_per_year_transformer
    )
    found += exposure[OVERHEAD_M] * (settings.failures_per_km_year_overhead / 1000.0)
    found += exposure[CABLE_M] * (settings.failures_per_km_year_cable / 1000.0)
    return found + settings.failures_per_year_section
