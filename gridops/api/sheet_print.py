"""A switching sheet on A4 paper, in the words of `paper/vn.toml` and `paper/en.toml`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from xml.etree.ElementTree import Element, SubElement

from gridops.api.paper_form import Form, begun, letterhead, put, written
from gridops.events.sheets import StepAct
from gridops.ids import FeederId, SectionId, SwitchId, UserName
from gridops.network import Network, NodeKind
from gridops.sheets import AUTOMATION, Sheet, SheetStep, StepState

FINGERPRINT_LETTERS = 16
REMARK_LINES = 2
"""Empty lines to be written on by hand."""
PEOPLE = ("prepared_by", "approved_by", "issuer", "receiver", "supervisor", "operator")
TICKED = (StepState.COMPLETED, StepState.PREVIOUSLY_COMPLETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a sheet does not say of itself."""

    network: Network
    feeders_at: Mapping[SwitchId, Sequence[FeederId]]
    zone: tzinfo
    """Of the times on the paper."""
    now: datetime
    is_training: bool = False
    """The field is none: nobody may take the sheet for an order."""


def page_of(sheet: Sheet, *, form: Form, around: Surroundings) -> str:
    """The whole document. Whatever people wrote stands in it as text, and is never markup."""
    html, body = begun(form, form.say("head", "again", number=sheet.number))
    _letterhead(body, sheet, form=form, around=around)
    _facts(body, sheet, form=form, around=around)
    _lines_for_the_hand(body, form["facts"]["remarks"])
    _steps(body, sheet, form=form, around=around)
    _lines_for_the_hand(body, form["facts"]["unusual"])
    _signatures(body, sheet, form=form)
    edition = form.say(
        "words",
        "edition",
        revision=str(sheet.revision),
        fingerprint=sheet.fingerprint[:FINGERPRINT_LETTERS],
    )
    put(body, "p", edition, at="edition")
    return written(html)


def _letterhead(body: Element, sheet: Sheet, *, form: Form, around: Surroundings) -> None:
    letterhead(
        body,
        form,
        printed=around.now.astimezone(around.zone),
        number=form.say("head", "number", number=sheet.number),
        training=around.is_training,
    )
    _warning(body, sheet, form=form, tag="p")


def _warning(under: Element, sheet: Sheet, *, form: Form, tag: str) -> None:
    words = form["warning"].get(sheet.state.value)
    if words is not None:
        put(under, tag, words, at="warning")


def _facts(body: Element, sheet: Sheet, *, form: Form, around: Surroundings) -> None:
    words = form["facts"]
    rows = SubElement(put(body, "table", at="facts"), "tbody")
    said = {
        words["title"]: sheet.paper.title,
        words["kind"]: form["kind"]["planned" if sheet.paper.planned else "unplanned"],
        words["grid"]: around.network.name,
        words["scope"]: _scope(sheet, around),
        words["gives_up"]: _gives_up(sheet, form=form, network=around.network),
        words["incident"]: sheet.incident or "",
        words["after"]: sheet.after or "",
    }
    for label, text in said.items():
        if text:
            _fact(rows, label, text=text)
    for role, name in _people(sheet, form).items():
        _fact(rows, form["people"][role], text=name)
    _fact(rows, words["begun"], text=form.moment(sheet.started_at, around.zone))
    _fact(rows, words["ended"], text=form.moment(sheet.ended_at, around.zone))
    _fact(rows, words["state"], text=form["state"][sheet.state.value])
    _fact(rows, words["safety"], text=_safety(sheet, form))


def _fact(rows: Element, label: str, *, text: str) -> None:
    row = SubElement(rows, "tr")
    put(row, "th", label)
    put(row, "td", text)


def _people(sheet: Sheet, form: Form) -> dict[str, str]:
    """Who starts a sheet gives the order, unless it names somebody else for that."""

    def by(user: UserName | None) -> str:
        return form["words"]["automation"] if user == AUTOMATION else user or ""

    paper = sheet.paper
    named = (
        by(sheet.prepared_by),
        by(sheet.approved_by),
        paper.issuer or by(sheet.started_by),
        paper.receiver,
        paper.supervisor,
        paper.operator,
    )
    return dict(zip(PEOPLE, named, strict=True))


def _scope(sheet: Sheet, around: Surroundings) -> str:
    """The feeders whose devices it names, by the names of their head breakers."""
    network = around.network
    feeders = (f for switch in sheet.switches for f in around.feeders_at.get(switch, ()))
    heads = (network.heads.get(feeder) for feeder in dict.fromkeys(feeders))
    return ", ".join(network.switches[head].name for head in heads if head is not None)


def _gives_up(sheet: Sheet, *, form: Form, network: Network) -> str:
    if not sheet.gives_up:
        return ""
    sections = [s for s in network.sections if s in sheet.gives_up]
    return form.say(
        "words",
        "customers",
        count=form.count(_customers(network, sections)),
        sections=", ".join(sections),
    )


def _customers(network: Network, sections: Sequence[SectionId]) -> int:
    return sum(network.sections[section].customers for section in sections)


