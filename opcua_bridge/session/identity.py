"""What makes sure that the device that answers is the one that is meant."""

from gridops.network import Link
from gridops.ports import Endpoint
from opcua_bridge.security.addresses import goes_unsecured


def is_identity(says: object, link: Link) -> bool:
    """Whether a variable that says so makes the server that link: the text itself, or a number
    that is written so."""
    is_plain = isinstance(says, str | int) and not isinstance(says, bool)
    return is_plain and str(says) == link.identity


def is_known(link: Link, endpoint: Endpoint) -> bool:
    """Whether anything tells this device from any other one that may answer at its address."""
    return link.has_identity or bool(endpoint.security.server_uris)


def weakness_of(link: Link, endpoint: Endpoint) -> str:
    """What is lost where the server does not say which link it is; empty: nothing."""
    if link.has_identity:
        return ""
    if not endpoint.security.server_uris:
        any_one = "any server" if goes_unsecured(endpoint) else "any trusted server"
        return (
            f"{any_one} with the namespace {link.namespace_uri!r} passes for link {link.id};"
            " it takes no commands"
        )
    if goes_unsecured(endpoint):
        return f"link {link.id} is known by the name that its server gives itself, unproven"
    return ""
