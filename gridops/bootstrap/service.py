"""One running installation: control room, link, web service, in one event loop."""

import asyncio
import logging
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
import uvicorn

from gridops.adapters.account_file import AccountFile
from gridops.adapters.audit_file import AuditFile
from gridops.adapters.clocks import SystemClock
from gridops.adapters.collector import (
    collector_paused,
    collector_spares_what_is_there,
)
from gridops.adapters.journal import SqlJournal, open_journal
from gridops.adapters.metrics import PrometheusMetrics
from gridops.adapters.ruleset_files import read_ruleset, shipped_rulesets
from gridops.adapters.template_files import read_templates
from gridops.api.app import create_app
from gridops.api.audit import Audit
from gridops.api.limits import Limits
from gridops.api.security import Gatekeeper, new_account, new_password
from gridops.api.service import Service
from gridops.bootstrap.connections import IDLE_S_MAX, guarded
from gridops.bootstrap.looking_back import past_desk
from gridops.bootstrap.ongoing import ongoing
from gridops.bootstrap.taking_in import TakingIn, room_on
from gridops.bootstrap.warming import warm_up
from gridops.control_room import ControlRoom, Installation, Keeping, Loop, SnapshotPace
from gridops.errors import SettingsError
from gridops.events.people import Role
from gridops.ids import UserName
from gridops.ports import FieldLink
from gridops.ports.accounts import Account, Accounts
from gridops.settings import ServerSettings, beside

