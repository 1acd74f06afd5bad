"""Files that a command of root makes beside those of the service."""

import os
from pathlib import Path


def leave_to_service(descriptor: int, folder: Path) -> None:
    """Gives an open file to the owner of its folder, who runs the service: what root alone could
    read would let nobody log in any more. Only root can, and only root needs to.

    Raises: OSError.
    """
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
