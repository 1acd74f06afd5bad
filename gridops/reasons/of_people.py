"""Who may not do what they wanted."""

from collections.abc import Mapping
from types import MappingProxyType

PEOPLE: Mapping[str, str] = MappingProxyType(
    {
        "not-entitled": "{user} may not do that: it needs the permission {needed}",
        "outside-area": "that lies outside the area of {user}",
        "approval-void": "the approval of {user} is void: they may not give it any more",
    }
)
