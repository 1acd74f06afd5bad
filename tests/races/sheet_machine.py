"""Races about sheets that people write, or take from a template, with crews on them: drawn by
hypothesis against a real control room, and judged by `sheet_witness`.

Most of a night is one sheet that goes its way, with one thing in between and one on the way; the
rules that follow are short, so that few of them lead far.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis import target
from hypothesis.stateful import initialize, invariant, rule

from gridops.adapters.template_files import read_templates
from gridops.alarms import AlarmKind
from gridops.alarms.alarm import alarm_id
from gridops.errors import ActRefused
from gridops.events import (
    LoadShedChanged,
    ModeChanged,
    SheetApproved,
    SheetDrawn,
    SheetEdited,
    SheetStarted,
    SheetStopped,
    StepInstructed,
    StepReported,
    TagRemoved,
)
from gridops.events.operator import Mode, TagKind
from gridops.events.sheets import SheetPaper, StepBy, StepDraft
from gridops.ids import SectionId, SheetId, SwitchId, UserName
from gridops.incident import IncidentSettings
from gridops.measurement import Position, Reading
from gridops.reliability import Hand
from gridops.sheets import Sheet, SheetState, SheetStep
from gridops.virtual_field import Misbehaviour
from tests.races.hands import LAN, MINH, PAUSE_S, Hands
from tests.races.sheet_witness import SheetWitness
from tests.races.witness import DEADLINE_S, Streets, harm_of
from tests.races.world import RTU, SETTINGS, known
from tests.sheet_desk import lines

TEMPLATES = {template.id: template for template in read_templates()}


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody wants done: steps in words, or a template and what is chosen for it."""

    text: str
    gives_up: str = ""
    crew: str = ""
    chosen: tuple[tuple[str, str], ...] = ()

    def drafted(self) -> tuple[StepDraft, ...]:
        return lines(self.text, crew=self.crew)


TRANSFER = Work("open s4, close t1", "E")
WORKS = (
    TRANSFER,
    Work("open s4, close t2", "E", crew="s4"),
    Work("open s3, close t1", "D E", crew="s3"),
    Work("open s4", "E", crew="s4"),
    Work("open s4, note tell E, (open s3), close t1", "E", crew="t1"),
    Work("open s3, close t1", "D E"),
    Work("open s4, check s4, earth s4, unearth s4, close s4", "E"),
    Work("close t1, open s4"),
    Work("section_out", chosen=(("section", "SE"), ("work", "joint"))),
    Work("open_switch", chosen=(("switch", "s4"),)),
)
BETWEEN = (
    "nothing",
    "an edit",
    "a tag",
    "a tag that goes again",
    "time",
    "a restart",
    "other bytes",
    "another approver",
    "the author approves",
    "nobody approves",
)
"""What may come between approval and start."""
ON_THE_WAY = (
    "nothing",
    "a stop",
    "a tag",
    "a mode",
    "load shedding",
    "a restart",
    "a start again",
    "stuck",
    "a refusal",
    "slow",
    "moved back",
    "lag",
    "a cut link",
    "unsure",
    "a crew that could not",
    "a late word",
    "a word out of turn",
    "a crew that moves late",
    "a crew that moves after a restart",
    "a crew that turns back",
)
CREWS = ("a late word", *ON_THE_WAY[-3:])
WEIGHED = (*ON_THE_WAY, *["a tag", "a word out of turn", *CREWS] * 4)
"""These do something only on some sheets."""
LATE_S = 90.0
"""A command is over long before."""
DAYS = 2 * len(WORKS) * len(BETWEEN)
PEOPLE = st.sampled_from([LAN, MINH])
PAUSES = st.sampled_from([0.0, PAUSE_S, 1.3, 5.0])


