"""Who may look and who may act: accounts, sessions, roles. Nothing here is ever logged."""

import asyncio
import hashlib
import hmac
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pwdlib import PasswordHash

from gridops.errors import NotPermitted
from gridops.ids import UserName

SESSIONS_MAX = 1_000
FAILURES_MAX = 5
FAILURE_WINDOW = timedelta(minutes=1)
"""After this many failed logins of one account from one address within the window, further ones
are refused unread. By address, so that nobody can lock the operator out from elsewhere."""
GUESSERS_MAX = 1_000
"""Pairs of account and address whose failures are remembered."""
CHECKS_AT_ONCE = 2
CHECKS_WAITING_MAX = 20
"""argon2 costs memory and time on purpose; further logins are refused meanwhile."""


class Role(StrEnum):
    """Each may do what the one before may, and more."""

    VIEWER = "viewer"
    DISPATCHER = "dispatcher"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Account:
    name: UserName
    role: Role
    password_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    user: UserName
    role: Role
    csrf: str
    expires_at: datetime


class TooManyAttempts(NotPermitted):
    code = "too-many-attempts"


class WrongCredentials(NotPermitted):
    code = "wrong-password"


class NoSession(NotPermitted):
    code = "not-logged-in"


class CsrfRefused(NotPermitted):
    code = "csrf-refused"


class RoleRefused(NotPermitted):
    code = "role-refused"


def new_account(name: str, role: Role, *, password: str) -> Account:
    """Keeps the argon2id hash; the password itself is forgotten."""
    return Account(UserName(name), role, PasswordHash.recommended().hash(password))


def new_password() -> str:
    """For a one-time login: 72 bits, easy to type."""
    word = secrets.token_hex(9)
    return "-".join(word[k : k + 6] for k in range(0, 18, 6))


@dataclass(slots=True)
class Gatekeeper:
    """Accounts and sessions of one process. A session's token is kept as a hash only."""

    accounts: dict[UserName, Account]
    lifetime: timedelta
    _sessions: dict[str, Session] = field(default_factory=dict)
    _attempts: dict[tuple[str, str], deque[datetime]] = field(default_factory=dict)
    _checks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CHECKS_AT_ONCE))
    _waiting: int = 0
    _decoy: str = field(default_factory=lambda: PasswordHash.recommended().hash(new_password()))

    async def log_in(
        self, name: str, password: str, *, now: datetime, address: str = ""
    ) -> tuple[str, Session]:
        """(token, session). An unknown name costs as much time as a wrong password, and
        neither keeps the control room waiting: argon2 runs in a thread.

        Raises: WrongCredentials, TooManyAttempts.
        """
        key = (name[:64], address)
        # Counted before it is looked at, so that attempts at the same time all count.
        self._count(key, now)
        account = self.accounts.get(UserName(name))
        if not await self._matches(account, password) or account is None:
            raise WrongCredentials("user or password is wrong", remedy="try again")
        self._attempts.pop(key, None)
        return self._open(account, now)

    def _count(self, key: tuple[str, str], now: datetime) -> None:
        attempts = self._attempts.pop(key, deque(maxlen=FAILURES_MAX))
        self._attempts[key] = attempts  # the latest goes to the end
        if len(attempts) == FAILURES_MAX and now - attempts[0] < FAILURE_WINDOW:
            raise TooManyAttempts("too many failed logins", remedy="wait a minute and try again")
        attempts.append(now)
        while len(self._attempts) > GUESSERS_MAX:
            del self._attempts[next(iter(self._attempts))]

    async def _matches(self, account: Account | None, password: str) -> bool:
        if self._waiting >= CHECKS_WAITING_MAX:
            raise TooManyAttempts("too many logins at once", remedy="wait a minute and try again")
        stored = account.password_hash if account else self._decoy
        self._waiting += 1
        try:
            async with self._checks:
                return await asyncio.to_thread(PasswordHash.recommended().verify, password, stored)
        finally:
            self._waiting -= 1

    def _open(self, account: Account, now: datetime) -> tuple[str, Session]:
        self._expire(now)
        if len(self._sessions) >= SESSIONS_MAX:
            self._sessions.pop(next(iter(self._sessions)))
        token = secrets.token_urlsafe(32)
        session = Session(
            user=account.name,
            role=account.role,
            csrf=secrets.token_urlsafe(32),
            expires_at=now + self.lifetime,
        )
        self._sessions[_digest(token)] = session
        return token, session

    def session_of(self, token: str | None, now: datetime) -> Session:
        """Raises: NoSession for a token that is absent, unknown or too old."""
        session = self._sessions.get(_digest(token)) if token else None
        if session is None or session.expires_at <= now:
            raise NoSession("nobody is logged in", remedy="log in")
        return session

    def log_out(self, token: str | None) -> None:
        if token:
            self._sessions.pop(_digest(token), None)

    def _expire(self, now: datetime) -> None:
        for digest in [d for d, s in self._sessions.items() if s.expires_at <= now]:
            del self._sessions[digest]


def check_csrf(session: Session, sent: str | None) -> None:
    """Raises: CsrfRefused when the header does not carry the session's token."""
    if sent is None or not hmac.compare_digest(session.csrf.encode(), sent.encode()):
        raise CsrfRefused("the request carries no valid X-CSRF-Token", remedy="log in again")


def check_role(session: Session, needed: Role) -> None:
    """Raises: RoleRefused when the session's role is below `needed`."""
    order = list(Role)
    if order.index(session.role) < order.index(needed):
        raise RoleRefused(
            f"a {session.role.value} may not do this", remedy=f"ask a {needed.value} to do it"
        )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
