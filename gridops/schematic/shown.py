"""A state other than the normal one on a drawing: what is dark, where the fault is, who feeds
what instead, which switches moved.

Colour is never alone: each look has a line of its own, and the fault and every note are words.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum

from gridops.ids import SectionId, SwitchId


class Look(StrEnum):
    """How a section is drawn; the value is its class in the style."""

    NORMAL = "normal"
    DARK = "out"
    FAULT = "fault"
    LENT = "lent"
    """Fed another way than normally."""


LOOKS = {
    Look.NORMAL: "as normal",
    Look.DARK: "dark",
    Look.FAULT: "faulty, dark",
    Look.LENT: "fed another way",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The state to draw. What `looks` leaves out is drawn as normal."""

    heading: str
    subheading: str
    closed: AbstractSet[SwitchId]
    looks: Mapping[SectionId, Look]
    notes: Mapping[SwitchId, str] = field(default_factory=dict)
    """A few words beside a switch: `1 opened`."""

    def look(self, section: SectionId) -> Look:
        return self.looks.get(section, Look.NORMAL)


STATE_STYLE = """
.normal{stroke:#555}.out{stroke:#222;stroke-width:2.4;stroke-dasharray:1 4}\
.fault{stroke:#b3261e;stroke-width:4;stroke-dasharray:7 2}\
.lent{stroke:#1d4f7c;stroke-width:4.4}.core{stroke:#fff;stroke-width:1.6}\
.off{stroke:#888;stroke-width:1.2;stroke-dasharray:5 3}.full,.full *{fill:#222;stroke:#222}\
.cross{stroke:#000;stroke-width:2.4}.bolt{fill:#b3261e;stroke:#fff;stroke-width:.8}\
.a{font-size:11px;font-weight:bold;fill:#000}.b{font-size:11px;font-weight:bold;fill:#b3261e}"""
"""Dotted is dark, a double line is fed another way, thick dashes are the fault: so a grey
print tells them apart as well."""
CROSS = "M-8-28L8-12M8-28L-8-12"
"""Over the symbol of a source that gives nothing."""
BOLT = "M2-11L-6 1H-1L-3 11L6-3H1Z"
