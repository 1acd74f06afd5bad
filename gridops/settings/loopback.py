"""Which addresses nobody but this machine itself reaches."""

import ipaddress


def is_loopback(host: str) -> bool:
    """No name but `localhost` is: who answers for names may not decide that."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
