"""docs/decision_table.md says what the engine says."""

from pathlib import Path
from types import ModuleType


def test_the_table_is_what_the_engine_says(root: Path, decision_table: ModuleType) -> None:
    page = (root / "docs" / "decision_table.md").read_text(encoding="utf-8")
    assert page == decision_table.page(), "run `python .ci/decision_table.py`"
