"""No picture may fall behind what it shows."""

import json
import re
from pathlib import Path
from types import ModuleType

SIZE_MAX = 300_000
SCREEN_SIZE_MAX = 150_000
RETAKE = "run `python .ci/screens.py`"
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


def test_every_screen_is_shown_in_both_languages_and_loads_fast(root: Path) -> None:
    """Times and measurements differ in each, so they are looked at and not compared."""
    page = (root / "docs/console.md").read_text(encoding="utf-8")
    screens = json.loads((root / "console/src/i18n/en.json").read_text(encoding="utf-8"))
    names = {key.partition(".")[2] for key in screens if re.fullmatch(r"screen\.\w+", key)}
    for name in names - {"title", "missing"}:  # what stands above all, or instead of one
        for language in ("en", "vi"):
            file = f"img/screens/{name}-{language}.png"
            assert f"]({file})" in page, f"{file}: {RETAKE}"
    for taken in (root / "docs/img/screens").iterdir():
        assert f"](img/screens/{taken.name})" in page, f"{taken.name} is shown nowhere"
        assert taken.stat().st_size < SCREEN_SIZE_MAX, f"{taken.name} is too large: {RETAKE}"
