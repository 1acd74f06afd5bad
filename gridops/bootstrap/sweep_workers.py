"""Who works a sweep out: this process, a pool of processes, or a Dask cluster.

Each target is answered from the same state before, so it makes no difference who answers it.
"""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from time import perf_counter
from typing import Any

from gridops.bootstrap.results import Result
from gridops.bootstrap.wiring import engines_of
from gridops.errors import GridOpsError
from gridops.ids import SectionId
from gridops.network import Components, build_network
from gridops.response import Engines
from gridops.study import Standing, WhatIf, standing
from gridops.study.sweep import Target, swept

TARGETS_AT_ONCE = 8
"""What a worker is handed at a time, and what at most is lost of its work when all is stopped."""
TARGETS_OF_A_WORKER_MIN = 60
"""Fewer are done before another process has started."""
DASK = "dask://"

Workers = int | str | None
"""Processes; `dask://HOST:PORT` of a Dask scheduler; None: as many processes as there are cores,
as far as there is work for them."""
Documents = tuple[SectionId, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What every target is answered on."""

    before: Standing
    engines: Engines

    def documents(self, targets: Sequence[Target]) -> Iterator[Documents]:
        """Of each target, the what-if documents of its places as compact JSON texts."""
        for target in targets:
            began = perf_counter()
            outcomes = list(swept(self.before, self.engines, targets=[target]))
            took_ms = (perf_counter() - began) * 1e3
            texts = tuple(_text(Result(outcome, took_ms).to_plain()) for outcome in outcomes)
            yield target.section, texts


def _text(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def documents_of(
    stage: Stage, targets: Sequence[Target], *, workers: Workers
) -> Iterator[Documents]:
    """In no particular order, each as soon as it is known.

    Raises: GridOpsError without Dask, or without a scheduler at its address.
    """
    if isinstance(workers, str):
        yield from _by_dask(stage, targets, address=workers)
        return
    most = -(-len(targets) // TARGETS_OF_A_WORKER_MIN)
    count = min(len(os.sched_getaffinity(0)), most) if workers is None else workers
    if count <= 1:
        yield from stage.documents(targets)
    else:
        yield from _by_processes(stage, targets, count=count)


def _shares(targets: Sequence[Target]) -> list[Sequence[Target]]:
    return [targets[k : k + TARGETS_AT_ONCE] for k in range(0, len(targets), TARGETS_AT_ONCE)]


def _by_processes(stage: Stage, targets: Sequence[Target], *, count: int) -> Iterator[Documents]:
    pool = ProcessPoolExecutor(
        count, mp_context=get_context("spawn"), initializer=_begin, initargs=_parts(stage)
    )
    try:
        waiting: list[Future[list[Documents]]] = [
            pool.submit(_share_of_pool, share) for share in _shares(targets)
        ]
        for done in as_completed(waiting):
            yield from done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _parts(stage: Stage) -> tuple[Components, WhatIf]:
    """What a worker needs to build the same stage."""
    return stage.before.network.components, stage.before.ask


def _built(components: Components, ask: WhatIf) -> Stage:
    network = build_network(components)
    return Stage(before=standing(network, ask), engines=engines_of(network))


_stages: dict[str, Stage] = {}
"""Of this worker: the one that it was asked for last."""


def _begin(components: Components, ask: WhatIf) -> None:
    """A worker of the pool leaves it to its parent to hear Ctrl-C, and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _stages[""] = _built(components, ask)


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _share_of_pool(targets: Sequence[Target]) -> list[Documents]:
    return list(_stages[""].documents(targets))


def _share_of_cluster(
    sweep: str, parts: tuple[Components, WhatIf], *, targets: Sequence[Target]
) -> list[Documents]:
    """`sweep` tells one sweep from another."""
    if sweep not in _stages:
        _stages.clear()
        _stages[sweep] = _built(*parts)
    return list(_stages[sweep].documents(targets))


def _by_dask(stage: Stage, targets: Sequence[Target], *, address: str) -> Iterator[Documents]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise GridOpsError(
            "Dask is not installed", where=address, remedy="pip install 'gridops[dask]'"
        ) from error
    try:
        client = distributed.Client(f"tcp://{address.removeprefix(DASK)}", timeout=10)
    except (OSError, ValueError) as error:
        raise GridOpsError(
            "no Dask scheduler answers", where=address, remedy="start one: dask scheduler"
        ) from error
    with client:
        [parts] = client.scatter([_parts(stage)], broadcast=True, hash=False)
        waiting = [
            client.submit(_share_of_cluster, parts.key, parts, targets=share, pure=False)
            for share in _shares(targets)
        ]
        for done in distributed.as_completed(waiting):
            yield from done.result()
