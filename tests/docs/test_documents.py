"""What the documents promise is there: links, commands, names."""

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("models/*/*.md")),
    *sorted(ROOT.glob("simulations/**/*.md")),
]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S)


def shell_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        lines = "".join(blocks(page, "sh")).splitlines()
        commands = (line.partition("#")[0].strip() for line in lines)
        yield from ((name_of(page), command) for command in commands if command)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_resolve(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{name_of(page)} links to {target}"


def gridops_commands() -> set[str]:
    """The first word after `gridops` in every shell block, and after `go.py --`."""
    found = set()
    for _, line in shell_lines():
        words = line.replace("python3 go.py --", "gridops").split()
        if words[:1] == ["gridops"] and len(words) > 1:
            found.add(words[1])
    readme = (ROOT / "README.md").read_text()
    return found | set(re.findall(r"`python3 go\.py -- (\w+)", readme)) | {"demo"}


def test_readme_has_the_two_commands() -> None:
    commands = [line for page, line in shell_lines() if page == "README.md"]
    assert commands == ["python3 go.py demo", "python3 go.py test"]


@pytest.mark.parametrize("command", sorted(gridops_commands()))
def test_every_command_in_the_documents_exists(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gridops", command, "--help"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert command in done.stdout


def test_go_knows_what_the_documents_ask_of_it() -> None:
    asked = {line.split()[2] for _, line in shell_lines() if line.startswith("python3 go.py")}
    assert asked <= {"demo", "test", "--"}


def imported_names() -> list[tuple[str, str]]:
    pattern = re.compile(r"^from (gridops[\w.]*) import ([\w, ]+)", re.M)
    found = {
        (module, name.strip())
        for page in PAGES
        for block in blocks(page, "python")
        for module, names in pattern.findall(block)
        for name in names.split(",")
    }
    return sorted(found)


@pytest.mark.parametrize(("module", "name"), imported_names())
def test_python_names_in_the_documents_exist(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_has_its_line_its_price_and_its_alternatives(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.name[:4]} ")
    assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Price", "Alternatives"]
    quoted = [line for line in text.splitlines() if line.startswith("> ")]
    assert len(quoted) == 1, "one quotable line"


def test_decisions_are_numbered_without_holes() -> None:
    assert [page.name[:4] for page in DECISIONS] == [
        f"{n:04}" for n in range(1, len(DECISIONS) + 1)
    ]


def glossary_rows() -> list[list[str]]:
    rows = re.findall(r"^\| (.+) \|$", (ROOT / "docs/glossary.md").read_text(), re.M)
    return [row.split(" | ") for row in rows if not row.startswith("word ")]


def test_the_glossary_has_each_word_once_in_both_languages() -> None:
    rows = glossary_rows()
    words = [row[0] for row in rows]
    assert len(words) == len(set(words))
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows)


def test_the_glossary_holds_the_words_of_the_trade() -> None:
    words = """fault, outage, interruption, incident, section, fence, tie, feeder, point, tag, plan,
        step, sheet, ledger, rule-set, recloser, load-break switch, fault passage indicator,
        lockout, cold load pickup, pick-up, ring main unit"""
    held = {row[0] for row in glossary_rows()}
    assert [word for word in map(str.strip, words.split(",")) if word not in held] == []


def test_every_layer_stands_in_the_architecture() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    parts = sorted(p.stem for p in (ROOT / "gridops").iterdir() if p.suffix == ".py" or p.is_dir())
    for part in parts:
        if not part.startswith("_") and part != "content":
            assert f"`{part}`" in page, f"docs/architecture.md does not name {part}"


def test_notebooks_carry_no_outputs() -> None:
    for notebook in sorted(ROOT.glob("notebooks/*.ipynb")):
        for cell in json.loads(notebook.read_text())["cells"]:
            assert not cell.get("outputs"), name_of(notebook)
            assert not cell.get("execution_count"), name_of(notebook)
