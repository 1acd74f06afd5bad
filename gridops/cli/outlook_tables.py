"""What stands around a plan, for people: reads the same document as `incident_tables`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gridops.cli.figures import clock, count, or_dash
from gridops.cli.output import say, show_table

Plain = Mapping[str, Any]
FAILS = {"refused": "refuses", "silent": "stays silent"}
EXPECTS = ("step", ">within", "position", "voltage", "current", "must not flag")
BRANCHES = ("step", "its device", "then", ">customers at risk", ">minutes at risk")
ALTERNATIVES = (
    "without",
    "do",
    ">customers",
    ">minutes",
    ">weighted",
    ">movements",
    ">voltage min",
    ">loading max",
)
LISTED_MAX = 4
"""Names in one cell; the JSON document has them all."""


def show_outlook(plan: Plain) -> None:
    """Prints what the steps should show, failure branches, alternatives and helps."""
    show_expected(plan["steps"])
    if plan["branches"]:
        show_table("If a step fails", BRANCHES, rows=_branches(plan["branches"]))
    if plan["alternatives"]:
        own = plan["figures"]
        rows = [_own(own)]
        rows += [_alternative(one, own["weighted_minutes"]) for one in plan["alternatives"]]
        show_table("Other plans, against this one", ALTERNATIVES, rows=rows)
    if plan["helps"]:
        columns = ("what", ">customers more", ">minutes less", "sections")
        show_table("What would help", columns, rows=map(_help, plan["helps"]))


def show_expected(steps: Sequence[Plain]) -> None:
    """What an operator should see after each step, to compare."""
    if steps:
        show_table("What each step should show", EXPECTS, rows=map(_expects, steps))


def _expects(step: Plain) -> tuple[str, ...]:
    seen = step["expects"]
    by_whom = "" if seen["reports"] else ", told by the crew"
    return (
        f"{step['number']} {step['action']} {step['switch']}",
        clock(seen["within_s"]),
        ("closed" if step["action"] == "close" else "open") + by_whom,
        _few(_change(one, "node", form="{:.0f} V") for one in seen["voltages_v"]),
        _few(_change(one, "switch", form="{:.0f} A") for one in seen["currents_a"]),
        _few(seen["quiet"]),
    )


def _change(one: Plain, key: str, *, form: str) -> str:
    before, after = (or_dash(one[when], form) for when in ("before", "after"))
    return f"{one[key]} {before} to {after}"


def _branches(branches: Sequence[Plain]) -> Iterator[tuple[str, ...]]:
    """Refused and silent in one row where they come to the same."""
    causes: dict[tuple[str, ...], list[str]] = {}
    for one in branches:
        risks = count(one["customers_at_risk"]), _signed(one["minutes_at_risk"])
        row: tuple[str, ...] = (str(one["step"]), _then(one), *risks)
        causes.setdefault(row, []).append(FAILS[one["cause"]])
    for (step, *rest), listed in causes.items():
        yield (step, " or ".join(listed), *rest)


def _then(one: Plain) -> str:
    if one["steps"]:
        return _course(one["steps"])
    reasons = [(r["because"], r["element"]) for r in one["unserved"] or one["rejected"]]
    most = max(reasons, key=reasons.count, default=None)
    return "nothing more" if most is None else f"nothing more: {most[0]} {most[1]}"


def _course(steps: Sequence[Plain]) -> str:
    return ", ".join(f"{step['action']} {step['switch']}" for step in steps)


def _own(figures: Plain) -> tuple[str, ...]:
    minutes, back = figures["customer_minutes"], figures["customers_restored"]
    weighted = count(figures["weighted_minutes"])
    counts = (count(back), count(minutes), weighted, str(figures["movements"]))
    return ("", "this plan", *counts, *_tight(figures))


def _alternative(one: Plain, weighted: float) -> tuple[str, ...]:
    """`weighted`: the minutes of the plan that was taken."""
    return (
        _few(one["without"]),
        _course(one["steps"]),
        _signed(-one["customers_less"]),
        _signed(one["minutes_more"]),
        _signed(one["figures"]["weighted_minutes"] - weighted),
        _signed(one["movements_more"]),
        *_tight(one["figures"]),
    )


def _tight(figures: Plain) -> tuple[str, str]:
    return (
        or_dash(figures["voltage_pu_min"], "{:.3f} pu"),
        or_dash(figures["loading_pct_max"], "{:.0f} %"),
    )


def _signed(number: float) -> str:
    sign = "+" if number > 0 else "\u2212" if round(number) < 0 else ""
    return sign + count(abs(number))


def _help(one: Plain) -> tuple[str, ...]:
    most = "at most " if one["at_most"] else ""
    return (
        one["what"],
        most + count(one["customers_more"]),
        most + count(one["minutes_less"]),
        _few(one["sections"]),
    )


def show_dark(unserved: Sequence[Plain]) -> None:
    """Every healthy section that stays dark, by what keeps it so."""
    sections: dict[tuple[str, str], list[str]] = {}
    for one in unserved:
        sections.setdefault((one["because"], one["element"]), []).append(one["section"])
    rows = [(_few(names), because, at) for (because, at), names in sections.items()]
    if rows:
        show_table("Dark until repair, though healthy", ("sections", "because", "at"), rows=rows)
    hidden = sum(max(len(names) - LISTED_MAX, 0) for names in sections.values())
    if hidden:
        say(f"{hidden} more sections for the same reasons")


def _few(names: Iterator[str] | Sequence[str]) -> str:
    listed = list(names)
    more = [f"{len(listed) - LISTED_MAX} more"] if len(listed) > LISTED_MAX else []
    return ", ".join([*listed[:LISTED_MAX], *more])
