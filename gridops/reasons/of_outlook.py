"""What could go wrong with a step of a plan, and what would help."""

from collections.abc import Mapping
from types import MappingProxyType

OUTLOOK: Mapping[str, str] = MappingProxyType(
    {
        "step-would-refuse": "{switch} refuses, or stays where it was",
        "step-would-be-silent": "{switch} stays silent: where it stands is unknown",
        "help-crew": "a crew at hand",
        "help-telecontrol": "telecontrol on {switch}",
        "help-device": "{switch} fit to be used",
        "help-rating": "a rating of {whys}",
        "need-rating": "{element} for {value} {unit}, not {limit}",
        "help-voltage": "a lower voltage: {whys}",
        "need-voltage": "{value} pu permitted at {element}, not {limit}, or a regulator there",
        "help-tie": "a new tie to {section}",
        "help-tie-from": "a new tie from {place} to {section}, {metres} m away",
    }
)
