"""The minutes of a month on A4 paper, under every rule-set, in the words of `paper/minutes_*.toml`.

What rests on a text that was not read is marked wherever it stands.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from xml.etree.ElementTree import Element, SubElement

from gridops.api.paper_form import Form, begun, letterhead, put, written
from gridops.events.minutes import MinutesCorrected
from gridops.reliability import Account, By, Group, Period, Report, report_of

LINES_MAX = 40
"""Of one table; how many more there are is said."""
WORST = 20
DIGITS = {"saidi_min": 4, "saifi": 5, "caidi_min": 2, "maifi": 5, "asai": 6, "customer_minutes": 1}
INDICES = (
    "customers_served",
    "customer_minutes",
    "customer_interruptions",
    "saidi_min",
    "saifi",
    "caidi_min",
    "avoided",
    "maifi",
    "asai",
    "ens_wh",
    "ens_flat_wh",
    "without_major",
)
IN_KWH = ("ens_wh", "ens_flat_wh")
WH_PER_KWH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What is counted under one rule-set."""

    report: Report
    groups: Mapping[By, tuple[Group, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What figures do not say of themselves."""

    month: str
    """As on a calendar: 2026-10."""
    avoided_min: float
    zone: tzinfo
    """Of the times on the paper."""
    now: datetime
    is_training: bool = False
    """The field is none: nobody may report these figures."""
    corrections: Sequence[MinutesCorrected] = ()
    """Of what began in the month."""


def month_of(account: Account, period: Period, *, source: str) -> Month:
    """Raises: ValueError where nobody is served."""
    return Month(
        report=report_of(account, period, source=source, worst=WORST),
        groups={by: account.groups(period, by) for by in (By.FEEDER, By.CAUSE)},
    )


def report_page(months: Sequence[Month], *, form: Form, around: Around) -> str:
    """The whole document; the first rule-set leads the order of its tables."""
    html, body = begun(form, form.say("head", "again", month=_month(around, form)))
    letterhead(
        body,
        form,
        printed=around.now.astimezone(around.zone),
        number=form.say("head", "month", month=_month(around, form)),
        training=around.is_training,
    )
    _facts(body, months[0].report, form=form, around=around)
    _indices(body, months, form=form, around=around)
    _left_out(body, months, form=form)
    _groups(body, months, form=form, by=By.FEEDER)
    _groups(body, months, form=form, by=By.CAUSE)
    _groups(body, months, form=form, by=By.LOAD)
    _corrections(body, form=form, around=around)
    for month in months:
        _unverified(body, month.report, form=form)
    return written(html)


def _month(around: Around, form: Form) -> str:
    year, month = around.month.split("-")
    return f"{month}/{year}" if form.language == "vi" else around.month


def _facts(body: Element, report: Report, *, form: Form, around: Around) -> None:
    account, period = report.account, report.period
    rows = SubElement(put(body, "table", at="facts"), "tbody")
    said = {
        "grid": report.source,
        "counted_to": form.moment(account.now, around.zone),
        "lasting": form.count(account.lasting(period)),
        "clamped": form.count(account.clamped(period)),
        "revised": form.count(account.revised(period)),
        "ends_reported": form.count(account.ends_reported(period)),
    }
    for word, text in said.items():
        row = SubElement(rows, "tr")
        put(row, "th", form["facts"][word])
        put(row, "td", text)


def _name(report: Report, form: Form) -> str:
    rules = report.account.ruleset
    return rules.name + (form["words"]["mark"] if rules.unverified else "")


def _indices(body: Element, months: Sequence[Month], *, form: Form, around: Around) -> None:
    names = [_name(month.report, form) for month in months]
    rows = _table(body, form["table"]["indices"], heads=["", *names])
    for word in INDICES:
        cells = [_figure(month.report, word, form=form, around=around) for month in months]
        _line(rows, form["index"][word], cells=cells)
    put(body, "p", form["words"]["caidi"], at="note")
    put(body, "p", form["words"]["energy"], at="note")


def _figure(report: Report, word: str, *, form: Form, around: Around) -> str:
    if word == "avoided":
        return form.number(around.avoided_min, 1)
    if word == "without_major":
        found = report.without_major
        return form.number(None if found is None else found.saidi_min, DIGITS["saidi_min"])
    value: float | None = getattr(report.indices, word)
    if word in IN_KWH and value is not None:
        value /= WH_PER_KWH
    return form.number(value, DIGITS.get(word, 0))


def _left_out(body: Element, months: Sequence[Month], *, form: Form) -> None:
    told = [
        (month.report, left)
        for month in months
        for left in month.report.account.left_out(month.report.period)
    ]
    if not told:
        return
    words = form["table"]
    rows = _table(
        body,
        words["left_out"],
        heads=[words["group_left_out"], "", form["index"]["customer_minutes"]],
    )
    for report, left in told:
        minutes = form.number(left.customer_minutes, 1)
        cells = [_name(report, form), minutes]
        _line(rows, form["left_out"][left.why.value], cells=cells)


COLUMNS: tuple[tuple[str, Callable[[Group], float], int], ...] = (
    ("share", lambda group: group.share.saidi_min, 4),
    ("times", lambda group: group.share.saifi, 5),
    ("minutes", lambda group: group.share.customer_minutes, 1),
)


def _groups(body: Element, months: Sequence[Month], *, form: Form, by: By) -> None:
    found = [m.report.worst if by is By.LOAD else m.groups[by] for m in months]
    keys = list(dict.fromkeys(group.key for groups in found for group in groups))
    words = form["table"]
    heads = [
        form.say("table", word, ruleset=_name(month.report, form))
        for word, _, _ in COLUMNS
        for month in months
    ]
    rows = _table(body, words[by.value], heads=[words[f"group_{by.value}"], *heads])
    named = [{group.key: group for group in groups} for groups in found]
    # Who is not in a list that was cut off may have had some as well.
    others = [None if by is By.LOAD and len(groups) >= WORST else 0.0 for groups in found]
    for key in keys[:LINES_MAX]:
        cells = [
            form.number(value(groups[key]) if key in groups else other, digits)
            for _, value, digits in COLUMNS
            for groups, other in zip(named, others, strict=True)
        ]
        _line(rows, _key(key, form=form, by=by), cells=cells)
    if None in others:
        put(body, "p", form.say("table", "beyond", count=form.count(WORST)), at="note")
    if not keys:
        put(body, "p", words["nobody"], at="note")
    if len(keys) > LINES_MAX:
        more = form.say("table", "more", count=form.count(len(keys) - LINES_MAX))
        put(body, "p", more, at="note")


def _corrections(body: Element, *, form: Form, around: Around) -> None:
    if not around.corrections:
        return
    words = form["table"]
    heads = [words[f"corrected_{word}"] for word in ("at", "by", "of", "why")]
    rows = _table(body, words["corrections"], heads=heads)
    for said in around.corrections[-LINES_MAX:]:
        row = SubElement(rows, "tr")
        put(row, "th", form.moment(said.at, around.zone))
        for text in (said.by, said.interruption or said.incident or "", said.reason):
            put(row, "td", text, at="text")
    beyond = len(around.corrections) - LINES_MAX
    if beyond > 0:
        put(body, "p", form.say("table", "more", count=form.count(beyond)), at="note")


def _key(key: str | None, *, form: Form, by: By) -> str:
    if key is None:
        return form["table"]["unknown"]
    return form["cause"].get(key, key) if by is By.CAUSE else key


def _unverified(body: Element, report: Report, *, form: Form) -> None:
    rules = report.account.ruleset
    if rules.unverified:
        keys = ", ".join(rules.unverified)
        words = form.say("words", "unverified", ruleset=rules.name, text=rules.text, keys=keys)
        put(body, "p", words, at="note")


def _table(body: Element, title: str, *, heads: Sequence[str]) -> Element:
    """Its rows, to be filled."""
    put(body, "h2", title)
    table = put(body, "table", at="figures")
    names = SubElement(SubElement(table, "thead"), "tr")
    for head in heads:
        put(names, "th", head)
    return SubElement(table, "tbody")


def _line(rows: Element, label: str, *, cells: Sequence[str]) -> None:
    row = SubElement(rows, "tr")
    put(row, "th", label)
    for cell in cells:
        put(row, "td", cell)
