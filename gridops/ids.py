"""Identities. Each is the utility's own string, exactly as its grid files spell it."""

from typing import NewType

NodeId = NewType("NodeId", str)
BranchId = NewType("BranchId", str)
SwitchId = NewType("SwitchId", str)
SourceId = NewType("SourceId", str)
LoadId = NewType("LoadId", str)
GeneratorId = NewType("GeneratorId", str)
ShuntId = NewType("ShuntId", str)
ProfileId = NewType("ProfileId", str)
FeederId = NewType("FeederId", str)
PointId = NewType("PointId", str)
LinkId = NewType("LinkId", str)

SectionId = NewType("SectionId", str)
"""`"S"` + the id of the section's first node in file order; stable while that node stays."""

IncidentId = NewType("IncidentId", str)
PlanId = NewType("PlanId", str)
SheetId = NewType("SheetId", str)
"""`"P"` + a number, counted over the journal in the order in which sheets were drawn up."""
InterruptionId = NewType("InterruptionId", str)
"""The load, `"~"`, and a number, counted over its interruptions as they were learnt."""
AlarmId = NewType("AlarmId", str)
"""The kind of the alarm, `":"`, and what it is about; with `"@"`, all of that kind at one place."""
CommandId = NewType("CommandId", str)
TagId = NewType("TagId", str)
PermitId = NewType("PermitId", str)
TimerId = NewType("TimerId", str)
UserName = NewType("UserName", str)
TokenId = NewType("TokenId", str)
