"""Who may look and who may act: accounts, sessions, tokens. Nothing here is ever logged."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pwdlib import PasswordHash

from gridops.api.attempts import Attempts
from gridops.errors import AccountRefused, NotPermitted
from gridops.events.people import PERMISSIONS, Entitlement, Permission, Role, those_who_may
from gridops.ids import TokenId, UserName
from gridops.ports.accounts import Account, Accounts, ApiToken

SESSIONS_MAX = 1_000
PASSWORD_LETTERS_MIN = 12
TOKEN_PREFIX = "gridops_"  # noqa: S105 - what every token begins with, so that scanners find it
TOKEN_DAYS_MAX = 366
DECOY = (
    "$argon2id$v=19$m=65536,t=3,p=4"
    "$wMxnlkDH/t2AZNUJ/TCqjQ$xAsZUhVk8ycFZqsNJ6TMXd5otK0Zw98T3ub/dm1hZm0"
)
"""What the password of nobody is compared with. It costs as much as any other (a test looks), and
whose it matched would still be nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    account: Account
    """As it was at the login: an account that has changed since has no sessions."""
    csrf: str
    expires_at: datetime

    @property
    def user(self) -> UserName:
        return self.account.name

    @property
    def role(self) -> Role:
        return self.account.role


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks. `may` is what role and, with a token, its scopes both allow."""

    user: UserName
    role: Role
    may: frozenset[Permission]
    token: TokenId | None = None
    """None: logged in with a password."""


class WrongCredentials(NotPermitted):
    code = "wrong-password"


class NoSession(NotPermitted):
    code = "not-logged-in"


class TwoLogins(NotPermitted):
    """A cookie and a token in one request: whose act it is must not be a matter of order."""

    code = "two-logins"


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


def check_password(name: str, password: str) -> None:
    """Raises: AccountRefused for one that is guessed too easily."""
    if len(password) < PASSWORD_LETTERS_MIN:
        raise AccountRefused(
            f"the password is shorter than {PASSWORD_LETTERS_MIN} letters",
            remedy="choose a sentence",
        )
    if name.lower() in password.lower() or len(set(password)) < 5:
        raise AccountRefused("the password is easily guessed", remedy="choose a sentence")


def new_token(
    user: UserName, name: str, *, scopes: frozenset[Permission], expires_at: datetime
) -> tuple[str, ApiToken]:
    """(the token itself, which is shown once; what is kept of it)."""
    word = TOKEN_PREFIX + secrets.token_urlsafe(32)
    return word, ApiToken(
        id=TokenId(secrets.token_hex(6)),
        name=name,
        user=user,
        digest=digest_of(word),
        scopes=scopes,
        expires_at=expires_at,
    )


@dataclass(slots=True)
class Gatekeeper:
    """Accounts, sessions and tokens. A session's token is kept as a hash only."""

    accounts: Mapping[UserName, Account]
    """Those of this process alone, such as the one-time login: nobody any more once users are
    kept, or whoever knows it would be two persons."""
    lifetime: timedelta
    kept: Accounts | None = None
    """Those that outlive it."""
    attempts: Attempts = field(default_factory=Attempts)
    _sessions: dict[str, Session] = field(default_factory=dict)

    def account_of(self, name: UserName) -> Account | None:
        """Raises: AccountsUnreadable."""
        if self.kept is not None and self.kept.accounts():
            return self.kept.account(name)
        return self.accounts.get(name)

    def people(self) -> Mapping[UserName, Entitlement]:
        """Everybody who could log in now. Raises: AccountsUnreadable."""
        kept = () if self.kept is None else self.kept.accounts()
        return {
            one.name: Entitlement(role=one.role, areas=one.areas)
            for one in kept or self.accounts.values()
        }

    async def log_in(
        self, name: str, password: str, *, now: datetime, address: str = ""
    ) -> tuple[str, Session]:
        """(token, session). An unknown name costs as much time as a wrong password, and
        neither keeps the control room waiting: argon2 runs in a thread.

        Raises: WrongCredentials, TooManyAttempts, AccountsUnreadable.
        """
        account = await self.checked(name, password, now=now, address=address)
        return self._open(account, now)

    async def checked(
        self, name: str, password: str, *, now: datetime, address: str = ""
    ) -> Account:
        """The account whose password this is. Raises: as `log_in`."""
        self.attempts.count(name, address, now=now)
        account = self.account_of(UserName(name))
        stored = account.password_hash if account else DECOY
        matches = await self.attempts.matches(password, stored, address=address)
        if not matches or account is None or self.account_of(account.name) != account:
            raise WrongCredentials("user or password is wrong", remedy="try again")
        self.attempts.forget(name, address)
        return account

    def _open(self, account: Account, now: datetime) -> tuple[str, Session]:
        self._expire(now)
        if len(self._sessions) >= SESSIONS_MAX:
            self._sessions.pop(next(iter(self._sessions)))
        token = secrets.token_urlsafe(32)
        session = Session(
            account=account, csrf=secrets.token_urlsafe(32), expires_at=now + self.lifetime
        )
        self._sessions[digest_of(token)] = session
        return token, session

    def session_of(self, token: str | None, now: datetime) -> Session:
        """Raises: NoSession for a token that is absent, unknown or too old, and for one whose
        account was changed or removed since; AccountsUnreadable."""
        session = self._sessions.get(digest_of(token)) if token else None
        if session is None or session.expires_at <= now:
            raise NoSession("nobody is logged in", remedy="log in")
        if self.account_of(session.user) != session.account:
            self.log_out(token)
            raise NoSession("the account was changed", remedy="log in again")
        return session

    def person_of(self, *, cookie: str | None, bearer: str | None, now: datetime) -> Person:
        """Raises: TwoLogins; NoSession; AccountsUnreadable."""
        if bearer is None:
            return person_in(self.session_of(cookie, now))
        if cookie is not None:
            raise TwoLogins("a cookie and a token came together", remedy="send one of them")
        return self._program_of(bearer, now)

    def _program_of(self, bearer: str, now: datetime) -> Person:
        token = self.kept.token_of(digest_of(bearer)) if self.kept is not None else None
        account = self.account_of(token.user) if token is not None else None
        if token is None or account is None or token.expires_at <= now:
            raise NoSession("the token is not known, or not any more", remedy="make a new one")
        may = PERMISSIONS[account.role] & token.scopes
        return Person(user=account.name, role=account.role, may=may, token=token.id)

    def log_out(self, token: str | None) -> None:
        if token:
            self._sessions.pop(digest_of(token), None)

    def _expire(self, now: datetime) -> None:
        for digest in [d for d, s in self._sessions.items() if s.expires_at <= now]:
            del self._sessions[digest]


def person_in(session: Session) -> Person:
    return Person(user=session.user, role=session.role, may=PERMISSIONS[session.role])


def check_csrf(session: Session, sent: str | None) -> None:
    """Raises: CsrfRefused when the header does not carry the session's token."""
    if sent is None or not hmac.compare_digest(session.csrf.encode(), sent.encode()):
        raise CsrfRefused("the request carries no valid X-CSRF-Token", remedy="log in again")


def check_may(person: Person, act: Permission) -> None:
    """Raises: RoleRefused when the person's role, or the token's scopes, do not allow `act`."""
    if act in person.may:
        return
    if act in PERMISSIONS[person.role]:
        raise RoleRefused(f"the token has no scope {act.value!r}", remedy="make one that has it")
    able = " or ".join(role.value for role in those_who_may(act))
    raise RoleRefused(f"a {person.role.value} may not do this", remedy=f"ask a {able} to do it")


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
