"""What an address alone tells: whether it leaves this machine, and whether it holds a secret."""

import ipaddress
from urllib.parse import urlparse

from gridops.errors import LinkInsecure, SettingsError
from gridops.ports import Endpoint, SecurityPolicy


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine itself, by number or as `localhost`. No name is looked up:
    who answers for names may not decide what is encrypted."""
    host = urlparse(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_address(url: str, *, where: str = "") -> None:
    """Raises: SettingsError unless `url` is a whole opc.tcp address without a user in it; what it
    says of such an address does not repeat it."""
    try:
        parts = urlparse(url)
        complete = parts.scheme == "opc.tcp" and bool(parts.hostname and parts.port)
        tells = "@" in parts.netloc
    except ValueError:
        complete, tells = False, "@" in url
    if tells:
        raise SettingsError(
            "an address must not hold a user or a password",
            where=where,
            remedy="give them as user and password_file of the link's security",
        )
    if not complete:
        raise SettingsError(
            f"{url!r} is not an OPC UA address" if url else "it has no endpoint",
            where=where,
            remedy="give opc.tcp://host:port",
        )


def endpoint_of(stated: str | Endpoint) -> Endpoint:
    return Endpoint(url=stated) if isinstance(stated, str) else stated


def goes_unsecured(endpoint: Endpoint) -> bool:
    """Whether the link has neither signatures nor encryption.

    Raises: LinkInsecure if it would have none without a permission to.
    """
    security = endpoint.security
    if security.policy is SecurityPolicy.AUTO:
        return is_loopback(endpoint.url)
    if security.policy is not SecurityPolicy.NONE:
        return False
    if not is_loopback(endpoint.url) and not security.allow_unsecured:
        raise LinkInsecure(
            "policy None would let anybody on the way read, change and forge every message",
            where=endpoint.url,
            remedy="choose a security policy, or set allow_unsecured if the path itself is safe",
        )
    return True
