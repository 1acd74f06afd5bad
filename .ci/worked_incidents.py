"""Writes docs/worked_incidents.md and its pictures: ten incidents, told from the engine's answers.

`python .ci/worked_incidents.py` writes them; a test remakes and compares, so that no figure can
fall behind. The words around the figures are in `worked_incidents.toml`.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from worked_stories import Worked, moment_of, pictures_of, stories, whole

from gridops.cli.figures import clock, megawatts
from gridops.cli.incident_tables import limit_in_words
from gridops.ids import SectionId
from gridops.restoration.objective import weight_of_section

ROOT = Path(__file__).resolve().parent.parent
PAGE = "docs/worked_incidents.md"
WORDS: Mapping[str, str] = json.loads((ROOT / "console/src/i18n/en.json").read_text("utf-8"))
NAMES_MAX = 4
EVIDENCE_MAX = 6
REFUSED_MAX = 6
HELPS_MAX = 4
FAILS = {"refused": "refuses", "silent": "stays silent"}
Plain = Mapping[str, Any]

HEAD = """# Ten worked incidents

<!-- Made by `python .ci/worked_incidents.py`; a test compares. -->

For dispatchers. Each incident teaches one thing. All are worked out by the engine that runs in the
control room, on grids that GridOps brings along; the command under each heading gives the same
answer again. Words that are new to you stand in the [glossary](glossary.md), in English and
Vietnamese; how plans are made is told in [restoration](restoration.md).

**How to read the pictures.** A thin grey line is supplied as normal. A dotted line with black nodes
is dark. Thick dashes with a bolt are the fault. A double line is fed another way than normally. A
filled symbol is a closed switch, a hollow one an open switch. Beside each switch that moves stands
the number of the step.

**How to read the tables.** Times are minutes and seconds from the release of the plan; a crew's
time holds the way there. *Voltage*
and *load* are the lowest and the highest in everything that the step touches, by AC power flow;
*tightest at* names the element that is nearest to its limit. A fault is taken as found where it is,
as after a patrol, and as repaired 4 hours after the release. *Customer minutes* count all
customers for as long as they are dark; *weighted minutes* are what plans are chosen by: the same by
priority, with something on top for whoever is dark for longer than 1, 3 and 5 minutes.

