"""`gridops serve`: the service on a real field."""

import asyncio
import sys

from gridops.adapters.clocks import SystemClock
from gridops.bootstrap.service import Running, running
from gridops.bootstrap.wiring import incident_settings, install, plugged_in
from gridops.control_room import Installation
from gridops.ids import LinkId
from gridops.ports import FieldLink
from gridops.settings import Settings


def serve(settings: Settings) -> None:
    """Runs until interrupted.

    Raises: GridOpsError for whatever keeps it from starting or going on.
    """
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    installation = install(settings.grid, incident_settings(settings))
    async with running(
        installation,
        journal_url=settings.journal_url,
        link=_link(settings, installation),
        server=settings.server,
    ) as up:
        announce(up)
        await until_stopped(up)


def _link(settings: Settings, installation: Installation) -> FieldLink | None:
    if settings.link.kind == "none":
        return None
    endpoints = {LinkId(link): url for link, url in settings.link.endpoints.items()}
    link: FieldLink = plugged_in("gridops.field_links", settings.link.kind)(
        installation.network, endpoints, clock=SystemClock()
    )
    return link


def announce(up: Running) -> None:
    """The address and the one-time login, for the person at the terminal."""
    sys.stderr.write(
        f"\n  GridOps: {up.address}\n"
        f"  user {up.user}, password {up.password} (made for this start only)\n\n"
    )
    sys.stderr.flush()


async def until_stopped(up: Running) -> None:
    """Until the web service is told to stop. Raises what ended the control room, if that is
    what ended first."""
    await asyncio.wait({up.served, up.worked}, return_when=asyncio.FIRST_COMPLETED)
    if up.worked.done():
        up.worked.result()
