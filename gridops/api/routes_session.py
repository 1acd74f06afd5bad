"""Login and logout."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gridops.api.problems import declared
from gridops.api.security import Session, check_csrf
from gridops.api.service import COOKIE, CsrfToken, Here, Now, Reader, Service, Token
from gridops.api.shapes import SessionShape

sessions = APIRouter(tags=["session"])


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=1_000)]


@sessions.post("/session", responses=declared(401, 422, 429))
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
    address = request.client.host if request.client else ""
    fresh, session = await here.gatekeeper.log_in(
        credentials.user, credentials.password, now=now, address=address
    )
    here.gatekeeper.log_out(token)
    response.set_cookie(
        COOKIE,
        fresh,
        httponly=True,
        samesite="strict",
        secure=here.secure_cookie,
        path="/",
        max_age=int(here.gatekeeper.lifetime.total_seconds()),
    )
    return _view(here, session)


@sessions.get("/session", responses=declared(401))
async def who(here: Here, session: Reader) -> SessionShape:
    """Who is logged in, with the token for X-CSRF-Token."""
    return _view(here, session)


@sessions.delete("/session", status_code=204, responses=declared(401, 403))
async def log_out(
    *,
    here: Here,
    session: Reader,
    response: Response,
    token: Token = None,
    csrf: CsrfToken = None,
) -> None:
    """Ends the session at once, its event streams included."""
    check_csrf(session, csrf)
    here.gatekeeper.log_out(token)
    response.delete_cookie(
        COOKIE, path="/", httponly=True, samesite="strict", secure=here.secure_cookie
    )


def _view(here: Service, session: Session) -> SessionShape:
    return SessionShape(
        user=session.user, role=session.role.value, language=here.language, csrf=session.csrf
    )
