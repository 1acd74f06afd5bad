"""Questions of the core, worked out in threads beside the loop."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from math import ceil

from gridops.commands import Solve
from gridops.control_room.room import ControlRoom
from gridops.events import PlanSolved
from gridops.ids import IncidentId, PlanId
from gridops.incident import Proposed
from gridops.ports import Clock, Metrics
from gridops.response import Answer, Engines, answer, with_outlook
from gridops.restoration import Outlook, OutlookSettings

LOOK_S_MAX = 5.0
"""About how long the outlook of one plan may keep the thorough search of the next one waiting."""


def affordable(plan_s: float) -> OutlookSettings:
    """How far to look around, where one plan takes `plan_s`: as far as ever, or else in
    proportion less far, and never not at all.

    It may go by time, since an outlook decides nothing and is no part of what is replayed.
    """
    whole = OutlookSettings()
    plans = 2 * whole.steps_max + whole.alternatives_tried_max + whole.helps_tried_max
    share = min(1.0, LOOK_S_MAX / max(plan_s * plans, 1e-9))
    return replace(
        whole,
        steps_max=ceil(share * whole.steps_max),
        alternatives_tried_max=ceil(share * whole.alternatives_tried_max),
        helps_tried_max=ceil(share * whole.helps_tried_max),
    )


@dataclass(frozen=True, slots=True)
class StandsAround:
    """What stands around one plan."""

    plan: PlanId
    outlook: Outlook


class Solving:
    """Two threads, each with engines of its own, each working out one question at a time from
    what nothing changes any more: one for what a person waits for, one for what comes after.

    An outlook is no fact and decides nothing: it is not journalled, and a restart works it out
    again for what is on the screen then.
    """

    def __init__(
        self,
        room: ControlRoom,
        *,
        clock: Clock,
        metrics: Metrics,
        tell: Callable[[PlanSolved], None],
        toiled: Callable[[float], None] = lambda _: None,
    ) -> None:
        """`toiled` hears how many seconds each answer took that a start would work out again."""
        self._room = room
        self._clock, self._metrics, self._tell = clock, metrics, tell
        self._toiled = toiled
        self._first = ThreadPoolExecutor(max_workers=1, thread_name_prefix="solver")
        self._second = ThreadPoolExecutor(max_workers=1, thread_name_prefix="thorough")
        self._turn = asyncio.Lock()
        self._stands_around: dict[IncidentId, StandsAround] = {}
        self.first_plan_s: dict[IncidentId, float] = {}
        """How long the first plan of each incident of this run took, the wait for the solver
        included."""
        self.thorough_s: dict[IncidentId, float] = {}
        """The same of its first thorough answer, the outlook not included."""

    def outlook_of(self, plan: PlanId, incident: IncidentId) -> Outlook | None:
        """None while it is worked out, and of a plan that was never considered."""
        kept = self._stands_around.get(incident)
        return kept.outlook if kept is not None and kept.plan == plan else None

    async def solve(self, asked: Solve) -> None:
        if asked.thorough:
            async with self._turn:  # by its turn it may be out of date: then it costs nothing
                await self._consider(asked)
        else:
            await self._answer(asked)

    def warm(self, work: Callable[[Engines], object]) -> None:
        """Has the second thread do `work` with its engines before anything else. Where it has no
        engines of its own nothing is done."""
        engines = self._room.installation.thorough
        if engines is not None:
            asyncio.get_running_loop().run_in_executor(self._second, work, engines)

    def close(self) -> None:
        """What is still being worked out touches nothing of ours, and nobody waits for it."""
        self._first.shutdown(wait=False, cancel_futures=True)
        self._second.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, asked: Solve) -> None:
        desk, installation = self._room.desk, self._room.installation
        question = desk.question(asked)
        if question is None:
            return
        began = time.perf_counter()
        engines = installation.solver or installation.engines
        working = asyncio.get_running_loop().run_in_executor(self._first, answer, question, engines)
        desk.hand_in(asked, await working)
        took_s = time.perf_counter() - began
        self.first_plan_s.setdefault(asked.incident, took_s)
        self._metrics.observe("gridops_plan_seconds", took_s)
        self._toiled(took_s)
        self._tell(PlanSolved(at=self._clock.now(), incident=asked.incident, ticket=asked.ticket))

    async def _consider(self, asked: Solve) -> None:
        desk = self._room.desk
        question = desk.question(asked)
        if question is None:
            return
        began, engines = time.perf_counter(), self._engines
        found = await self._beside(partial(answer, question, engines))
        if desk.question(asked) is None:
            return
        took_s = time.perf_counter() - began
        self.thorough_s.setdefault(asked.incident, took_s)
        shown, is_better = desk.shown(asked.incident), desk.is_better(asked, found)
        if is_better:
            desk.hand_in(asked, found)
            self._toiled(took_s)
        self._tell(
            PlanSolved(
                at=self._clock.now(),
                incident=asked.incident,
                ticket=asked.ticket,
                nothing_better=not is_better,
            )
        )
        if shown is not None:
            looking = partial(
                with_outlook, shown.answer, question, engines=engines, settings=affordable(took_s)
            )
            self._keep(shown, await self._beside(looking), incident=asked.incident)

    def _keep(self, shown: Proposed, answered: Answer, *, incident: IncidentId) -> None:
        if answered.outlook is not None:
            self._stands_around[incident] = StandsAround(shown.id, answered.outlook)
        self._forget(list(self._stands_around))

    @property
    def _engines(self) -> Engines:
        installation = self._room.installation
        return installation.thorough or installation.solver or installation.engines

    def _beside(self, work: Callable[[], Answer]) -> asyncio.Future[Answer]:
        """Engines that serve both questions must not serve them at once."""
        thread = self._first if self._room.installation.thorough is None else self._second
        return asyncio.get_running_loop().run_in_executor(thread, work)

    def _forget(self, incidents: Sequence[IncidentId]) -> None:
        for incident in incidents:
            if incident not in self._room.desk.open_incidents:
                del self._stands_around[incident]