class SheetRaces(Hands):
    """One day in one town in which everybody has supply."""

    papers: SheetWitness

    @initialize(
        day=st.integers(0, DAYS - 1),
        on_the_way=st.lists(st.sampled_from(WEIGHED), min_size=1, max_size=3),
    )
    def a_sheet_goes_its_way(self, day: int, on_the_way: list[str]) -> None:
        """`day` is one of all the ways in which a sheet may come to its start: a number, since
        numbers are drawn evenly."""
        day, two = divmod(day, 2)
        work, between = divmod(day, len(BETWEEN))
        self.start_up(replace(SETTINGS, two_person=bool(two)))
        self.draw_up(LAN, WORKS[work])
        if BETWEEN[between] not in ("nobody approves", "the author approves"):
            self._approved_by(MINH)
        self._in_between(BETWEEN[between])
        self._started_by(LAN, "0" * 64 if BETWEEN[between] == "other bytes" else "")
        for what in on_the_way:
            self._on_the_way(what)
            self.work_on(PAUSE_S)
        for _ in range(2):
            self.work_on(PAUSE_S)

    def start_up(self, settings: IncidentSettings) -> None:
        self._begin(settings)
        expiry = timedelta(seconds=settings.approval_expiry_s)
        self.papers = SheetWitness(two_person=settings.two_person, expiry=expiry)
        self.streets = Streets(self.world.network)
        self.world.wait(0.5)

    def teardown(self) -> None:
        if hasattr(self, "papers"):
            halts = {paper.halted_by for paper in self.papers.papers.values()}
            happened = len(self.papers.issued) + len(halts) + len(self.told_no)
            target(float(happened), label="commands, and different halts and refusals")
        super().teardown()

    def _act(self, by: UserName, act: Callable[[], None], *, then_killed: bool = False) -> None:
        try:
            super()._act(by, act, then_killed=then_killed)
        except ActRefused as refused:
            self.told_no[refused.reason.code] += 1

    def look(self) -> None:
        self.papers.read(self.world.journal.entries(after=self.papers.sequence))

    @property
    def _latest(self) -> Sheet | None:
        known_sheets = list(self.world.room.desk.sheets.sheets.values())
        return known_sheets[-1] if known_sheets else None

    def _next(self) -> SheetStep | None:
        """Of the sheet that is under way, or was stopped."""
        sheet = self._latest
        return None if sheet is None else sheet.next_step()

    def _next_switch(self) -> SwitchId:
        step = self._next()
        return SwitchId("s4") if step is None or step.switch is None else step.switch

    # what people do

    @rule(by=PEOPLE, work=st.sampled_from(WORKS))
    def draw_up(self, by: UserName, work: Work) -> None:
        desk = self.world.room.desk
        bare = SheetDrawn(
            at=self._now,
            by=by,
            sheet=desk.sheets.next_id,
            paper=SheetPaper(title="work"),
            steps=(),
            gives_up=(),
        )
        if work.chosen:
            found = desk.written(TEMPLATES[work.text], dict(work.chosen), about=bare)
            steps, gives_up = found.steps, found.gives_up
        else:
            steps, gives_up = work.drafted(), _sections(work.gives_up)
        if steps:
            self._say(replace(bare, steps=steps, gives_up=gives_up))

    @rule(by=PEOPLE)
    def edit(self, by: UserName) -> None:
        """Word by word, with a note at the end."""
        sheet = self._latest
        if sheet is not None:
            note = lines("note one more")
            edited = SheetEdited(
                at=self._now,
                by=by,
                sheet=sheet.id,
                revision=sheet.revision,
                paper=sheet.paper,
                steps=(*(step.draft for step in sheet.steps), *note),
                gives_up=tuple(sorted(sheet.gives_up)),
            )
            self._say(edited)

    @rule(by=PEOPLE, s=PAUSES)
    def approve(self, by: UserName, s: float) -> None:
        self._approved_by(by)
        self.world.wait(s)

    def _approved_by(self, by: UserName) -> None:
        if (sheet := self._latest) is not None:
            at = self._now
            self._say(SheetApproved(at=at, by=by, sheet=sheet.id, fingerprint=sheet.fingerprint))

    @rule(by=PEOPLE, s=PAUSES)
    def start(self, by: UserName, s: float) -> None:
        self._started_by(by)
        self.world.wait(s)

    @rule(by=PEOPLE)
    def start_and_be_killed(self, by: UserName) -> None:
        """The command is durable, and not a byte of it was sent."""
        self._started_by(by, then_killed=True)

    def _started_by(self, by: UserName, bytes_: str = "", *, then_killed: bool = False) -> None:
        if (sheet := self._latest) is not None:
            named = bytes_ or sheet.fingerprint
            said = SheetStarted(at=self._now, by=by, sheet=sheet.id, fingerprint=named)
            self._act(by, partial(self.world.loop.submit, said), then_killed=then_killed)

    @rule()
    def stop(self) -> None:
        if (sheet := self._latest) is not None:
            self._say(SheetStopped(at=self._now, by=LAN, sheet=sheet.id))

    @rule(s=PAUSES)
    def work_on(self, s: float) -> None:
        """A crew is told of the next step, goes there, and says so; else the field is awaited."""
        sheet, step = self._latest, self._next()
        if sheet is not None and step is not None and step.draft.by is StepBy.CREW:
            self.instruct(step.number)
            if step.switch is not None and step.position is not None:
                self.world.by_hand(step.switch, step.position)
            self.report(step.number, True)
        self.world.wait(max(s, 1.1))

    @rule(number=st.integers(1, 5))
    def instruct(self, number: int) -> None:
        if (sheet := self._latest) is not None and number <= len(sheet.steps):
            told = StepInstructed(
                at=self._now, by=LAN, sheet=sheet.id, step=number, receiver="crew 7"
            )
            self._say(told)

    @rule(number=st.integers(1, 5), done=st.booleans())
    def report(self, number: int, done: bool) -> None:
        if (sheet := self._latest) is not None and number <= len(sheet.steps):
            self._say(StepReported(at=self._now, by=MINH, sheet=sheet.id, step=number, done=done))

    # what comes in between, and on the way

    def _in_between(self, what: str) -> None:
        acts: Mapping[str, Callable[[], None]] = {
            "an edit": lambda: self.edit(LAN),
            "a tag": self.tag,
            "a tag that goes again": self._tag_and_untag,
            "time": lambda: self.world.wait(SETTINGS.approval_expiry_s + 1.0),
            "a restart": self.restart,
            "another approver": lambda: self._approved_by(LAN),
            "the author approves": lambda: self._approved_by(LAN),
        }
        acts.get(what, lambda: None)()

    @rule(what=st.sampled_from(ON_THE_WAY))
    def happens(self, what: str) -> None:
        self._on_the_way(what)

    def _on_the_way(self, what: str) -> None:
        switch, now = self._next_switch(), self._now
        acts: Mapping[str, Callable[[], None]] = {
            "a stop": self.stop,
            "a tag": self.tag,
            "a mode": lambda: self._say(
                ModeChanged(at=now, by=LAN, feeder=None, mode=Mode.DISABLED)
            ),
            "load shedding": self.shed,
            "a restart": self.restart,
            "a start again": lambda: self._started_by(MINH),
            "stuck": lambda: self.world.misbehave(switch, Misbehaviour.STUCK),
            "a refusal": lambda: self.world.misbehave(switch, Misbehaviour.REFUSE),
            "slow": lambda: self.world.misbehave(switch, Misbehaviour.SLOW, slow_s=5.0),
            "moved back": self.moved_back,
            "lag": lambda: self._lag(3.0),
            "a cut link": lambda: self.world.field.cut_link(RTU, now),
            "unsure": lambda: self._unsure(2.0),
            "a crew that could not": self._could_not,
            "a late word": self._late_word,
            "a word out of turn": self._out_of_turn,
            "a crew that moves late": self._moves_late,
            "a crew that moves after a restart": lambda: self._moves_late(self.restart),
            "a crew that turns back": self._turns_back,
        }
        acts.get(what, lambda: None)()

    def _lag(self, s: float) -> None:
        self.world.lags_until = self._now + timedelta(seconds=s)

    def _unsure(self, s: float) -> None:
        self.world.journal.unsure_until = self._now + timedelta(seconds=s)

    def _could_not(self) -> None:
        if (step := self._next()) is not None:
            self.report(step.number, False)

    def _late_word(self) -> None:
        """The crew is on its way when the sheet is stopped."""
        if (step := self._next()) is not None:
            self.instruct(step.number)
            self.stop()
            if step.draft.by is StepBy.CREW and step.switch is not None and step.position:
                self.world.by_hand(step.switch, step.position)
            self.report(step.number, True)

    def _out(self) -> SheetStep | None:
        """The step of a crew that is on its way when the sheet is stopped; None: nobody is."""
        self.world.wait(PAUSE_S)  # for what is commanded before it
        if (step := self._next()) is not None:
            self.instruct(step.number)
            self.stop()
        self.every_crew_that_nobody_has_heard_of_is_listed()
        sheet, step = self._latest, self._next()
        paper = None if sheet is None else self.papers.papers[sheet.id]
        is_out = step is not None and paper is not None and step.number in paper.unheard()
        return step if is_out else None

    def _moves_late(self, between: Callable[[], None] = lambda: None) -> None:
        """Long after the stop, when nobody waits for a command any more."""
        step = self._out()
        if step is None or step.switch is None or step.position is None:
            return
        between()
        self.world.wait(LATE_S)
        self.world.by_hand(step.switch, step.position)
        self.world.wait(PAUSE_S)

    def _turns_back(self) -> None:
        sheet, step = self._latest, self._out()
        if sheet is not None and step is not None:
            said = StepReported(
                at=self._now,
                by=MINH,
                sheet=sheet.id,
                step=step.number,
                done=False,
                turned_back=True,
            )
            self._say(said)

    def _out_of_turn(self) -> None:
        """The last step first."""
        if (sheet := self._latest) is not None:
            self.instruct(len(sheet.steps))
            self.report(len(sheet.steps), True)

    @rule()
    def tag(self) -> None:
        """On the last switch that the latest sheet will move."""
        sheet = self._latest
        if sheet is not None and sheet.switches:
            self._tag(sheet.switches[-1], TagKind.NO_OPERATE)

    def _tag_and_untag(self) -> None:
        self.tag()
        self.untag()

    @rule()
    def untag(self) -> None:
        for tag, placed in list(self.world.room.desk.state.tags.items()):
            if placed.kind is TagKind.NO_OPERATE:
                self._say(TagRemoved(at=self._now, by=LAN, tag=tag, switch=placed.switch))

    @rule()
    def shed(self) -> None:
        for reading in (Reading.YES, Reading.NO):
            at = self._now
            self.world.tell(
                LoadShedChanged(at=at, source_time=at, switch=SwitchId("b1"), reading=reading)
            )

    @rule()
    def advisory(self) -> None:
        self._say(ModeChanged(at=self._now, by=LAN, feeder=None, mode=Mode.ADVISORY))

    @rule()
    def moved_back(self) -> None:
        """What the latest sheet has moved last."""
        if self.papers.issued:
            last = self.papers.issued[-1]
            back = Position.OPEN if last.position is Position.CLOSED else Position.CLOSED
            self.world.by_hand(last.switch, back)

    @rule()
    def heal(self) -> None:
        self.world.field.heal_link(RTU, self._now)

    @rule(s=PAUSES)
    def wait(self, s: float) -> None:
        self.world.wait(s)

    @rule()
    def restart(self) -> None:
        """Killed; another one begins on the same journal, and knows the same."""
        is_settled = self.world.loop.silence is None and self.world.room.behind is None
        before = known(self.world.room)
        self.world.restart()
        if is_settled:
            assert self.world.recovered == before

    # invariants

    @invariant()
    def every_sheet_is_as_the_journal_allows(self) -> None:
        """27 to 30 and 34, each in front of what `sheet_witness` finds wrong."""
        self.look()
        assert not self.papers.wrong, self.papers.wrong

    @invariant()
    def what_is_sent_was_durable_once_and_in_time(self) -> None:
        """30, 31."""
        when = {issued.command: issued for issued in self.papers.issued}
        times = Counter(sent.order.command for sent in self.world.sent)
        assert all(count == 1 for count in times.values()), times
        for sent in self.world.sent:
            assert sent.issued_at, f"{sent.order.command} was sent before it was durable"
            issued = when[sent.order.command]
            assert sent.at < sent.order.deadline == issued.deadline
            assert issued.deadline <= issued.at + timedelta(seconds=DEADLINE_S)
        assert len(self.world.field.orders) <= len(self.world.sent)

    @invariant()
    def nothing_that_is_sent_does_harm(self) -> None:
        new, self._judged = self.world.sent[self._judged :], len(self.world.sent)
        for sent in new:
            order = sent.order
            harm = harm_of(
                self.streets, order.switch, order.position, closed=sent.closed, faulty=frozenset()
            )
            assert not harm, f"{order.command} {harm}"

    @invariant()
    def a_stopped_sheet_stays_stopped(self) -> None:
        for ident, paper in self.papers.papers.items():
            if paper.started and paper.halted_by and paper.left():
                sheet = self.world.room.desk.sheets.sheets[SheetId(ident)]
                assert sheet.state is not SheetState.EXECUTING, f"{ident} after {paper.halted_by}"

    @invariant()
    def every_crew_that_nobody_has_heard_of_is_listed(self) -> None:
        """32: once its sheet is stopped, with an alarm for the sheet."""
        self.look()
        room = self.world.room
        for ident, sheet in room.desk.sheets.sheets.items():
            unheard = (
                self.papers.papers[ident].unheard() if sheet.state is SheetState.STOPPED else []
            )
            assert [step.number for step in sheet.crews_in_doubt] == unheard, ident
            alarm = room.alarms.known.alarms.get(alarm_id(AlarmKind.CREW, ident))
            assert (alarm is not None and alarm.standing) == bool(unheard), ident

    @invariant()
    def what_a_crew_does_is_the_crews_however_late(self) -> None:
        self.look()
        room = self.world.room
        for moved in self.papers.crews_moved:
            alarm = room.alarms.known.alarms.get(alarm_id(AlarmKind.MOVED, moved.switch))
            assert alarm is None or alarm.last != moved.at, f"{moved.switch} moved by itself"
            by = {one.taken_by for one in room.books.ledger.interruptions if one.began == moved.at}
            assert Hand.PROTECTION not in by, f"{moved.switch} tripped"


def _sections(names: str) -> tuple[SectionId, ...]:
    return tuple(SectionId(f"S{name}") for name in names.split())
