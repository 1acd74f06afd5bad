"""The grids in `models/` that are converted from public data; tests make each anew."""

from gridops.adapters.reference_grids.esb_e11 import esb_e11
from gridops.adapters.reference_grids.oberrhein import oberrhein
from gridops.adapters.reference_grids.published import published_grid
from gridops.adapters.reference_grids.reliability_systems import reliability_system
from gridops.adapters.reference_grids.simbench import simbench

__all__ = ["esb_e11", "oberrhein", "published_grid", "reliability_system", "simbench"]
