"""The fence around a fault, and which switches may be moved now."""

from gridops.isolation.fence import Fence, NoFence, Unusable, fence
from gridops.isolation.operable import Devices, hangs_on, kept_alive

__all__ = ["Devices", "Fence", "NoFence", "Unusable", "fence", "hangs_on", "kept_alive"]
