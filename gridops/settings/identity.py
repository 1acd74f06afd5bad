"""Who GridOps is to a server."""

from pathlib import Path
from typing import Self

from pydantic import model_validator

from gridops.ports import Identity
from gridops.settings.section import Section


class IdentitySettings(Section):
    """A user with a password, a certificate with its key, or nobody. Secrets stand elsewhere."""

    user: str | None = None
    """Name to log in with. Needs a password; without user and user certificate: anonymous."""
    password_file: Path | None = None
    """File that holds the password and may be read by its owner alone."""
    password_variable: str | None = None
    """Variable of the environment that holds the password, instead of `password_file`. Its name
    does not begin with GRIDOPS_."""
    user_certificate_file: Path | None = None
    """Certificate to log in with, PEM or DER, instead of a user. Needs `user_key_file`."""
    user_key_file: Path | None = None
    """Its private key, PEM without a password; may be read by its owner alone."""

    @model_validator(mode="after")
    def _parts_go_together(self) -> Self:
        passwords = [self.password_file, self.password_variable]
        if sum(each is not None for each in passwords) != int(self.user is not None):
            raise ValueError("user goes with one of password_file and password_variable")
        if (self.user_certificate_file is None) != (self.user_key_file is None):
            raise ValueError("user_certificate_file and user_key_file go together")
        if self.user is not None and self.user_certificate_file is not None:
            raise ValueError("log in with a user or with a certificate, not with both")
        return self

    @property
    def identity(self) -> Identity:
        return Identity(
            user=self.user,
            password_file=self.password_file,
            password_variable=self.password_variable,
            certificate_file=self.user_certificate_file,
            key_file=self.user_key_file,
        )


IDENTITY = frozenset(IdentitySettings.model_fields)
