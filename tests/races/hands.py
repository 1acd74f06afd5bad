"""What a race is played with: screens that are read, sessions, faults that strike."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from hypothesis.stateful import RuleBasedStateMachine

from gridops.api.security import Gatekeeper, NoSession
from gridops.errors import JournalSilent, ReleaseRefused
from gridops.events import (
    OperatorEvent,
    PlanApproved,
    TagPlaced,
)
from gridops.events.operator import TagKind
from gridops.events.people import Role
from gridops.ids import IncidentId, PlanId, SwitchId, TagId, UserName
from gridops.incident import IncidentSettings
from gridops.measurement import Position
from gridops.ports.accounts import Account
from tests.races.witness import (
    Witness,
)
from tests.races.world import World

LAN, MINH = UserName("lan"), UserName("minh")
SWITCHES = tuple(SwitchId(s) for s in ("b1", "s1", "s2", "s3", "s4", "t1", "s5", "t2"))
PAUSE_S = 0.45
FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None
SESSION_S = 45.0
SCREENS_KEPT = 4


@dataclass(frozen=True, slots=True)
class Screen:
    """A plan as somebody has read it."""

    incident: IncidentId
    plan: PlanId
    fingerprint: str


class Hands(RuleBasedStateMachine):
    """One world, its witness, and people with sessions. Its rules are `Races`."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="gridops-races-", dir=FOLDER))
        self.world: World
        self.witness: Witness
        self.screens: list[Screen] = []
        self.faults: list[str] = []
        self.tags = 0
        self.two: timedelta | None = None
        self.told_no: Counter[str] = Counter()
        self._judged = 0

    def _begin(self, settings: IncidentSettings) -> None:
        self.world = World(self.folder, settings=settings)
        self.witness = Witness(self.world.network)
        accounts = {name: Account(name, Role.SHIFT_LEAD, password_hash="") for name in (LAN, MINH)}
        self.gate = Gatekeeper(accounts=accounts, lifetime=timedelta(seconds=SESSION_S))
        self.sessions = {name: self._log_in(name) for name in accounts}

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _now(self) -> datetime:
        return self.world.clock.now()

    def _switch(self, which: int) -> SwitchId:
        for screen in self.screens[:1]:
            steps = [switch for switch, _ in self._steps(screen).values()]
            if which < len(steps):
                return steps[which]
        return SWITCHES[which]

    def _steps(self, screen: Screen) -> Mapping[int, tuple[SwitchId, Position]]:
        self.look()
        run = self.witness.plans.get(screen.plan)
        return {} if run is None else run.steps

    def _next_switch(self) -> SwitchId:
        """Of the step that comes next, if a plan is under way."""
        self.look()
        for issued in self.witness.issued[-1:]:
            assert issued.plan is not None
            left = issued.plan.steps.get(issued.event.step + 1)
            if left is not None:
                return left[0]
        return SWITCHES[0]

    def look(self) -> None:
        self.witness.read(self.world.journal.entries(after=self.witness.sequence))

    def _read(self) -> None:
        """Somebody reads the screen."""
        for incident in self.world.room.desk.open_incidents.values():
            plan = incident.proposed
            if plan is None or not plan.answer.plan.steps:
                continue
            screen = Screen(incident.id, plan.id, plan.answer.fingerprint)
            if screen not in self.screens:
                self.screens.insert(0, screen)
        del self.screens[SCREENS_KEPT:]

    def _strike(self, place: str) -> None:
        """Where there is supply: of what strikes in the dark nobody can know."""
        section = self.world.network.section_of_node[place]
        if section in self.witness.streets.live(self.world.field.closed):
            self.faults.append(place)
            self.world.strike(place)

    def _tag(self, switch: SwitchId, kind: TagKind) -> None:
        self.tags += 1
        tag = TagId(f"T{self.tags}")
        self._say(TagPlaced(at=self._now, by=LAN, tag=tag, switch=switch, kind=kind, reason="work"))

    def _log_in(self, by: UserName) -> str:
        account = self.gate.account_of(by)
        assert account is not None
        return self.gate._open(account, self._now)[0]

    def _approve(self, by: UserName) -> None:
        if self.screens:
            self._act(by, partial(self._approved, self.screens[0], by))

    def _release(self, by: UserName, which: int) -> None:
        if which < len(self.screens):
            self._act(by, partial(self._released, self.screens[which], by))

    def _released(self, screen: Screen, by: UserName) -> None:
        self.world.loop.release(screen.incident, screen.plan, fingerprint=screen.fingerprint, by=by)

    def _approved(self, screen: Screen, by: UserName) -> None:
        approved = PlanApproved(
            at=self._now,
            by=by,
            incident=screen.incident,
            plan=screen.plan,
            fingerprint=screen.fingerprint,
        )
        self.world.loop.submit(approved)

    def _say(self, event: OperatorEvent) -> None:
        self._act(event.by, lambda: self.world.loop.submit(event))

    def _act(self, by: UserName, act: Callable[[], None], *, then_killed: bool = False) -> None:
        """As a request does: nobody acts without a session, and what is refused is told."""
        try:
            self.gate.session_of(self.sessions[by], self._now)
        except NoSession:
            self.told_no["not-logged-in"] += 1
            self.sessions[by] = self._log_in(by)
            return
        try:
            self.world.act(act, then_killed=then_killed)
        except (ReleaseRefused, JournalSilent) as refused:
            self.told_no[refused.code] += 1
