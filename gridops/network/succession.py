"""What of one version of a grid goes on in another: the same device, the same point."""

from collections.abc import Mapping

from gridops.ids import LinkId, SwitchId
from gridops.network.components import Signal, Switch
from gridops.network.network import Network

Points = Mapping[tuple[str, Signal], LinkId]


def same_ends(one: Switch, other: Switch) -> bool:
    """Whichever way round they are written."""
    return {one.node_a, one.node_b} == {other.node_a, other.node_b}


def goes_on(switch: SwitchId, old: Network, *, new: Network) -> bool:
    """Whether the switch joins in `new` what it joined in `old`, so that where it stands still
    says the same. Its kind does not matter for that."""
    was, now = old.switches.get(switch), new.switches.get(switch)
    return was is not None and now is not None and same_ends(was, now)


def points_of(network: Network) -> Points:
    """(element, signal) -> the link that carries it."""
    return {(point.element, point.signal): point.link for point in network.components.points}
