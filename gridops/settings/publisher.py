"""What other systems may read over OPC UA."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from gridops.ports import PublisherPlace
from gridops.settings.loopback import is_loopback
from gridops.settings.section import Section
from gridops.settings.security import SecuritySettings


class PublisherSettings(Section):
    """An OPC UA server of GridOps' own, for SCADA screens and historians. They read; nobody
    writes. docs/publisher.md says what is there."""

    enabled: bool = False
    """Whether there is one."""
    host: str = "127.0.0.1"
    """Address to listen on. Anything but this machine itself needs `secured`."""
    port: int = Field(default=4841, ge=0, le=65535)
    """TCP port; 0 takes any free one."""
    secured: bool = False
    """Channels must be signed, or encrypted too, and clients need a certificate that
    `[security] pki_folder` believes (`gridops opcua trust`)."""
    user: str | None = None
    """Name that clients log in with, besides. Needs `secured` and `password_file`."""
    password_file: Path | None = None
    """File that holds the password and may be read by its owner alone."""

    @model_validator(mode="after")
    def _is_open_to_this_machine_alone(self) -> Self:
        if not self.secured and not is_loopback(self.host):
            raise ValueError(f"host {self.host} is reachable from other machines: set secured")
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file go together")
        if self.user is not None and not self.secured:
            raise ValueError("a password is not told on a channel that anybody can read")
        return self

    def place(self, security: SecuritySettings) -> PublisherPlace | None:
        """None: there is to be none."""
        if not self.enabled:
            return None
        return PublisherPlace(
            host=self.host,
            port=self.port,
            secured=self.secured,
            user=self.user,
            password_file=self.password_file,
            pki_folder=security.pki_folder,
            application_uri=security.application_uri,
        )
