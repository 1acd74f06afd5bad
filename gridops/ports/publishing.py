"""Where what GridOps knows is offered to other systems, in words that settings and bridge share."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherPlace:
    """Where a server of ours stands and whom it lets in. Names secrets by where they stand."""

    host: str
    port: int
    secured: bool = False
    """Whether channels must be signed or encrypted, and clients have a certificate we believe."""
    user: str | None = None
    """Who else may come in; None: everybody whose certificate is believed."""
    password_file: Path | None = None
    pki_folder: Path = Path("var/pki")
    application_uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherHealth:
    """How the process of the publisher is."""

    running: bool
    """Whether it is there and takes views."""
    since: datetime
    ended: int = 0
    """How often it has ended since the control room began, whatever the reason."""
    detail: str = ""
    """Why it ended last."""


class Publisher(Protocol):
    """Shows views to whoever asks, and lets nobody change anything."""

    async def __call__(
        self,
        place: PublisherPlace,
        views: AsyncIterator[Mapping[str, Any]],
        *,
        ready: Callable[[str], None],
    ) -> None:
        """Ends with `views`. `ready` is told the address once it listens.

        Guarantees: a view that is not followed by another within `VIEW_S_MAX` seconds is not
        shown as good any more. Raises: OSError when the port is taken; CertificateStoreError.
        """
        ...


VIEW_S_MAX = 5.0
