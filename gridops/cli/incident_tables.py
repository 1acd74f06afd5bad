"""An incident for people: what is dark, where the fault is and why, what is proposed.

Reads the document of `whatif --json`, so that people and programs are told the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gridops.cli.figures import clock, count, megawatts, or_dash, share
from gridops.cli.outlook_tables import show_dark, show_outlook
from gridops.cli.output import say, show_table

Plain = Mapping[str, Any]
UNIT_OF = {
    "overload": "%",
    "switch-rating": "A",
    "undervoltage": "pu",
    "overvoltage": "pu",
    "source-capacity": "VA",
    "protection-reach": "A",
    "fault-level": "A",
    "phase-undervoltage": "pu",
    "phase-overvoltage": "pu",
    "phase-overload": "%",
    "phase-switch-rating": "A",
}
ADVICE = {
    "read": "get the reading of {}",
    "patrol": "look at {}",
    "trial": "open {}, close from the source side",
}
PHASES = {
    "three-phase": "every state passed the three-phase power flow",
    "not-checked": "NOT checked, only their mean is safe (pip install gridops[opendss])",
}
SHOWN_FROM = 0.001
"""Sections less likely are counted, not listed; the JSON document has them all."""
WORDS = {
    "fault": "a fault",
    "lost_supply": "supply lost from above",
    "momentary": "a momentary interruption",
    "planned": "planned work",
    "telemetry": "lost telemetry",
}


def show_incident(incident: Plain) -> None:
    """Prints one incident. Without a plan only what it was."""
    for line in _headline(incident):
        say(line)
    if incident["location"] is not None:
        _show_explanation(incident["location"]["explanation"])
        _show_location(incident["location"], incident["fence"])
    if incident["plan"] is not None:
        _show_plan(incident)
    for line in guard_in_words(incident["guard"]):
        say(line)


def _headline(incident: Plain) -> Iterator[str]:
    customers, power = incident["customers"], incident["p_w"]
    tripped = ", ".join(incident["tripped"]) or "nothing on this grid"
    yield f"{', '.join(incident['fault'])}: {WORDS[incident['cause']]}. Tripped: {tripped}."
    yield (f"Dark: {count(customers['interrupted'])} customers, {megawatts(power['interrupted'])}.")


def _show_explanation(lines: Sequence[Plain]) -> None:
    """What a dispatcher needs, before everything else."""
    say("")
    for number, line in enumerate(lines, start=1):
        say(f"{number}. {line['text']}")


def _show_location(location: Plain, fence: Sequence[str]) -> None:
    say("")
    say(f"Where: {location['verdict']}. Fence: {', '.join(fence) or 'none'}.")
    _show_suspects(location["sections"])
    _show_evidence(location["evidence"])
    _show_advice(location["advice"])


def _show_suspects(sections: Sequence[Plain]) -> None:
    likely = [each for each in sections if each["probability"] >= SHOWN_FROM]
    if likely:
        rows = [(s["section"], share(s["probability"]), ", ".join(s["branches"])) for s in likely]
        show_table("How likely", ("section", ">probability", "branches"), rows=rows)
    if len(likely) < len(sections):
        say(f"{len(sections) - len(likely)} more sections, each below {share(SHOWN_FROM)}")


def _show_evidence(evidence: Sequence[Plain]) -> None:
    said = [each for each in evidence if each["reading"] != "not fitted"]
    if said:
        rows = [(each["device"], each["reading"], each["role"], each["why"]) for each in said]
        show_table("Evidence", ("device", "says", "counts", "why"), rows=rows)
    if len(said) < len(evidence):
        say(f"{len(evidence) - len(said)} switches there have no indicator")


def _show_advice(advice: Sequence[Plain]) -> None:
    for one in advice:
        do, takes = ADVICE[one["kind"]].format(one["target"]), clock(one["takes_s"])
        saved = count(one["customer_minutes"])
        say(f"Would tell more: {do} (takes {takes}, saves {saved} customer minutes).")


def _show_plan(incident: Plain) -> None:
    plan = incident["plan"]
    if plan["steps"]:
        columns = ("step", "do", "by", ">from", ">to", ">customers back", ">power back")
        more = (">voltage min", ">loading max", "tightest at")
        show_table(_title(plan), (*columns, *more), rows=map(_step, plan["steps"]))
        for step in plan["steps"]:
            if "sections_handed_over" in step:
                moved = ", ".join(step["sections_handed_over"])
                ring = f"Step {step['number']} opens the ring that step {step['number'] - 1} closes"
                say(f"{ring}: {moved} changes its feed with nobody interrupted.")
            if step["check"]["emergency"]:
                leans = ", ".join(step["check"]["emergency"])
                say(f"Step {step['number']} leans on the emergency rating of {leans}.")
    else:
        say("Plan: no safe step is known.")
    if "shed" in plan:
        say(f"Shed until the repair, to make room: {', '.join(plan['shed'])}.")
    if "phases" in plan:
        say(f"Phases: {PHASES[plan['phases']]}.")
    if plan["rejected"]:
        rows = [(", ".join(r["option"]), r["because"], limit_in_words(r)) for r in plan["rejected"]]
        show_table("Rejected", ("option", "because", "at"), rows=rows)
    show_dark(plan["unserved"])
    customers, minutes = incident["customers"], incident["customer_minutes"]
    say(
        f"Back by switching: {count(customers['restored_by_switching'])} customers;"
        f" {count(customers['until_repair'])} wait for the repair."
    )
    say(
        f"Customer minutes: {count(minutes['with_plan'])} with the plan,"
        f" {count(minutes['without'])} without."
    )
    if "branches" in plan:
        show_outlook(plan)


def _title(plan: Plain) -> str:
    proof = f"within {plan['gap_pct']:.1f} %" if plan["proof"] == "gap" else plan["proof"]
    took = f", found in {plan['solve_ms']:.0f} ms" if plan["solve_ms"] else ""
    return f"Plan ({proof}{took})"


def _step(step: Plain) -> tuple[str, ...]:
    check = step["check"]
    back = step["customers_restored"]
    return (
        str(step["number"]),
        f"{step['action']} {step['switch']}",
        step["by"],
        clock(step["starts_s"]),
        clock(step["done_s"]),
        count(back) if back else "",
        megawatts(step["p_restored_w"]) if step["p_restored_w"] else "",
        or_dash(check["voltage_pu_min"], "{:.3f} pu"),
        or_dash(check["loading_pct_max"], "{:.0f} %"),
        check["limiting"] or "",
    )


def limit_in_words(rejected: Plain) -> str:
    if rejected.get("value") is None:
        return str(rejected["element"])
    unit = UNIT_OF.get(rejected["breaks"] or rejected["because"], "")
    value, limit = rejected["value"], rejected["limit"]
    then = "" if rejected["in_s"] is None else f" in {clock(rejected['in_s'])}"
    return f"{rejected['element']}: {value:.4g} {unit}, limit {limit:.4g} {unit}".rstrip() + then


def guard_in_words(guard: Plain) -> Iterator[str]:
    if guard["passed"]:
        yield f"Guard: passed, {guard['checks']} checks."
        return
    yield "Guard: VETO. Nobody may carry this out."
    for violation in guard["violations"]:
        yield f"  invariant {violation['invariant']}, step {violation['step']}: {violation['why']}"
