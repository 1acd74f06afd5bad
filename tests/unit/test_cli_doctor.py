import pytest
from cli_story import Terminal

from gridops.cli.doctor import doctor


def test_the_document_is_the_report(gridops_says: Terminal) -> None:
    said = gridops_says("doctor", "--json")
    assert said.code == (0 if doctor().ok else 1)
    assert set(said.document) == {"ok", "checks"}
    assert [c["check"] for c in said.document["checks"]] == [f.check for f in doctor().findings]


def test_people_see_check_and_remedy(
    gridops_says: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDOPS_SERVER__PORT", "no number")
    said = gridops_says("doctor")
    assert said.code == 1
    assert "settings" in said.out
    assert "docs/settings.md" in said.out
