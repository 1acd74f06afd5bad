"""Login and logout."""

from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gridops.api.people_shapes import SessionShape
from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.security import Session, check_csrf, person_in
from gridops.api.service import CsrfToken, Here, Now, Service, Token, address_of
from gridops.ids import UserName

sessions = Routes(tags=["session"])


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=1_000)]


@sessions.post("/session", responses=declared(401, 422, 429, 503))
async def log_in(
    credentials: Credentials,
    *,
    request: Request,
    response: Response,
    here: Here,
    now: Now,
    token: Token = None,
) -> SessionShape:
    """Opens a session; its token comes as a cookie that scripts cannot read. The session that
    the browser had before ends."""
    # A password that was typed into the wrong field must not reach the audit.
    known = here.gatekeeper.account_of(UserName(credentials.user)) is not None
    request.state.about = credentials.user if known else "(unknown user)"
    fresh, session = await here.gatekeeper.log_in(
        credentials.user, credentials.password, now=now, address=address_of(request)
    )
    here.gatekeeper.log_out(token)
    request.state.person = person_in(session)
    response.set_cookie(
        here.cookie,
        fresh,
        httponly=True,
        samesite="strict",
        secure=here.secure_cookie,
        path="/",
        max_age=int(here.gatekeeper.lifetime.total_seconds()),
    )
    return _view(here, session)


def own_session(request: Request, here: Here, *, now: Now, token: Token = None) -> Session:
    """A person's; a program has a token and no session."""
    session = here.gatekeeper.session_of(token, now)
    request.state.person = person_in(session)
    return session


OwnSession = Annotated[Session, Depends(own_session)]


@sessions.get("/session", responses=declared(401, 503))
async def who(here: Here, session: OwnSession) -> SessionShape:
    """Who is logged in, with the token for X-CSRF-Token."""
    return _view(here, session)


@sessions.delete("/session", status_code=204, responses=declared(401, 403, 503))
async def log_out(
    *,
    here: Here,
    session: OwnSession,
    response: Response,
    token: Token = None,
    csrf: CsrfToken = None,
) -> None:
    """Ends the session at once, its event streams included."""
    check_csrf(session, csrf)
    here.gatekeeper.log_out(token)
    response.delete_cookie(
        here.cookie, path="/", httponly=True, samesite="strict", secure=here.secure_cookie
    )


def _view(here: Service, session: Session) -> SessionShape:
    return SessionShape(
        user=session.user,
        role=session.role,
        may=sorted(person_in(session).may),
        language=here.language,
        csrf=session.csrf,
    )