def _safety(sheet: Sheet, form: Form) -> str:
    verdict = sheet.verdict
    if not verdict.passed:
        return form.say("words", "unsafe", count=form.count(len(verdict.violations)))
    if not verdict.checks:
        return form["words"]["not_checked"]
    return form.say("words", "safe", checks=form.count(verdict.checks))


def _lines_for_the_hand(body: Element, label: str) -> None:
    part = put(body, "section", at="hand")
    put(part, "h2", label)
    for _ in range(REMARK_LINES):
        put(part, "p", at="line")


COLUMNS = (
    ("number", "n"),
    ("action", "action"),
    ("place", "place"),
    ("how", "how"),
    ("begun", "at"),
    ("done", "at"),
    ("tick", "tick"),
)


def _steps(body: Element, sheet: Sheet, *, form: Form, around: Surroundings) -> None:
    put(body, "h2", form["steps"]["title"])
    table = put(body, "table", at="steps")
    columns = SubElement(table, "colgroup")
    for _, kind in COLUMNS:
        put(columns, "col", at=kind)
    head = SubElement(table, "thead")
    wide = {"class": "again", "colspan": str(len(COLUMNS))}
    again = SubElement(SubElement(head, "tr"), "td", wide)
    again.text = form.say("head", "again", number=sheet.number)
    _warning(again, sheet, form=form, tag="strong")
    names = SubElement(head, "tr")
    for word, kind in COLUMNS:
        put(names, "th", form["steps"][word], at=kind)
    rows = SubElement(table, "tbody")
    for step in sheet.steps:
        _step(rows, step, form=form, around=around)


def _step(rows: Element, step: SheetStep, *, form: Form, around: Surroundings) -> None:
    state = step.progress.state
    struck = {"class": "struck"} if state is StepState.DELETED else {}
    row = SubElement(rows, "tr", struck)
    put(row, "td", str(step.number), at="n")
    action = put(row, "td", _action(step, form=form, network=around.network), at="action")
    ident = _ident(step.switch, around.network)
    if ident:
        put(action, "span", f"({ident})", at="id")
    is_note = step.draft.act is StepAct.NOTE
    if step.draft.text and not is_note:
        put(action, "span", step.draft.text, at="said")
    word = form["step"].get(state.value)
    if word is not None:
        put(action, "span", word, at="state")
    put(row, "td", _place(step.switch, around.network), at="place")
    how = put(row, "td", "" if is_note else form["by"][step.draft.by.value], at="how")
    if step.progress.receiver:
        put(how, "span", step.progress.receiver, at="said")
    done = step.progress.changed_at if state in TICKED else None
    _time(row, step.progress.begun_at, form=form, zone=around.zone)
    _time(row, done, form=form, zone=around.zone)
    tick = put(row, "td", at="tick")
    if state is not StepState.DELETED:
        put(tick, "span", "✓" if state in TICKED else "", at="box")


def _time(row: Element, at: datetime | None, *, form: Form, zone: tzinfo) -> None:
    cell = put(row, "td", at="at")
    if at is not None:
        local = at.astimezone(zone)
        cell.text = local.strftime(form.time)
        put(cell, "span", local.strftime(form.date), at="date")


def _action(step: SheetStep, *, form: Form, network: Network) -> str:
    draft = step.draft
    if draft.switch is None:
        return draft.text
    return form.say(
        "act", draft.act.value, device=_device(draft.switch, form=form, network=network)
    )


def _device(switch: SwitchId, *, form: Form, network: Network) -> str:
    """By its name, which says its kind as the utility does; by kind and id where it has none. A
    sheet may be older than the grid, and name what is gone from it."""
    found = network.switches.get(switch)
    if found is None:
        return form.say("device", "unknown", name=switch)
    if _ident(switch, network):
        return f"{found.name} "
    return form.say("device", found.kind.value, name=switch)


def _ident(switch: SwitchId | None, network: Network) -> str:
    """What is to be said beside the name; empty where nothing is."""
    found = None if switch is None else network.switches.get(switch)
    return "" if found is None or found.name in ("", found.id) else found.id


def _place(switch: SwitchId | None, network: Network) -> str:
    """Where the switch stands: its station, or what it stands at."""
    found = None if switch is None else network.switches.get(switch)
    if found is None:
        return ""
    nodes = [network.nodes[node] for node in (found.node_a, found.node_b)]
    stations = dict.fromkeys(node.station for node in nodes if node.station)
    named = stations or dict.fromkeys(n.name for n in nodes if n.kind is not NodeKind.TERMINAL)
    return ", ".join(named)


def _signatures(body: Element, sheet: Sheet, *, form: Form) -> None:
    rows = SubElement(put(body, "table", at="signatures"), "tbody")
    people = list(_people(sheet, form).items())
    for first in range(0, len(people), 3):
        row = SubElement(rows, "tr")
        for role, name in people[first : first + 3]:
            cell = SubElement(row, "td")
            put(cell, "b", form["people"][role])
            put(cell, "i", form["words"]["signed"])
            put(cell, "span", name)
