"""All that detection knows of the field, in one place for the parts that judge by it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gridops.events.operator import TagKind
from gridops.ids import SwitchId
from gridops.network import Network
from gridops.outage.announced import Intentions
from gridops.outage.detection_clock import ClockRule, Clocks, Stamp
from gridops.outage.detection_contacts import Contact, Contacts
from gridops.outage.detection_past import Past
from gridops.outage.detection_track import Mark, Shot, Track, shots_of
from gridops.outage.detection_verdict import Story, Waits
from gridops.outage.detection_voltage import VoltageWitness
from gridops.outage.fault_path import opens_by_itself
from gridops.outage.findings import DetectionSettings, Findings
from gridops.outage.supply import SupplyWatch
from gridops.reasons import Reason, because
from gridops.state import LiveState

NOTHING_SAID = Contact()


@dataclass(slots=True)
class Grounds:
    """Bounded by the grid: every part keeps a bounded number of words per device."""

    network: Network
    settings: DetectionSettings
    past: Past
    contacts: Contacts
    clocks: Clocks
    voltage: VoltageWitness
    supply: SupplyWatch
    intentions: Intentions

    @classmethod
    def of(cls, network: Network, settings: DetectionSettings) -> "Grounds":
        return cls(
            network=network,
            settings=settings,
            past=Past(network),
            contacts=Contacts(),
            clocks=Clocks(),
            voltage=VoltageWitness(network),
            supply=SupplyWatch(network),
            intentions=Intentions(),
        )

    def track(self, device: SwitchId) -> Track:
        return self.past.tracks[device]

    @property
    def window(self) -> timedelta:
        return timedelta(seconds=self.settings.reorder_window_s)

    @property
    def tolerance(self) -> timedelta:
        return timedelta(seconds=self.settings.reorder_tolerance_s)

    def stamp(
        self,
        device: SwitchId,
        source_time: datetime,
        *,
        at: datetime,
        state: LiveState,
        first: bool = True,
    ) -> Stamp:
        settings = self.settings
        rule = ClockRule(
            delay_s_max=settings.delay_s_max,
            ahead_s_max=settings.reorder_tolerance_s,
            off_s_min=settings.clock_off_s_min,
        )
        link = state.link_of.get(device)
        return self.clocks.stamp(device, source_time, at=at, link=link, rule=rule, first=first)

    def oldest(self, at: datetime) -> datetime:
        """The earliest that something learnt `at` over a whole link can have happened."""
        return at - timedelta(seconds=self.settings.delay_s_max)

    def picked_up(self, device: SwitchId, begin: datetime, *, end: datetime | None = None) -> bool:
        """Whether protection picked up for an opening at `begin`, or until `end`."""
        lead = timedelta(seconds=self.settings.pickup_lead_s)
        return self.contacts.picked_up(device, begin - lead, end=(end or begin) + self.tolerance)

    def has_tripped(self, device: SwitchId, opened_at: datetime) -> bool:
        """Whether it opens by itself, and protection picked up for that opening."""
        return opens_by_itself(self.network.switches[device]) and self.picked_up(device, opened_at)

    def is_ours(self, device: SwitchId, opened: Mark) -> bool:
        """Whether the opening is a part of handling an incident. A command follows a trip within
        seconds; a crew that was asked long ago did not open what protection has tripped."""
        return opened.ours and not (opened.by_crew and self.has_tripped(device, opened.time))

    def pickup_before(self, device: SwitchId, instant: datetime) -> datetime | None:
        lead = timedelta(seconds=self.settings.pickup_lead_s)
        return self.contacts.pickup_before(device, instant, lead=lead)

    def waits(self, device: SwitchId, state: LiveState) -> Waits:
        blocked = any(
            tag.switch == device and tag.kind is TagKind.HOT_LINE for tag in state.tags.values()
        )
        switch = self.network.switches[device]
        return Waits(switch=switch, settings=self.settings, blocked=blocked)

    def shots(self, device: SwitchId, *, counted: int, state: LiveState) -> list[Shot]:
        """The openings of `device` that await judgement."""
        waits = self.waits(device, state)

        def reclosed_unheard(shots: list[Shot], mark: Mark) -> bool:
            opened_at = shots[-1].opened.time
            if waits.dead_times_s is None or device in self.contacts.pickups:
                return self.contacts.picked_up(device, opened_at, end=mark.time)
            open_s = (mark.time - opened_at).total_seconds()
            return waits.may_have_reclosed(counted + len(shots), open_s)

        def opened_unheard(mark: Mark) -> datetime | None:
            if not opens_by_itself(waits.switch):
                return None
            return self.pickup_before(device, mark.time)

        return shots_of(
            self.track(device), reclosed_unheard=reclosed_unheard, opened_unheard=opened_unheard
        )

    def story(
        self, device: SwitchId, shots: list[Shot], *, opened_at: datetime, state: LiveState
    ) -> Story:
        return Story(
            shots=shots,
            waits=self.waits(device, state),
            opened_at=opened_at,
            pickups=self.contacts.pickups.get(device, NOTHING_SAID),
            locked_at=self.contacts.locked_at(device),
        )

    def why_planned(self, device: SwitchId, shot: Shot, *, state: LiveState) -> Reason | None:
        """Why somebody meant this opening; None: nobody did.

        Where protection picked up first it is a trip, whoever meant to open the device.
        """
        opened = shot.opened
        if self.has_tripped(device, opened.time) and not self.is_ours(device, opened):
            return None
        if opened.meant is not None:
            return opened.meant
        if self.contacts.is_shed(device, opened.time, tolerance=self.tolerance):
            return because("load-shed", device=device)
        alone = opens_by_itself(self.network.switches[device])
        return None if alone or self._is_counted_out(device, shot, state=state) else by_hand(device)

    def is_lost_by(self, device: SwitchId, shot: Shot, *, findings: Findings) -> bool:
        """Whether the opening took supply from any load."""
        return self.past.lost_by(
            device,
            shot.opened.time,
            state=findings.state,
            dead=self.supply.dead,
            tolerance=self.tolerance,
        )

    def _is_counted_out(self, device: SwitchId, shot: Shot, *, state: LiveState) -> bool:
        """A sectionaliser opens by itself only while a protection above it is open."""
        return self.network.switches[device].sectionaliser_counts > 0 and self.past.open_above(
            device, shot.opened.time, state=state, tolerance=self.tolerance
        )


def by_hand(device: SwitchId) -> Reason:
    return because("opened-by-hand", device=device)


def besides(device: SwitchId, shots: list[Shot], *, disagree_s_max: float) -> tuple[Reason, ...]:
    """What else mattered for the judgement of `shots`."""
    found = []
    marks = [mark for shot in shots for mark in (shot.opened, shot.closed) if mark is not None]
    off_s = max((mark.stamp.clock_off_s for mark in marks), key=abs, default=0.0)
    if abs(off_s) > disagree_s_max:
        found.append(because("clock-off", device=device, seconds=round(off_s)))
    if any(shot.close_lost for shot in shots):
        found.append(because("close-lost", device=device))
    if any(shot.opening_lost for shot in shots):
        found.append(because("opening-lost", device=device))
    return tuple(found)
