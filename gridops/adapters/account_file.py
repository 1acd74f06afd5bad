"""Users and API tokens in a file of their own, which only the service's own user can read.

Apart from the journal: a journal is copied, archived and handed on for replay, and hashes of
passwords have no business there.
"""

import json
import os
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from gridops.adapters.ownership import alone_with, leave_to_service
from gridops.errors import AccountRefused, AccountsUnreadable, UnknownId
from gridops.events.people import Permission, Role
from gridops.ids import FeederId, TokenId, UserName
from gridops.ports.accounts import Account, ApiToken

USERS_MAX = 1_000
TOKENS_OF_USER_MAX = 20
BYTES_MAX = 16 * 1024 * 1024
RESERVED = frozenset({"automation", "demo", "operator", "settings", "study"})
"""Names that the journal uses for what no person did, and that of the one-time login."""
NAME = r"^[a-z0-9][a-z0-9._-]{0,63}$"


class _User(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Role
    password_hash: str
    areas: list[str] = Field(default_factory=list)


class _Token(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    user: str
    digest: str
    scopes: list[Permission]
    expires_at: AwareDatetime


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    users: dict[Annotated[str, Field(pattern=NAME)], _User] = Field(default_factory=dict)
    tokens: dict[str, _Token] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Content:
    users: dict[UserName, Account] = field(default_factory=dict)
    tokens: dict[TokenId, ApiToken] = field(default_factory=dict)
    by_digest: dict[str, ApiToken] = field(default_factory=dict)


class AccountFile:
    """Fulfils `gridops.ports.accounts.Accounts`. No file yet: no users; but one that was seen and
    is gone cannot be read: moving a file removes nobody.

    A change replaces the file as a whole, synced, under a lock beside it: a reader sees the old
    or the new one. Reading looks at the file's inode, size and time, and reads it when one of
    them is another.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._was_there = False
        self._content = _Content()

    def account(self, name: UserName) -> Account | None:
        return self._now().users.get(name)

    def accounts(self) -> Sequence[Account]:
        return tuple(self._now().users.values())

    def tokens(self) -> Sequence[ApiToken]:
        return tuple(self._now().tokens.values())

    def token_of(self, digest: str) -> ApiToken | None:
        return self._now().by_digest.get(digest)

    def add(self, account: Account) -> None:
        """Raises: AccountRefused; AccountsUnreadable."""

        def do(content: _Content) -> None:
            if account.name in content.users:
                raise AccountRefused(f"there is a user {account.name} already")
            if len(content.users) >= USERS_MAX:
                raise AccountRefused(f"there are {USERS_MAX} users", remedy="remove some")
            content.users[account.name] = account

        if not re.fullmatch(NAME, account.name):
            raise AccountRefused(
                f"{account.name!r} is no user name",
                remedy="use up to 64 lower-case letters, digits, dots, lines; no dot first",
            )
        if account.name in RESERVED:
            raise AccountRefused(f"{account.name} is a reserved name", remedy="choose another")
        self._change(do)

    def change(self, account: Account, *, instead_of: Account) -> None:
        """Raises: UnknownId; AccountRefused; AccountsUnreadable."""

        def do(content: _Content) -> None:
            former = _known(content, account.name)
            if former != instead_of:
                raise AccountRefused(
                    f"{account.name} was changed meanwhile", remedy="look again, then try again"
                )
            if former.role is not account.role:
                _keep_an_administrator(content, former)
                _revoke_all(content, account.name)
            content.users[account.name] = account

        self._change(do)

    def remove(self, name: UserName) -> None:
        """Raises: UnknownId; AccountRefused; AccountsUnreadable."""

        def do(content: _Content) -> None:
            _keep_an_administrator(content, _known(content, name))
            _revoke_all(content, name)
            del content.users[name]

        self._change(do)

    def add_token(self, token: ApiToken) -> None:
        """Raises: UnknownId; AccountRefused; AccountsUnreadable."""

        def do(content: _Content) -> None:
            _known(content, token.user)
            own = sum(one.user == token.user for one in content.tokens.values())
            if own >= TOKENS_OF_USER_MAX:
                raise AccountRefused(
                    f"{token.user} has {own} tokens", remedy="revoke those that nobody uses"
                )
            content.tokens[token.id] = token

        self._change(do)

    def revoke(self, token: TokenId) -> None:
        """Raises: UnknownId; AccountsUnreadable."""

        def do(content: _Content) -> None:
            if token not in content.tokens:
                raise UnknownId("token", token, near=get_close_matches(token, content.tokens))
            del content.tokens[token]

        self._change(do)

    def _now(self) -> _Content:
        try:
            stat = self._path.stat()
        except FileNotFoundError as error:
            if self._was_there:
                raise self._unreadable("is gone") from error
            return _Content()
        except OSError as error:
            raise self._unreadable(error.strerror or "cannot be looked at") from error
        self._was_there = True
        seen = stat.st_ino, stat.st_size, stat.st_mtime_ns
        if seen != self._seen:
            self._content = self._read()
            self._seen = seen
        return self._content

    def _read(self) -> _Content:
        try:
            with self._path.open("rb") as file:
                text = file.read(BYTES_MAX + 1)
            if len(text) > BYTES_MAX:
                raise self._unreadable("is too long")
            read = _File.model_validate_json(text)
        except (OSError, ValidationError) as error:
            # What does not fit may be a hash: pydantic's words would show it.
            raise self._unreadable("is not a file of accounts") from error
        return _content_of(read)

    def _unreadable(self, why: str) -> AccountsUnreadable:
        return AccountsUnreadable(
            why, where=str(self._path), remedy="restore it, or move it away and `gridops users add`"
        )

    def _change(self, do: Callable[[_Content], None]) -> None:
        try:
            with alone_with(self._path):
                self._seen = None  # what another process has just written counts
                now = self._now()
                content = _Content(dict(now.users), dict(now.tokens))
                do(content)
                self._write(_text_of(content))
        except OSError as error:
            raise self._unreadable(f"cannot be written: {error.strerror}") from error

    def _write(self, text: str) -> None:
        fresh = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                leave_to_service(descriptor, self._path.parent)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
            self._was_there = True
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _known(content: _Content, name: UserName) -> Account:
    found = content.users.get(name)
    if found is None:
        raise UnknownId("user", name, near=get_close_matches(name, content.users, n=3))
    return found


def _keep_an_administrator(content: _Content, leaving: Account) -> None:
    """Raises: AccountRefused when nobody could make users any more over the service."""
    others = [a for a in content.users.values() if a.role is Role.ADMIN and a != leaving]
    if leaving.role is Role.ADMIN and not others:
        raise AccountRefused(
            f"{leaving.name} is the last administrator", remedy="make another one first"
        )


def _revoke_all(content: _Content, user: UserName) -> None:
    for token in [one.id for one in content.tokens.values() if one.user == user]:
        del content.tokens[token]


def _content_of(read: _File) -> _Content:
    tokens = {
        TokenId(ident): ApiToken(
            id=TokenId(ident),
            name=one.name,
            user=UserName(one.user),
            digest=one.digest,
            scopes=frozenset(one.scopes),
            expires_at=one.expires_at,
        )
        for ident, one in read.tokens.items()
    }
    return _Content(
        users={
            UserName(name): Account(
                UserName(name), one.role, one.password_hash, tuple(map(FeederId, one.areas))
            )
            for name, one in read.users.items()
        },
        tokens=tokens,
        by_digest={one.digest: one for one in tokens.values()},
    )


def _text_of(content: _Content) -> str:
    users = {
        name: {
            "role": one.role.value,
            "password_hash": one.password_hash,
            **({"areas": list(one.areas)} if one.areas else {}),
        }
        for name, one in sorted(content.users.items())
    }
    tokens = {
        ident: {
            "name": one.name,
            "user": one.user,
            "digest": one.digest,
            "scopes": sorted(one.scopes),
            "expires_at": one.expires_at.isoformat(),
        }
        for ident, one in sorted(content.tokens.items())
    }
    return json.dumps({"format": 1, "users": users, "tokens": tokens}, indent=1) + "\n"
