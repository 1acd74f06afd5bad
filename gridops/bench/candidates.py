"""G2: one restoration candidate: close a tie, open a switch, trace, solve, hold to the limits."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

from gridops.bench import candidates_ours, candidates_pgm
from gridops.bench.bench_city import BenchCity
from gridops.bench.candidate_cases import Case, by_feeders, in_the_city
from gridops.bench.candidate_models import TieModel, tie_models
from gridops.bench.measuring import Side
from gridops.bench.race import Peer, Race

SINGLE_S, BATCH_S = 3e-6, 1e-6
OVER_BATCH = 50.0
TOLERANCE = 5e-6
"""Of the lowest voltage in pu, of the highest loading in pu, and of the verdict, which is 0 or 1.
A search needs no more: what it proposes is solved again, to the end."""

Enter = Callable[..., Side]


def races(city: BenchCity) -> Iterator[Race]:
    """Asked of each: lowest voltage, highest loading, and whether the limits are kept."""
    yield from _on_feeders(city)
    yield _on_islands(city)


def _on_feeders(city: BenchCity) -> Iterator[Race]:
    """Two feeders a time, the voltage held at the head of the one that lends."""
    case = by_feeders(city)
    models = _models(case)
    on = f"{len(case.candidates)} candidates on {len(case.ties)} pairs of feeders"
    in_batches = partial(_peer, candidates_pgm.in_batches, models, how="a batch for each pair")
    yield Race(
        goal="G2",
        what="restoration candidate, in batches",
        on=on,
        ours=candidates_ours.in_one_call(case),
        ours_wanted=BATCH_S,
        tolerance=TOLERANCE,
        peers=(
            in_batches(method="newton", wanted=OVER_BATCH),
            in_batches(method="iterative current"),
        ),
    )
    yield Race(
        goal="G2",
        what="restoration candidate, one by one",
        on=on,
        ours=candidates_ours.one_by_one(case),
        ours_wanted=SINGLE_S,
        tolerance=TOLERANCE,
        peers=(_peer(candidates_pgm.one_by_one, models, how="update and call", method="newton"),),
    )


def _on_islands(city: BenchCity) -> Race:
    """All that hangs on the lender's transformer is solved too."""
    case = in_the_city(city)
    return Race(
        goal="G2",
        what="restoration candidate with all on the same transformer, in batches",
        on=f"{len(case.candidates)} candidates, {city.title}",
        ours=candidates_ours.in_one_call(case),
        tolerance=TOLERANCE,
        peers=(
            _peer(
                candidates_pgm.in_batches,
                _models(case),
                how="a batch for each tie",
                method="newton",
            ),
        ),
    )


def _models(case: Case) -> Callable[[], Sequence[TieModel]]:
    """Made when a peer asks for them, once."""
    return cache(lambda: list(tie_models(case)))


def _peer(
    enter: Enter,
    models: Callable[[], Sequence[TieModel]],
    *,
    how: str,
    method: str,
    wanted: float | None = None,
) -> Peer:
    return Peer(
        name="power-grid-model",
        how=f"{method}, {how}",
        modules=("power_grid_model",),
        enter=lambda: enter(models(), method=method),
        wanted=wanted,
    )
