"""Whatever happens in whatever order, and whatever people do about it meanwhile: nothing that came
is lost sight of before somebody has seen it, and nobody has seen what came after they looked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from gridops.alarms import AlarmKind, AlarmState, Annunciator, Priority, Told
from gridops.alarms.alarm import alarm_id
from gridops.events import AlarmAcknowledged, AlarmShelved, AlarmUnshelved
from gridops.ids import AlarmId, UserName
from gridops.reasons import because

NIGHT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LAN = UserName("lan")
KIND = AlarmKind.POSITION
PLACES = {"s1": "L1", "s2": "L1", "s3": "L2"}
DELAY = timedelta(seconds=20)
STANDS = {AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED}


@dataclass(frozen=True)
class Word:
    do: str
    switch: str
    after_s: float
    number: int
    """How bad it is; how many of the latest were not on the screen; or for how many minutes, and
    half as many were not."""


WORDS = st.lists(
    st.builds(
        Word,
        do=st.sampled_from(["rise", "rise", "settle", "see", "see-all", "shelve", "unshelve"]),
        switch=st.sampled_from(sorted(PLACES)),
        after_s=st.sampled_from([0.0, 1.0, 19.0, 20.0, 61.0]),
        number=st.integers(0, 3),
    ),
    max_size=40,
)


@dataclass
class Night:
    """What somebody with a pencil would write down beside the annunciator."""

    known: Annunciator = field(default_factory=Annunciator)
    now: datetime = NIGHT
    standing: set[str] = field(default_factory=set)
    unseen: dict[str, int] = field(default_factory=dict)
    """The number under which it came last, of what nobody has acknowledged since."""
    shelved: dict[str, datetime] = field(default_factory=dict)

    def heard(self, word: Word) -> None:
        self.now += timedelta(seconds=word.after_s)
        match word.do:
            case "rise":
                self._rises(word.switch, word.number)
            case "settle":
                self._settles(word.switch)
            case "see":
                self._sees({word.switch}, alarm_id(KIND, word.switch), unseen=word.number)
            case "see-all":
                place = PLACES[word.switch]
                here = {switch for switch, at in PLACES.items() if at == place}
                self._sees(here, AlarmId(f"{KIND}@{place}"), unseen=word.number)
            case "shelve":
                until = self.now + timedelta(minutes=word.number)
                self._shelves(word.switch, until=until, unseen=word.number // 2)
            case "unshelve":
                act = AlarmUnshelved(at=self.now, by=LAN, alarm=alarm_id(KIND, word.switch))
                self.known.unshelve(act)
                self.shelved.pop(word.switch, None)

    def state(self, switch: str) -> AlarmState | None:
        found = self.known.alarms.get(alarm_id(KIND, switch))
        return None if found is None else found.state(self.now)

    def is_pending(self, switch: str) -> bool:
        """It came, and is not told yet: what is over by then was none."""
        found = self.known.alarms.get(alarm_id(KIND, switch))
        return found is not None and self.now < found.shown_from

    def _rises(self, switch: str, weight: int) -> None:
        was = self.known.raised
        self.known.rise(
            KIND,
            switch,
            told=Told(
                why=because("alarm-position", device=switch),
                priority=Priority.MEDIUM,
                weights=(weight,),
            ),
            at=self.now,
            place=PLACES[switch],
            shown_from=self.now + DELAY,
        )
        is_new = switch not in self.standing
        self.standing.add(switch)
        assert self.known.raised > was or not is_new
        if self.known.raised > was:
            self.unseen[switch] = self.known.raised
        if not is_new and self.known.raised > was:
            self.shelved.pop(switch, None)  # it grew worse

    def _settles(self, switch: str) -> None:
        pending = self.is_pending(switch)
        self.known.settle(KIND, switch, at=self.now)
        self.standing.discard(switch)
        if pending:
            self.unseen.pop(switch, None)

    def _sees(self, switches: set[str], alarm: AlarmId, *, unseen: int) -> None:
        open_to = {s for s in switches if self.state(s) not in (None, AlarmState.SHELVED)}
        seen = self.known.raised - unseen
        self.known.acknowledge(AlarmAcknowledged(at=self.now, by=LAN, alarm=alarm, seen=seen))
        for switch in open_to:
            if self.unseen.get(switch, seen + 1) <= seen:
                del self.unseen[switch]

    def _shelves(self, switch: str, *, until: datetime, unseen: int) -> None:
        found = self.known.alarms.get(alarm_id(KIND, switch))
        if found is None or found.state(self.now) is None:
            return
        alarm, seen = alarm_id(KIND, switch), self.known.raised - unseen
        self.known.shelve(
            AlarmShelved(
                at=self.now, by=LAN, alarm=alarm, seen=seen, until=until, reason="chatters"
            )
        )
        if found.raised > seen:
            return
        self.shelved[switch] = until
        self.unseen[switch] = found.raised


def check(night: Night) -> None:
    for switch in PLACES:
        state, pending = night.state(switch), night.is_pending(switch)
        on_shelf = night.now < night.shelved.get(switch, night.now)
        assert (state is AlarmState.SHELVED) == on_shelf
        if state in STANDS:
            assert switch in night.standing
        if switch in night.standing and not pending:
            assert state in STANDS | {AlarmState.SHELVED}
        if switch in night.unseen and not pending:
            assert state not in (None, AlarmState.ACKNOWLEDGED)
        if switch not in night.unseen:
            assert state in (None, AlarmState.ACKNOWLEDGED)
        event(f"{state}")
    grouped = [ident for group in night.known.groups.values() for ident in group.members]
    assert sorted(grouped) == sorted(night.known.alarms)
    numbers = [one.raised for one in night.known.alarms.values()]
    assert len(set(numbers)) == len(numbers)


@given(WORDS)
def test_nothing_is_lost_sight_of_and_nothing_is_seen_unseen(words: list[Word]) -> None:
    night, again = Night(), Night()
    for word in words:
        night.heard(word)
        check(night)
    for word in words:
        again.heard(word)
    assert again.known == night.known


@given(WORDS)
def test_each_line_is_made_anew_whenever_it_may_read_otherwise(words: list[Word]) -> None:
    """By the revision of its group, or by the time that it names."""
    night = Night()
    for word in words:
        before = {i: (g.revision, dict(g.members)) for i, g in night.known.groups.items()}
        was = {switch: night.state(switch) for switch in PLACES}
        due = {
            switch: found.changes_at(night.now)
            for switch in PLACES
            if (found := night.known.alarms.get(alarm_id(KIND, switch)))
        }
        night.heard(word)
        for switch, place in PLACES.items():
            if night.state(switch) is was[switch]:
                continue
            ident = AlarmId(f"{KIND}@{place}")
            now = night.known.groups.get(ident)
            at = due.get(switch)
            is_told = now is None or ident not in before or now.revision != before[ident][0]
            assert is_told or (at is not None and at <= night.now)
