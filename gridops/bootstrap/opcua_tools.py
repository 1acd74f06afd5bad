"""What engineers do with servers of the field and certificates, whoever speaks to them."""

from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from gridops.adapters.clocks import SystemClock
from gridops.bootstrap.point_proposal import grid_being_mapped, read_filled
from gridops.bootstrap.serve import endpoints_of
from gridops.bootstrap.wiring import load, plugged_in
from gridops.ids import LinkId
from gridops.ports import Endpoint
from gridops.settings import Settings, load_settings

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


def browse(url: str, *, settings: Path | None, **how: Any) -> dict[str, Any]:
    """`how` as `browsed` of the bridge takes it. Raises: SettingsError, LinkError."""
    endpoint = _endpoint(url, load_settings(settings))
    found: dict[str, Any] = _tool("browse")(endpoint, **how)
    return found


def propose_points(
    grid: str,
    url: str,
    *,
    settings: Path | None,
    link: str | None,
    filled: Path | None,
    bounds: Mapping[str, Any],
) -> dict[str, Any]:
    """Points for the server at `url`; `filled`: a file of `write_proposal` that somebody has
    filled in. Raises: SettingsError, LinkError, GridUnreadable, GridInvalid."""
    network = grid_being_mapped(grid)
    stated = {} if filled is None else read_filled(filled)
    endpoint = _endpoint(url, load_settings(settings))
    found: dict[str, Any] = _tool("map")(network, endpoint, link=link, stated=stated, bounds=bounds)
    return found


def check_live(grid: str, *, settings: Path | None, stated: Mapping[str, str]) -> dict[str, Any]:
    """`stated`: addresses by link; they win over those of the settings, and are secured as the
    settings say. Of servers in pairs every one is looked at.

    Raises: SettingsError, GridUnreadable, GridInvalid."""
    _, network = load(grid)
    known = load_settings(settings)
    joined = known.link.model_copy(update={"endpoints": {**known.link.endpoints, **stated}})
    endpoints = endpoints_of(known.model_copy(update={"link": joined}))
    found: dict[str, Any] = _tool("check")(network, endpoints)
    return found


def _endpoint(url: str, settings: Settings) -> Endpoint:
    """Secured as the link of this address is, or as every link."""
    for endpoint in chain.from_iterable(endpoints_of(settings).values()):
        if endpoint.url == url:
            return endpoint
    alone = settings.link.model_copy(update={"endpoints": {"": url}, "security": {}})
    return endpoints_of(settings.model_copy(update={"link": alone}))[LinkId("")][0]


def _tool(name: str) -> Callable[..., Any]:
    return plugged_in(GROUP, name)
