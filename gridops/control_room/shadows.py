"""What GridOps would have done, had it been allowed to: the first plan of each incident."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.events import Event, PatrolReported
from gridops.ids import IncidentId, PlanId, SectionId, UserName
from gridops.incident import Incident, Proposed
from gridops.network import Network
from gridops.response import Aim

Spell = tuple[datetime, datetime | None]
"""Without supply from when until when; None: until the repair."""


@dataclass(slots=True, kw_only=True)
class Shadow:
    """One plan, as automation would have released it the moment it was proposed."""

    plan: PlanId
    proposed_at: datetime
    due: datetime
    """When its last step would have been done."""
    passed: bool
    """By the guard, when it was proposed."""
    suspected: frozenset[SectionId]
    likeliest: SectionId | None
    back_at: dict[SectionId, datetime]
    """What it gives supply back to for good, and when."""
    dropped: list[tuple[SectionId, Spell]]
    """What it takes supply from."""
    held: bool | None = None
    """Whether it was still the plan of an open incident, with the guard's word, when it would have
    been done, or until it was done; None: nobody knows yet. Whatever is heard meanwhile, planner
    and guard look at it again, and may take it back with nothing in its place."""
    released_at: datetime | None = None
    released_by: UserName | None = None
    found_in: SectionId | None = None
    """Where a crew found the fault, after it was proposed."""

    @property
    def located_right(self) -> bool | None:
        """Whether the fault lay where the plan kept everything dead; None: nobody reported it."""
        return None if self.found_in is None else self.found_in in self.suspected

    def would_have_saved(self, now: datetime) -> bool:
        """Whether it may count as a saving: a plan that the guard stopped, that was taken back, or
        that cut out the wrong place would not have given supply back as it says."""
        return self.passed and self.held_by(now) is not False and self.located_right is not False

    def held_by(self, now: datetime) -> bool | None:
        return self.passed if self.held is None and now >= self.due else self.held


@dataclass(slots=True)
class Shadows:
    """A fold over the facts: one shadow for each incident that had a plan."""

    of: dict[IncidentId, Shadow] = field(default_factory=dict)

    def follow(self, concerned: Iterable[Incident], event: Event, *, network: Network) -> None:
        """After the desk has folded the fact."""
        for incident in concerned:
            proposed, shadow = incident.proposed, self.of.get(incident.id)
            if shadow is not None:
                _watch(shadow, incident, at=event.at)
            elif proposed is not None and _is_first(proposed):
                self.of[incident.id] = _shadow_of(proposed)
        if isinstance(event, PatrolReported) and event.found:
            self._found(event, network)

    def _found(self, event: PatrolReported, network: Network) -> None:
        shadow, place = self.of.get(event.incident), event.place
        known = any(place in table for table in (network.branches, network.sections, network.nodes))
        if shadow is not None and known:
            shadow.found_in = network.section_of(place)


def _is_first(proposed: Proposed) -> bool:
    return proposed.answer.aim is Aim.RESTORE and bool(proposed.answer.plan.steps)


def _watch(shadow: Shadow, incident: Incident, *, at: datetime) -> None:
    proposed = incident.proposed
    stands = proposed is not None and proposed.id == shadow.plan
    if proposed is not None and stands and shadow.released_at is None:
        shadow.released_at, shadow.released_by = proposed.released_at, proposed.released_by
    if shadow.held is not None:
        return
    is_done = proposed is not None and stands and all(one.is_done for one in proposed.progress)
    if at >= shadow.due or is_done:
        shadow.held = shadow.passed
    elif not stands or not incident.is_open:
        shadow.held = False


def _shadow_of(proposed: Proposed) -> Shadow:
    plan, begin = proposed.answer.plan, proposed.proposed_at
    back_at: dict[SectionId, datetime] = {}
    dark: dict[SectionId, datetime] = {}
    dropped: list[tuple[SectionId, Spell]] = []
    for step in plan.steps:
        done = begin + timedelta(seconds=step.done_s)
        for section in step.sections_dropped:
            dark[section] = done
        for section in step.sections_restored:
            since = dark.pop(section, None)
            if since is None:
                back_at[section] = done
            else:
                dropped.append((section, (since, done)))
    dropped += [(section, (since, None)) for section, since in dark.items()]
    suspects = proposed.answer.location.suspects
    return Shadow(
        plan=proposed.id,
        proposed_at=begin,
        due=begin + timedelta(seconds=max(step.done_s for step in plan.steps)),
        passed=proposed.answer.verdict.passed,
        suspected=plan.suspected,
        likeliest=suspects[0].section if suspects else None,
        back_at=back_at,
        dropped=dropped,
    )
