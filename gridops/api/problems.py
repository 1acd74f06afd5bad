"""Errors as RFC 9457 problems: one status and one stable type for each kind."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gridops.api.security import NoSession, TooManyAttempts, WrongCredentials
from gridops.errors import (
    GridOpsError,
    JournalError,
    NotPermitted,
    ReleaseRefused,
    UnknownId,
)

MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[type[GridOpsError], int] = MappingProxyType(
    {
        NoSession: 401,
        WrongCredentials: 401,
        TooManyAttempts: 429,
        NotPermitted: 403,
        UnknownId: 404,
        ReleaseRefused: 409,
        JournalError: 503,
        GridOpsError: 422,
    }
)
"""The first class in an error's own line of descent counts."""


def status_of(error: GridOpsError) -> int:
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def problem(status: int, code: str, title: str, **more: object) -> JSONResponse:
    body = {"type": f"urn:gridops:problem:{code}", "title": title, "status": status, "code": code}
    return JSONResponse({**body, **more}, status_code=status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Every error leaves the service as a problem, also those of the framework."""

    @app.exception_handler(GridOpsError)
    async def ours(_: Request, error: GridOpsError) -> JSONResponse:
        return problem(
            status_of(error),
            error.code,
            error.what,
            detail=str(error),
            where=error.where,
            remedy=error.remedy,
        )

    @app.exception_handler(HTTPException)
    async def framework(_: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}.get(
            error.status_code, "http-error"
        )
        return problem(error.status_code, code, str(error.detail))

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        flaws = [
            {"where": ".".join(str(part) for part in flaw["loc"]), "what": flaw["msg"]}
            for flaw in error.errors()
        ]
        return problem(422, "malformed-request", "the request is not as documented", flaws=flaws)
