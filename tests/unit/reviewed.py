"""Reviews of drawn grids."""

from dataclasses import replace
from typing import Any

from gridops.adapters.engines import PowerGridModelEngine
from gridops.network import Components, Network, build_network, draw
from gridops.network.flaws import GridFlaw
from gridops.study.review import review

RING = "S1 [b1] A [s1] B (t1) D [s2] C [b2] S2"
EARLY: dict[str, dict[str, Any]] = {"r1": {"trip_delay_s": 0.1, "pickup_current_a": 400.0}}


def ring(**change: dict[str, Any]) -> Network:
    return draw(RING, change=change)


def spoilt(network: Network, table: str, ident: str, **change: Any) -> Network:
    """`network` with fields of one row replaced."""
    return build_network(with_row(network.components, table, ident, **change))


def with_row(parts: Components, table: str, ident: str, **change: Any) -> Components:
    rows = getattr(parts, table)
    assert ident in [row.id for row in rows]
    changed = tuple(replace(row, **change) if row.id == ident else row for row in rows)
    return replace(parts, **{table: changed})


def flaws_of(network: Network) -> tuple[GridFlaw, ...]:
    return review(network, PowerGridModelEngine(network)).flaws


def codes_of(network: Network) -> list[str]:
    return [flaw.code for flaw in flaws_of(network)]


def only_flaw(network: Network) -> GridFlaw:
    (flaw,) = flaws_of(network)
    return flaw
