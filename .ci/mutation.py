"""How many small mistakes in the guard its tests notice.

    nice python .ci/mutation.py [--module capacity] [--every 5] [--least 95]

Each mutant changes one place of one module of `gridops/guard`. The tests are collected once and
run once unharmed, to learn which of them call which function; then each mutant is patched into a
forked process that runs the tests that call the changed function, quick ones first, until one
fails. Code objects are exchanged in place, so that names imported elsewhere see the change too.
docs/guard_strength.md explains the mutants that survive.
"""

import argparse
import ast
import contextlib
import cProfile
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).parents[1]
GUARD = ROOT / "gridops" / "guard"
TESTS = [
    "tests/unit/test_guard.py",
    "tests/unit/test_guard_counts.py",
    "tests/unit/test_guard_edges.py",
    "tests/unit/test_guard_seeded.py",
    "tests/unit/test_guard_shedding.py",
    "tests/unit/test_guard_transfer.py",
    "tests/unit/test_guard_faults.py",
    "tests/unit/test_guard_later.py",
    "tests/unit/test_guard_phases.py",
    "tests/unit/test_guard_reach.py",
    "tests/unit/test_guard_small_print.py",
]
EXPLAINED = ROOT / "docs" / "guard_strength.md"
ONLY_FOR = {"test_guard_phases": ("phases", "rules")}
"""Seconds of OpenDSS that say nothing of any other module."""
LEFT_OUT = ("__init__",)
"""What only names others."""
ENDLESS_S = 60
"""A mutant that runs so long is caught: a test run would hang."""
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
CALLS = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True)
class Mutant:
    """One change of one module."""

    module: str
    line: int
    what: str
    function: str
    """The outermost function around it; "" at module level."""
    node: int
    """Its number in the walk over the module's syntax tree."""
    change: int
    """Which of the changes of that node."""

    @property
    def row(self) -> str:
        """How a row of docs/guard_strength.md begins that explains it."""
        what = self.what.replace("|", "\\|")
        return f"| {self.module} | `{what}` |"

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line} {self.what}"


Change = tuple[str, Callable[[ast.AST], ast.AST | None]]


def changes_of(node: ast.AST) -> Iterator[Change]:
    """What may be done to one node: a word for it, and the node to put in its place."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            yield _with(f"{_word(node)} -> {other.__name__}", ops=[other()])
    elif isinstance(node, ast.BoolOp):
        other_op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield _with(f"{_word(node)} -> {type(other_op).__name__}", op=other_op)
        for k in range(len(node.values)):
            left = [v for j, v in enumerate(node.values) if j != k]
            yield f"{_word(node)}: drops {_word(node.values[k])}", _as_bool_op(left)
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        op = OPERATORS[type(node.op)]()
        yield _with(f"{_word(node)} -> {type(op).__name__}", op=op)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"{_word(node)} without not", lambda n: getattr(n, "operand", None)
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        other_name = CALLS[node.func.id]
        yield _with(f"{_word(node)} -> {other_name}", func=ast.Name(other_name, ast.Load()))
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield _with(f"if {_word(node.test)}: negated", test=ast.UnaryOp(ast.Not(), node.test))
    else:
        yield from _statements(node)


def _statements(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.comprehension):
        for k, test in enumerate(node.ifs):
            others = [t for j, t in enumerate(node.ifs) if j != k]
            negated = ast.UnaryOp(ast.Not(), test)
            yield _with(f"filter {_word(test)} dropped", ifs=others)
            yield _with(f"filter {_word(test)} negated", ifs=[*others, negated])
    elif isinstance(node, ast.Return) and not _is_none(node.value):
        yield _with(f"{_word(node)} -> None", value=ast.Constant(None))
    elif isinstance(node, ast.Yield) and not _is_none(node.value):
        yield _with("yield None", value=ast.Constant(None))
    elif isinstance(node, ast.AugAssign | ast.Continue | ast.Break | ast.Expr):
        if not isinstance(getattr(node, "value", None), ast.Constant):
            yield f"{_word(node)} dropped", lambda _: ast.Pass()
    elif isinstance(node, ast.Tuple) and all(_is_rule(e) for e in node.elts) and node.elts:
        for k, rule in enumerate(node.elts):
            others = [e for j, e in enumerate(node.elts) if j != k]
            yield _with(f"{_word(rule)} removed", elts=others)


def _constants(node: ast.Constant) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield _with(f"{node.value} -> {not node.value}", value=not node.value)
    elif isinstance(node.value, int | float):
        for more in (1, -1):
            yield _with(f"{node.value} -> {node.value + more}", value=node.value + more)


def _with(word: str, **fields: Any) -> Change:
    def changed(node: ast.AST) -> ast.AST:
        for name, value in fields.items():
            setattr(node, name, value)
        return node

    return word, changed


def _as_bool_op(values: list[ast.expr]) -> Callable[[ast.AST], ast.AST]:
    def changed(node: ast.AST) -> ast.AST:
        if len(values) == 1:
            return values[0]
        if isinstance(node, ast.BoolOp):
            node.values = values
        return node

    return changed


def _word(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else text[:67] + "..."


def _is_none(node: ast.expr | None) -> bool:
    """Or False, which decides as None does."""
    constant = isinstance(node, ast.Constant) and (node.value is None or node.value is False)
    return node is None or constant


def _is_rule(node: ast.expr) -> bool:
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return called and ast.unparse(node).startswith("Rule(")


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of one module, but for what is no behaviour of the guard: annotations, and
    whether a dataclass is frozen."""
    tree = ast.parse(path.read_text())
    listed = list(ast.walk(tree))
    left = {id(inner) for each in _mute(listed) for inner in ast.walk(each)}
    function_of = _functions(tree)
    for number, node in enumerate(listed):
        if id(node) in left or not isinstance(node, ast.expr | ast.stmt | ast.comprehension):
            continue
        line = node.target.lineno if isinstance(node, ast.comprehension) else node.lineno
        for k, (word, _) in enumerate(changes_of(node)):
            yield Mutant(path.stem, line, word, function_of.get(number, ""), number, k)


