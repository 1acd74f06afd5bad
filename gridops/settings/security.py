"""How servers of the field are spoken to safely: for all links, and otherwise for one."""

from pathlib import Path

from pydantic import Field

from gridops.ports import LinkSecurity, SecurityMode, SecurityPolicy
from gridops.settings.identity import IDENTITY, IdentitySettings


class LinkSecuritySettings(IdentitySettings):
    """What `[link.security.ID]` may hold: what it states wins over `[security]` for that link."""

    policy: SecurityPolicy = SecurityPolicy.AUTO
    """Exactly this or no link. `auto`: none to this machine itself, and `strongest` to every other;
    `strongest`: the strongest of the three that the server offers."""
    mode: SecurityMode = SecurityMode.SIGN_AND_ENCRYPT
    """`Sign` lets everybody on the way read along, and nobody change anything."""
    allow_unsecured: bool = False
    """Lets the policy `None` reach other machines: only where the path itself is safe."""
    server_uri: str | list[str] = Field(default_factory=list)
    """The only ApplicationUri that the server may have, or those of servers in a pair; empty: any
    that its certificate holds. A link without an identity node is commanded with it alone."""
    check_host: bool = True
    """Whether the server's certificate must name the host of the address."""
    require_revocation_list: bool = False
    """Whether an issuer without a current revocation list is an error; else it is a warning."""


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
        if IDENTITY & stated.keys():
            merged.update(dict.fromkeys(IDENTITY))
        both = LinkSecuritySettings.model_validate({**merged, **stated})
        return LinkSecurity(
            policy=both.policy,
            mode=both.mode,
            allow_unsecured=both.allow_unsecured,
            identity=both.identity,
            server_uris=frozenset(
                [both.server_uri] if isinstance(both.server_uri, str) else both.server_uri
            ),
            check_host=both.check_host,
            require_revocation_list=both.require_revocation_list,
            pki_folder=self.pki_folder,
            application_uri=self.application_uri,
            expiry_warning_days=self.expiry_warning_days,
        )
