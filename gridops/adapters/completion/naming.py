"""Names of feeder breakers, for grids whose source has no names for switches."""

from dataclasses import replace

from gridops.network import Components, Switch


def with_named_breakers(components: Components) -> Components:
    """The grid with the head of feeder F1 called `Breaker F1`, and so on."""
    return replace(components, switches=tuple(map(_named, components.switches)))


def _named(switch: Switch) -> Switch:
    return switch if switch.feeder is None else replace(switch, name=f"Breaker {switch.feeder}")