def _mute(listed: list[ast.AST]) -> Iterator[ast.AST]:
    """Decorators and annotations."""
    for node in listed:
        yield from getattr(node, "decorator_list", ())
        for field in ("annotation", "returns"):
            if (each := getattr(node, field, None)) is not None:
                yield each


def changed(mutant: Mutant, source: str) -> ast.Module:
    """The syntax tree of the module with the change in it."""
    tree = ast.parse(source)
    spot = list(ast.walk(tree))[mutant.node]
    _, change = list(changes_of(spot))[mutant.change]
    new = change(spot)
    if new is not spot and new is not None:
        _replace(tree, spot, new=new)
    return ast.fix_missing_locations(tree)


def _functions(tree: ast.Module) -> dict[int, str]:
    """Number of a node in the walk -> qualified name of the outermost function around it."""
    number = {id(node): k for k, node in enumerate(ast.walk(tree))}
    found: dict[int, str] = {}
    for top in tree.body:
        inside = top.body if isinstance(top, ast.ClassDef) else [top]
        prefix = f"{top.name}." if isinstance(top, ast.ClassDef) else ""
        for each in inside:
            if isinstance(each, ast.FunctionDef):
                name = prefix + each.name
                found.update({number[id(node)]: name for node in ast.walk(each)})
    return found


def _replace(tree: ast.Module, old: ast.AST, *, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list):
                value[:] = [new if each is old else each for each in value]


def patch(mutant: Mutant) -> None:
    """Puts the mutant in place of the module that is loaded."""
    loaded = sys.modules[f"gridops.guard.{mutant.module}"]
    fresh = ModuleType(loaded.__name__)
    fresh.__dict__.update({"__file__": loaded.__file__, "__package__": loaded.__package__})
    sys.modules[loaded.__name__] = fresh
    try:
        tree = changed(mutant, Path(str(loaded.__file__)).read_text())
        exec(compile(tree, str(loaded.__file__), "exec"), fresh.__dict__)  # noqa: S102
    finally:
        sys.modules[loaded.__name__] = loaded
    for name, value in vars(fresh).items():
        _exchange(loaded, name, value=value)


def _exchange(loaded: ModuleType, name: str, *, value: object) -> None:
    old = vars(loaded).get(name)
    if isinstance(old, FunctionType) and isinstance(value, FunctionType):
        if old.__module__ == loaded.__name__:
            _take_over(old, value)
    elif isinstance(old, type) and isinstance(value, type) and old.__module__ == loaded.__name__:
        _exchange_methods(old, value, file=str(loaded.__file__))
    elif not name.startswith("__") and isinstance(
        value, int | float | tuple | dict | frozenset | timedelta
    ):
        _exchange_constant(name, old, value=value)


def _exchange_methods(old: type, new: type, *, file: str) -> None:
    """Those that the file itself has; of what a decorator made, the defaults that are numbers."""
    for part, member in vars(new).items():
        mine, theirs = _function(vars(old).get(part)), _function(member)
        if mine is None or theirs is None:
            continue
        if mine.__code__.co_filename == file:
            _take_over(mine, theirs)
        elif part == "__init__" and mine.__kwdefaults__ and theirs.__kwdefaults__:
            numbers = {k: v for k, v in theirs.__kwdefaults__.items() if isinstance(v, int | float)}
            mine.__kwdefaults__ = {**mine.__kwdefaults__, **numbers}


def _exchange_constant(name: str, old: object, *, value: object) -> None:
    """Wherever it was imported to."""
    for module in list(sys.modules.values()):
        ours = module.__name__.startswith(("gridops.guard", "tests"))
        if ours and old is not None and vars(module).get(name) is old:
            setattr(module, name, value)


