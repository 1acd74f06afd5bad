"""Counts the size and shape limits of the house. Prints one line per breach; exit 1 if any.

Complexity is ruff's (C90) and types are mypy's; here is what no linter counts the way we mean.
"""

import ast
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("gridops", "opcua_bridge")
PYTHON_TREES = (*PRODUCT, "tests", "benchmarks", ".ci")

FUNCTION_LINES_MAX = 60
NESTING_MAX = 3
PARAMETERS_MAX = 6
POSITIONAL_MAX = 2
FILE_LINES_MAX = 500
FILE_LINES_MEDIAN_MAX = 120
GO_LINES_MAX = 150

FORBIDDEN_NAMES = ("utils", "util", "helpers", "helper", "common", "manager", "base", "misc")
GIVEN_SIGNATURES = ("__call__", "__exit__", "__aexit__", "__set_name__", "__init_subclass__")
"""Python and its frameworks call these by position."""
STUB_DOCSTRING = "To be filled."

Function = ast.FunctionDef | ast.AsyncFunctionDef
_NESTS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)
_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True, slots=True, order=True)
class Breach:
    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def breaches_of_source(source: str, file: str) -> list[Breach]:
    """Every limit that one Python file breaks. `file` is relative to the root."""
    tree = ast.parse(source, filename=file)
    found = [Breach(file, 1, text) for text in _file_texts(source, file, tree)]
    for function, is_method in _functions(tree):
        where = function.lineno
        found += [Breach(file, where, text) for text in _function_texts(function, file, is_method)]
    return sorted(found)


def _file_texts(source: str, file: str, tree: ast.Module) -> Iterator[str]:
    lines = source.count("\n")
    if lines > FILE_LINES_MAX:
        yield f"{lines} lines, at most {FILE_LINES_MAX}"
    if any(part.strip("_") in FORBIDDEN_NAMES for part in Path(file).with_suffix("").parts):
        yield "the name says nothing; name the module after what it knows"
    if not file.startswith(PRODUCT):
        return
    docstring = ast.get_docstring(tree)
    if docstring is None:
        yield "no module docstring"
    elif docstring == STUB_DOCSTRING:
        yield "a stub"


def _function_texts(function: Function, file: str, is_method: bool) -> Iterator[str]:
    name = function.name
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if lines > FUNCTION_LINES_MAX:
        yield f"{name}: {lines} lines, at most {FUNCTION_LINES_MAX}"
    depth = nesting(function)
    if depth > NESTING_MAX:
        yield f"{name}: nested {depth} deep, at most {NESTING_MAX}"
    if not file.startswith(PRODUCT) or name in GIVEN_SIGNATURES:
        return
    positional, in_all = parameters(function, is_method=is_method)
    if in_all > PARAMETERS_MAX:
        yield f"{name}: {in_all} parameters, at most {PARAMETERS_MAX}"
    # numba compiles no keyword-only parameters.
    if positional > POSITIONAL_MAX and not file.endswith("_kernel.py"):
        yield f"{name}: {positional} positional parameters, keyword-only past {POSITIONAL_MAX}"


def nesting(function: Function) -> int:
    """How many blocks stand inside each other; an `elif` is no block inside its `if`."""
    return max((_depth(child) for child in function.body), default=0)


def _depth(node: ast.AST) -> int:
    if isinstance(node, _OWN_SCOPE):
        return 0
    inner = 0
    for child in ast.iter_child_nodes(node):
        is_elif = isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If)
        inner = max(inner, _depth(child) - (1 if is_elif and _is_elif(node, child) else 0))
    return inner + (1 if isinstance(node, _NESTS) else 0)


def _is_elif(parent: ast.AST, child: ast.AST) -> bool:
    """The parser keeps `elif` apart from `else: if` only by the column."""
    return getattr(child, "col_offset", -1) == getattr(parent, "col_offset", -2)


def parameters(function: Function, *, is_method: bool) -> tuple[int, int]:
    """(positional, all) without self or cls; `*args` and `**kwargs` count in all.

    Positional-only ones are not counted as positional beside `**kwargs`: there they keep the
    keywords free for any name.
    """
    given = function.args
    static = any(getattr(d, "id", "") == "staticmethod" for d in function.decorator_list)
    named = len(given.posonlyargs) + len(given.args) - (is_method and not static)
    starred = (given.vararg is not None) + (given.kwarg is not None)
    positional = len(given.args) if given.posonlyargs and given.kwarg else named
    return positional, named + len(given.kwonlyargs) + starred


def _functions(tree: ast.AST, in_class: bool = False) -> Iterator[tuple[Function, bool]]:
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child, in_class
        yield from _functions(child, in_class=isinstance(child, ast.ClassDef))


def import_cycles() -> list[Breach]:
    """Modules that import each other, in a ring of any length (imports for types aside)."""
    import grimp  # noqa: PLC0415 (the counter of one file needs no installed packages)
    import networkx as nx  # noqa: PLC0415

    graph = grimp.build_graph(*PRODUCT, exclude_type_checking_imports=True, cache_dir=None)
    modules = sorted(graph.modules)
    edges = [(a, b) for a in modules for b in sorted(graph.find_modules_directly_imported_by(a))]
    rings = nx.strongly_connected_components(nx.DiGraph(edges))
    return sorted(
        Breach(min(ring).replace(".", "/"), 1, f"import cycle: {', '.join(sorted(ring))}")
        for ring in rings
        if len(ring) > 1
    )


def console_breaches() -> list[Breach]:
    files = (f for kind in ("ts", "svelte") for f in ROOT.glob(f"console/src/**/*.{kind}"))
    sizes = {str(f.relative_to(ROOT)): f.read_text().count("\n") for f in sorted(files)}
    return [
        Breach(file, 1, f"{lines} lines, at most {FILE_LINES_MAX}")
        for file, lines in sizes.items()
        if lines > FILE_LINES_MAX
    ]


def main() -> int:
    sources = {
        str(path.relative_to(ROOT)): path.read_text()
        for tree in PYTHON_TREES
        for path in sorted((ROOT / tree).rglob("*.py"))
    }
    found = [b for file, source in sources.items() for b in breaches_of_source(source, file)]
    found += console_breaches() + import_cycles()
    go_lines = (ROOT / "go.py").read_text().count("\n")
    if go_lines > GO_LINES_MAX:
        found.append(Breach("go.py", 1, f"{go_lines} lines, at most {GO_LINES_MAX}"))
    product = [text.count("\n") for file, text in sources.items() if file.startswith(PRODUCT)]
    median = statistics.median(product)
    if median > FILE_LINES_MEDIAN_MAX:
        found.append(Breach("gridops", 1, f"median file {median}, at most {FILE_LINES_MEDIAN_MAX}"))
    for breach in found:
        print(breach)
    print(f"shape: {len(sources)} files, median {median:g} lines, {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
