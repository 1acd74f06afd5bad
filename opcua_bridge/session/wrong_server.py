"""Who answers is not who was meant."""

from gridops.errors import LinkError


class WrongServer(LinkError):
    """Whoever answered at this address is not the device that the grid's points belong to."""

    code = "wrong-server"
