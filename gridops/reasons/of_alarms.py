"""What alarms say, and why something cannot be done about one."""

from collections.abc import Mapping
from types import MappingProxyType

ALARMS: Mapping[str, str] = MappingProxyType(
    {
        "alarm-outage": "{count} {count?customer:customers} without supply behind {device}",
        "alarm-supplied": "everybody behind {device} has supply again",
        "alarm-earth-fault": "an earth fault that did not trip, signalled by {device}",
        "alarm-link": "link {link} is down: {count} {count?switch:switches} unseen",
        "alarm-trouble": "link {link}: {trouble}",
        "alarm-load-shed": "load shedding by {devices} holds everything off",
        "alarm-latch": "automation is latched off on {feeder}: {whys}",
        "alarm-moved": "{device} is {position} now, and nobody had asked for it",
        "alarm-position": "{device} does not say whether it is open or closed",
        "alarm-outcome": "nobody knows where the last command has left {device}",
        "alarm-crew": "nobody has said what the crew of stopped sheet {number} did at {devices}",
        "alarm-flag": "{device} says that it saw fault current, and no outage explains it",
        "alarm-troubles": "link {link}: {count} troubles",
        "alarm-positions": "{count} switches of {link} do not say whether they are open or closed",
        "alarm-moves": "{count} switches of {feeder} moved, and nobody had asked for it",
        "alarm-outcomes": "nobody knows where commands have left {count} switches of {feeder}",
        "alarm-crews": "crews of {count} stopped sheets on {feeder} may still be at work",
        "alarm-flags": (
            "{count} indicators of {feeder} say that they saw fault current, and no outage "
            "explains it"
        ),
        "alarm-over": "that alarm is over",
        "alarm-is-shelved": "it is on the shelf: take it off first",
        "alarm-newer": "it came again, or grew worse, after that line was read: read it again",
        "alarm-not-shelved": "it is not on the shelf",
        "alarm-people-dark": "{incident} is not put on a shelf while it has to be seen to",
        "alarm-holds-all": "what holds everything off is not put on a shelf",
        "alarm-shelf-too-long": "a shelf ends within {minutes} minutes, and after it began",
        "alarm-shelf-full": "{count} alarms are on the shelf, and more are lost sight of",
    }
)
