"""The dispatcher's quick card: one page, and every word that it quotes stands on the screen."""

import json
import re
from pathlib import Path

import pytest

LETTERS_MAX = 4_500
"""What fits on A4 at a size that can be read at night."""
OWN_LETTERS_MIN = 4
"""A message that is all parameters would match anything."""
LEGEND = {"Bold", "Chữ đậm"}


def card(root: Path, language: str) -> str:
    return (root / f"docs/quick_card_{language}.md").read_text(encoding="utf-8")


def messages(root: Path, language: str) -> dict[str, re.Pattern[str]]:
    """What each message of the console may look like, `{name}` and `{n?one:many}` filled in."""
    file = root / f"console/src/i18n/{language}.json"
    words: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return {
        key: re.compile("".join(_part(part) for part in re.split(r"({[^}]*})", text)))
        for key, text in words.items()
        if len(re.sub(r"{[^}]*}", "", text)) >= OWN_LETTERS_MIN or "{" not in text
    }


def _part(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    forms = part.strip("{}").partition("?")[2]
    return f"({'|'.join(map(re.escape, forms.split(':')))})" if forms else ".+"


def keys(quoted: str, known: dict[str, re.Pattern[str]]) -> set[str]:
    return {key for key, pattern in known.items() if pattern.fullmatch(quoted)}


def quotes(text: str) -> list[str]:
    return [one for one in re.findall(r"\*\*(.+?)\*\*", text) if one not in LEGEND]


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_quoted_word_stands_on_the_screen(root: Path, language: str) -> None:
    known, quoted = messages(root, language), quotes(card(root, language))
    assert len(quoted) > 40
    assert [one for one in quoted if not keys(one, known)] == []


@pytest.mark.parametrize("language", ["en", "vi"])
def test_it_is_one_page(root: Path, language: str) -> None:
    assert len(card(root, language)) < LETTERS_MAX


def test_both_languages_quote_the_same_things_in_the_same_order(root: Path) -> None:
    english, vietnamese = (
        [keys(one, messages(root, language)) for one in quotes(card(root, language))]
        for language in ("en", "vi")
    )
    assert len(english) == len(vietnamese)
    for one, other in zip(english, vietnamese, strict=True):
        assert one & other, (one, other)