def _function(member: object) -> FunctionType | None:
    if isinstance(member, property):
        member = member.fget
    elif isinstance(member, cached_property):
        member = member.func
    return member if isinstance(member, FunctionType) else None


def _take_over(old: FunctionType, new: FunctionType) -> None:
    with contextlib.suppress(ValueError):
        old.__code__ = new.__code__
    old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__


class Laboratory:
    """A pytest plugin that runs mutants instead of tests."""

    def __init__(self, mutants: list[Mutant]) -> None:
        self.mutants = mutants
        self.survivors: list[Mutant] = []
        self._callers: dict[tuple[str, str], list[tuple[float, Any]]] = defaultdict(list)
        self._all: list[tuple[float, Any]] = []

    def pytest_collection(self) -> None:
        """Examples are neither kept nor made smaller: the first that fails will do."""
        from hypothesis import Phase, settings  # noqa: PLC0415  # not before pytest rewrites

        settings.register_profile(
            "mutation", settings(), phases=(Phase.explicit, Phase.generate), database=None
        )
        settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in session.items:  # whoever is first pays for what all use
            fails(item)
        for item in session.items:
            self._learn(item)
        self._all.sort(key=lambda each: each[0])
        for number, mutant in enumerate(self.mutants, start=1):
            if not self._caught(mutant):
                self.survivors.append(mutant)
                print(f"survives: {mutant}", flush=True)
            if number % 20 == 0:
                caught = number - len(self.survivors)
                print(f"{number} of {len(self.mutants)}, {caught} caught", flush=True)
        return True

    def _learn(self, item: pytest.Item) -> None:
        profile = cProfile.Profile()
        began = time.perf_counter()
        profile.enable()
        failed = fails(item)
        profile.disable()
        took = time.perf_counter() - began
        if failed:
            raise pytest.UsageError(f"{item.nodeid} fails without any mutant")
        self._all.append((took, item))
        for entry in profile.getstats():
            code = entry.code
            if isinstance(code, CodeType) and code.co_filename.startswith(str(GUARD)):
                module, name = Path(code.co_filename).stem, code.co_qualname.split(".<locals>")[0]
                if module in ONLY_FOR.get(item.path.stem, (module,)):
                    self._callers[module, name].append((took, item))

    def _caught(self, mutant: Mutant) -> bool:
        runs = self._callers.get((mutant.module, mutant.function), [])
        if not mutant.function:
            runs = self._all
        pid = os.fork()
        if pid == 0:
            self._examine(mutant, [item for _, item in sorted(runs, key=lambda each: each[0])])
        _, status = os.waitpid(pid, 0)
        return status != 0

    def _examine(self, mutant: Mutant, items: list[Any]) -> None:
        """In the child: never returns. Exit code 0: no test notices."""
        signal.alarm(ENDLESS_S)
        with Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), 1)
            os.dup2(nothing.fileno(), 2)
            try:
                patch(mutant)
                found = any(fails(item) for item in items)
            except BaseException:  # noqa: BLE001  # a mutant may do anything
                found = True
            os._exit(1 if found else 0)


def fails(item: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--module", action="append", help="only this module of the guard")
    parser.add_argument("--every", type=int, default=1, help="only every n-th mutant")
    parser.add_argument("--first", type=int, default=0, help="the first of them, from 0")
    parser.add_argument("--least", type=float, default=95.0, help="per cent that must be caught")
    parser.add_argument("--again", type=Path, help="only what survives by this output of a run")
    asked = parser.parse_args()
    survived = asked.again and {
        line.removeprefix("survives: ") for line in asked.again.read_text().splitlines()
    }
    sys.path.insert(0, str(ROOT))
    os.chdir(ROOT)
    paths = sorted(p for p in GUARD.glob("*.py") if p.stem not in LEFT_OUT)
    mutants = [
        m for p in paths if not asked.module or p.stem in asked.module for m in mutants_of(p)
    ]
    mutants = mutants[asked.first :: asked.every]
    if survived is not None:
        mutants = [m for m in mutants if str(m) in survived]
    laboratory = Laboratory(mutants)
    tests = [t for t in TESTS if (ROOT / t).exists()]
    code = pytest.main(["-q", "-p", "no:cacheprovider", *tests], plugins=[laboratory])
    if code != 0 or not mutants:
        return 2
    caught = len(mutants) - len(laboratory.survivors)
    score = 100.0 * caught / len(mutants)
    print(f"{caught} of {len(mutants)} mutants caught: {score:.1f} %")
    for mutant in laboratory.survivors:
        if mutant.row not in EXPLAINED.read_text(encoding="utf-8"):
            print(f"not explained in {EXPLAINED.name}: {mutant.row}")
    return 0 if score >= asked.least else 1


if __name__ == "__main__":
    sys.exit(main())
