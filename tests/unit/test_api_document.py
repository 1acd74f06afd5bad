"""docs/openapi.json is honest, and docs/http.md names every path and every problem."""

import re
from pathlib import Path
from typing import Any

import pytest

import gridops.api
from gridops.api import problems
from gridops.api.app import bare_app
from gridops.api.problems import MEDIA_TYPE, OF_STATUS, STATUS
from gridops.errors import GridOpsError

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "http.md").read_text()
SOURCES = [file.read_text() for file in Path(gridops.api.__path__[0]).glob("*.py")]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return bare_app().openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_refusal_is_declared_as_a_problem(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status.startswith(("4", "5")) and path != "/readyz":
                assert list(answer["content"]) == [MEDIA_TYPE], (method, path, status)


def test_what_needs_a_login_says_so(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        if not path.startswith("/api/") or path.startswith("/api/v1/public/"):
            continue
        declared = set(operation["responses"])
        assert "401" in declared, (method, path)
        names = {one["name"] for one in operation.get("parameters", [])}
        logins = [list(one) for one in operation.get("security", [])]
        if path == "/api/v1/session":
            assert logins == ([] if method == "POST" else [["session"]]), method
        else:
            assert logins in ([["session"], ["token"]], [["session"]]), (method, path)
        if method != "GET" and path != "/api/v1/session":
            assert {"403", "422", "503"} <= declared, (method, path)
            assert "X-CSRF-Token" in names, (method, path)
            # Done twice, an act on an account is the same or refused; a study is no act.
            assert "Idempotency-Key" in names or "/users" in path or "/studies" in path, path
        if "{" in path:
            assert "404" in declared, (method, path)


def test_what_stands_around_the_routes_is_declared_for_each_of_them(
    document: dict[str, Any],
) -> None:
    for method, path, operation in operations(document):
        declared = set(operation["responses"])
        assert {"408", "413", "421", "500"} <= declared, (method, path)
        if "requestBody" in operation:
            assert {"400", "422"} <= declared, (method, path)


def test_every_answer_has_a_shape(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        answers = operation["responses"].items()
        contents = [(status, answer.get("content", {})) for status, answer in answers]
        for status, content in contents:
            shapes = [body["schema"] for media, body in content.items() if media.endswith("json")]
            assert all(shapes), (method, path, status)


def test_every_path_has_its_line_on_the_page(document: dict[str, Any]) -> None:
    for _, path, _ in operations(document):
        words = re.sub(r"{\w+}", "{id}", path.removeprefix("/api/v1"))
        shown = words if words in PAGE else words.replace("/incidents/{id}", "")
        assert f"{shown}`" in PAGE, path


def codes() -> set[str]:
    own = {error.code for error in STATUS if error is not GridOpsError}
    framework = {code for code, _ in OF_STATUS.values()}
    written = {
        code
        for source in SOURCES
        for code in re.findall(r'problem\(\s*\d{3},\s*"([a-z-]+)"', source)
    }
    return own | framework | written


def test_every_code_is_on_the_page_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `([a-z-]+)`", PAGE, re.M)
    on_page = {code: int(status) for status, code in rows}
    assert codes() | {"idempotency-key-reused"} | {"malformed-request"} == set(on_page)
    for error, status in STATUS.items():
        if error is not GridOpsError:
            assert on_page[error.code] == status


def test_the_nearest_class_decides_the_status() -> None:
    assert problems.status_of(problems.KeyReused("x")) == 422
    for error, status in STATUS.items():
        below = type("Below", (error,), {})
        assert problems.status_of(below.__new__(below)) == status
