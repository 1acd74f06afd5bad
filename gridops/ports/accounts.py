"""Who may log in, as it is kept. No password and no token is: only what proves them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gridops.events.people import Permission, Role
from gridops.ids import FeederId, TokenId, UserName


@dataclass(frozen=True, slots=True)
class Account:
    name: UserName
    role: Role
    password_hash: str
    areas: tuple[FeederId, ...] = ()
    """The feeders that they may act on; empty: everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What a program logs in with. It can do what its scopes and its user's role both allow."""

    id: TokenId
    name: str
    """What it is for, in the words of who made it."""
    user: UserName
    digest: str
    """SHA-256 of the token, hexadecimal. A token is 256 random bits: nothing slower is needed."""
    scopes: frozenset[Permission]
    expires_at: datetime


class Accounts(Protocol):
    """Users and tokens that outlive a restart. Whoever changes them, all that read them see it
    with the next question.

    Everything raises AccountsUnreadable when what is kept cannot be read: then nobody is known.
    """

    def account(self, name: UserName) -> Account | None: ...

    def accounts(self) -> Sequence[Account]: ...

    def add(self, account: Account) -> None:
        """Durable when it returns. Raises: AccountRefused for a name that is taken or reserved."""
        ...

    def change(self, account: Account, *, instead_of: Account) -> None:
        """Another role, password or areas. With another role the user's tokens are revoked.

        Raises: UnknownId; AccountRefused for the last administrator, and for an account that is
            not `instead_of` any more: a password never brings a role back that was taken meanwhile.
        """
        ...

    def remove(self, name: UserName) -> None:
        """The user's tokens go too. Raises: as `change`."""
        ...

    def tokens(self) -> Sequence[ApiToken]: ...

    def token_of(self, digest: str) -> ApiToken | None: ...

    def add_token(self, token: ApiToken) -> None:
        """Raises: UnknownId for its user; AccountRefused when the user has too many."""
        ...

    def revoke(self, token: TokenId) -> None:
        """Raises: UnknownId."""
        ...
