"""What engineers do with servers of the field and certificates, whoever speaks to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gridops.adapters.clocks import SystemClock
from gridops.bootstrap.wiring import plugged_in
from gridops.settings import load_settings

GROUP = "gridops.opcua_tools"


def endpoints(url: str, *, settings: Path | None) -> dict[str, Any]:
    """Raises: SettingsError, LinkError, CertificateStoreError."""
    found: dict[str, Any] = _tool("endpoints")(
        url, pki_folder=load_settings(settings).security.pki_folder, clock=SystemClock()
    )
    return found


def certificates(settings: Path | None) -> Any:
    """The desk of the installation's certificates. Raises: SettingsError."""
    security = load_settings(settings).security
    return _tool("certificates")(
        security.pki_folder, application_uri=security.application_uri, clock=SystemClock()
    )


def _tool(name: str) -> Callable[..., Any]:
    return plugged_in(GROUP, name)
