"""What keeps automation from a feeder."""

from collections.abc import Mapping
from types import MappingProxyType

AUTOMATION: Mapping[str, str] = MappingProxyType(
    {
        "blocker-mode": "the feeder is in mode {mode}",
        "blocker-system-mode": "the system is in mode {mode}",
        "blocker-load-shed": "load shedding is on by {devices}",
        "blocker-permit": "{holder} works under permit {permit}",
        "blocker-reclosing": "{device} may close by itself",
        "blocker-phasing": "the phases of {section} are unchecked since a repair",
        "blocker-tag": "tag {tag} on {device}",
        "blocker-link": "link {link} is down: {count} {count?device:devices} out of reach",
        "blocker-local": "{device} is under local control",
        "blocker-incident": "incident {incident} is open",
        "blocker-incident-latched": "incident {incident} waits for a person",
        "blocker-plan": "a plan of incident {incident} is under way",
        "permit-not-isolated": "{device} is not known to be open and tagged",
        "permit-could-be-live": "{section} could be live",
        "mode-withholds": "feeder {feeder} is in mode {mode}: no plan is proposed",
        "load-shed-withholds": "load shedding is on by {devices}: no plan is proposed",
        "waits-latched": "automation is latched off on {feeders}: a person has to release",
        "run-slow": "plan {plan} is not done after {seconds} s",
        "worked-by-hand": "{device} is operated by hand",
    }
)
