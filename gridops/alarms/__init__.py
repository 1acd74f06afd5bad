"""What somebody has to see to now: raised by the facts, seen to by people."""

from gridops.alarms.alarm import Alarm, AlarmKind, AlarmState, Priority, Shelf, Told
from gridops.alarms.alarms import Alarms, stood
from gridops.alarms.annunciator import Annunciator, Group
from gridops.alarms.refusing import SHELF_MAX, may_shelve, why_refused

__all__ = [
    "SHELF_MAX",
    "Alarm",
    "AlarmKind",
    "AlarmState",
    "Alarms",
    "Annunciator",
    "Group",
    "Priority",
    "Shelf",
    "Told",
    "may_shelve",
    "stood",
    "why_refused",
]
