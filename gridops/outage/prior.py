"""How often a fault is to be expected in a section, before anything is heard."""

import numpy as np

from gridops.ids import SectionId
from gridops.network import Branch, BranchKind, Network, Values
from gridops.outage.location_settings import LocationSettings
from gridops.outage.scene import Scene


def failures_per_year(network: Network, section: SectionId, *, settings: LocationSettings) -> float:
    """Sustained faults per year: of its branches and nodes as stated, else by length and kind."""
    part = network.sections[section]
    total = settings.failures_per_year_section
    for node in part.nodes:
        total += network.nodes[node].failures_per_year or 0.0
    for ident in part.branches:
        branch = network.branches[ident]
        if branch.failures_per_year is not None:
            total += branch.failures_per_year
        elif not isinstance(branch, Branch):
            total += settings.failures_per_year_transformer
        else:
            overhead = branch.kind is BranchKind.OVERHEAD
            per_km = (
                settings.failures_per_km_year_overhead
                if overhead
                else settings.failures_per_km_year_cable
            )
            total += per_km * branch.length_m / 1000.0
    return total


def log_prior(scene: Scene, settings: LocationSettings) -> Values:
    """Of one fault at each row, given that there is one: sums to one outside the logarithm."""
    rates = np.array(
        [failures_per_year(scene.network, s, settings=settings) for s in scene.candidates]
    )
    shares: Values = np.log(rates / rates.sum())
    return shares
