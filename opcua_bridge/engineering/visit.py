"""A session for engineers: opened, used, closed; every failure in plain words."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from asyncua import ua

from gridops.errors import LinkError
from gridops.ports import Endpoint
from opcua_bridge.engineering.variables import describe
from opcua_bridge.limits import DEFAULT_LIMITS
from opcua_bridge.session.namespaces import NOWHERE
from opcua_bridge.session.session import Session, open_session

PATIENT = replace(DEFAULT_LIMITS, connect_timeout_s=10.0, request_timeout_s=20.0)
"""Somebody sits and waits; nothing hangs on a second."""
_NAMESPACES = ua.NodeId(ua.Int32(ua.ObjectIds.Server_NamespaceArray))


@asynccontextmanager
async def visiting(endpoint: Endpoint) -> AsyncIterator[tuple[Session, list[str]]]:
    """The session, and the server's namespaces by their index.

    Raises: LinkError (and its kinds for security and login), SettingsError.
    """
    try:
        async with open_session(endpoint, PATIENT) as session:
            await session.learn_limits()
            (held,) = await describe(session, [_NAMESPACES])
            uris = held.sample.raw if isinstance(held.sample.raw, list) else []
            yield session, [str(uri)[:500] for uri in uris[:NOWHERE]]
            await session.close()
    except (OSError, TimeoutError, ua.UaError) as error:
        said = f"{type(error).__name__}: {error}"[:200].rstrip(": ")
        raise LinkError(
            f"the server cannot be looked at ({said})",
            where=endpoint.url,
            remedy="check the address, and `gridops opcua endpoints` on it",
        ) from error
