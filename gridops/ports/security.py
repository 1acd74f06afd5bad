"""How a link to a server is secured, in words that the settings and the bridge share."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class SecurityPolicy(StrEnum):
    """Which cryptography a link must use."""

    AUTO = "auto"
    """None to this machine itself, the strongest that is offered to everybody else."""
    STRONGEST = "strongest"
    """The strongest of the three that the server offers."""
    BASIC256_SHA256 = "Basic256Sha256"
    AES128_SHA256_RSA_OAEP = "Aes128Sha256RsaOaep"
    AES256_SHA256_RSA_PSS = "Aes256Sha256RsaPss"
    NONE = "None"


class SecurityMode(StrEnum):
    """What that cryptography does to each message."""

    SIGN = "Sign"
    SIGN_AND_ENCRYPT = "SignAndEncrypt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who GridOps is to a server; nobody in particular where all is empty.

    Secrets are named by where they stand, never held: this is safe to print. At most one of a
    user and a certificate. The password is in a file or in a variable of the environment.
    """

    user: str | None = None
    password_file: Path | None = None
    password_variable: str | None = None
    certificate_file: Path | None = None
    """X.509 certificate of the user, PEM or DER. Needs `key_file`."""
    key_file: Path | None = None

    @property
    def is_anonymous(self) -> bool:
        return self.user is None and self.certificate_file is None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSecurity:
    """What a link to one server must be secured with. Nothing weaker is ever used instead."""

    policy: SecurityPolicy = SecurityPolicy.AUTO
    mode: SecurityMode = SecurityMode.SIGN_AND_ENCRYPT
    """Without meaning where the policy is none."""
    allow_unsecured: bool = False
    """Lets the policy `None` reach other machines."""
    identity: Identity = Identity()
    server_uris: frozenset[str] = frozenset()
    """The only ApplicationUris that a server of the link may have; empty: any that its certificate
    holds."""
    check_host: bool = True
    """Whether the certificate must name the host of the address."""
    require_revocation_list: bool = False
    """Whether an issuer without a current revocation list is an error and not a warning."""
    pki_folder: Path = Path("var/pki")
    application_uri: str | None = None
    """Of GridOps itself; None: made of the name of this machine."""
    expiry_warning_days: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a server is, and what the link to it must be secured with."""

    url: str
    security: LinkSecurity = LinkSecurity()
    """Unless stated: nothing to this machine itself, the strongest policy to every other."""
