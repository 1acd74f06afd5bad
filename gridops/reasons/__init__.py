"""Why something was concluded, as data.

The core never writes prose: it gives a `Reason`, the edge renders it in the reader's
language. English stands here beside the codes (one table, so that no code is without
words); the console carries the same codes in Vietnamese and English and a test compares.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Union

from gridops.reasons.of_alarms import ALARMS
from gridops.reasons.of_automation import AUTOMATION
from gridops.reasons.of_guard import GUARD
from gridops.reasons.of_judging import JUDGING
from gridops.reasons.of_outlook import OUTLOOK
from gridops.reasons.of_people import PEOPLE
from gridops.reasons.of_sheets import SHEETS

Param = Union[str, int, float, tuple[str, ...], tuple["Reason", ...]]  # noqa: UP007  # names itself
"""A tuple of strings are ids. A tuple of reasons are clauses, which may be none."""

NAMED = frozenset(
    {
        "device", "devices", "switch", "feeder", "feeders", "element", "link", "branch", "node",
        "section", "sections", "load", "others", "place",
    }
)  # fmt: skip
"""Parameters that are ids of the grid; a reader knows them by name."""
JOINTS: Mapping[str, str] = MappingProxyType({"clauses": " ", "whys": "; "})
"""What stands between the parts of a parameter; else a comma."""
_FIELD = re.compile(r"\{(\w+)(?:\?([^:}]*):([^}]*))?\}")


def _as_is(ident: str) -> str:
    return ident


@dataclass(frozen=True, slots=True)
class Reason:
    """A code from `ENGLISH` with the parameters that its sentence names."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in ENGLISH:
            raise KeyError(f"reason code {self.code!r} is not in gridops.reasons.ENGLISH")

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted(self.params.items()))))

    def in_english(self, name: Callable[[str], str] = _as_is) -> str:
        """`name` words the ids. Raises: KeyError as `in_words`."""
        return self.in_words(ENGLISH, name)

    def in_words(self, sentences: Mapping[str, str], name: Callable[[str], str] = _as_is) -> str:
        """By a table like `ENGLISH`. `{n?one:many}` in a sentence is `one` where n is 1.

        Raises: KeyError for a code without a sentence, and for a parameter that the sentence
        names and the reason lacks.
        """

        def word(found: re.Match[str]) -> str:
            key, one, many = found.groups()
            value = self.params[key]
            if one is not None:
                return str(one if value == 1 else many)
            return _worded(key, value, sentences=sentences, name=name)

        return _FIELD.sub(word, sentences[self.code]).strip()


def _worded(
    key: str, value: Param, *, sentences: Mapping[str, str], name: Callable[[str], str]
) -> str:
    if isinstance(value, tuple):
        parts = [
            one.in_words(sentences, name)
            if isinstance(one, Reason)
            else _worded(key, one, sentences=sentences, name=name)
            for one in value
        ]
        return JOINTS.get(key, ", ").join(parts)
    if key == "since" and isinstance(value, str):
        return datetime.fromisoformat(value).strftime("%H:%M:%S UTC")
    return name(value) if key in NAMED and isinstance(value, str) else str(value)


