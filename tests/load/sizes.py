"""How large the parts of a run are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The defaults are what is measured; `TOY` shows that the parts still work."""

    seconds: float = 10.0
    """Of each storm."""
    servers: int = 2
    """Of a storm, in a process each: one alone does not produce what is wanted."""
    nodes: int = 5_000
    """Of each server, by kind."""
    rate_per_s: float = 100_000.0
    """Of all servers together, left in arrays."""
    their_rate_per_s: float = 10_000.0
    told_rate_per_s: float = 10_000.0
    """Of states that are told one by one."""
    queue: int = 10
    points: int = 50_000
    """Subscribed at one server."""
    feeders: int = 700
    bursts: int = 30
    changes: int = 1_000
    """In a burst."""
    hours: float = 24.0
    repeats: int = 20
    analog_ms: int = 1_000
    """How often a server looks at measurements, and tells of them."""
    quiet_s: float = 2.0
    """Nothing has come for so long although something is missing: it will not come any more."""
    warm_bursts: int = 2
    """Before those that count: what they need of machine code is loaded by then."""
    calm_s: float = 3.0
    """Between two bursts."""


TOY = Sizes(
    seconds=0.5,
    servers=1,
    nodes=200,
    rate_per_s=2_000.0,
    their_rate_per_s=400.0,
    told_rate_per_s=400.0,
    points=120,
    feeders=10,
    bursts=1,
    changes=60,
    hours=0.1,
    repeats=1,
    analog_ms=200,
    quiet_s=1.0,
    warm_bursts=0,
    calm_s=0.3,
)
