"""What is not there and would bring more back, or bring it back sooner.

Every help but a new tie is worked out by the planner itself on the changed situation: nothing
is said to help that it would not use.
"""

from collections.abc import Iterator
from itertools import islice

from gridops.events.operator import TagKind
from gridops.ids import SwitchId
from gridops.network import Control
from gridops.powerflow import PowerFlow
from gridops.restoration.gains import Gains
from gridops.restoration.helps_limits import limit_helps
from gridops.restoration.helps_ties import tie_helps
from gridops.restoration.outlook import Help, HelpKind, OutlookSettings
from gridops.restoration.plan import By, Plan
from gridops.restoration.relaxed import telecontrolled, usable, with_crew
from gridops.restoration.situation import Situation

AT_WORK = (TagKind.EARTH_APPLIED, TagKind.HOT_LINE)
"""Tags of people at work: nobody is hurried off by a list of helps."""
OF_A_KIND_MAX = 6
"""Devices that are asked for, and again for telecontrol, so that limits have their turn."""
IN_THE_WAY = ("tag", "unreachable", "unknown-position", "not-operable")


def helps_of(
    situation: Situation, plan: Plan, *, engine: PowerFlow, settings: OutlookSettings
) -> tuple[Help, ...]:
    """The best `helps_max`, most customers first, then most minutes; bounds last.

    Guarantees: pure; the planner is asked `helps_tried_max` times at most, devices before crew
    and telecontrol, those before limits. A gain is against `plan`, each help alone.
    """
    gains = Gains(situation, plan, engine, left=settings.helps_tried_max)
    found = [*_device_helps(gains), *_crew_help(gains), *_telecontrol_helps(gains)]
    found += limit_helps(gains)
    found += tie_helps(situation, plan)
    found.sort(
        key=lambda h: (h.at_most, -h.customers_more, -h.minutes_less, h.kind.value, h.element)
    )
    return tuple(found[: settings.helps_max])


def _device_helps(gains: Gains) -> Iterator[Help]:
    """Devices that are in the way as they are now."""
    situation = gains.situation
    said = [(one.because, one.element) for one in gains.plan.rejected]
    said += [(one.because, one.element) for one in gains.plan.unserved]
    named = dict.fromkeys(element for because, element in said if because in IN_THE_WAY)
    spoilt = (SwitchId(e) for e in named if e in situation.network.switches)
    for switch in islice((s for s in spoilt if _is_spoiled(situation, s)), OF_A_KIND_MAX):
        other = gains.planned(usable(situation, switch))
        help_ = other and gains.help_by(HelpKind.DEVICE, switch, other=other)
        if help_:
            yield help_


def _is_spoiled(situation: Situation, switch: SwitchId) -> bool:
    """Whether anything but its build keeps it from being used, and nobody works at it."""
    snapshot = situation.snapshot
    tags = snapshot.tags.get(switch, ())
    if any(tag.kind in AT_WORK for tag in tags):
        return False
    return bool(tags) or switch in (snapshot.unknown | snapshot.unreachable | situation.unavailable)


def _crew_help(gains: Gains) -> Iterator[Help]:
    if gains.situation.settings.crew_available:
        return
    other = gains.planned(with_crew(gains.situation))
    help_ = other and gains.help_by(HelpKind.CREW, "", other=other)
    if help_:
        yield help_


def _telecontrol_helps(gains: Gains) -> Iterator[Help]:
    """Of switches that a crew has to go to, or that nobody can operate."""
    situation = gains.situation
    well = (s for s in _without_telecontrol(gains) if s not in situation.unavailable)
    for switch in islice(well, OF_A_KIND_MAX):
        other = gains.planned(telecontrolled(situation, switch))
        help_ = other and gains.help_by(HelpKind.TELECONTROL, switch, other=other)
        if help_:
            yield help_


def _without_telecontrol(gains: Gains) -> list[SwitchId]:
    """Those of the plan, those that were refused for it, those at the edge of its fence."""
    network, plan = gains.situation.network, gains.plan
    named = [step.switch for step in plan.steps if step.by is By.CREW]
    named += [SwitchId(r.element) for r in plan.rejected if r.because == "not-operable"]
    zone = [s for s in network.sections if s in plan.suspected]
    named += [switch for section in zone for switch in network.sections[section].switches]
    return [
        switch
        for switch in dict.fromkeys(named)
        if switch in network.switches and network.switches[switch].control is not Control.REMOTE
    ]
