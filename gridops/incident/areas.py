"""Which feeders an act is about, as the grid stands in its normal state."""

from collections.abc import Iterable, Mapping

from gridops.events import (
    AutomationEnabled,
    ModeChanged,
    OperatorEvent,
    PermitIssued,
    PermitReturned,
    PhasingDoubted,
    PhasingVerified,
    PlanApproved,
    PlanReleased,
    SheetDrawn,
    SheetEdited,
)
from gridops.ids import FeederId, SectionId, SwitchId
from gridops.incident.latching import FeedersAt
from gridops.incident.model import Incident
from gridops.incident.situation import Situation
from gridops.sheets import Sheet

FeederOf = Mapping[SectionId, FeederId | None]


def touched_by(
    here: Situation, act: OperatorEvent, *, feeders_at: FeedersAt, feeder_of: FeederOf
) -> frozenset[FeederId | None]:
    """All feeders of the switches, sections, incident and sheet of an act; a tie belongs to both.
    None among them: something that belongs to no feeder, or the whole system. Empty: no place.
    """
    incident, sheet = _incident_of(here, act), _sheet_of(here, act)
    found: set[FeederId | None] = set()
    if isinstance(act, ModeChanged | AutomationEnabled):
        found.add(act.feeder)
    if incident is not None:
        found.update(incident.feeders or (None,))
    for switch in _switches(act, incident, sheet=sheet):
        found.update(feeders_at.get(switch) or (None,))
    for section in _sections(here, act, sheet=sheet):
        found.add(feeder_of.get(section))
    return frozenset(found)


def _sheet_of(here: Situation, act: OperatorEvent) -> Sheet | None:
    ident = None if isinstance(act, SheetDrawn) else getattr(act, "sheet", None)
    return None if ident is None else here.sheets.sheets.get(ident)


def _incident_of(here: Situation, act: OperatorEvent) -> Incident | None:
    """An act on a closed one has no effect."""
    sheet = _sheet_of(here, act)
    ident = getattr(act, "incident", None) if sheet is None else sheet.incident
    return None if ident is None else here.open.get(ident)


def _switches(
    act: OperatorEvent, incident: Incident | None, *, sheet: Sheet | None
) -> Iterable[SwitchId]:
    """What an edit strikes out counts as well as what it writes."""
    named: list[SwitchId | None] = [getattr(act, "switch", None)]
    if isinstance(act, PermitIssued):
        named += act.isolated_by
    if isinstance(act, PlanReleased | PlanApproved) and incident and incident.proposed:
        named += [step.switch for step in incident.proposed.answer.plan.steps]
    if isinstance(act, SheetDrawn | SheetEdited):
        named += [step.switch for step in act.steps if not step.deleted]
    if sheet is not None:
        named += [step.switch for step in sheet.steps if not step.draft.deleted]
    return [switch for switch in named if switch is not None]


def _sections(here: Situation, act: OperatorEvent, *, sheet: Sheet | None) -> Iterable[SectionId]:
    found: set[SectionId] = set()
    match act:
        case PermitIssued():
            found.update(act.sections)
        case PermitReturned() if act.permit in here.state.work.permits:
            found.update(here.state.work.permits[act.permit].sections)
        case PhasingDoubted() | PhasingVerified():
            found.add(act.section)
        case SheetDrawn() | SheetEdited():
            found.update(act.gives_up)
    return found | (sheet.gives_up if sheet is not None else frozenset())
