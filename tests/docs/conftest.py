"""Loads the scripts of `.ci`, which are no package."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(path: Path) -> ModuleType:
    name = f"script_{path.stem}"
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # what one script takes from another
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shape() -> ModuleType:
    return script(ROOT / ".ci" / "shape.py")


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    return script(ROOT / ".ci" / "reference.py")


@pytest.fixture(scope="session")
def checks() -> ModuleType:
    return script(ROOT / ".ci" / "checks.py")


@pytest.fixture(scope="session")
def pictures() -> ModuleType:
    return script(ROOT / ".ci" / "pictures.py")


@pytest.fixture(scope="session")
def decision_table() -> ModuleType:
    return script(ROOT / ".ci" / "decision_table.py")


@pytest.fixture(scope="session")
def worked_incidents() -> ModuleType:
    return script(ROOT / ".ci" / "worked_incidents.py")