USER = "operator"
START_S_MAX = 30.0
TLS_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalAt:
    """Where the journal stands, and how often there is a snapshot beside it."""

    url: str
    pace: SnapshotPace = field(default_factory=SnapshotPace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What is up, and the one-time login that was made for it."""

    loop: Loop
    room: ControlRoom
    service: Service
    address: str
    user: str
    password: str | None
    """None: users are kept, and no login was made."""
    served: asyncio.Task[None]
    """Ends when the web service is told to stop."""
    worked: asyncio.Task[None]
    """Ends only by an error: the control room cannot go on."""


@asynccontextmanager
async def running(
    installation: Installation,
    *,
    journal: JournalAt,
    link: FieldLink | None,
    server: ServerSettings,
    language: str = "en",
    taken_in_by: UserName | None = None,
) -> AsyncIterator[Running]:
    """Recovers from the journal, starts everything, and stops it in the reverse order.

    `taken_in_by`: who has said that the grid may be another version than the journal's.

    Raises: JournalError, JournalBusy, SettingsError (port taken); GridNotTakenIn and
        TakeInRefused for another version of the grid.
    """
    _log_to_stderr()
    clock = SystemClock()
    metrics = PrometheusMetrics(links=list(installation.network.links))
    # A taken port must be found before another version of the grid is taken in.
    with closing(open_journal(journal.url)) as opened, closing(_listen(server)) as listening:
        opened.observe = partial(metrics.observe, "gridops_journal_append_seconds")
        kept = AccountFile(server.users_file or beside(journal.url, "users.json"))
        password = None if kept.accounts() else new_password()
        # Hashes passwords for tenths of a second, and leaves the interpreter to others meanwhile.
        made = partial(_gatekeeper, password, kept, server=server)
        hashing = asyncio.get_running_loop().run_in_executor(None, made)
        with collector_paused():
            taking_in = None if taken_in_by is None else TakingIn(by=taken_in_by, at=clock.now())
            room, toil_s = _recovered(installation, opened, metrics=metrics, taking_in=taking_in)
            keeping = Keeping(room, opened, pace=journal.pace, metrics=metrics, toil_s=toil_s)
            loop = Loop(room, link=link, clock=clock, metrics=metrics, keeping=keeping)
            service = _service(
                loop,
                metrics,
                audited=server.audit_file or beside(journal.url, "audit.jsonl"),
                gatekeeper=await hashing,
                server=server,
            )
            service.language = language
        with collector_spares_what_is_there():
            async with (
                past_desk(journal.url, lambda: room.at) as service.past,
                _web(service, server, listening=listening) as (address, served),
                ongoing(loop.run()) as worked,
            ):
                # Everything serves by now; a fault that strikes meanwhile waits no longer for
                # machine code than it would have.
                loop.solving.warm(partial(warm_up, installation.network))
                yield Running(
                    loop=loop,
                    room=room,
                    service=service,
                    address=address,
                    user=USER,
                    password=password,
                    served=served,
                    worked=worked,
                )


def _recovered(
    installation: Installation,
    journal: SqlJournal,
    *,
    metrics: PrometheusMetrics,
    taking_in: TakingIn | None,
) -> tuple[ControlRoom, float]:
    """And how many seconds it took."""
    began = time.perf_counter()
    room = room_on(installation, journal, metrics=metrics, taking_in=taking_in)
    return room, time.perf_counter() - began


def _gatekeeper(password: str | None, kept: Accounts, *, server: ServerSettings) -> Gatekeeper:
    accounts: dict[UserName, Account] = {}
    if password is not None:
        accounts[UserName(USER)] = new_account(USER, Role.SHIFT_LEAD, password=password)
    return Gatekeeper(
        accounts=accounts,
        lifetime=timedelta(seconds=server.session_lifetime_s),
        kept=kept,
    )


def _service(
    loop: Loop,
    metrics: PrometheusMetrics,
    *,
    audited: Path,
    gatekeeper: Gatekeeper,
    server: ServerSettings,
) -> Service:
    if loop.room.installation.settings.entitled_only:
        loop.people = gatekeeper.people
    return Service(
        room=loop.room,
        loop=loop,
        clock=loop.clock,
        gatekeeper=gatekeeper,
        audit=Audit(AuditFile(audited), loop.clock, metrics),
        metrics=metrics,
        exposition=metrics.exposition,
        hosts=_hosts(server),
        secure_cookie=server.tls_certificate_file is not None or bool(server.trusted_proxies),
        per_person=Limits(server.requests_per_minute_max),
        per_address=Limits(server.requests_of_address_per_minute_max),
        templates=read_templates(),
        rulesets=[read_ruleset(name) for name in shipped_rulesets()],
    )


def _hosts(server: ServerSettings) -> frozenset[str]:
    named = frozenset(name.lower() for name in server.names)
    return named | LOOPBACK_NAMES if named or server.host in LOOPBACK else frozenset()


class _Web(uvicorn.Server):
    """Leaves signals to whoever runs it: uvicorn raises them again when it has stopped, and the
    process would end before the journal is closed and the field told to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _web(
    service: Service, server: ServerSettings, *, listening: socket.socket
) -> AsyncIterator[tuple[str, asyncio.Task[None]]]:
    tls = server.tls_certificate_file
    config = uvicorn.Config(
        create_app(service),
        log_level="warning",
        access_log=False,
        server_header=False,
        ssl_certfile=tls,
        ssl_keyfile=server.tls_key_file,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=IDLE_S_MAX,
        # uvicorn believes whoever is on this machine if it is not told whom.
        proxy_headers=bool(server.trusted_proxies),
        forwarded_allow_ips=server.trusted_proxies,
        http=guarded(
            connections_max=server.connections_max,
            of_address_max=server.connections_of_address_max,
            spared=frozenset(server.trusted_proxies),
        ),
    )
    config.load()
    if config.ssl is not None:
        config.ssl.minimum_version = TLS_VERSIONS[server.tls_version_min]
    web = _Web(config)
    task = asyncio.create_task(web.serve(sockets=[listening]))
    try:
        async with asyncio.timeout(START_S_MAX):
            while not web.started and not task.done():  # noqa: ASYNC110  # uvicorn only has the flag
                await asyncio.sleep(0.02)
        if task.done():
            task.result()
        host, port = listening.getsockname()[:2]
        yield f"{'https' if tls else 'http'}://{host}:{port}", task
    finally:
        web.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
        listening.close()


def _listen(server: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((server.host, server.port))
    except OSError as error:
        listening.close()
        raise SettingsError(
            f"cannot listen on {server.host}:{server.port}: {error.strerror}",
            where="server.port",
            remedy="stop what uses it, or set another port (0 takes any free one)",
        ) from error
    return listening


def _log_to_stderr() -> None:
    """Standard output belongs to answers; what happens goes to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
