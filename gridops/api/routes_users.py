"""Users and their tokens: an administrator's, and everybody's own password and tokens."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import Request
from pydantic import Field, StringConstraints

from gridops.api.people_shapes import NewTokenShape, TokenShape, UserShape
from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.routes_acts import Body, Text
from gridops.api.routes_session import OwnSession
from gridops.api.security import (
    TOKEN_DAYS_MAX,
    Person,
    Session,
    check_csrf,
    check_may,
    check_password,
    new_account,
    new_token,
)
from gridops.api.service import (
    Address,
    Administrator,
    Anybody,
    CsrfToken,
    Here,
    Ident,
    Now,
    Service,
)
from gridops.errors import AccountRefused, UnknownId
from gridops.events.people import PERMISSIONS, Permission, Role
from gridops.ids import FeederId, TokenId, UserName
from gridops.ports.accounts import Account, Accounts, ApiToken

users = Routes(tags=["users"], responses=declared(400, 401, 403, 409, 422, 503))

Password = Annotated[str, Field(max_length=1_000)]
Login = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]

Areas = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1_000)]
"""The feeders that somebody may act on; empty: everywhere."""


class NewUser(Body):
    name: Login
    role: Role
    password: Password
    areas: Areas = Field(default_factory=list)


class NewRole(Body):
    role: Role
    areas: Areas | None = None
    """None: as they were."""


class NewPassword(Body):
    password: Password
    current: Password = ""
    """One's own, when it is one's own that is changed."""


class NewToken(Body):
    name: Text
    """What it is for."""
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=len(Permission))]
    days: Annotated[int, Field(ge=1, le=TOKEN_DAYS_MAX)] = 90


@users.get("/users", response_model=list[UserShape])
async def listed(here: Here, _: Administrator) -> list[UserShape]:
    """Those that are kept; the one-time login is none of them."""
    return [_shown(one) for one in _kept(here).accounts()]


@users.post("/users", status_code=201, response_model=UserShape)
async def add(body: NewUser, *, request: Request, here: Here, _: Administrator) -> UserShape:
    request.state.about = f"{body.name} {body.role.value}"
    check_password(body.name, body.password)
    areas = _areas(here, body.areas)
    hashed = await _hashed(body.name, body.role, password=body.password)
    account = replace(hashed, areas=areas)
    await asyncio.to_thread(_kept(here).add, account)
    return _shown(account)


@users.put("/users/{user}/role", response_model=UserShape, responses=declared(404))
async def set_role(
    user: Ident, body: NewRole, *, request: Request, here: Here, _: Administrator
) -> UserShape:
    """And where it may be used. Another role ends the user's sessions and tokens at once, other
    areas the sessions. What they had approved and may not approve any more is void."""
    request.state.about = body.role.value
    former = _known(here, user)
    areas = former.areas if body.areas is None else _areas(here, body.areas)
    account = replace(former, role=body.role, areas=areas)
    await asyncio.to_thread(partial(_kept(here).change, account, instead_of=former))
    return _shown(account)


@users.put("/users/{user}/password", status_code=204, responses=declared(404, 429))
async def set_password(
    user: Ident,
    body: NewPassword,
    *,
    here: Here,
    now: Now,
    by: Anybody,
    address: Address,
) -> None:
    """One's own, with the current one; anybody's, by an administrator. Sessions end at once."""
    if by.user == user and by.token is None:
        await here.gatekeeper.checked(user, body.current, now=now, address=address)
    else:
        check_may(by, Permission.ADMINISTER)
    former = _known(here, user)
    check_password(user, body.password)
    hashed = await _hashed(former.name, former.role, password=body.password)
    account = replace(former, password_hash=hashed.password_hash)
    await asyncio.to_thread(partial(_kept(here).change, account, instead_of=former))


@users.delete("/users/{user}", status_code=204, responses=declared(404))
async def remove(user: Ident, *, here: Here, _: Administrator) -> None:
    """Ends the user's sessions and tokens at once. What they did stays in the journal."""
    await asyncio.to_thread(_kept(here).remove, UserName(user))


@users.get("/users/{user}/tokens", response_model=list[TokenShape], responses=declared(404))
async def tokens(user: Ident, *, here: Here, by: Anybody) -> list[TokenShape]:
    """What is kept of them: never the tokens themselves."""
    _own_or_administered(by, user)
    owner = _known(here, user).name
    return [_token_shown(one) for one in _kept(here).tokens() if one.user == owner]


@users.post(
    "/users/{user}/tokens", status_code=201, response_model=NewTokenShape, responses=declared(404)
)
async def make_token(
    user: Ident,
    body: NewToken,
    *,
    here: Here,
    now: Now,
    session: OwnSession,
    csrf: CsrfToken = None,
) -> NewTokenShape:
    """For oneself, from a session: no token makes another. Shown this once."""
    check_csrf(session, csrf)
    _only_own(session, user)
    scopes = frozenset(body.scopes)
    for scope in sorted(scopes - PERMISSIONS[session.role]):
        raise AccountRefused(
            f"a {session.role.value} has no permission {scope.value!r} to hand on",
            remedy="leave it out",
        )
    ends = now + timedelta(days=body.days)
    word, token = new_token(session.user, body.name, scopes=scopes, expires_at=ends)
    await asyncio.to_thread(_kept(here).add_token, token)
    return NewTokenShape(token=word, **_token_shown(token).model_dump())


@users.delete("/users/{user}/tokens/{token_id}", status_code=204, responses=declared(404))
async def revoke(user: Ident, token_id: Ident, *, here: Here, by: Anybody) -> None:
    """At once."""
    _own_or_administered(by, user)
    owned = [one.id for one in _kept(here).tokens() if one.user == user]
    if token_id not in owned:
        raise UnknownId("token", token_id)
    await asyncio.to_thread(_kept(here).revoke, TokenId(token_id))


def _own_or_administered(by: Person, user: str) -> None:
    """Raises: RoleRefused. A token looks after other tokens only with the scope for it."""
    if by.user != user or by.token is not None:
        check_may(by, Permission.ADMINISTER)


def _only_own(session: Session, user: str) -> None:
    """Raises: AccountRefused. Whoever makes a token for another one could act in their name."""
    if session.user != user:
        raise AccountRefused("tokens are made by those whose they are", remedy="let them make it")


def _kept(here: Service) -> Accounts:
    """Raises: AccountRefused where nothing outlives the process."""
    if here.gatekeeper.kept is None:
        raise AccountRefused("this service keeps no users", remedy="set server.users_file")
    return here.gatekeeper.kept


def _known(here: Service, user: str) -> Account:
    found = _kept(here).account(UserName(user))
    if found is None:
        raise UnknownId("user", user)
    return found


def _areas(here: Service, named: Sequence[str]) -> tuple[FeederId, ...]:
    """In the order of the grid. Raises: AccountRefused for a feeder that it does not have."""
    known = here.room.network.heads
    for feeder in named:
        if feeder not in known:
            raise AccountRefused(f"there is no feeder {feeder}", remedy="GET /grid names them")
    return tuple(feeder for feeder in known if feeder in named)


async def _hashed(name: str, role: Role, *, password: str) -> Account:
    return await asyncio.to_thread(partial(new_account, name, role, password=password))


def _shown(account: Account) -> UserShape:
    return UserShape(
        name=account.name,
        role=account.role,
        may=sorted(PERMISSIONS[account.role]),
        areas=list(account.areas),
    )


def _token_shown(token: ApiToken) -> TokenShape:
    return TokenShape(
        id=token.id,
        name=token.name,
        scopes=sorted(token.scopes),
        expires_at=token.expires_at.isoformat(),
    )