def because(code: str, **params: Param) -> Reason:
    """`because("overload", element="L31", value=118.0, limit=100.0)`."""
    return Reason(code, MappingProxyType(params))


ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        # evidence of one device
        "saw-fault-current": "{device} saw fault current: the fault lies beyond it",
        "saw-no-fault-current": "{device} saw no fault current: the fault does not lie beyond it",
        "flag-without-path": "{device} flagged, but no fault current can have passed it",
        "silent-on-path": "{device} stayed silent, although fault current should have passed it",
        "indicator-failed": "{device} gives no telemetry; its silence proves nothing",
        "indicator-not-fitted": "{device} has no indicator",
        "indicator-stale": "the reading of {device} is older than this event",
        "silence-of-waiting": (
            "{device} flags only where supply is lost; its silence tells nothing of this "
            "earth fault"
        ),
        "indicator-forced": "the reading of {device} is forced by hand",
        "device-tripped": "{device} tripped: the fault lies in its zone",
        "tripped-without-path": "{device} tripped, but no fault current can have passed it",
        "phases-do-not-fit": "{device} flagged phases that do not fit the others",
        "indicator-untrusted": "the indicator of {device} is set to be ignored",
        "flag-untrusted": "{device} is known to flag without cause: its flag does not count",
        "in-test": "{device} is in test mode: what it says is no fact",
        "device-picked-up": "the protection of {device} picked up",
        "saw-fault-current-all": "{devices} saw fault current",
        "phases-do-not-fit-all": "the phases that {devices} flagged do not fit each other",
        "silent-on-path-all": "{devices} stayed silent, although fault current should have passed",
        "flag-without-path-all": "{devices} flagged, but no fault current can have passed them",
        "did-not-trip": "{device} did not trip: the fault hardly lies beyond it",
        "failed-to-trip": "{device} did not trip, although the fault should lie beyond it",
        "closed-ring": "{device} lay in a closed ring: fault current may have come from both sides",
        "meters-lost": "{count} meters at {load} lost voltage, as this fault would have it",
        "meters-lost-against": (
            "{count} meters at {load} lost voltage, though this fault would leave them supplied"
        ),
        "meters-alive": "{count} meters at {load} have voltage, as this fault would leave them",
        "meters-alive-against": (
            "{count} meters at {load} have voltage, though this fault would darken them"
        ),
        "meters-silent": "{count} transformers report no lost meters: they hardly lost supply",
        "meters-silent-against": (
            "{count} transformers report no lost meters, though this fault would darken some"
        ),
        "calls": "{count} calls from {load}: it is dark, as this fault would have it",
        "calls-against": "{count} calls from {load}, though this fault would leave it supplied",
        "customers-tell-no-place": (
            "meters and callers tell no place: they are dark, or not, wherever the fault lies"
        ),
        "current-fits": "{device} measured {value} A: a fault here gives that",
        "current-does-not-fit": "{device} measured {value} A, which a fault here does not give",
        "current-of-earth-fault": (
            "{device} measured {value} A of an earth fault: how far away it "
            "lies is not told by that"
        ),
        "current-without-model": (
            "{device} measured {value} A, but no short-circuit currents are known behind it"
        ),
        "patrol-found": "a crew found the fault in {section}",
        "patrol-found-against": "a crew found the fault in {section}, and not here",
        "patrol-found-outside": (
            "a crew found a fault in {section}, which is none of the candidates"
        ),
        "patrol-saw-nothing": "a crew looked at {section} and found nothing",
        "patrol-overlooked": "a crew looked at {section} and would have overlooked the fault",
        "patrol-outside": "a crew found nothing in {section}, which is none of the candidates",
        "trial-held": "{section} held when it was energised, with {count} sections in all",
        "trial-held-against": (
            "{section} held when it was energised ({count} sections), although "
            "the fault would be there"
        ),
        "trial-tripped": (
            "{section} tripped again when it was energised, with {count} sections in all"
        ),
        "trial-tripped-against": (
            "{section} tripped again when it was energised ({count} sections), "
            "although the fault would not be there"
        ),
        "trial-tells-no-place": (
            "the trial of {section} takes in all candidates or none: it tells no place"
        ),
        "earth-fault-behind": "{device} signals an earth fault behind it",
        "earth-fault-not-behind": (
            "{device} signals an earth fault, though this one would not lie behind it"
        ),
        "no-earth-fault-behind": "{device} signals no earth fault: none lies behind it",
        "earth-fault-missed": "{device} signals no earth fault, though it should lie behind it",
        "earth-fault-tells-no-place": (
            "{device} stands above all candidates or beside them: its "
            "earth-fault signal tells no place"
        ),
        "voltage-lost": "{device} has no voltage, as this fault would have it",
        "voltage-lost-against": (
            "{device} has no voltage, though this fault would leave it supplied"
        ),
        "voltage-kept": "{device} has voltage, as this fault would leave it",
        "voltage-kept-against": "{device} has voltage, though this fault would take it away",
        "voltage-tells-no-place": (
            "{device} has the same voltage wherever the fault lies: it tells no place"
        ),
        "voltage-too-early": "{device} has not had the time to report a loss of voltage",
        "search-open": (
            "opening {switch} for {seconds} s tells in {percent} of 100 cases "
            "that the fault lies behind it; {customers} customers are interrupted"
        ),
        "search-by-crew": "{switch} is operated by a crew, which takes {seconds} s",
        # an incident in three lines: what is dark
        "dark-fault": (
            "{customers} {customers?customer:customers} on {feeders} without supply since "
            "{since}. Tripped: {devices}. {clauses}"
        ),
        "dark-fault-study": (
            "{customers} {customers?customer:customers} on {feeders} without supply. "
            "Tripped: {devices}."
        ),
        "dark-feeder": (
            "{customers} {customers?customer:customers} without supply since {since}: {devices} "
            "tripped. {clauses}"
        ),
        "dark-feeder-study": (
            "{customers} {customers?customer:customers} without supply: {devices} tripped."
        ),
        "dark-presumed": (
            "{customers} {customers?customer:customers} on {feeders} without supply since "
            "{since}, by meters and calls. {devices} does not report and must be open. {clauses}"
        ),
        "dark-alarm": (
            "Everybody has supply. An earth fault has been signalled since {since}: {devices}. "
            "{clauses}"
        ),
        "dark-lost-supply": (
            "{customers} {customers?customer:customers} on {feeders} without supply since "
            "{since}: the grid above is dead, nothing tripped here. {clauses}"
        ),
        "dark-lost-supply-study": (
            "{customers} {customers?customer:customers} on {feeders} without supply: the grid "
            "above is dead, nothing tripped here."
        ),
        "dark-planned": (
            "{customers} {customers?customer:customers} on {feeders} without supply since "
            "{since}: planned work, {devices} opened on purpose. {clauses}"
        ),
        "dark-momentary": "{devices} tripped at {since} and reclosed: everybody has supply.",
        "dark-telemetry": "Telemetry of {devices} was lost; no loss of supply is known.",
        "dark-nobody": "Nobody is without supply now. Opened at {since}: {devices}. {clauses}",
        "clock-slow": (
            "{device} dates this {minutes} min before we heard of it: its clock is slow, or the "
            "message came late."
        ),
        "clock-fast": (
            "{device} dates this {minutes} min after we heard of it: its clock is fast, so count "
            "the time from the alarm."
        ),
        # where, and why we think so
        "where-given": "The fault is in {sections}, as the question says.",
        "where-found": "A crew found the fault in {section}. {clauses}",
        "where-certain": "Fault almost certainly in {section} ({percent} %). {clauses}",
        "where-probable": "Fault very probably in {section} ({percent} %). {clauses}",
        "where-among": "Likely: {places}. {clauses}",
        "where-two": "Probably two faults: {places}. {clauses}",
        "where-contradictory": (
            "The indications contradict each other: the fault may be in any of {count} sections. "
            "{clauses}"
        ),
        "where-insufficient": (
            "Nothing tells where the fault is: it may be in any of {count} sections. {clauses}"
        ),
        "where-no-fault": "Probably no fault at all ({percent} %). {clauses}",
        "where-above": "The fault is not on this grid: it lies above the feeder heads.",
        "where-not-yet": "Not located yet: the devices are still reporting.",
        "where-repaired": "The fault is repaired; nothing is suspected any more.",
        "where-nothing": "There is no fault to look for.",
        "where-zone": (
            "Fault in one of {count} sections that nothing tells apart ({percent} % together): "
            "{which}. {clauses}"
        ),
        "where-zone-between": (
            "Fault in one of {count} sections between {device} and {switch} "
            "({percent} % together): {which}. {clauses}"
        ),
        "zone-sections": "{sections}",
        "zone-more": "{sections} and {count} more",
        "place-share": "{section} {percent} %",
        "places-more": "{count} more not ruled out.",
        "if-there-is-one": "If there is one: {places}.",
        "best-guess": "Best guess: {places}.",
        "maybe-no-fault": "Perhaps there is no fault at all ({percent} %).",
        "maybe-two": "Perhaps there are two faults ({percent} %).",
        "readings-in-doubt": (
            "The readings may have nothing to do with the fault ({percent} %): check wiring and "
            "data link."
        ),
        "told-both": "Fault current passed {devices}, not {others}.",
        "told-passed": "Fault current passed {devices}.",
        "told-none": "No fault current passed {others}.",
        "told-so": "{whys}.",
        "told-against": "Against: {whys}.",
        "told-against-more": "Against: {whys}; {count} more.",
        "told-nothing": "{count} {count?device gives:devices give} no usable reading.",
        "all-silent": "No reading from any of the {count} indicators there.",
        "none-fitted": "No indicator is fitted there.",
        "ring-closed": "{devices} lay in a closed ring: current came from both sides.",
        "flags-too-old": (
            "{devices} flagged, dated {minutes} min before the trip (an old flag, or a wrong "
            "clock): not counted."
        ),
        "flags-by-fast-clock": (
            "{devices} flagged, but do not count: by the clock of the trip they are {minutes} min "
            "old."
        ),
        "flags-too-new": ("{devices} flagged, dated {minutes} min after now: the clock is wrong."),
        # what to do now, and whether it is safe
        "do-release": (
            "Release the plan: {customers} {customers?customer:customers} back within {minutes} "
            "min; guard and power flow passed it. {clauses}"
        ),
        "do-release-wide": (
            "Release the plan: it fences all {count} suspected sections, {customers} "
            "{customers?customer:customers} back within {minutes} min; guard and power flow "
            "passed it. {clauses}"
        ),
        "do-isolate": (
            "Release the plan: it fences the fault; nobody comes back by switching. Guard "
            "passed it. {clauses}"
        ),
        "do-by-hand": (
            "Commands are switched off here: have the plan carried out on site, {customers} "
            "{customers?customer:customers} back. {clauses}"
        ),
        "do-not-release": "Do not switch: the guard vetoes the plan (rule {invariant}). {clauses}",
        "do-find": "No switching is safe yet. {clauses}",
        "do-without-plan": "No plan is proposed: see the timeline. {clauses}",
        "do-wait-reclosing": "Wait: {devices} may still reclose.",
        "do-wait-indicators": "Wait for the indicators: a plan follows by itself.",
        "do-watch": "The plan is running: watch it; STOP halts before the next step.",
        "do-look-again": "Stopped: see why, then plan again. Nothing moves by itself. {clauses}",
        "do-repair": (
            "Switching is done; {customers} {customers?customer:customers} wait for the repair. "
            "{clauses}"
        ),
        "do-hold": (
            "Everybody has supply; {count} {count?switch is:switches are} off the normal "
            "position: the way back is planned after the hold time, or accept the present state."
        ),
        "do-return": (
            "Release the way back to the normal state: {count} {count?switch:switches}, nobody "
            "is interrupted; guard and power flow passed it. {clauses}"
        ),
        "do-return-dropping": (
            "Release the way back to the normal state: {count} {count?switch:switches}, "
            "{customers} {customers?customer:customers} interrupted for seconds; guard and power "
            "flow passed it. {clauses}"
        ),
        "do-stay": (
            "No switch can go back to its normal position now ({count} away): see why, or accept "
            "the present state as normal."
        ),
        "left-away": "{count} {count?stays:stay} away.",
        "do-search-found": (
            "Nobody waits for supply, but the earth fault stands where the crew found it: isolate "
            "it by hand and have it repaired."
        ),
        "do-search": "Nobody waits for supply, but the earth fault stands: find it. {clauses}",
        "do-planned": "Nothing to decide: supply is back when the work is done.",
        "do-nothing": "Nothing to do.",
        "left-dark": "{customers} {customers?waits:wait} for the repair.",
        "advise-read": (
            "Get the reading of {device} ({minutes} min): saves about {saved} customer minutes."
        ),
        "advise-patrol": (
            "Send a crew to {section} first ({minutes} min): saves about {saved} customer minutes."
        ),
        "advise-trial": (
            "Worth trying, but it may close onto the fault: open {switch}, close from the source "
            "side; saves about {saved} customer minutes."
        ),
        "advise-search": (
            "Open {switch} for some seconds: if the alarm goes away, the fault lies behind it."
        ),
        "crew-to": "Send a crew to {section} first.",
        "crew-from": "Send a crew: {section} first, then the whole part.",
        "crew-along": "Send a crew along the whole part.",
        "call-above": "Ask the control room of the grid above.",
        # why an operation was taken for what it is
        "locked-out": "{device} locked out",
        "stayed-open": "{device} stayed open for {seconds} s, longer than all its reclosing",
        "reclosed": "{device} reclosed after {seconds} s and held",
        "commanded-opening": "{device} was opened on command",
        "tagged-opening": "{device} was opened under a tag",
        "opened-by-hand": "{device} has no protection: somebody opened it by hand",
        "supply-lost-above": "no protection picked up and the busbar above {device} is dead",
        "nobody-dark": "{device} opened, but nobody lost supply",
        "sectionaliser-opened": "{device} counted the fault current and opened in the dead time:"
        " the fault lies beyond it",
        "reclosing-blocked": "{device} stayed open; its reclosing is blocked for live-line work",
        "load-shed": "{device} was opened by load shedding",
        "opening-lost": "{device} must have opened, but no message said so",
        "close-lost": "{device} opened again; the message of its reclosing was lost",
        "lockout-while-closed": "{device} reports a lockout, but is not known to have opened",
        "voltage-behind-open": "{device} reads open, but there is voltage behind it and nothing"
        " else feeds it",
        "no-voltage-behind-closed": "{device} says that it is closed, but there is no voltage"
        " behind it",
        "test-mode": "{device} is under test: what it says is no fact",
        "chattering": "{device} moved {count} times within seconds: its position is not believed",
        "clock-off": "the clock of {device} is off by {seconds} s",
        "link-down": "link {link} is down: positions behind it are unknown, not changed",
        # why nothing may be released, or why the screen must not be trusted
        "not-proposed": "nothing can be released in phase {phase}",
        "execution-disabled": "execution is switched off in the settings",
        "needs-approval": "another person has to approve it first",
        "approval-expired": "the approval is too old: it has to be given again",
        "links-blind": "{count} of {all} links are down: the screen shows what was known last",
        "stops-held": "{count} stops hold and are written before anything goes on",
        "journal-blind": "the journal cannot be written since {seconds} s: the field is shown, "
        "nothing can be done",
        "loop-blind": "the control room has not answered for {seconds} s",
        # what happened to an incident
        "incident-began": "{device} opened; waiting whether it recloses",
        "incident-joined": "{device} opened as well",
        "position-known": "where {device} stands is known now",
        "incident-merged": "this is a part of incident {incident}, where it goes on",
        "incident-took-over": "incident {incident} is a part of this one",
        "follows-incident": "the same device: incident {incident} ({cause}) {seconds} s before",
        "closing-held": "what {switch} energised has held: the fault is not there",
        "closing-tripped": "{device} tripped after {switch} was closed: a fault lies behind it",
        "crew-found": "{user} found the fault at {place}",
        "crew-found-nothing": "{user} looked at {place} and found nothing",
        "earth-fault-began": "{device} signals an earth fault and did not trip",
        "earth-fault-also": "{device} signals an earth fault as well",
        "earth-fault-search": "an earth fault behind {device} is to be searched by switching",
        "earth-fault-gone": "no relay signals an earth fault any more",
        "outage-predicted": "{loads} transformers without voltage: {device} must have opened",
        "outage-moved": "more reports: {device} must have opened",
        "predicted-outage": "{device} does not report; its opening is only presumed",
        "voltage-is-back": "meters report voltage again",
        "awaiting-indicators": "waiting {seconds} s for the indicators",
        "plan-proposed": "plan {plan} proposed: {customers} customers back in {steps} steps",
        "plan-offered": "better plan {plan} offered: {customers} customers back instead of "
        "{instead}, {minutes} customer minutes fewer, {steps} more movements, nobody interrupted",
        "plan-offered-interrupts": "better plan {plan} offered: {customers} customers back "
        "instead of {instead}, {minutes} customer minutes fewer, {steps} more movements; "
        "{interrupted} supplied customers are interrupted for up to {seconds} s",
        "offer-taken": "{user} took the better plan {plan}; it waits for its release",
        "offer-void": "the offer of plan {plan} no longer stands",
        "offer-refused": "plan {plan} cannot be put on the screen: {why}",
        "plan-unchanged": "checked again: plan {plan} still holds",
        "no-safe-plan": "no safe plan: {steps} steps found, see the reasons",
        "guard-veto": "the guard vetoes plan {plan}: invariant {invariant}",
        "plan-released": "plan {plan} released by {user}",
        "plan-approved": "plan {plan} approved by {user}, for somebody else to release",
        "approval-refused": "approval of plan {plan} refused: {why}",
        "released-automatically": "plan {plan} released by the feeder's automatic mode",
        "release-refused": "release of plan {plan} refused: {why}",
        "step-sent": "step {step}: {switch} commanded {position}",
        "step-instructed": "step {step}: crew instructed to set {switch} {position}",
        "step-confirmed": "step {step}: {switch} is {position}",
        "step-already-done": "step {step}: {switch} was already {position}",
        "step-refused": "step {step}: {switch} refused ({why})",
        "step-refused-local": "step {step}: {switch} is under local control ({why})",
        "step-refused-interlock": "step {step}: an interlock blocks {switch} ({why})",
        "step-not-allowed": "step {step}: {switch} may not be commanded from here ({why})",
        "step-not-journalled": "step {step}: {switch} not commanded, the journal could not be "
        "written ({why})",
        "step-too-many-commands": "step {step}: {switch} not commanded, too many commands ({why})",
        "step-rehearsed": "step {step}: dry run, nothing was sent to {switch} ({why})",
        "step-unconfirmed": "step {step}: {switch} gave no confirmation ({why}); unknown now",
        "step-vetoed": "step {step}: the guard stops {switch}, invariant {invariant}",
        "device-again": "{device} is seen to work again: plans may use it",
        "stopped-by-person": "stopped by {user}",
        "stopped-protection": "stopped: protection of {device} operated",
        "stopped-moved": "stopped: {device} moved without a command",
        "stopped-tag": "stopped: tag on {device}",
        "stopped-permit": "stopped: people may work where it switches, by permit {permit}",
        "stopped-link": "stopped: link {link} lost",
        "stopped-mode": "stopped: mode of the feeder was lowered",
        "stopped-load-shed": "stopped: load shedding is on by {device}",
        "stopped-not-automatic": "stopped: the feeder is not handled without a person any more",
        "stopped-run-limit": "stopped: plan {plan} was not done after {seconds} s",
        "stopped-restart": "stopped: the control room was restarted in the middle of the plan",
        "grid-taken-in": "another version of the grid was taken in by {user}",
        "plan-void-other-grid": "plan {plan} is void: it was made on the former grid",
        "plan-completed": "plan {plan} completed: {customers} customers back",
        "repair-reported": "repair reported by {user}",
        "supply-back": "everybody has supply again",
        "return-awaited": (
            "everybody has supply; {count} switches are off their normal position: the way back "
            "is planned in {seconds} s"
        ),
        "return-proposed": "plan {plan} proposed: back to the normal state in {steps} steps",
        "no-way-back": "{count} switches cannot go back to their normal position now",
        "normal-again": "the normal state is back",
        "accepted-as-normal": "{user} takes the present positions of {devices} for normal",
        "accept-refused": "the present positions cannot be taken for normal by {user}: {why}",
        "incident-closed": "closed: {cause}",
        # what the guard found; the number of the invariant comes with the violation
        **GUARD,
        **JUDGING,
        **ALARMS,
        **PEOPLE,
        **SHEETS,
        **OUTLOOK,
        **AUTOMATION,
    }
)
