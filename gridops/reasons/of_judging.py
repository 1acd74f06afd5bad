"""What is wrong with the lines of a switching sheet, beside what the guard finds."""

from collections.abc import Mapping
from types import MappingProxyType

JUDGING: Mapping[str, str] = MappingProxyType(
    {
        "sheet-without-steps": "the sheet has no step to carry out",
        "sheet-no-switch": "a step to {act} names no switch",
        "sheet-empty-note": "a note says nothing",
        "sheet-by-crew-alone": "{act} at {switch} is for a crew, it cannot be commanded",
        "sheet-check-where-live": (
            "both sides of {switch} could be live where it is to be found without voltage"
        ),
        "sheet-checked-already": "{switch} was found without voltage by a step before",
        "sheet-earths-live": "both sides of {switch} could be live where it is to be earthed",
        "sheet-earth-unchecked": (
            "nobody has found {switch} without voltage before it is earthed, or it could have "
            "been live since"
        ),
        "sheet-earthed-already": "{switch} is earthed already",
        "sheet-not-earthed": "{switch} carries no earth to take off",
        "sheet-unearths-at-work": "somebody has a permit to work at {switch}: its earth stays",
        "sheet-gives-up-nothing": (
            "the sheet declares that it drops {section}, but does not drop it"
        ),
        "template-no-such-parameter": "the template asks for no {parameter}",
        "template-not-chosen": "{parameter} is not chosen",
        "template-text-too-long": "{parameter} has more than {limit} characters",
        "template-no-boundary": "no switches isolate {section}: a source lies in between",
        "template-nothing-to-do": "every switch stands where the template wants it already",
    }
)
