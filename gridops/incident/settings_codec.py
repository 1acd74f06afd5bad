"""`IncidentSettings` to canonical JSON and back, so that the journal keeps what was decided by."""

import json
import types
from dataclasses import asdict, fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from gridops.incident.model import IncidentSettings


def settings_to_json(settings: IncidentSettings) -> str:
    return json.dumps(asdict(settings), sort_keys=True, separators=(",", ":"))


def settings_from_json(text: str) -> IncidentSettings:
    """Fields that the text does not have keep their default.

    Raises: ValueError for a field that this version does not know: deciding by half of the
    settings would be worse than not starting.
    """
    settings: IncidentSettings = _built(IncidentSettings, json.loads(text))
    return settings


def _built(cls: type[Any], plain: dict[str, Any]) -> Any:
    hints = get_type_hints(cls)
    unknown = sorted(set(plain) - {f.name for f in fields(cls)})
    if unknown:
        raise ValueError(f"{cls.__name__} has no setting {', '.join(unknown)}")
    return cls(**{name: _value(hints[name], value) for name, value in plain.items()})


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if is_dataclass(hint) and isinstance(hint, type):
        return _built(hint, value)
    return value
