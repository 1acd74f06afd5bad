"""The counter counts: each limit is broken once, on purpose, and must be seen."""

from pathlib import Path
from types import ModuleType

import pytest

HEAD = '"""A module."""\n'


def texts(shape: ModuleType, source: str, file: str = "gridops/state/x.py") -> list[str]:
    return [breach.text for breach in shape.breaches_of_source(HEAD + source, file)]


def nested(depth: int) -> str:
    lines = [f"{'    ' * (level + 1)}if f:" for level in range(depth)]
    return "def f():\n" + "\n".join(lines) + "\n" + "    " * (depth + 1) + "pass\n"


def test_a_plain_module_breaks_nothing(shape: ModuleType) -> None:
    assert texts(shape, "def f(a, b, *, c, d, e, g):\n    return a\n") == []


def test_long_functions_are_seen(shape: ModuleType) -> None:
    body = "    pass\n"
    assert texts(shape, "def f():\n" + body * 59) == []
    assert texts(shape, "def f():\n" + body * 60) == ["f: 61 lines, at most 60"]


def test_deep_nesting_is_seen(shape: ModuleType) -> None:
    assert texts(shape, nested(3)) == []
    assert texts(shape, nested(4)) == ["f: nested 4 deep, at most 3"]


def test_elif_is_no_deeper_than_if_but_else_if_is(shape: ModuleType) -> None:
    chain = "def f():\n    if f:\n        pass\n" + "    elif f:\n        pass\n" * 5
    assert texts(shape, chain) == []
    below = "def f():\n    if f:\n        pass\n    else:\n        if f:\n            pass\n"
    function = __import__("ast").parse(below).body[0]
    assert shape.nesting(function) == 2


def test_functions_inside_functions_count_for_themselves(shape: ModuleType) -> None:
    inner = "def f():\n    for a in f:\n        for b in a:\n" + "".join(
        f"            {line}\n" for line in nested(3).splitlines()
    )
    assert texts(shape, inner) == []


@pytest.mark.parametrize(
    ("signature", "says"),
    [
        ("a, b, c", "3 positional parameters, keyword-only past 2"),
        ("a, *, b, c, d, e, g, h", "7 parameters, at most 6"),
        ("*a, b, c, d, e, g, **h", "7 parameters, at most 6"),
    ],
)
def test_many_parameters_are_seen(shape: ModuleType, signature: str, says: str) -> None:
    assert texts(shape, f"def f({signature}):\n    pass\n") == [f"f: {says}"]


def test_self_is_no_parameter_and_kernels_may_be_positional(shape: ModuleType) -> None:
    method = "class C:\n    def f(self, a, b):\n        pass\n"
    assert texts(shape, method) == []
    static = "class C:\n    @staticmethod\n    def f(a, b, c):\n        pass\n"
    assert len(texts(shape, static)) == 1
    assert texts(shape, "def f(a, b, c):\n    pass\n", "gridops/state/trace_kernel.py") == []


def test_positional_only_keeps_the_keywords_free(shape: ModuleType) -> None:
    assert texts(shape, "def f(a, b, c, /, **words):\n    pass\n") == []
    assert len(texts(shape, "def f(a, b, c, /):\n    pass\n")) == 1


def test_long_files_are_seen(shape: ModuleType) -> None:
    assert texts(shape, "x = 1\n" * 499) == []
    assert texts(shape, "x = 1\n" * 500) == ["501 lines, at most 500"]


@pytest.mark.parametrize("name", ["utils.py", "_helpers.py", "common/x.py", "base.py"])
def test_names_that_say_nothing_are_seen(shape: ModuleType, name: str) -> None:
    assert texts(shape, "", f"gridops/{name}") == [
        "the name says nothing; name the module after what it knows"
    ]


def test_stubs_and_silent_modules_are_seen(shape: ModuleType) -> None:
    def found(source: str) -> list[str]:
        return [b.text for b in shape.breaches_of_source(source, "gridops/x/__init__.py")]

    assert found("x = 1\n") == ["no module docstring"]
    assert found('"""To be filled."""\n') == ["a stub"]


def test_import_rings_are_seen(
    shape: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "ringed"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text("import ringed.b\n")
    (package / "b.py").write_text("from ringed import c\n")
    (package / "c.py").write_text("import ringed.a\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(shape, "PRODUCT", ("ringed",))
    assert [b.text for b in shape.import_cycles()] == ["import cycle: ringed.a, ringed.b, ringed.c"]