| | incident | dark | back by switching | customer minutes with the plan | without |
|---|---|---|---|---|---|
"""


def page_of(worked: Sequence[Worked]) -> str:
    lines = [HEAD.rstrip("\n")]
    for number, one in enumerate(worked, start=1):
        customers, minutes = one.plain["customers"], one.plain["customer_minutes"]
        lines.append(
            _row(
                str(number),
                f"[{one.story.title}](#{_anchor(number, one.story.title)})",
                whole(customers["interrupted"]),
                whole(customers["restored_by_switching"]),
                whole(minutes["with_plan"]),
                whole(minutes["without"]),
            )
        )
    for number, one in enumerate(worked, start=1):
        lines += ["", *_chapter(number, one)]
    return "\n".join(lines) + "\n"


def _anchor(number: int, title: str) -> str:
    kept = "".join(c for c in f"{number} {title}".lower() if c.isalnum() or c in " -")
    return kept.replace(" ", "-")


def _chapter(number: int, one: Worked) -> Iterator[str]:
    story = one.story
    yield f"## {number}. {story.title}"
    yield f"\n*{story.title_vi}*"
    yield f"\n**What it teaches.** {story.lesson}"
    yield f"\n```sh\n{story.command()}\n```"
    yield f"\n**What happened.** {story.happened}"
    yield f"\n![{story.title}, {moment_of(one, 'before')}]({file_of(number, 'before')})"
    yield from _known(one)
    yield "\n**What is proposed.**\n"
    yield from _steps(one)
    yield from _interrupted(one)
    yield from _proof(one)
    yield f"\n{_filled(one, story.note)}"
    yield from _contrast(one)
    yield f"\n![{story.title}, {moment_of(one, 'after')}]({file_of(number, 'after')})"
    yield f"\n**Is it safe?** {_safe(one)}"
    yield from _refused(one)
    yield f"\n**Who stays dark, and why.** {_stays_dark(one)}"
    yield from _dark_table(one)
    yield from _failing(one)
    yield from _other(one)
    yield from _helps(one)
    yield f"\n**Result.** {_result(one)}"


def file_of(number: int, when: str) -> str:
    """Relative to the page."""
    return f"img/worked-{number:02}-{when}.svg"


def _known(one: Worked) -> Iterator[str]:
    plain = one.plain
    if one.story.way_home:
        off = ", ".join(plain["off_normal"])
        dark = whole(plain["customers"]["interrupted"])
        yield f"\n**What is dark.** {dark} customers, who wait for a breaker that may close now."
        yield "\n**Why we think so.** The repair is reported done."
        yield f"Off their normal position: {off}."
        return
    customers, power = plain["customers"]["interrupted"], plain["p_w"]["interrupted"]
    yield f"\n**What is dark.** {whole(customers)} customers, {megawatts(power)}."
    _, where, _ = plain["location"]["explanation"]
    yield f"\n**Why we think so.** {where['text']} What the devices said fits:\n"
    said = [e["why"] for e in plain["location"]["evidence"] if e["reading"] != "not fitted"]
    yield from (f"- {why}" for why in said[:EVIDENCE_MAX])
    if len(said) > EVIDENCE_MAX:
        yield f"- {len(said) - EVIDENCE_MAX} more devices fit as well"


def _steps(one: Worked) -> Iterator[str]:
    steps = one.plain["plan"]["steps"]
    if not steps:
        yield "Nothing: no safe step is known. The plan is empty, and says why."
        return
    network = one.network
    dropped = {step.number: step.sections_dropped for step in one.steps}
    some = any(dropped.values())
    columns = ["step", "do", "by", "from", "to", "customers back"]
    columns += ["interrupted"] if some else []
    columns += ["voltage", "load", "tightest at"]
    yield _row(*columns)
    yield "|" + "---|" * len(columns)
    for step in steps:
        check = step["check"]
        cells = [
            str(step["number"]),
            f"{step['action']} {step['switch']}",
            step["by"],
            clock(step["starts_s"]),
            clock(step["done_s"]),
            whole(step["customers_restored"]) if step["customers_restored"] else "",
        ]
        off = sum(network.sections[s].customers for s in dropped[step["number"]])
        cells += [(whole(off) if off else "")] if some else []
        volts, load = check["voltage_pu_min"], check["loading_pct_max"]
        cells += [
            "" if volts is None else f"{volts:.3f} pu",
            "" if load is None else f"{load:.0f} %",
        ]
        yield _row(*cells, check["limiting"] or "")


def _safe(one: Worked) -> str:
    guard = one.plain["guard"]
    if not guard["passed"]:
        return "No. The guard vetoes it."
    said = f"The guard, which shares no code with the planner, passed it: {guard['checks']} checks."
    checked = [s for s in one.plain["plan"]["steps"] if s["check"]["voltage_pu_min"] is not None]
    if not checked:
        return "Nothing is switched, so nothing can go wrong."
    low = min(checked, key=lambda s: float(s["check"]["voltage_pu_min"]))["check"]
    high = max(checked, key=lambda s: float(s["check"]["loading_pct_max"]))["check"]
    limits = one.result.outcome.question.limits
    return (
        f"{said} On the way the voltage is never below {low['voltage_pu_min']:.3f} pu"
        f" (limit {limits.voltage_pu_min:g}), the load never above {high['loading_pct_max']:.0f} %"
        f" (limit {limits.loading_pct_max:g})."
    )


def _refused(one: Worked) -> Iterator[str]:
    rejected = one.plain["plan"]["rejected"]
    if not rejected:
        return
    yield "\nWhat was tried and refused:\n"
    yield _row("close or open", "refused because", "at")
    yield "|---|---|---|"
    rows = [
        _row(
            ", ".join(sorted(each["option"])),
            _reason(each["because"]) + (f" ({_reason(each['breaks'])})" if each["breaks"] else ""),
            limit_in_words(each),
        )
        for each in rejected
    ]
    yield from list(dict.fromkeys(rows))[:REFUSED_MAX]


def _reason(code: str) -> str:
    return WORDS[f"limit.{code}"]


def _stays_dark(one: Worked) -> str:
    plain, plan = one.plain, one.result.answer.plan
    left = plain["customers"]["until_repair"]
    if not left:
        return "Nobody."
    behind = sum(one.network.sections[s].customers for s in plan.suspected)
    said = f"{whole(left)} customers wait for the repair."
    if behind:
        said += f" {whole(behind)} of them are inside the fence: on the faulty piece, or behind it"
        said += " where nothing could bring them back."
    return said


def _dark_table(one: Worked) -> Iterator[str]:
    groups = defaultdict[tuple[str, str], list[SectionId]](list)
    for each in one.result.answer.plan.unserved:
        groups[each.because, each.element].append(each.section)
    if not groups:
        return
    yield "\nHealthy, and dark all the same:\n"
    yield _row("sections", "customers", "because", "at")
    yield "|---|---|---|---|"
    for (because, element), sections in groups.items():
        customers = sum(one.network.sections[s].customers for s in sections)
        yield _row(_few(sections), whole(customers), _reason(because), element)


def _failing(one: Worked) -> Iterator[str]:
    """The step whose failure costs most, both ways in which it may fail."""
    branches = one.plain["plan"].get("branches", ())
    if not branches:
        return
    worst = max(branches, key=lambda b: (float(b["weighted_minutes_at_risk"]), -b["step"]))
    step = one.plain["plan"]["steps"][worst["step"] - 1]
    yield (
        f"\n**What if the step that matters most fails?** That is step {worst['step']},"
        f" {step['action']} {step['switch']}. It is thought of beforehand:\n"
    )
    yield _row(
        f"{step['switch']} ...", "known after", "then", "customers at risk", "minutes at risk"
    )
    yield "|---|---|---|---|---|"
    for each in branches:
        if each["step"] == worst["step"]:
            then = ", ".join(f"{s['action']} {s['switch']}" for s in each["steps"])
            yield _row(
                FAILS[each["cause"]],
                clock(each["at_s"]),
                then or f"nothing more: {_why_nothing(each)}",
                whole(each["customers_at_risk"]),
                whole(each["minutes_at_risk"]),
            )


def _other(one: Worked) -> Iterator[str]:
    """The best of the plans that were not taken."""
    others = one.plain["plan"].get("alternatives", ())
    if not others:
        return
    other = others[0]
    course = ", ".join(f"{s['action']} {s['switch']}" for s in other["steps"])
    customers, minutes = _signed(-other["customers_less"]), _signed(other["minutes_more"])
    weighted = (
        other["figures"]["weighted_minutes"] - one.plain["plan"]["figures"]["weighted_minutes"]
    )
    yield (
        f"\n**Another way.** {course[0].upper()}{course[1:]}. Against the plan: customers back"
        f" {customers}, customer minutes {minutes}, weighted minutes {_signed(weighted)}."
    )


def _signed(number: float) -> str:
    sign = "+" if round(number) > 0 else "\u2212" if round(number) < 0 else "\u00b1"
    return sign + whole(abs(number))


def _interrupted(one: Worked) -> Iterator[str]:
    """Whom the plan takes supply from, and for how long."""
    off = dict[SectionId, float]()
    paid, customers = 0.0, 0
    for step in one.steps:
        off |= dict.fromkeys(step.sections_dropped, step.done_s)
        for section in set(off).intersection(step.sections_restored):
            away = one.network.sections[section].customers
            customers += away
            paid += away * (step.done_s - off.pop(section)) / 60.0
    if customers:
        yield (
            f"\nInterrupted on the way: {whole(customers)} customers, who pay {whole(paid)}"
            " customer minutes; they are counted in the result."
        )


def _proof(one: Worked) -> Iterator[str]:
    plan = one.plain["plan"]
    if plan["proof"] == "optimal" and one.story.way_home:
        yield "\nProven: no other order within the rules and limits is better."
    elif plan["proof"] == "optimal" and plan["steps"]:
        yield "\nProven: no plan within the rules and limits costs fewer weighted minutes."
    elif plan["proof"] == "gap" and plan["steps"]:
        yield (
            "\nNot proven to be the best: of the weighted minutes that could be saved at the very"
            f" most it leaves up to {max(plan['gap_pct'], 0.1):.1f} %."
        )


def _contrast(one: Worked) -> Iterator[str]:
    """What the same fault gives by the limits of the grid alone."""
    story = one.story
    if not story.limits:
        return
    default = replace(story, limits={}).answered()
    back = default.plain["customers"]["restored_by_switching"]
    closed = [s.switch for s in default.steps if s.closes]
    yield (
        f"\nWith the limits of the grid as they are (`{default.story.command()}`)"
        f" {whole(back)} customers come back by closing {', '.join(closed)}."
    )


def _filled(one: Worked, text: str) -> str:
    """`{weight ID}` becomes what the customers of a section count in the objective."""

    def weight(found: re.Match[str]) -> str:
        return whole(weight_of_section(one.network, one.network.section_of(found[1])))

    return re.sub(r"\{weight ([^}]+)\}", weight, text)


def _why_nothing(branch: Plain) -> str:
    reasons = [(r["because"], r["element"]) for r in branch["unserved"] or branch["rejected"]]
    because, element = max(reasons, key=reasons.count)
    return f"{_reason(because)} ({element})"


def _helps(one: Worked) -> Iterator[str]:
    helps = one.plain["plan"].get("helps", ())[:HELPS_MAX]
    if one.story.way_home:
        return
    if not helps:
        yield "\n**What would help.** Nothing: there is nothing to gain."
        return
    yield "\n**What would help.** One of these, for the next time:\n"
    for each in helps:
        most = "at most " if each["at_most"] else ""
        more = f"{most}{whole(each['customers_more'])} customers more, "
        less = f"{most}{whole(each['minutes_less'])} customer minutes less"
        yield f"- {each['what']}: {more if each['customers_more'] else ''}{less}"


def _result(one: Worked) -> str:
    minutes, customers = one.plain["customer_minutes"], one.plain["customers"]
    with_plan, without = whole(minutes["with_plan"]), whole(minutes["without"])
    if one.story.way_home:
        off = whole(one.plain["customers_interrupted_on_the_way"])
        return (
            f"Every switch is at its normal position. {off} customers are interrupted on the way,"
            f" for seconds: {with_plan} customer minutes, those of the dark ones included."
        )
    back = whole(customers["restored_by_switching"])
    return (
        f"{back} customers back by switching. {with_plan} customer minutes with the plan, {without}"
        " without."
    )


def _few(names: Sequence[str]) -> str:
    more = [f"{len(names) - NAMES_MAX} more"] if len(names) > NAMES_MAX else []
    return ", ".join([*names[:NAMES_MAX], *more])


def _row(*cells: str) -> str:
    return "|" + "".join(f" {cell} |" if cell else " |" for cell in cells)


def files(worked: Sequence[Worked]) -> Iterator[tuple[str, str]]:
    """File and text of each, relative to the root."""
    yield PAGE, page_of(worked)
    for number, one in enumerate(worked, start=1):
        for when, text in pictures_of(one):
            yield f"docs/{file_of(number, when)}", text


def main() -> int:
    for file, text in files([story.answered() for story in stories()]):
        (ROOT / file).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
