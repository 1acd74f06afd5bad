"""The words under the fields of shapes, for `docs/openapi.json`.

pydantic can read them itself (`use_attribute_docstrings`), but does so when a class is made: it
looks up the source of each, at every start, for a document that is seldom asked for.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

from gridops.api.shapes import Shape


def describe(schemas: Mapping[str, Any]) -> None:
    """Puts the docstring of each field of a `Shape` into its schema, by the name of the class: the
    short one or, where two have the same, the long one."""
    for shape in _shapes(Shape):
        long = f"{shape.__module__}.{shape.__name__}".replace(".", "__")
        fields = (schemas.get(shape.__name__) or schemas.get(long) or {}).get("properties", {})
        words = _words_under(shape)
        for name in fields.keys() & words.keys():
            fields[name]["description"] = words[name]


def _words_under(shape: type[Shape]) -> dict[str, str]:
    """Under its fields, those that it takes over included."""
    lines = (one for one in reversed(shape.__mro__) if issubclass(one, Shape))
    words: dict[str, str] = {}
    for one in lines:
        words |= _words_of(one.__module__).get(one.__name__, {})
    return words


def _shapes(shape: type[Shape]) -> Iterator[type[Shape]]:
    for narrower in shape.__subclasses__():
        yield narrower
        yield from _shapes(narrower)


@cache
def _words_of(module: str) -> dict[str, dict[str, str]]:
    """Of each class of a module, what stands under its fields; read once, as long as this process
    lives."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        one.name: {
            field.target.id: inspect.cleandoc(below.value.value)
            for field, below in pairwise(one.body)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            if isinstance(below.value.value, str)
        }
        for one in tree.body
        if isinstance(one, ast.ClassDef)
    }
