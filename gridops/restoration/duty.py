"""Whether a device interrupts what it carries."""

from collections.abc import Callable

from gridops.ids import SwitchId
from gridops.network import Network
from gridops.powerflow import FlowResult


def breaks_what_it_carries(
    network: Network, switch: SwitchId, *, flow: Callable[[], FlowResult]
) -> bool:
    """Whether `switch`, live and closed in the state of `flow`, may open there: what breaks
    faults whatever flows, a load-break switch up to its rated current. A state without a
    solution speaks for no load-break switch; `flow` is asked only for those."""
    device = network.switches[switch]
    if device.breaks_fault:
        return True
    found = flow()
    return found.converged and found.switch_current_a.get(switch, 0.0) <= device.current_a_rated
