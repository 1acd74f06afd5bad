"""An outlook in words: reason codes with their parameters."""

from gridops.ids import SwitchId
from gridops.reasons import Reason, because
from gridops.restoration.outlook import BranchCause, Help, HelpKind, Need


def failure_reason(cause: BranchCause, switch: SwitchId) -> Reason:
    """What goes wrong at the device of a step."""
    code = "step-would-refuse" if cause is BranchCause.REFUSED else "step-would-be-silent"
    return because(code, switch=switch)


def help_reason(found: Help) -> Reason:
    """What would help; what it is worth stands beside it."""
    match found.kind:
        case HelpKind.CREW:
            return because("help-crew")
        case HelpKind.TELECONTROL:
            return because("help-telecontrol", switch=found.element)
        case HelpKind.DEVICE:
            return because("help-device", switch=found.element)
        case HelpKind.RATING:
            return because("help-rating", whys=tuple(map(_bears, found.needs)))
        case HelpKind.VOLTAGE:
            return because("help-voltage", whys=tuple(map(_falls, found.needs)))
        case HelpKind.TIE:
            return _tie(found)


def _bears(need: Need) -> Reason:
    scale, unit = (1e6, "MVA") if need.unit == "VA" else (1.0, need.unit)
    value, limit = round(need.needs / scale, 2), round(need.has / scale, 2)
    return because("need-rating", element=need.element, value=value, limit=limit, unit=unit)


def _falls(need: Need) -> Reason:
    return because("need-voltage", element=need.element, value=need.needs, limit=need.has)


def _tie(found: Help) -> Reason:
    if found.to is None or found.distance_m is None:
        return because("help-tie", section=found.element)
    metres = round(found.distance_m)
    return because("help-tie-from", place=found.to, section=found.element, metres=metres)
