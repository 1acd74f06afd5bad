"""How servers of the field are spoken to safely: for all links, and otherwise for one."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from gridops.ports import Identity, LinkSecurity, SecurityMode, SecurityPolicy
from gridops.settings.section import Section


class LinkSecuritySettings(Section):
    """What `[link.security.ID]` may hold: what it states wins over `[security]` for that link."""

    policy: SecurityPolicy = SecurityPolicy.AUTO
    """Exactly this or no link. `auto`: none to this machine itself, and `strongest` to every other;
    `strongest`: the strongest of the three that the server offers."""
    mode: SecurityMode = SecurityMode.SIGN_AND_ENCRYPT
    """`Sign` lets everybody on the way read along, and nobody change anything."""
    allow_unsecured: bool = False
    """Lets the policy `None` reach other machines: only where the path itself is safe."""
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
    server_uri: str | None = None
    """The only ApplicationUri that the server may have; empty: the one of its certificate."""
    check_host: bool = True
    """Whether the server's certificate must name the host of the address."""
    require_revocation_list: bool = False
    """Whether an issuer without a current revocation list is an error; else it is a warning."""

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


class SecuritySettings(LinkSecuritySettings):
    """How every server of the field is spoken to, unless `[link.security.ID]` states otherwise
    for one link. docs/opcua_security.md shows it step by step."""

    pki_folder: Path = Path("var/pki")
    """Own certificate and key, and whom GridOps believes. Made on first use."""
    application_uri: str | None = None
    """ApplicationUri of GridOps itself, in its certificate; empty: made of this machine's name."""
    expiry_warning_days: int = Field(default=60, ge=0, le=3650)
    """So long before a certificate ends, links that rest on it say so."""

    def of_link(self, own: LinkSecuritySettings | None) -> LinkSecurity:
        """As the bridge takes it. An identity is taken whole, from the link or from here.

        Raises: ValueError if what both state does not go together.
        """
        stated = {} if own is None else own.model_dump(include=own.model_fields_set)
        merged = self.model_dump(include=set(LinkSecuritySettings.model_fields))
        if _IDENTITY & stated.keys():
            merged.update(dict.fromkeys(_IDENTITY))
        both = LinkSecuritySettings.model_validate({**merged, **stated})
        return LinkSecurity(
            policy=both.policy,
            mode=both.mode,
            allow_unsecured=both.allow_unsecured,
            identity=Identity(
                user=both.user,
                password_file=both.password_file,
                password_variable=both.password_variable,
                certificate_file=both.user_certificate_file,
                key_file=both.user_key_file,
            ),
            server_uri=both.server_uri,
            check_host=both.check_host,
            require_revocation_list=both.require_revocation_list,
            pki_folder=self.pki_folder,
            application_uri=self.application_uri,
            expiry_warning_days=self.expiry_warning_days,
        )


_IDENTITY = frozenset(
    {"user", "password_file", "password_variable", "user_certificate_file", "user_key_file"}
)
