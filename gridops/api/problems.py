"""Errors as RFC 9457 problems: one status and one stable type for each kind."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from gridops.api.attempts import TooManyAttempts
from gridops.api.counting import BadPeriod, CountingBusy
from gridops.api.limits import TooManyRequests
from gridops.api.past import PastUnanswered, TooManyLooks
from gridops.api.security import CsrfRefused, NoSession, RoleRefused, TwoLogins, WrongCredentials
from gridops.api.shapes import ReasonShape
from gridops.api.studies import StudyRefused, StudyUnanswered, TooManyStudies
from gridops.api.words import reason
from gridops.errors import (
    AccountRefused,
    AccountsUnreadable,
    ActRefused,
    AlreadyDone,
    AuditUnwritable,
    GridOpsError,
    JournalError,
    JournalSilent,
    JournalUnsure,
    KeyReused,
    MomentNotKept,
    NotEntitled,
    NotPermitted,
    OutsideArea,
    PermitRefused,
    ReleaseRefused,
    StateDiverged,
    UnknownId,
)

MEDIA_TYPE = "application/problem+json"
RETRY_S = "60"


class BatchRefused(GridOpsError):
    """Something in a batch cannot be taken, and so nothing of it was. `flaws` has all of it."""

    code = "batch-refused"

    def __init__(self, flaws: "Sequence[Flaw]") -> None:
        self.flaws = tuple(flaws)
        super().__init__(
            f"{len(self.flaws)} flaws; nothing was taken",
            remedy="send it again without what `flaws` names",
        )


class NoPrecondition(GridOpsError):
    """Such an act has to name what was seen, by its ETag."""

    code = "precondition-required"


class StaleEdit(GridOpsError):
    """What was seen is not what is there now. `etag` is of what is."""

    code = "stale-edit"

    def __init__(self, what: str, *, etag: str, remedy: str = "") -> None:
        self.etag = etag
        super().__init__(what, remedy=remedy)


class ControlRoomSilent(GridOpsError):
    """The loop that takes events does not turn: nothing may be started."""

    code = "control-room-silent"


class TooManyReaders(GridOpsError):
    """The event stream serves as many as it can."""

    code = "too-many-readers"


STATUS: Mapping[type[GridOpsError], int] = MappingProxyType(
    {
        TwoLogins: 400,
        NoSession: 401,
        WrongCredentials: 401,
        TooManyAttempts: 429,
        TooManyRequests: 429,
        CsrfRefused: 403,
        RoleRefused: 403,
        NotEntitled: 403,
        OutsideArea: 403,
        NotPermitted: 403,
        UnknownId: 404,
        AlreadyDone: 409,
        KeyReused: 422,
        ReleaseRefused: 409,
        ActRefused: 409,
        AccountRefused: 409,
        PermitRefused: 409,
        StaleEdit: 412,
        BatchRefused: 422,
        BadPeriod: 422,
        NoPrecondition: 428,
        JournalUnsure: 503,
        JournalSilent: 503,
        AccountsUnreadable: 503,
        AuditUnwritable: 503,
        JournalError: 503,
        ControlRoomSilent: 503,
        StateDiverged: 503,
        TooManyReaders: 503,
        CountingBusy: 503,
        MomentNotKept: 404,
        PastUnanswered: 503,
        TooManyLooks: 503,
        StudyRefused: 422,
        StudyUnanswered: 503,
        TooManyStudies: 503,
        GridOpsError: 422,
    }
)
"""The first class in an error's own line of descent counts."""
OF_STATUS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        400: ("unreadable-request", "send JSON as documented"),
        404: ("not-found", "docs/http.md lists the paths"),
        405: ("method-not-allowed", "the Allow header names the methods"),
    }
)
"""Code and remedy for what the framework refuses."""

log = structlog.get_logger()


class Flaw(BaseModel):
    """One thing that is not as documented."""

    where: str
    what: str


