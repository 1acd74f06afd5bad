"""All flaws of a grid at once. Pure: nothing is mended, nothing is read."""

from gridops.network.flaws import NO_GAPS, Gaps, GridFlaw
from gridops.network.network import Components
from gridops.network.topology import Topology
from gridops.network.validation_data import data_flaws
from gridops.network.validation_electrics import electrics_flaws
from gridops.network.validation_finite import finite_flaws
from gridops.network.validation_operations import operations_flaws
from gridops.network.validation_phasing import phasing_errors
from gridops.network.validation_points import points_flaws
from gridops.network.validation_profiles import profile_errors
from gridops.network.validation_reliability import reliability_errors
from gridops.network.validation_topology import topology_flaws


def validate(components: Components, gaps: Gaps = NO_GAPS) -> tuple[GridFlaw, ...]:
    """Every error, and the warnings that come with them, in a fixed order.

    Numbers and data first, then electrics, topology, operations, points. What is merely
    suspect is told by `suspicions`.

    No error among them means that `build_network` works and the engine can reckon with the
    grid. `gaps` names rows that could not be read: what may depend on them is not reported.
    """
    topology = Topology(components)
    return (
        *finite_flaws(components),
        *data_flaws(components, gaps),
        *electrics_flaws(components),
        *reliability_errors(components),
        *profile_errors(components),
        *phasing_errors(components, gaps),
        *topology_flaws(topology, gaps),
        *operations_flaws(topology, gaps),
        *points_flaws(components, gaps),
    )
