"""What relays and contacts of a device have said, for the judgement of its openings."""

from bisect import insort
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gridops.ids import SwitchId
from gridops.network import Network

SAID_MAX = 16
"""Words of one contact that are remembered; the oldest go first."""


@dataclass(slots=True)
class Contact:
    """Yes and no of one contact in the order of the device's clock, repeats left out."""

    said: list[tuple[datetime, bool]] = field(default_factory=list)

    def hears(self, instant: datetime, yes: bool) -> None:
        if (instant, yes) in self.said:
            return
        insort(self.said, (instant, yes))
        if len(self.said) > SAID_MAX:
            del self.said[0]

    def yes_within(self, begin: datetime, end: datetime) -> bool:
        """Whether it came up between the two, both included."""
        return self.last_yes_within(begin, end) is not None

    def last_yes_within(self, begin: datetime, end: datetime) -> datetime | None:
        found = [time for time, yes in self.said if yes and begin <= time <= end]
        return found[-1] if found else None

    def stands_at(self, instant: datetime) -> bool:
        """Whether the newest word up to `instant` is yes."""
        before = [yes for time, yes in self.said if time <= instant]
        return bool(before) and before[-1]

    @property
    def last_yes(self) -> datetime | None:
        return next((time for time, yes in reversed(self.said) if yes), None)

    @property
    def stands(self) -> bool:
        return bool(self.said) and self.said[-1][1]


@dataclass(slots=True)
class Contacts:
    """Of every device that has said anything. Bounded by the devices of the grid."""

    pickups: dict[SwitchId, Contact] = field(default_factory=dict)
    lockouts: dict[SwitchId, Contact] = field(default_factory=dict)
    sheds: dict[SwitchId, Contact] = field(default_factory=dict)
    tests: dict[SwitchId, Contact] = field(default_factory=dict)

    def take_in(self, network: Network) -> None:
        """Goes on with the switches that `network` has."""
        for kind in (self.pickups, self.lockouts, self.sheds, self.tests):
            for gone in [device for device in kind if device not in network.switches]:
                del kind[gone]

    def picked_up(self, device: SwitchId, begin: datetime, *, end: datetime) -> bool:
        contact = self.pickups.get(device)
        return contact is not None and contact.yes_within(begin, end)

    def pickup_before(
        self, device: SwitchId, instant: datetime, *, lead: timedelta
    ) -> datetime | None:
        """The last pick-up within `lead` before `instant`."""
        contact = self.pickups.get(device)
        return None if contact is None else contact.last_yes_within(instant - lead, instant)

    def is_shed(self, device: SwitchId, opened_at: datetime, *, tolerance: timedelta) -> bool:
        """Whether the load-shedding relay held it open when it opened, or right after."""
        contact = self.sheds.get(device)
        return contact is not None and (
            contact.stands_at(opened_at)
            or contact.yes_within(opened_at - tolerance, opened_at + tolerance)
        )

    def is_in_test(self, device: SwitchId, instant: datetime) -> bool:
        contact = self.tests.get(device)
        return contact is not None and contact.stands_at(instant)

    def locked_at(self, device: SwitchId) -> datetime | None:
        """When it last gave up, whether or not it was reset since."""
        contact = self.lockouts.get(device)
        return None if contact is None else contact.last_yes

    def is_locked(self, device: SwitchId) -> bool:
        contact = self.lockouts.get(device)
        return contact is not None and contact.stands
