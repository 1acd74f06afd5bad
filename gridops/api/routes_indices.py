"""Outage minutes: the indices of a period, and what lies behind them."""

import re
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Response
from fastapi.responses import HTMLResponse

from gridops.api.counting import BadPeriod, calendar_month
from gridops.api.feed import to_json
from gridops.api.index_shapes import BehindShape, ReportShape, RuleSetShape
from gridops.api.minutes_print import Around, month_of, report_page
from gridops.api.paper_form import FormName, form_of
from gridops.api.problems import declared
from gridops.api.routes import Routes
from gridops.api.routes_reading import as_json
from gridops.api.service import Here, Now, Reader
from gridops.api.words import Plain, instant
from gridops.reliability import Account, By, Period, report_of
from gridops.reliability.behind import Piece, behind
from gridops.reliability.report import ruleset_plain

minutes = Routes(tags=["minutes"], responses=declared(400, 401, 403, 503))

GROUPS_MAX = 10_000
WORST_MAX = 1_000
PIECES_MAX = 500
SKIP_MAX = 10_000_000
CSV = "text/csv; charset=utf-8"
SPACE_BEFORE_A_ZONE = re.compile(r" (?=\d\d:?\d\d$)", re.ASCII)
"""A + that nobody wrote as %2B."""


class FileForm(StrEnum):
    JSON = "json"
    CSV = "csv"


Time = Annotated[str | None, Query(max_length=40)]
Key = Annotated[str | None, Query(max_length=200)]


class Asked:
    """Which time, and by which rules: today until now, unless something is said.

    A time is written 2026-01-01 or 2026-01-01T00:00+07:00; without a zone it is one of the
    rule-set's place.
    """

    def __init__(
        self,
        here: Here,
        _: Reader,
        *,
        now: Now,
        begin: Annotated[str | None, Query(alias="from", max_length=40)] = None,
        to: Time = None,
        ruleset: Annotated[str, Query(max_length=100)] = "ieee1366",
    ) -> None:
        """Raises: UnknownId, BadPeriod."""
        self.counting, self.now, self.ruleset = here.counting, now, ruleset
        self.source = here.room.network.name
        self.period: Period = here.counting.period(
            ruleset, begin=_time("from", begin), end=_time("to", to), now=now
        )


Question = Annotated[Asked, Depends(Asked)]


def _time(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(SPACE_BEFORE_A_ZONE.sub("+", text))
    except ValueError:
        raise BadPeriod(
            f"{name}: {text!r} is no time", remedy="write 2026-01-01 or 2026-01-01T00:00+07:00"
        ) from None


@minutes.get("/indices/rulesets", response_model=list[RuleSetShape])
async def rulesets(here: Here, _: Reader) -> Response:
    """What can be counted by, with every parameter."""
    return as_json([ruleset_plain(rules) for rules in here.counting.rulesets.values()])


@minutes.get(
    "/indices",
    response_model=ReportShape,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        **declared(404, 422),
    },
)
async def indices(
    asked: Question,
    *,
    by: By | None = None,
    most: Annotated[int, Query(ge=1, le=GROUPS_MAX)] = 1_000,
    worst: Annotated[int, Query(ge=0, le=WORST_MAX)] = 10,
    form: Annotated[FileForm, Query(alias="format")] = FileForm.JSON,
) -> Response:
    """SAIDI, SAIFI, CAIDI, MAIFI and their kin of a period under a rule-set, with all parameters of
    that. `by`: the groups that had any (months and days: all), at most `most`, those of most
    customer minutes first. As CSV: the groups, or one line for all."""

    def text(account: Account) -> str:
        report = report_of(
            account, asked.period, source=asked.source, by=by, most=most, worst=worst
        )
        return report.to_csv() if form is FileForm.CSV else to_json(report.to_plain())

    found = await asked.counting.ask(asked.ruleset, text, now=asked.now)
    if form is FileForm.JSON:
        return as_json(found)
    name = "-".join(("minutes", asked.ruleset, f"{asked.period.begin:%Y%m%d}", by or "all"))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(found, media_type=CSV, headers=headers)


class Groups:
    """Only interruptions of these; an empty word means those of which it is not known."""

    def __init__(
        self,
        *,
        feeder: Key = None,
        area: Key = None,
        cause: Key = None,
        priority: Key = None,
        load: Key = None,
    ) -> None:
        keys = {
            By.FEEDER: feeder,
            By.AREA: area,
            By.CAUSE: cause,
            By.PRIORITY: priority,
            By.LOAD: load,
        }
        self.only = {by: key for by, key in keys.items() if key is not None}


@minutes.get("/indices/counted", response_model=BehindShape, responses=declared(404, 422))
async def counted(
    asked: Question,
    groups: Annotated[Groups, Depends(Groups)],
    *,
    incident: Key = None,
    skip: Annotated[int, Query(ge=0, le=SKIP_MAX)] = 0,
    count: Annotated[int, Query(ge=1, le=PIECES_MAX)] = 100,
) -> Response:
    """What the indices of that time are made of, those of most customer minutes first: the minutes
    of all that count as sustained are theirs. What the rule-set leaves out stands here as well."""
    ask = partial(
        behind,
        period=asked.period,
        only=groups.only,
        incident=incident,
        skip=skip,
        most=count,
    )
    found = await asked.counting.ask(asked.ruleset, ask, now=asked.now)
    return as_json(
        {
            "ruleset": asked.ruleset,
            "from": instant(asked.period.begin),
            "to": instant(asked.period.end),
            "all": found.all,
            "customer_minutes": found.customer_minutes,
            "skip": skip,
            "interruptions": [_piece(piece) for piece in found.pieces],
        }
    )


MONTH = r"^(19|2[01])\d\d-(0[1-9]|1[0-2])$"


@minutes.get(
    "/indices/report",
    response_class=HTMLResponse,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **declared(422),
    },
)
async def report(
    *,
    month: Annotated[str | None, Query(pattern=MONTH)] = None,
    form: Annotated[FormName, Query()] = FormName.VN,
    here: Here,
    now: Now,
    _: Reader,
) -> HTMLResponse:
    """The minutes of a month on A4, under every rule-set, for the browser to print; of the present
    one unless another is named."""
    counting, books = here.counting, here.room.books
    month = month or f"{now.astimezone(books.zone):%Y-%m}"
    source = here.room.network.name
    months = []
    for ruleset in counting.rulesets:
        period = counting.month(ruleset, month)
        counted = partial(month_of, period=period, source=source)
        months.append(await counting.ask(ruleset, counted, now=now))
    calendar = calendar_month(month, books.zone)
    around = Around(
        month=month,
        avoided_min=books.avoided_min(calendar, now),
        zone=books.zone,
        now=now,
        is_training=here.room.installation.is_training,
        corrections=books.corrected_in(calendar),
    )
    return HTMLResponse(report_page(months, form=form_of(form, paper="minutes_"), around=around))


def _piece(piece: Piece) -> Plain:
    return {**asdict(piece), "began": instant(piece.began), "ended": instant(piece.ended)}
