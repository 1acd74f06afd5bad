"""Login and logout."""

from typing import Annotated

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, ConfigDict, Field

from gridops.api.security import Session, check_csrf
from gridops.api.service import COOKIE, Here, Now, Reader, Token

sessions = APIRouter(tags=["session"])


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=1_000)]


class SessionView(BaseModel):
    user: str
    role: str
    csrf: str


@sessions.post("/session")
async def log_in(credentials: Credentials, response: Response, here: Here, now: Now) -> SessionView:
    """Opens a session; its token comes as a cookie that scripts cannot read."""
    token, session = here.gatekeeper.log_in(credentials.user, credentials.password, now)
    response.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="strict",
        secure=here.secure_cookie,
        path="/",
        max_age=int(here.gatekeeper.lifetime.total_seconds()),
    )
    return _view(session)


@sessions.get("/session")
async def who(session: Reader) -> SessionView:
    return _view(session)


@sessions.delete("/session", status_code=204)
async def log_out(
    *,
    here: Here,
    session: Reader,
    response: Response,
    token: Token = None,
    x_csrf_token: Annotated[str | None, Header()] = None,
) -> None:
    check_csrf(session, x_csrf_token)
    here.gatekeeper.log_out(token)
    response.delete_cookie(COOKIE, path="/")


def _view(session: Session) -> SessionView:
    return SessionView(user=session.user, role=session.role.value, csrf=session.csrf)
