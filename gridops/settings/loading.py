"""Reads settings: given by the caller, then environment, then file, then default."""

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableEnvironment

from gridops.errors import SettingsError
from gridops.settings.model import ENVIRONMENT_PREFIX, NESTING, Settings


def load_settings(
    file: Path | None = None, overrides: Mapping[str, object] | None = None
) -> Settings:
    """`overrides` (nested as the file is) win over `GRIDOPS_*`, these over `file`.

    Raises: SettingsError naming every unknown or unusable setting, with near names. A setting
    is never ignored: a misspelt one would otherwise leave its default in force unseen.
    """
    if file is not None and not file.is_file():
        raise SettingsError("no such file", where=str(file), remedy="check --settings")
    _refuse_unknown_variables()
    place = str(file) if file is not None else "settings"
    try:
        return _sources(file)(**dict(overrides or {}))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"not TOML: {error}", where=place) from error
    except UnreadableEnvironment as error:
        raise SettingsError(
            f"{error}: {error.__cause__}", where="environment", remedy="write it as JSON"
        ) from error
    except ValidationError as error:
        flaws = "; ".join(_sentence(flaw) for flaw in error.errors())
        raise SettingsError(flaws, where=place, remedy="docs/settings.md lists them all") from error


def beside(journal_url: str, name: str) -> Path:
    """Where a file goes that belongs to this journal: its folder, or `var` for a database."""
    scheme, _, path = journal_url.partition(":///")
    return (Path(path).parent if scheme.startswith("sqlite") else Path("var")) / name


def known_settings(model: type[BaseModel] = Settings) -> Iterator[tuple[str, ...]]:
    """The path of every setting, sections left out, in the order of the model."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from ((name, *path) for path in known_settings(field.annotation))
        else:
            yield (name,)


def variable_of(path: tuple[str, ...]) -> str:
    """The environment variable that sets `path`."""
    return ENVIRONMENT_PREFIX + NESTING.join(path).upper()


def _sources(file: Path | None) -> Callable[..., Settings]:
    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(  # type: ignore[override]  # called by keyword
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            *,
            env_settings: PydanticBaseSettingsSource,
            **_no_dotenv_no_secrets: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)

    return FromFile


def _refuse_unknown_variables() -> None:
    known = [variable_of(path) for path in known_settings()]
    for name in sorted(os.environ):
        if name.upper().startswith(ENVIRONMENT_PREFIX) and name.upper() not in known:
            near = ", ".join(get_close_matches(name.upper(), known, n=3))
            raise SettingsError(
                f"no setting is called {name}",
                where="environment",
                remedy=f"near: {near}" if near else "docs/settings.md lists them all",
            )


def _sentence(flaw: ErrorDetails) -> str:
    path = ".".join(str(part) for part in flaw["loc"])
    if flaw["type"] != "extra_forbidden":
        said = flaw["msg"].removeprefix("Value error, ")
        return f"{path}: {said}" if path else said
    known = [".".join(each) for each in known_settings()]
    near = get_close_matches(path, known, n=3) or get_close_matches(
        path.rpartition(".")[2], [each.rpartition(".")[2] for each in known], n=3
    )
    return f"no setting is called {path}" + (f" (near: {', '.join(near)})" if near else "")
