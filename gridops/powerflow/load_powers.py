"""What every load draws, as arrays that read like a mapping."""

from collections.abc import Iterator, Mapping

import numpy as np

from gridops.ids import LoadId
from gridops.network import GridArrays, Network, Values
from gridops.powerflow.protocol import LoadPower


class LoadPowers(Mapping[LoadId, LoadPower]):
    """Power of every load of one grid at nominal voltage, consumed is positive.

    `p_w` and `q_var` go by number of the load; neither may be written to.
    """

    __slots__ = ("arrays", "p_w", "q_var")

    def __init__(self, arrays: GridArrays, *, p_w: Values, q_var: Values) -> None:
        self.arrays = arrays
        self.p_w = p_w
        self.q_var = q_var

    @classmethod
    def stated(cls, network: Network, *, scale: float = 1.0) -> "LoadPowers":
        """As the grid files have them, times `scale`."""
        listed = network.loads.values()
        p_w = np.fromiter((load.p_w for load in listed), np.float64, len(listed))
        q_var = np.fromiter((load.q_var for load in listed), np.float64, len(listed))
        return cls(network.arrays, p_w=p_w * scale, q_var=q_var * scale)

    @classmethod
    def of(cls, network: Network, powers: Mapping[LoadId, LoadPower]) -> "LoadPowers":
        """Loads that `powers` leaves out draw nothing. Raises: KeyError for one that the grid
        does not have."""
        if isinstance(powers, LoadPowers) and powers.arrays is network.arrays:
            return powers
        kind = network.arrays.loads
        p_w, q_var = np.zeros(len(kind)), np.zeros(len(kind))
        rows = kind.numbers(powers)
        p_w[rows] = [power.p_w for power in powers.values()]
        q_var[rows] = [power.q_var for power in powers.values()]
        return cls(network.arrays, p_w=p_w, q_var=q_var)

    def __getitem__(self, load: LoadId) -> LoadPower:
        row = self.arrays.loads.of[load]
        return LoadPower(float(self.p_w[row]), float(self.q_var[row]))

    def __iter__(self) -> Iterator[LoadId]:
        return iter(self.arrays.loads.ids)

    def __len__(self) -> int:
        return len(self.p_w)
