"""The whole of what a screen shows."""

from gridops.api.alarm_shapes import AlarmShape
from gridops.api.shapes import (
    FeederShape,
    IncidentShape,
    MinutesShape,
    SectionShape,
    Shape,
    SwitchShape,
    SystemShape,
)
from gridops.api.sheet_shapes import SheetRow
from gridops.api.work_shapes import WorkShape


class ViewShape(Shape):
    sequence: int
    """The journal's."""
    at: str
    system: SystemShape
    switches: dict[str, SwitchShape]
    sections: dict[str, SectionShape]
    feeders: dict[str, FeederShape]
    minutes: MinutesShape
    incidents: dict[str, IncidentShape]
    alarms: dict[str, AlarmShape]
    """The most urgent lines; `system.alarms.more` says how many there are beside."""
    work: WorkShape
    sheets: dict[str, SheetRow]
    """Those that have not ended, and the latest that have."""
