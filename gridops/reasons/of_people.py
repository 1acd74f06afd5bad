"""Who may not do what they wanted, and what cannot have been as they say."""

from collections.abc import Mapping
from types import MappingProxyType

PEOPLE: Mapping[str, str] = MappingProxyType(
    {
        "not-entitled": "{user} may not do that: it needs the permission {needed}",
        "outside-area": "that lies outside the area of {user}",
        "approval-void": "the approval of {user} is void: they may not give it any more",
        "approvals-void": "plan {plan} is no longer on the screen: the approval of {users} is void",
        "correction-of-what": "a correction is of one interruption or of one incident, by its id",
        "correction-says-nothing": "the correction says nothing",
        "correction-of-incident": (
            "times and customers differ within {incident}: correct them one interruption at a time"
        ),
        "correction-lasts": "{interruption} still lasts: its end is corrected when there is one",
        "correction-backwards": "{interruption} would end before it began",
        "correction-ahead": "{interruption} would lie in the future",
        "correction-overlaps": "{interruption} would overlap another one of its load",
        "correction-customers": (
            "{interruption} would have more customers than the {customers} of its load"
        ),
    }
)
