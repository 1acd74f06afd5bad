"""Loaded by schemathesis: ids that the service knows, in the place of most made-up ones.

Made-up ids reach nothing but 404; half of what a route does would never be tried.
"""

import json
import os
import zlib
from typing import Any

import schemathesis

KNOWN: dict[str, list[str]] = json.loads(os.environ.get("GRIDOPS_TEST_IDS", "{}"))


def _known(name: str, value: Any) -> Any:
    """One of three stays as it was made; the choice hangs on the value alone."""
    choices = KNOWN.get(name)
    if not choices or not isinstance(value, str):
        return value
    lot = 1 + zlib.crc32(value.encode("utf-8", "surrogatepass"))  # "" is common
    return value if lot % 3 == 0 else choices[lot % len(choices)]


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: schemathesis.Case, __: dict[str, Any]) -> None:
    """A request that is to be refused stays as it was made. A token beside a cookie is refused
    whatever else there is."""
    if "Cookie" in (case.headers or {}):
        case.headers.pop("Authorization", None)
    if (case.path_parameters or {}).get("user") == "admin":
        case.path_parameters["user"] = "viewer"  # the run must not remove itself
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    case.path_parameters = _with_known(case.path_parameters)
    case.body = _with_known(case.body)


def _with_known(body: Any) -> Any:
    if isinstance(body, list):
        return [_with_known(part) for part in body]
    if not isinstance(body, dict):
        return body
    return {
        name: _with_known(part) if isinstance(part, dict | list) else _known(name, part)
        for name, part in body.items()
    }
