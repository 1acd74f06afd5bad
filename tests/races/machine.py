"""Races, drawn by hypothesis: people, devices, crashes and a full disk against one control room.

Each rule is something that one party does at an instant; after each of them every invariant of
docs/safety.md that speaks of execution is looked at, from outside (`witness`).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from gridops.events import (
    AutomationEnabled,
    IncidentHalted,
    LoadShedChanged,
    ModeChanged,
    ProtectionPickedUp,
    RepairReported,
    ReplanRequested,
    TagRemoved,
)
from gridops.events.operator import Mode, TagKind
from gridops.ids import SwitchId, UserName
from gridops.measurement import Position, Reading
from gridops.virtual_field import Misbehaviour
from tests.races.hands import LAN, MINH, PAUSE_S, SCREENS_KEPT, Hands
from tests.races.witness import (
    DEADLINE_S,
    harm_of,
    i28_executed_is_what_was_approved,
    i29_one_outstanding,
    i30_one_transmission,
    i34_halts_before_the_next_step,
    late_harms,
)
from tests.races.world import RTU, SETTINGS, known

PEOPLE = st.sampled_from([LAN, MINH])
STEPS = st.integers(0, 7)
"""Of the plan on the screen, if it has so many; else one of all switches."""
PAUSES = st.sampled_from([0.0, PAUSE_S, 1.3, 3.5])
"""No time at all; one movement; a movement and the gap before the next one; all of a plan."""
SILENCES = st.sampled_from([0.2, 2.0, 5.0])
FAULTS_MAX = 2
MID_PLAN = (
    "tag",
    "protection",
    "mode",
    "load shedding",
    "halt",
    "device fails",
    "device late",
    "device back",
    "lag",
    "unsure",
    "fault",
    "killed",
)
PLACES = st.sampled_from(["A", "B", "C", "D", "E", "F", "G", "H"])


class Races(Hands):
    """One night in one town."""

    @initialize(
        manner=st.sampled_from([*["advisory", "automatic"] * 3, "two", "off"]),
        place=st.sampled_from(["B", "C", "D"]),
        by=PEOPLE,
        after=st.integers(1, 3),
        what=st.sampled_from(["nothing", *MID_PLAN]),
        which=STEPS,
    )
    def a_fault_strikes(
        self, manner: str, place: str, *, by: UserName, after: int, what: str, which: int
    ) -> None:
        """And, more often than not, a first plan is disturbed at once."""
        settings = replace(SETTINGS, two_person=manner == "two", execution_enabled=manner != "off")
        self._begin(settings)
        self.two = timedelta(seconds=settings.approval_expiry_s) if settings.two_person else None
        self.world.wait(0.5)
        if manner == "automatic":
            self._say(ModeChanged(at=self._now, by=LAN, feeder=None, mode=Mode.AUTOMATIC))
        self._strike(place)
        self.world.wait(1.2 if manner == "automatic" else 3.0)
        self._read()
        if what != "nothing":
            self.something_happens_mid_plan(by, after, what, which)

    # what people do

    @rule(by=PEOPLE, s=PAUSES)
    def release(self, by: UserName, s: float) -> None:
        """What is on the screen now."""
        self._read()
        self._release(by, 0)
        self.world.wait(s)

    @rule(by=PEOPLE, which=st.integers(1, SCREENS_KEPT - 1))
    def release_what_was_read_before(self, by: UserName, which: int) -> None:
        self._read()
        self._release(by, which)

    @rule(by=PEOPLE, other=PEOPLE, s=PAUSES)
    def release_twice(self, by: UserName, other: UserName, s: float) -> None:
        """A double click; or two people who both find it right."""
        self._read()
        self._release(by, 0)
        self._release(other, 0)
        self.world.wait(s)

    @rule(by=PEOPLE)
    def release_other_bytes(self, by: UserName) -> None:
        self._read()
        if self.screens:
            other = replace(self.screens[0], fingerprint="0" * 64)
            self._act(by, lambda: self._released(other, by))

    @rule(by=PEOPLE)
    def release_and_be_killed(self, by: UserName) -> None:
        """The command is durable, and not a byte of it was sent."""
        self._read()
        if self.screens:
            shown = self.screens[0]
            self._act(by, lambda: self._released(shown, by), then_killed=True)

    @rule(by=PEOPLE, other=PEOPLE, wait_s=st.sampled_from([0.0, 0.2, 1.0, 41.0]), s=PAUSES)
    def approve_and_release(self, by: UserName, other: UserName, wait_s: float, s: float) -> None:
        self._read()
        if self.screens:
            shown = self.screens[0]
            self._approve(by)
            self.world.wait(wait_s)
            self._act(other, lambda: self._released(shown, other))
        self.world.wait(s)

    @rule(by=PEOPLE, after=st.integers(1, 3), what=st.sampled_from(MID_PLAN), which=STEPS)
    def again_mid_plan(self, by: UserName, after: int, what: str, which: int) -> None:
        self.something_happens_mid_plan(by, after, what, which)

    def something_happens_mid_plan(self, by: UserName, after: int, what: str, which: int) -> None:
        """A plan is released by a person or goes by itself; when `after` orders were sent, it
        happens."""
        sent = len(self.world.sent) + after
        if self.world.room.desk.state.system_mode is not Mode.AUTOMATIC:
            self._read()
            if self.two is not None:
                self._approve(MINH if by == LAN else LAN)
            self._release(by, 0)
        for _ in range(25):
            if len(self.world.sent) >= sent:
                break
            self.world.wait(0.2)
        self._happens(what, which)
        self.world.wait(1.3)

    def _happens(self, what: str, which: int) -> None:
        head = ("b1", "b2", "b3")[which % 3]
        acts: Mapping[str, Callable[[], None]] = {
            "tag": lambda: self._tag(
                self._switch(which % 4), (TagKind.NO_CLOSE, TagKind.NO_OPERATE)[which % 2]
            ),
            "protection": lambda: self.protection_picks_up(head, 0.0),
            "mode": lambda: self._say(
                ModeChanged(at=self._now, by=LAN, feeder=None, mode=list(Mode)[which % 3])
            ),
            "load shedding": lambda: self.shed_load(PAUSE_S),
            "halt": self.halt,
            "device fails": lambda: self.world.misbehave(
                self._next_switch(), (Misbehaviour.STUCK, Misbehaviour.REFUSE)[which % 2]
            ),
            "device late": lambda: self._late(self._next_switch(), which),
            "device back": lambda: self.somebody_moves(which % 4, 0.0),
            "lag": lambda: self.telemetry_lags(6.0, 0.0),
            "unsure": lambda: self._unsure_after(PAUSE_S * (which % 2)),
            "fault": lambda: self.second_fault("AFGH"[which % 4], PAUSE_S),
            "killed": self.restart,
        }
        acts[what]()

    def _late(self, switch: SwitchId, which: int) -> None:
        self.world.hides_travel = bool(which % 2)
        slow_s = 12.0 if which % 2 else 5.0
        self.world.misbehave(switch, Misbehaviour.SLOW, slow_s=slow_s)

    def _unsure_after(self, s: float) -> None:
        self.world.wait(s)
        self.journal_unsure(5.0)

    @rule(which=STEPS, kind=st.sampled_from([TagKind.NO_CLOSE, TagKind.NO_OPERATE]))
    def tag(self, which: int, kind: TagKind) -> None:
        self._tag(self._switch(which), kind)

    @rule()
    def untag(self) -> None:
        for tag, placed in list(self.world.room.desk.state.tags.items()):
            self._say(TagRemoved(at=self._now, by=LAN, tag=tag, switch=placed.switch))

    @rule(mode=st.sampled_from([Mode.AUTOMATIC, *Mode]), s=PAUSES)
    def mode(self, mode: Mode, s: float) -> None:
        self._say(ModeChanged(at=self._now, by=LAN, feeder=None, mode=mode))
        self.world.wait(s)

    @rule(s=PAUSES)
    def shed_load(self, s: float) -> None:
        for reading in (Reading.YES, Reading.NO):
            at = self._now
            self.world.tell(
                LoadShedChanged(at=at, source_time=at, switch=SwitchId("b1"), reading=reading)
            )
            self.world.wait(s)

    @rule()
    def halt(self) -> None:
        for screen in self.screens[:1]:
            self._say(IncidentHalted(at=self._now, by=LAN, incident=screen.incident))

    @rule(s=PAUSES)
    def plan_again(self, s: float) -> None:
        """Whatever had stopped it was looked into."""
        for feeder in list(self.world.room.desk.state.modes.latches):
            self._say(AutomationEnabled(at=self._now, by=LAN, feeder=feeder, reason="looked at"))
        for screen in self.screens[:1]:
            self._say(ReplanRequested(at=self._now, by=LAN, incident=screen.incident))
        self.world.wait(s)

    # what the field does

    @rule(place=PLACES, s=PAUSES)
    def second_fault(self, place: str, s: float) -> None:
        if len(self.faults) < FAULTS_MAX:
            self._strike(place)
            self.world.wait(s)

    @rule()
    @precondition(lambda self: len(self.witness.issued) > 2)
    def repair(self) -> None:
        """All of it is repaired, and said to be."""
        for place in self.faults:
            self.world.repair(place)
        self.faults.clear()
        for incident in list(self.world.room.desk.open_incidents.values()):
            self._say(RepairReported(at=self._now, by=LAN, incident=incident.id))

    @rule(
        which=STEPS,
        kind=st.sampled_from([Misbehaviour.STUCK, Misbehaviour.REFUSE, Misbehaviour.LOCAL]),
    )
    def device_fails(self, which: int, kind: Misbehaviour) -> None:
        self.world.misbehave(self._switch(which), kind)

    @rule(which=STEPS, slow_s=st.sampled_from([2.5, 5.0, 12.0]))
    def device_is_late(self, which: int, slow_s: float) -> None:
        self.world.misbehave(self._switch(which), Misbehaviour.SLOW, slow_s=slow_s)

    @rule(which=STEPS, s=PAUSES)
    def somebody_moves(self, which: int, s: float) -> None:
        """The switch, to where it does not stand; or back, if a plan has just moved it."""
        switch = self._switch(which)
        is_closed = switch in self.world.field.closed
        self.world.by_hand(switch, Position.OPEN if is_closed else Position.CLOSED)
        self.world.wait(s)

    @rule(cut=st.booleans(), s=PAUSES)
    def link(self, cut: bool, s: float) -> None:
        change = self.world.field.cut_link if cut else self.world.field.heal_link
        change(RTU, self._now)
        self.world.wait(s)

    @rule(lag_s=st.sampled_from([1.0, 3.0, 6.0]), s=PAUSES)
    def telemetry_lags(self, lag_s: float, s: float) -> None:
        """Commands are read back over their own session meanwhile."""
        self.world.lags_until = self._now + timedelta(seconds=lag_s)
        self.world.wait(s)

    @rule(head=st.sampled_from(["b1", "b2", "b3"]), s=PAUSES)
    def protection_picks_up(self, head: str, s: float) -> None:
        """At something that a fuse beyond clears."""
        for reading in (Reading.YES, Reading.NO):
            at, switch = self._now, SwitchId(head)
            self.world.tell(
                ProtectionPickedUp(at=at, source_time=at, switch=switch, reading=reading)
            )
        self.world.wait(s)

    @rule(s=PAUSES)
    def wait(self, s: float) -> None:
        self.world.wait(s)

    @rule(s=st.sampled_from([3.5, 11.0]))
    def wait_long(self, s: float) -> None:
        self.world.wait(s)

    # what becomes of the machine

    @rule()
    def restart(self) -> None:
        """Killed; another one begins on the same journal, and knows the same."""
        is_settled = self.world.loop.silence is None and self.world.room.behind is None
        before = known(self.world.room)
        self.world.restart()
        if is_settled:
            assert self.world.recovered == before

    @rule(s=SILENCES)
    def journal_full(self, s: float) -> None:
        self.world.journal.full_until = self._now + timedelta(seconds=s)
        self.world.wait(PAUSE_S)

    @rule(s=SILENCES)
    def journal_unsure(self, s: float) -> None:
        """Commits arrive, and the answers do not."""
        self.world.journal.unsure_until = self._now + timedelta(seconds=s)
        self.world.wait(PAUSE_S)

    @rule(hold=st.booleans())
    def planner(self, hold: bool) -> None:
        if hold:
            self.world.solving.hold()
        else:
            self.world.solving.go_on()

    # invariants

    @invariant()
    def i27_a_relevant_change_voids(self) -> None:
        """No command against a tag, or into harm, whatever was true when the plan was approved."""
        self.look()
        for issued in self.witness.issued:
            assert not issued.tags, f"{issued.event.command} against {issued.tags}"
        for sent in self.world.sent[self._judged :]:
            harm = harm_of(
                self.witness.streets,
                sent.order.switch,
                sent.order.position,
                closed=sent.closed,
                faulty=self.world.field.struck,
            )
            assert not harm, f"{sent.order.command} {harm}"

    @invariant()
    def i28_executed_is_what_was_approved(self) -> None:
        i28_executed_is_what_was_approved(self.witness, two=self.two)

    @invariant()
    def i29_one_outstanding(self) -> None:
        i29_one_outstanding(self.witness)

    @invariant()
    def i30_one_transmission(self) -> None:
        i30_one_transmission(self.witness, Counter(s.order.command for s in self.world.sent))
        assert all(sent.issued_at for sent in self.world.sent), "sent before it was durable"
        reached = len(self.world.field.orders)
        assert reached <= len(self.world.sent), "the field was ordered what nobody sent"

    @invariant()
    def i31_none_after_its_deadline(self) -> None:
        when = {i.event.command: i.event for i in self.witness.issued}
        for sent in self.world.sent:
            issued = when[sent.order.command]
            assert sent.at < sent.order.deadline == issued.deadline, sent
            assert issued.deadline <= issued.at + timedelta(seconds=DEADLINE_S)

    @invariant()
    def i32_every_stop_is_sound(self) -> None:
        """Also if what was sent before, and is given up, is carried out late."""
        new, self._judged = self.world.sent[self._judged :], len(self.world.sent)
        for sent in new:
            harms = late_harms(
                self.witness.streets,
                sent.order.switch,
                sent.order.position,
                closed=sent.closed,
                late=[(order.switch, order.position) for order in sent.on_the_way],
                faulty=self.world.field.struck,
            )
            assert not harms, f"{sent.order.command} {harms} if a late order comes first"

    @invariant()
    def i33_nothing_with_execution_off(self) -> None:
        if not self.world.settings.execution_enabled:
            assert not self.witness.issued
            assert not self.world.field.orders

    @invariant()
    def i34_halts_before_the_next_step(self) -> None:
        i34_halts_before_the_next_step(self.witness)
