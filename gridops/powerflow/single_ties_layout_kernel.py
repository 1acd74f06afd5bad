"""What the N-1 pass (`single_ties_kernel`) reads and writes."""

from typing import NamedTuple

from gridops.network import Counts, Indices, Status, Values
from gridops.powerflow.candidate_kernel import Ground

COMPLETE, NEEDS_PLAN, LOST_SUPPLY, NO_FENCE = range(4)
"""What the pass says of a fault. COMPLETE: no plan brings back more customers. NO_FENCE: no plan
brings back any."""

INTERRUPTED, RESTORED, FENCED = range(3)
"""Columns of `Told.customers`."""
STATUS, COMPONENTS, UNRESOLVED, CHECKS, TIE, MOVES = range(6)
"""Columns of `Told.facts`: the status; dead components with customers in them, how many of those
stay dark; states that were solved; the last tie that was taken, or -1; movements."""


class Tree(NamedTuple):
    """Sections in the normal state. By section: `source` (-1: dark), `row`. By row, which are in
    preorder: `section`, `size`, `above` (a section), `through`, and `customers` of all behind."""

    first: Indices
    switch_at: Indices
    across: Indices
    closed: Status
    source: Indices
    row: Indices
    section: Indices
    size: Indices
    above: Indices
    through: Indices
    customers: Counts
    own_customers: Counts


class Devices(NamedTuple):
    """By switch, 1 where it: opens by itself; is a fuse; can be opened with both sides dead; can
    be closed with one side live."""

    trips: Status
    is_fuse: Status
    opens: Status
    closes: Status


class Buses(NamedTuple):
    """The positions of the buses in each row (`positions[first[row]:first[row + 1]]`), the row of
    each position, and what is drawn at each position in the normal state."""

    first: Indices
    positions: Indices
    row: Indices
    values: Values


class Allowed(NamedTuple):
    """As in `Judgement.surely_within`; no limit is minus or plus infinity."""

    voltage_pu_min: float
    voltage_pu_max: float
    loading_max: float
    aside: float
    charging_of_members: float
    charging_share: float
    quiet_share: float
    margin: float


class Scratch(NamedTuple):
    """`zone`: sections of the fence; `mark` by section: the fault that it was fenced for;
    `answered` by section: the last fault whose answer holds for all of its fence, or -1;
    `opened`, `taken`: switches that were opened and closed, the second ended by -1; `dirty`: 1 for
    trees that were solved."""

    zone: Indices
    mark: Indices
    answered: Indices
    opened: Indices
    taken: Indices
    dirty: Indices
    found: Values
    places: Indices


class Told(NamedTuple):
    """By fault."""

    customers: Counts
    facts: Indices


class Pass(NamedTuple):
    """All that a fault is judged on."""

    tree: Tree
    devices: Devices
    buses: Buses
    allowed: Allowed
    scratch: Scratch
    ground: Ground


class Fault(NamedTuple):
    """`number` of the fault; rows that the device which tripped feeds, and that the fence begins
    with; whether what lies between the two is back."""

    number: int
    top: int
    fenced: int
    is_back: bool
