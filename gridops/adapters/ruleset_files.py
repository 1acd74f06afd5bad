"""Rule-sets from files: those that come with GridOps, or a utility's own.

docs/minutes.md describes every key; a test compares it with the model here.
"""

import difflib
import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from unicodedata import normalize
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, field_validator

from gridops.errors import FileFlawed
from gridops.reliability import (
    CustomerBase,
    MajorEventRule,
    MinutesBelongTo,
    RuleSet,
    YearLength,
    YearRule,
)
from gridops.reliability.rulesets import REPEATS

SHIPPED = Path(__file__).resolve().parents[1] / "content" / "rulesets"
Hours = Annotated[float, Field(gt=0.0, le=8784.0, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0.0, le=86400.0, allow_inf_nan=False)]


class RuleSetFile(BaseModel):
    """One file, key by key; as `RuleSet`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    text: Annotated[str, Field(min_length=1)]
    unverified: list[str] = []
    sustained_after_s: Seconds
    threshold_is_sustained: StrictBool
    planned_counts: StrictBool = True
    source_lost_counts: StrictBool = True
    excluded: list[str] = []
    customers: CustomerBase = CustomerBase.AVERAGE
    year: YearRule = YearRule.RATIO
    minutes_belong_to: MinutesBelongTo = MinutesBelongTo.START
    time_zone: str | None = None
    year_length: YearLength = YearLength.CALENDAR
    momentary_group_s: Seconds = 300.0
    shots_before_lockout_count: StrictBool = False
    repeats: list[Annotated[int, Field(ge=1, le=1000)]] = list(REPEATS)
    long_single_h: list[Hours] = [8.0]
    long_total_h: list[Hours] = [24.0]
    major_events: MajorEventRule = MajorEventRule.NONE
    beta_factor: Annotated[float, Field(gt=0.0, le=10.0, allow_inf_nan=False)] = 2.5
    history_years: Annotated[int, Field(ge=1, le=50)] = 5
    zero_days_dropped: StrictBool = True

    @field_validator("unverified")
    @classmethod
    def _are_keys(cls, named: list[str]) -> list[str]:
        strange = [name for name in named if name not in cls.model_fields]
        if strange:
            raise ValueError(f"names no key of a rule-set: {', '.join(strange)}")
        return named

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        if name is not None and name not in available_timezones():
            near = difflib.get_close_matches(name, sorted(available_timezones()), n=3)
            raise ValueError(f"no such time zone (near: {', '.join(near) or 'none'})")
        return name

    def ruleset(self) -> RuleSet:
        return RuleSet(
            name=self.name,
            text=self.text,
            sustained_after=timedelta(seconds=self.sustained_after_s),
            threshold_is_sustained=self.threshold_is_sustained,
            planned_counts=self.planned_counts,
            source_lost_counts=self.source_lost_counts,
            excluded=frozenset(self.excluded),
            customers=self.customers,
            year=self.year,
            minutes_belong_to=self.minutes_belong_to,
            time_zone=self.time_zone,
            year_length=self.year_length,
            momentary_group=timedelta(seconds=self.momentary_group_s),
            shots_before_lockout_count=self.shots_before_lockout_count,
            repeats=tuple(sorted(set(self.repeats))),
            long_single=tuple(timedelta(hours=hours) for hours in sorted(set(self.long_single_h))),
            long_total=tuple(timedelta(hours=hours) for hours in sorted(set(self.long_total_h))),
            major_events=self.major_events,
            beta_factor=self.beta_factor,
            history_years=self.history_years,
            zero_days_dropped=self.zero_days_dropped,
            unverified=tuple(sorted(set(self.unverified))),
        )


def shipped_rulesets() -> tuple[str, ...]:
    """Names of the rule-sets that come with GridOps, sorted."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def read_ruleset(name_or_file: str | Path) -> RuleSet:
    """A file as given, else a shipped rule-set by its name.

    Raises: FileFlawed with every flaw, each with file and line.
    """
    given = Path(name_or_file)
    if not _is_file(given):
        shipped = shipped_rulesets()
        if str(name_or_file) not in shipped:
            near = difflib.get_close_matches(given.stem, shipped, n=3, cutoff=0.4) or shipped
            what = "no such rule-set, and no such file"
            raise FileFlawed([f"{given}: {what}"], remedy=f"shipped: {', '.join(near)}")
        given = SHIPPED / f"{name_or_file}.toml"
    return _read(given)


def _is_file(given: Path) -> bool:
    try:
        return given.is_file()
    except OSError:  # a name that is too long for one
        return False


def _read(file: Path) -> RuleSet:
    text, plain = read_toml(file)
    try:
        return RuleSetFile.model_validate(plain).ruleset()
    except ValidationError as error:
        raise FileFlawed(_flaws(error, text, file=file)) from error


def read_toml(file: Path) -> tuple[str, dict[str, Any]]:
    """The text of a file, and what it says. Letters are composed (NFC) and a mark of the byte order
    is passed over, so that it does not matter with what it was written.

    Raises: FileFlawed with file and line.
    """
    try:
        text = normalize("NFC", file.read_text(encoding="utf-8-sig"))
        return text, tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "is not UTF-8"
        raise FileFlawed([f"{file}: {told}"], remedy="check path and encoding") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        at = line.group(1) if line else "1"
        raise FileFlawed([f"{file}:{at}: is not TOML: {error}"]) from error
    except RecursionError as error:
        raise FileFlawed([f"{file}: is not TOML: brackets within brackets"]) from error


def _flaws(error: ValidationError, text: str, *, file: Path) -> list[str]:
    found = []
    for flaw in error.errors():
        key = str(flaw["loc"][0])
        where = ".".join(str(part) for part in flaw["loc"])
        found.append((line_of(key, text), where, _told(key, flaw)))
    return [f"{file}:{line}: {where}: {told}" for line, where, told in sorted(found)]


def _told(key: str, flaw: Any) -> str:
    if flaw["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, list(RuleSetFile.model_fields), n=3)
        return f"no such key (near: {', '.join(near) or 'none'})"
    return told_by(flaw)


def told_by(flaw: Any) -> str:
    """What is wrong, in the words of whoever found it."""
    return str(flaw["msg"]).removeprefix("Value error, ")


def line_of(key: str, text: str) -> int:
    """The line on which a key (or, with its bracket, a header) of a TOML file stands; 1 for one
    that is missing."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[?\[?\"?{re.escape(key)}\"?\s*[=.\]]", line):
            return number
    return 1
