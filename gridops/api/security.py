"""Who may look and who may act: accounts, sessions, roles. Nothing here is ever logged."""

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
"""After this many failed logins of one account within the window, further ones are refused
unread, so that guessing is slow and costs no argon2."""


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
    code = "wrong-credentials"


class NoSession(NotPermitted):
    code = "no-session"


def new_account(name: str, role: Role, password: str) -> Account:
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
    _failures: dict[str, deque[datetime]] = field(default_factory=dict)

    def log_in(self, name: str, password: str, now: datetime) -> tuple[str, Session]:
        """(token, session). An unknown name costs as much time as a wrong password.

        Raises: WrongCredentials, TooManyAttempts.
        """
        failures = self._failures.setdefault(name[:64], deque(maxlen=FAILURES_MAX))
        if len(failures) == FAILURES_MAX and now - failures[0] < FAILURE_WINDOW:
            raise TooManyAttempts("too many failed logins", remedy="wait a minute and try again")
        account = self.accounts.get(UserName(name))
        if not self._matches(account, password):
            failures.append(now)
            if len(self._failures) > SESSIONS_MAX:
                self._failures.pop(next(iter(self._failures)))
            raise WrongCredentials("user or password is wrong", remedy="try again")
        if account is None:
            raise WrongCredentials("user or password is wrong", remedy="try again")
        self._failures.pop(name[:64], None)
        return self._open(account, now)

    def _matches(self, account: Account | None, password: str) -> bool:
        hasher = PasswordHash.recommended()
        stored = (
            account.password_hash if account else next(iter(self.accounts.values())).password_hash
        )
        return hasher.verify(password, stored) and account is not None

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
    """Raises: NotPermitted when the header does not carry the session's token."""
    if sent is None or not hmac.compare_digest(session.csrf.encode(), sent.encode()):
        raise NotPermitted("the request carries no valid X-CSRF-Token", remedy="log in again")


def check_role(session: Session, needed: Role) -> None:
    """Raises: NotPermitted when the session's role is below `needed`."""
    order = list(Role)
    if order.index(session.role) < order.index(needed):
        raise NotPermitted(
            f"{session.role.value} may not do this", remedy=f"ask a {needed.value} to do it"
        )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
