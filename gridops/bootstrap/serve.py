"""`gridops serve`: the service on a real field."""

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from signal import SIGINT, SIGTERM

from pydantic import ValidationError

from gridops.adapters.clocks import SystemClock
from gridops.api.minutes_to_date import ToDate
from gridops.api.publisher_view import publisher_view
from gridops.bootstrap.commanding import commanding_of
from gridops.bootstrap.field_process import field_process
from gridops.bootstrap.ongoing import ongoing
from gridops.bootstrap.public import public_window
from gridops.bootstrap.publishing import published
from gridops.bootstrap.service import JournalAt, Running, running
from gridops.bootstrap.studying import study_bench
from gridops.bootstrap.wiring import incident_settings, install, plugged_in
from gridops.control_room import Installation, SnapshotPace
from gridops.errors import SettingsError
from gridops.ids import LinkId, UserName
from gridops.ports import Endpoint, FieldLink
from gridops.settings import Settings


def serve(settings: Settings, *, taken_in_by: UserName | None = None) -> None:
    """Runs until interrupted. `taken_in_by`: who takes another version of the grid in.

    Raises: GridOpsError for whatever keeps it from starting or going on.
    """
    asyncio.run(_serve(settings, taken_in_by))


async def _serve(settings: Settings, taken_in_by: UserName | None) -> None:
    deciding = replace(incident_settings(settings), entitled_only=True)
    installation = install(settings.grid, deciding, mode=settings.control.mode)
    with _link(settings, installation) as link:
        async with running(
            installation,
            journal=_journal(settings),
            link=link,
            server=settings.server,
            language=settings.language,
            taken_in_by=taken_in_by,
        ) as up:
            up.service.public = public_window(up.service, settings.public)
            place = settings.publisher.place(settings.security)
            to_date = ToDate(up.service.counting)
            async with (
                ongoing(to_date.keep_up(up.service.clock)) if place else nullcontext(),
                study_bench(settings.grid, installation.grid_fingerprint) as bench,
                published(
                    place,
                    lambda: publisher_view(
                        up.service.view(), installation.network, to_date=to_date.of
                    ),
                    clock=up.service.clock,
                    tell=up.service.hear_of_publisher,
                ),
            ):
                up.service.studies = bench
                announce(up)
                await until_stopped(up)


def _journal(settings: Settings) -> JournalAt:
    kept = settings.journal
    pace = SnapshotPace(
        entries=kept.snapshot_entries, seconds=kept.snapshot_s, toil_s=kept.snapshot_toil_s
    )
    return JournalAt(url=settings.journal_url, pace=pace)


@contextmanager
def _link(settings: Settings, installation: Installation) -> Iterator[FieldLink | None]:
    """The link that the settings name. `virtual` plays a healthy field beside this process and
    speaks OPC UA with it like with any other."""
    if settings.link.kind == "none":
        yield None
    elif settings.link.kind == "virtual":
        with field_process(settings.grid) as field:
            yield _opcua(settings, installation, endpoints=field.endpoints)
    else:
        yield _opcua(settings, installation, endpoints=endpoints_of(settings))


def endpoints_of(settings: Settings) -> dict[LinkId, list[Endpoint]]:
    """Where the servers of the settings are, the preferred one of each link first, and how each
    must be secured.

    Raises: SettingsError for a security that does not go together.
    """
    found = {}
    for link, stated in settings.link.endpoints.items():
        try:
            security = settings.security.of_link(settings.link.security.get(link))
        except ValidationError as error:
            said = "; ".join(flaw["msg"].removeprefix("Value error, ") for flaw in error.errors())
            raise SettingsError(said, where=f"[security] and [link.security.{link}]") from error
        found[LinkId(link)] = [
            Endpoint(url=url, security=security)
            for url in ([stated] if isinstance(stated, str) else stated)
        ]
    return found


def _opcua(
    settings: Settings,
    installation: Installation,
    *,
    endpoints: Mapping[LinkId, str | Sequence[Endpoint]],
) -> FieldLink:
    link: FieldLink = plugged_in("gridops.field_links", "opcua")(
        installation.network,
        endpoints,
        clock=SystemClock(),
        bounds={
            "publishing_ms": settings.link.publishing_ms,
            "analog_publishing_ms": settings.link.analog_publishing_ms,
            "confirm_margin_s": settings.control.confirm_margin_s,
            "workers": settings.link.workers and settings.link.kind == "opcua",
        },
        commanding=commanding_of(settings, installation.network),
    )
    return link


def announce(up: Running) -> None:
    """The address, and the one-time login where there are no users yet, for the person at the
    terminal."""
    login = (
        "log in as one of the users (`gridops users list`)"
        if up.password is None
        else f"user {up.user}, password {up.password} (made for this start only)"
    )
    sys.stderr.write(f"\n  GridOps: {up.address}\n  {login}\n\n")
    sys.stderr.flush()


async def until_stopped(up: Running) -> None:
    """Until an interrupt or a termination. Raises what ended the control room, if that is what
    ended first."""
    told = asyncio.Event()
    for signal in (SIGINT, SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal, told.set)
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({up.served, up.worked, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if up.worked.done():
        up.worked.result()
