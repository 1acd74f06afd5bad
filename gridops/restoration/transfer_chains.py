"""Chains as rows of the programme: what enters at a covers what is drawn inside and reaches b."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from gridops.restoration.transfer_rows import Programme
from gridops.restoration.transfer_terms import Chain, Flows


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainColumns:
    """Powers that enter at a, and that reach b."""

    at_a: tuple[int, int]
    at_b: tuple[int, int]


def add_chain(
    programme: Programme,
    chain: Chain,
    *,
    flows: Flows,
    squares: tuple[int, int],
    served: int | None,
) -> ChainColumns:
    """`squares` are those of the voltages at a and b; `served` None: always."""
    most = [2.0 * each for each in flows.drawn]
    given = [2.0 * each for each in flows.feeding_in]
    high = [max(pair) for pair in zip(most, given, strict=True)]
    p_a, q_a, p_b, q_b = (programme.column(-high[k], high[k]) for k in (0, 1, 0, 1))
    rows = _Rows(programme, served)
    rows.at_least({p_a: 1.0, p_b: -1.0}, chain.p)
    rows.at_least({q_a: 1.0, q_b: -1.0}, chain.q)
    a, b = squares
    drop = {p_b: -2.0 * chain.r, q_b: -2.0 * chain.x}
    rows.at_least({a: 1.0, b: -1.0, **drop}, chain.drop_to_b)
    drop = {p_a: 2.0 * chain.r, q_a: 2.0 * chain.x}
    rows.at_least({a: -1.0, b: 1.0, **drop}, chain.drop_from_a)
    for each in chain.inner:
        drop = {p_b: -2.0 * each.r, q_b: -2.0 * each.x}
        rows.at_least({a: 1.0, **drop}, each.square_min + each.drop)
        drop = {p_a: 2.0 * each.r_b, q_a: 2.0 * each.x_b}
        rows.at_least({b: 1.0, **drop}, each.square_min + each.drop_b)
    for k, angle in enumerate(flows.angles):
        p, q = math.cos(angle), math.sin(angle)
        if chain.most_to_b[k] < sum(most):
            rows.at_least({p_b: -p, q_b: -q}, -chain.most_to_b[k])
        if chain.most_to_a[k] < sum(most):
            rows.at_least({p_a: p, q_a: q}, -chain.most_to_a[k])
    return ChainColumns(at_a=(p_a, q_a), at_b=(p_b, q_b))


@dataclass(frozen=True, slots=True)
class _Rows:
    programme: Programme
    served: int | None

    def at_least(self, terms: Mapping[int, float], low: float) -> None:
        """Asked where there is supply; nothing flows where there is none."""
        if self.served is None:
            self.programme.row(terms, low=low)
        else:
            self.programme.row({**terms, self.served: -low}, low=0.0)
