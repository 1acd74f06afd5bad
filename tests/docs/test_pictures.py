"""No picture may fall behind what it shows."""

from pathlib import Path
from types import ModuleType

SIZE_MAX = 300_000
REMEDY = "run `python .ci/pictures.py`"


def test_every_picture_is_what_is_drawn_today(root: Path, pictures: ModuleType) -> None:
    for file, text in pictures.pictures():
        assert (root / file).read_text(encoding="utf-8") == text, f"{file}: {REMEDY}"
        assert len(text.encode()) < SIZE_MAX, f"{file} is too large"


def test_every_shipped_grid_has_a_picture_and_shows_it(root: Path) -> None:
    grids = {path.parent for path in root.glob("models/*/network.toml")}
    assert {path.parent for path in root.glob("models/*/picture.svg")} == grids
    for folder in grids:
        text = (folder / "README.md").read_text(encoding="utf-8")
        assert f"![{folder.name} as a one-line diagram](picture.svg)" in text, folder.name
