"""`gridops demo`: the main job on a real grid, over real OPC UA, on one machine."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gridops.adapters.clocks import SystemClock
from gridops.adapters.scenario_files import load_scenario
from gridops.bootstrap.demo_story import PLAN, Story
from gridops.bootstrap.field_process import FieldProcess, field_process
from gridops.bootstrap.people_of_story import acts_of
from gridops.bootstrap.serve import announce, until_stopped
from gridops.bootstrap.service import JournalAt, Running, running
from gridops.bootstrap.simulate import incident_to_plain, struck_in
from gridops.bootstrap.studying import study_bench
from gridops.bootstrap.wiring import install, plugged_in
from gridops.errors import LinkError, ScenarioError
from gridops.ids import IncidentId, UserName
from gridops.incident import Incident, IncidentSettings, Phase
from gridops.outage import Cause
from gridops.ports import Commanding
from gridops.settings import ServerSettings

CONNECT_S_MAX = 60.0
JOB_S_MAX = 600.0
LOOK_S = 0.05
HAND = UserName("demo")


def demo(story: Story, *, port: int = 8080) -> None:
    """Runs until interrupted; the fault strikes some seconds after the start."""
    asyncio.run(_demo(story, port))


def demo_once(story: Story) -> dict[str, Any]:
    """The same without a person: releases the plan by itself and waits for its end.

    Returns the incident in the contract's shape, with `ok` and the time of each stage.

    Raises: ScenarioError when nothing that can be handled happens in time.
    """
    return asyncio.run(_once(story))


async def _demo(story: Story, port: int) -> None:
    with (
        TemporaryDirectory(prefix="gridops-") as folder,
        field_process(story.grid, scenario=story.file(Path(folder))) as field,
    ):
        async with demo_service(story, field, folder=Path(folder), port=port, people=True) as up:
            announce(up)
            await connected(up)
            field.go()
            async with (
                acts_of(load_scenario(story.file(Path(folder))), up),
                study_bench(story.grid, up.room.installation.grid_fingerprint) as bench,
            ):
                up.service.studies = bench
                await until_stopped(up)


async def _once(story: Story) -> dict[str, Any]:
    with (
        TemporaryDirectory(prefix="gridops-") as folder,
        field_process(story.grid, scenario=story.file(Path(folder))) as field,
    ):
        async with demo_service(story, field, folder=Path(folder), port=0) as up:
            await connected(up)
            field.go()
            scenario = load_scenario(story.file(Path(folder)))
            async with acts_of(scenario, up):
                incident, released_at = await _handled_in_time(up)
            struck = struck_in(scenario, up.room, incident=incident)
            return _report(up, incident, released_at=released_at, struck=struck)


def _settings() -> IncidentSettings:
    """A demo has no crew to send, and shortens the wait for indicators so that people see
    something happen; the product's own defaults are longer."""
    return IncidentSettings(indicator_window_s=3.0, plan=PLAN)


def demo_service(
    story: Story,
    field: FieldProcess,
    *,
    folder: Path,
    port: int,
    people: bool = False,
    training: bool = False,
) -> AbstractAsyncContextManager[Running]:
    """The service on this field and no other, with a journal and users in `folder`."""
    installation = install(story.grid, replace(_settings(), entitled_only=people))
    installation = replace(installation, is_training=training)
    link = plugged_in("gridops.field_links", "opcua")(
        installation.network,
        field.endpoints,
        clock=SystemClock(),
        commanding=Commanding(),
    )
    return running(
        installation,
        journal=JournalAt(url=f"sqlite:///{folder}/journal.sqlite"),
        link=link,
        server=ServerSettings(port=port),
    )


async def connected(up: Running) -> None:
    """Raises: LinkError when a link does not come up in time, and what stopped the loop."""
    try:
        async with asyncio.timeout(CONNECT_S_MAX):
            while not all(link.connected for link in up.loop.health()):
                _still_works(up)
                await asyncio.sleep(LOOK_S)
    except TimeoutError as error:
        down = ", ".join(link.link for link in up.loop.health() if not link.connected)
        raise LinkError(f"no connection to {down}", remedy="see `gridops doctor`") from error


async def _handled_in_time(up: Running) -> tuple[Incident, datetime]:
    """Raises: ScenarioError when the story has no end that a demo waits for."""
    try:
        async with asyncio.timeout(JOB_S_MAX):
            return await _handled(up)
    except TimeoutError as error:
        raise ScenarioError(
            f"no fault was restored within {JOB_S_MAX:.0f} s",
            remedy="play the scenario with `gridops simulate` and read what happens in it",
        ) from error


def _still_works(up: Running) -> None:
    """Raises: whatever stopped the control room."""
    if up.worked.done():
        up.worked.result()


async def _handled(up: Running) -> tuple[Incident, datetime]:
    """Releases whatever is proposed and passes the guard, until everything is settled."""
    released_at: datetime | None = None
    while True:
        _still_works(up)
        for incident in list(up.room.desk.incidents.values()):
            if incident.phase is Phase.PROPOSED and _release(up, incident):
                released_at = released_at or up.loop.clock.now()
            done = incident.phase in (Phase.RESTORED, Phase.CLOSED)
            if done and incident.cause is Cause.FAULT and released_at:
                return incident, released_at
            if _is_hopeless(incident, up.loop.clock.now()):
                raise ScenarioError(
                    f"incident {incident.id} found no plan that may be released",
                    remedy="see `rejected` and `guard` of `gridops whatif` for this fault",
                )
        await asyncio.sleep(LOOK_S)


def _is_hopeless(incident: Incident, now: datetime) -> bool:
    proposed = incident.proposed
    if incident.phase is not Phase.PROPOSED or proposed is None:
        return False
    return now - proposed.proposed_at > timedelta(seconds=20)


def _release(up: Running, incident: Incident) -> bool:
    proposed = incident.proposed
    if proposed is None or not proposed.answer.verdict.passed or not proposed.answer.plan.steps:
        return False
    up.loop.release(
        IncidentId(incident.id), proposed.id, fingerprint=proposed.answer.fingerprint, by=HAND
    )
    return True


def _report(
    up: Running, incident: Incident, *, released_at: datetime, struck: list[str]
) -> dict[str, Any]:
    plain = incident_to_plain(
        up.room,
        incident,
        struck=struck,
        solve_ms=up.loop.solving.first_plan_s.get(incident.id, 0.0) * 1e3,
    )
    dark = sum(up.room.network.sections[s].customers for s in up.room.desk.dark_of(incident))
    proposed = incident.proposed
    first = up.room.books.first_plan_of(incident.id)
    promised = int(first.plan.customers.until_repair) if first else -1
    passed = proposed is not None and proposed.answer.verdict.passed
    return {
        **plain,
        "ok": passed and dark == promised,
        "customers_dark_now": dark,
        "stages_s": _stages(incident, released_at, now=up.loop.clock.now()),
    }


def _stages(incident: Incident, released_at: datetime, *, now: datetime) -> dict[str, float]:
    """Seconds from the first opening (source time) to the end of each stage."""
    marks = {
        "learnt": incident.learnt_at,
        "sustained": incident.concluded_at,
        "proposed": incident.proposed.proposed_at if incident.proposed else None,
        "released": released_at,
        "restored": now,
    }
    return {
        stage: round((at - incident.opened_at).total_seconds(), 3)
        for stage, at in marks.items()
        if at is not None
    }
