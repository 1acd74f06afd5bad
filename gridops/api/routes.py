"""Routes that are worked out when somebody first comes to them.

FastAPI takes every route apart when it is declared (parameters, bodies, answers, and who may), and
once more when its router is included. That was a quarter of what a start costs, while nobody is on
the field; a route on its own takes some milliseconds at its first request.
"""

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import compile_path

PREFIX = "/api/v1"


class RouteOnDemand(APIRoute):
    """Knows from the start what it matches, and the rest as soon as anybody asks for it: a flawed
    declaration is found by making `docs/openapi.json`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **how: Any) -> None:
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.endpoint = endpoint
        self.methods = set(how["methods"])
        self._work_out: Callable[[], None] | None = partial(super().__init__, path, endpoint, **how)

    def __getattr__(self, name: str) -> Any:
        """Python asks here for what there is not yet."""
        work_out = self.__dict__.get("_work_out")
        if work_out is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        self._work_out = None
        work_out()
        return getattr(self, name)


class Routes(APIRouter):
    """The routes of one noun; `join` makes them those of an application."""

    def __init__(
        self,
        *,
        tags: list[str | Enum],
        responses: dict[int | str, dict[str, Any]] | None = None,
        prefix: str = PREFIX,
    ) -> None:
        super().__init__(prefix=prefix, tags=tags, responses=responses, route_class=RouteOnDemand)

    def join(self, app: FastAPI) -> None:
        """Not by `include_router`, which works all of them out at the first request."""
        app.router.routes.extend(self.routes)