class Problem(BaseModel):
    """RFC 9457. `type` is `urn:gridops:problem:` and the code; both are stable."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    code: str
    near: list[str] | None = None
    """With `unknown-id`: ids that look alike."""
    flaws: list[Flaw] | None = None
    """With `malformed-request` and `batch-refused`: everything that is wrong with it."""
    reason: ReasonShape | None = None
    """With `act-refused`, `not-entitled` and `outside-area`: why, for the console to word."""
    etag: str | None = None
    """With `stale-edit`: of what is there now."""


def status_of(error: GridOpsError) -> int:
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def problem(
    status: int,
    code: str,
    *,
    detail: str,
    remedy: str = "",
    more: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = {
        "type": f"urn:gridops:problem:{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "remedy": remedy,
        "code": code,
        **(more or {}),
    }
    return JSONResponse(
        body, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that can answer with these problems."""
    return {status: {"model": Problem, "description": WORDS[status]} for status in statuses}


EVERYWHERE = (408, 413, 421, 429, 500)
"""What stands around the routes may answer so to any request."""
WITH_A_BODY = (400, 422)
WORDS: Mapping[int, str] = MappingProxyType(
    {
        400: "The body cannot be read at all, or a cookie and a token came together",
        401: "Nobody is logged in, or user or password is wrong",
        403: "Not permitted: role, scope, CSRF token, or the thing itself",
        404: "No such id",
        408: "The body did not arrive in time",
        409: "Done before under this key, or not what may be done now",
        412: "What was seen is not what is there now",
        413: "The body is too long",
        421: "The service is not called that",
        422: "The request is not as documented",
        428: "What was seen is not said",
        429: "Too many requests, or failed logins",
        500: "The service is at fault",
        503: "The service cannot do this now",
    }
)


def install(app: FastAPI) -> None:
    """Every error leaves the service as a problem, also those of the framework."""

    @app.exception_handler(GridOpsError)
    async def ours(request: Request, error: GridOpsError) -> JSONResponse:
        request.state.code = error.code
        return problem(
            status_of(error),
            error.code,
            detail=f"{error.where}: {error.what}" if error.where else error.what,
            remedy=error.remedy,
            more=_more(error),
            headers=_headers(error),
        )

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> JSONResponse:
        code, remedy = OF_STATUS.get(error.status_code, ("http-error", ""))
        request.state.code = code
        return problem(
            error.status_code, code, detail=str(error.detail), remedy=remedy, headers=error.headers
        )

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        request.state.code = "malformed-request"
        flaws = [
            {"where": ".".join(str(part) for part in flaw["loc"]), "what": flaw["msg"]}
            for flaw in error.errors()
        ]
        return problem(
            422,
            "malformed-request",
            detail="; ".join(f"{flaw['where']}: {flaw['what']}" for flaw in flaws),
            remedy="docs/openapi.json says what is taken",
            more={"flaws": flaws},
        )


def _headers(error: GridOpsError) -> Mapping[str, str] | None:
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.retry_s)}
    if isinstance(error, StaleEdit):
        return {"ETag": error.etag}
    return {"Retry-After": RETRY_S} if isinstance(error, TooManyAttempts) else None


def _more(error: GridOpsError) -> Mapping[str, object] | None:
    if isinstance(error, UnknownId):
        return {"near": list(error.near)}
    if isinstance(error, ActRefused | NotEntitled | ReleaseRefused):
        return {"reason": reason(error.reason)}
    if isinstance(error, StaleEdit):
        return {"etag": error.etag}
    if isinstance(error, BatchRefused):
        return {"flaws": [flaw.model_dump() for flaw in error.flaws]}
    return None


def internal(path: str) -> JSONResponse:
    """The answer when the service itself is at fault; the log has the cause."""
    return problem(
        500, "internal-error", detail=f"the service failed at {path}", remedy="the log says where"
    )
