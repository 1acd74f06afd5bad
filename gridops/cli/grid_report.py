"""What `gridops check` shows to people: by severity, then by kind, long lists cut."""

from collections import Counter
from collections.abc import Iterator, Sequence

from gridops.adapters.grid_files import GridReport
from gridops.cli.output import say, show_table
from gridops.errors.severity import Severity
from gridops.network.flaws import GridFlaw
from gridops.network.validation_readiness import GRADES, FeederReadiness

SHOWN_PER_CODE = 5
SHOWN_FEEDERS = 20
NAMES = {
    Severity.ERROR: ("error", "errors"),
    Severity.WARNING: ("warning", "warnings"),
    Severity.NOTE: ("note", "notes"),
}
COLUMNS = ("kind", "where", "what", "remedy")
MORE = "and {} more (--all shows them)"


def at_least(flaws: Sequence[GridFlaw], lowest: Severity) -> tuple[GridFlaw, ...]:
    """Those of `lowest` and graver ones."""
    kept = list(Severity)[: list(Severity).index(lowest) + 1]
    return tuple(flaw for flaw in flaws if flaw.severity in kept)


def show_report(report: GridReport, *, shown: Sequence[GridFlaw], is_whole: bool) -> None:
    """`shown` are the flaws to list; the last line counts all that the report holds."""
    for severity in Severity:
        found = [flaw for flaw in shown if flaw.severity is severity]
        if found:
            title = f"{_counted(severity, len(found))}"
            show_table(title, COLUMNS, rows=_rows(found, is_whole=is_whole))
    show_table(
        "feeders", ("feeder", "grade", "why not better"), rows=_graded(report, is_whole=is_whole)
    )
    if len(report.feeders) > SHOWN_FEEDERS:
        grades = Counter(each.grade for each in report.feeders)
        say("feeders: " + ", ".join(f"{grades[g]} {g}" for g in GRADES if grades[g]))
    count = Counter(flaw.severity for flaw in report.flaws)
    told = ", ".join(_counted(severity, count[severity]) for severity in Severity)
    say(f"{report.grid}: {'ok' if report.ok else 'cannot be used'}; {told}")


def _counted(severity: Severity, count: int) -> str:
    one, many = NAMES[severity]
    return f"{count} {one if count == 1 else many}"


def _rows(found: Sequence[GridFlaw], *, is_whole: bool) -> Iterator[tuple[str, str, str, str]]:
    of_code: dict[str, list[GridFlaw]] = {}
    for flaw in found:
        of_code.setdefault(flaw.code, []).append(flaw)
    for code, flaws in of_code.items():
        shown = flaws if is_whole else flaws[:SHOWN_PER_CODE]
        for k, flaw in enumerate(shown):
            place = flaw.file if flaw.row is None else f"{flaw.file}:{flaw.row}"
            remedy = flaw.remedy if k == 0 or flaw.remedy != shown[k - 1].remedy else "as above"
            yield code if k == 0 else "", place, flaw.message, remedy
        if len(shown) < len(flaws):
            yield "", "", MORE.format(len(flaws) - len(shown)), ""


def _graded(report: GridReport, *, is_whole: bool) -> Iterator[tuple[str, str, str]]:
    """All in file order, or of many the worst."""
    feeders: Sequence[FeederReadiness] = report.feeders
    if not is_whole and len(feeders) > SHOWN_FEEDERS:
        feeders = sorted(feeders, key=lambda each: each.grade, reverse=True)[:SHOWN_FEEDERS]
    for each in feeders:
        yield each.feeder, each.grade, "; ".join(each.reasons)
    if len(feeders) < len(report.feeders):
        yield "", "", MORE.format(len(report.feeders) - len(feeders))
