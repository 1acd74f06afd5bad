"""The pages that are made from code say what the code says."""

from pathlib import Path
from types import ModuleType

import pytest

from gridops.settings import Settings, load_settings
from gridops.settings.loading import known_settings

PAGES = [
    "docs/settings.md",
    "docs/metrics.md",
    "docs/errors.md",
    "docs/checks.md",
    "docs/grids.md",
    "docs/openapi.json",
]


@pytest.mark.parametrize("page", PAGES)
def test_page_is_what_the_code_says(root: Path, reference: ModuleType, page: str) -> None:
    assert (root / page).read_text() == reference.PAGES[page](), "run: python .ci/reference.py"


def test_every_page_made_from_code_is_compared(reference: ModuleType) -> None:
    assert list(reference.PAGES) == PAGES


def test_every_setting_says_what_it_means() -> None:
    for path in known_settings():
        field = Settings.model_fields[path[0]]
        for name in path[1:]:
            assert isinstance(field.annotation, type)
            field = field.annotation.model_fields[name]
        assert field.description, f"{'.'.join(path)} has no docstring"


def test_what_the_settings_page_shows_can_be_loaded(root: Path, tmp_path: Path) -> None:
    page = (root / "docs/settings.md").read_text()
    example = page.partition("```toml\n")[2].partition("```")[0]
    file = tmp_path / "example.toml"
    file.write_text(example)
    assert load_settings(file).link.endpoints == {"RTU1": "opc.tcp://10.0.0.1:4840"}
