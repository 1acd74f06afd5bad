"""Each kind of flaw, planted in a sound grid, is found and points at its row."""

import ast
import re
from pathlib import Path

import pytest

import gridops
from gridops.network import Components
from gridops.network.flaw_codes import FLAW_KINDS
from gridops.network.flaws import GridFlaw
from gridops.network.validation import validate
from gridops.network.validation_suspicions import suspicions
from tests.unit.planted_flaws import PLANTED
from tests.unit.planted_orders import PLANTED_ORDERS
from tests.unit.planted_phasing import PLANTED_PHASING
from tests.unit.planted_suspicions import SUSPECT, suspect_but_sound
from tests.unit.sound_grid import codes

ALL = PLANTED | PLANTED_ORDERS | PLANTED_PHASING | SUSPECT
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
TELLING = (
    "network/validation*.py",
    "study/review*.py",
    "adapters/grid_files/*.py",
)
NO_CODES = {"utf-8"}


def told_of(grid: Components) -> tuple[GridFlaw, ...]:
    return (*validate(grid), *suspicions(grid))


@pytest.mark.parametrize("name", ALL)
def test_a_planted_flaw_is_found(name: str) -> None:
    code, plant, ident = ALL[name]
    flaws = [flaw for flaw in told_of(plant()) if flaw.code == code]
    assert flaws, codes(told_of(plant()))
    assert any(ident in flaw.ids for flaw in flaws) or not ident
    for flaw in flaws:
        assert flaw.severity in FLAW_KINDS[code].severities
        assert flaw.message
        assert flaw.remedy


@pytest.mark.parametrize("name", ALL)
def test_a_planted_flaw_points_at_its_row(name: str) -> None:
    grid = ALL[name][1]()
    for flaw in told_of(grid):
        if flaw.index is not None:
            row = getattr(grid, flaw.table)[flaw.index]
            assert str(row.id) in flaw.ids or not row.id.isprintable()


@pytest.mark.parametrize("name", SUSPECT)
def test_what_is_merely_suspect_hinders_nobody(name: str) -> None:
    grid = SUSPECT[name][1]()
    assert not [flaw for flaw in told_of(grid) if flaw.is_error]


@pytest.mark.parametrize("k", range(len(suspect_but_sound())))
def test_what_is_usual_is_not_suspect(k: int) -> None:
    assert told_of(suspect_but_sound()[k]) == ()


def test_the_table_of_codes_lists_what_the_product_tells_and_nothing_else() -> None:
    product = Path(gridops.__file__).parent
    files = [file for pattern in TELLING for file in product.glob(pattern)]
    texts = {text for file in files for text in _texts(file) if CODE.fullmatch(text)}
    assert texts - NO_CODES == set(FLAW_KINDS)


def test_every_code_is_planted_by_some_test() -> None:
    here = Path(__file__).parent
    patterns = ("test_grid_*.py", "test_cli_check.py", "test_review_*.py")
    tests = [file for pattern in patterns for file in here.glob(pattern)]
    planted = {code for code, _, _ in ALL.values()}
    planted |= {text for file in tests for text in _texts(file)}
    assert set(FLAW_KINDS) - planted == set()


def _texts(file: Path) -> set[str]:
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
