"""Templates of sheets from files: those that come with GridOps, or a utility's own.

docs/sheets.md describes every key; a test compares it with the models here.
"""

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from gridops.errors import FileFlawed
from gridops.events.sheets import StepAct
from gridops.sheets.templates import (
    KIND_AT,
    Parameter,
    ParameterKind,
    Place,
    Template,
    TemplateStep,
)

SHIPPED = Path(__file__).resolve().parents[1] / "content" / "sheet_templates"
REMEDY = "docs/sheets.md describes every key of a template"
TEMPLATES_MAX = 200
"""Files of one folder that are read."""

Title = Annotated[str, Field(min_length=1, max_length=120)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Where = tuple[str | int, ...]
"""The way to a key: `("steps", 2, "of")` is `of` in the third `[[steps]]`."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ParameterEntry(_Strict):
    """One `[[parameters]]`."""

    name: Name
    kind: ParameterKind
    title: Title
    title_vi: Title
    needed: StrictBool = True


class StepEntry(_Strict):
    """One `[[steps]]`."""

    act: StepAct | None = None
    at: Place
    of: Name


class TemplateFile(_Strict):
    """One file; its name without `.toml` is the id of the template."""

    format: Literal[1]
    title: Title
    title_vi: Title
    parameters: Annotated[list[ParameterEntry], Field(min_length=1, max_length=20)]
    steps: Annotated[list[StepEntry], Field(min_length=1, max_length=100)]


TABLES: dict[str, type[BaseModel]] = {"parameters": ParameterEntry, "steps": StepEntry}


def read_templates(folder: Path = SHIPPED) -> tuple[Template, ...]:
    """Every template of a folder, by id.

    Raises: FileFlawed with every flaw of every file, each with its line and what to do.
    """
    files = sorted(folder.glob("*.toml"))
    if not files or len(files) > TEMPLATES_MAX:
        told = f"{folder}: {len(files)} templates, 1 to {TEMPLATES_MAX} are read"
        raise FileFlawed([told], remedy="name a folder of *.toml files")
    found: list[Template] = []
    flaws: list[str] = []
    for file in files:
        try:
            found.append(read_template(file))
        except FileFlawed as error:
            flaws += error.flaws
    if flaws:
        raise FileFlawed(flaws, remedy=REMEDY)
    return tuple(found)


def read_template(file: Path) -> Template:
    """Raises: FileFlawed with every flaw, each with its line and what to do."""
    text = _text_of(file)
    try:
        plain = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = at.group(1) if at else "1"
        raise FileFlawed([f"{file}:{line}: is not TOML: {error}"], remedy=REMEDY) from error
    try:
        entries = TemplateFile.model_validate(plain)
    except ValidationError as error:
        told = [(tuple(flaw["loc"]), _told(flaw)) for flaw in error.errors()]
        raise FileFlawed(_placed(file, text, told=told), remedy=REMEDY) from error
    flaws = [*_flaws(entries)]
    if re.fullmatch(r"[a-z][a-z0-9_]{0,39}", file.stem) is None:
        flaws.append((("format",), "the name of the file is no id: use a to z, 0 to 9 and _"))
    if flaws:
        raise FileFlawed(_placed(file, text, told=flaws), remedy=REMEDY)
    return _template(file.stem, entries)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "is not UTF-8"
        raise FileFlawed([f"{file}: {told}"], remedy="check path and encoding") from error


def _template(ident: str, entries: TemplateFile) -> Template:
    return Template(
        id=ident,
        title=entries.title,
        title_vi=entries.title_vi,
        parameters=tuple(Parameter(**entry.model_dump()) for entry in entries.parameters),
        steps=tuple(TemplateStep(**entry.model_dump()) for entry in entries.steps),
    )


def _flaws(entries: TemplateFile) -> Iterator[tuple[Where, str]]:
    """What the keys say together."""
    kinds = {entry.name: entry.kind for entry in entries.parameters}
    many = Counter(entry.name for entry in entries.parameters)
    for k, entry in enumerate(entries.parameters):
        if many[entry.name] > 1:
            yield ("parameters", k, "name"), f"there are several {entry.name!r}: rename one"
        if all(step.of != entry.name for step in entries.steps):
            yield ("parameters", k, "name"), f"no step uses {entry.name!r}: remove it or use it"
    for k, step in enumerate(entries.steps):
        if step.of not in kinds:
            near = difflib.get_close_matches(step.of, kinds, n=3) or sorted(kinds)
            yield ("steps", k, "of"), f"no parameter {step.of!r}: near are {', '.join(near)}"
        elif kinds[step.of] is not KIND_AT[step.at]:
            told = f"at {step.at.value!r} a parameter of kind {KIND_AT[step.at].value!r} is needed"
            yield ("steps", k, "of"), f"{told}, {step.of!r} is a {kinds[step.of].value!r}"
        acts = step.at not in (Place.PAPER, Place.OFF_NORMAL)
        if acts and step.act in (None, StepAct.NOTE):
            yield ("steps", k, "act"), "says nothing to do: write open, close, earth, ..."
        if not acts and step.act is not None:
            yield ("steps", k, "act"), f"at {step.at.value!r} there is no act: remove it"


def _told(flaw: Any) -> str:
    if flaw["type"] != "extra_forbidden":
        return str(flaw["msg"])
    where = flaw["loc"]
    model = TABLES.get(str(where[0]), TemplateFile) if len(where) > 1 else TemplateFile
    near = difflib.get_close_matches(str(where[-1]), list(model.model_fields), n=3)
    return f"no such key (near: {', '.join(near) or 'none'})"


def _placed(file: Path, text: str, *, told: list[tuple[Where, str]]) -> list[str]:
    flaws = sorted((_line_of(where, text), where, what) for where, what in told)
    return [
        f"{file}:{line}: {'.'.join(str(part) for part in where)}: {what}"
        for line, where, what in flaws
    ]


def _line_of(where: Where, text: str) -> int:
    """The line of a key, or of the table that lacks it; 1 for what the file lacks."""
    listed = text.splitlines()
    heads = [k for k, line in enumerate(listed) if line.strip().startswith("[")]
    begins, ends = 0, heads[0] if heads else len(listed)
    if len(where) > 1 and isinstance(where[1], int):
        mine = [k for k in heads if listed[k].strip() == f"[[{where[0]}]]"]
        begins = mine[where[1]] if where[1] < len(mine) else 0
        ends = next((k for k in heads if k > begins), len(listed))
    key = re.escape(str(where[-1]))
    found = (k for k in range(begins, ends) if re.match(rf"\s*{key}\s*=", listed[k]))
    return next(found, begins) + 1
