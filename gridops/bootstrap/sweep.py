"""Runs an N-1 sweep and keeps what it found."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridops import __version__
from gridops.adapters.grid_files import fingerprint_of, grid_texts
from gridops.bootstrap.sweep_file import SweepFile
from gridops.bootstrap.sweep_workers import Stage, Workers, documents_of
from gridops.ids import SectionId
from gridops.network import Network
from gridops.study import WhatIf
from gridops.study.sweep import Round, SweepOf, round_of
from gridops.study.sweep_rows import Row, row_of
from gridops.study.sweep_summary import summary_of

if TYPE_CHECKING:
    from pandas import DataFrame

Progress = Callable[[int, int], None]
"""Is told how many sections are done, and of how many."""
Plain = dict[str, Any]


class Sweep:
    """Every place faulted once, in grid order. `texts` holds the what-if document of each."""

    def __init__(self, network: Network, asked: Round, *, texts: Sequence[str]) -> None:
        self.network = network
        self.asked = asked
        self.texts = texts

    def documents(self) -> Iterator[Plain]:
        """As `gridops whatif --json` prints them, one at a time: a city has gigabytes of them."""
        return (json.loads(text) for text in self.texts)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row_of(self.network, document) for document in self.documents())

    @cached_property
    def summary(self) -> Plain:
        """See docs/sweep.md."""
        return summary_of(self.asked, self.rows)

    def to_plain(self) -> Plain:
        """The JSON of `gridops sweep --json`."""
        return {
            "grid": self.network.name,
            "faults": list(self.documents()),
            "summary": self.summary,
        }

    def to_frame(self) -> "DataFrame":
        """One row a fault, in grid order. Raises: ImportError without pandas (extra `notebook`)."""
        import pandas as pd  # noqa: PLC0415  # 0.4 s that only notebooks pay

        return pd.DataFrame([row_to_plain(row) for row in self.rows])


def row_to_plain(row: Row) -> dict[str, str | int | float | bool]:
    """One fault as one line of a table: numbers and short texts only."""
    return {
        "fault": row.place,
        "cause": row.cause,
        "tripped": " ".join(row.tripped),
        "customers_interrupted": row.customers_interrupted,
        "customers_restored": row.customers_restored,
        "customers_until_repair": row.customers_until_repair,
        "customers_unserved": row.customers_unserved,
        "p_w_interrupted": row.p_w_interrupted,
        "p_w_restored": row.p_w_restored,
        "minutes_with_plan": row.minutes_with_plan,
        "minutes_without": row.minutes_without,
        "minutes_avoided": row.minutes_avoided,
        "steps": row.steps,
        "proof": row.proof,
        "gap_pct": row.gap_pct,
        "secure": row.is_secure,
        "unserved_because": " ".join(
            dict.fromkeys(one.because for one in row.unserved if one.customers)
        ),
        "guard_passed": not row.violations,
    }


def run_sweep(
    stage: Stage,
    what: SweepOf,
    *,
    workers: Workers = None,
    resume: Path | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """The same question gives the same documents, `solve_ms` aside, whoever the workers are and
    however often it was stopped and resumed.

    `resume`: a file that keeps what is finished, see `SweepFile`.

    Raises: ScenarioError where nothing has supply; GridOpsError for a file that cannot serve, or
    workers that cannot be had.
    """
    before = stage.before
    asked = round_of(before, what)
    found: dict[SectionId, Sequence[str]] = {}
    file = (
        None
        if resume is None
        else SweepFile(resume, header_of(before.network, what=what, ask=before.ask))
    )
    try:
        if file is not None:
            found.update(file.finished)
        _tell(progress, len(found), of=len(asked.targets))
        left = [target for target in asked.targets if target.section not in found]
        for section, texts in documents_of(stage, left, workers=workers):
            found[section] = texts
            if file is not None:
                file.add(section, texts)
            _tell(progress, len(found), of=len(asked.targets))
    finally:
        if file is not None:
            file.close()
    return Sweep(before.network, asked, texts=_in_order(asked, found))


def _tell(progress: Progress | None, done: int, *, of: int) -> None:
    if progress is not None:
        progress(done, of)


def _in_order(asked: Round, found: Mapping[SectionId, Sequence[str]]) -> list[str]:
    text_of = {
        place: text
        for target in asked.targets
        for place, text in zip(target.places, found[target.section], strict=True)
    }
    return [text_of[place] for place in asked.places]


def header_of(network: Network, *, what: SweepOf, ask: WhatIf) -> Plain:
    """What two sweeps must have in common for one to go on where the other stopped."""
    return {
        "version": __version__,
        "grid": network.name,
        "fingerprint": fingerprint_of(grid_texts(network.components)),
        "what": what.value,
        "opened": sorted(ask.opened),
        "closed": sorted(ask.closed),
        "unavailable": sorted(ask.unavailable),
        "load_scale": ask.load_scale,
        "at": None if ask.at is None else f"{ask.at:%H:%M}",
        "as_indicated": ask.as_indicated,
        "shedding": ask.plan is not None and ask.plan.shedding,
        "limits": asdict(ask.limits or network.limits),
    }
