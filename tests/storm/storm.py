"""kill -9 at random moments of a storm, and what must be true of the journal each time.

Faults strike, people act over HTTP, plans go by themselves or are released; the process dies.
Judged from outside: by the answers that people got, by the journal, and by the field's log.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import httpx

from gridops.adapters.clocks import SystemClock
from gridops.adapters.journal import open_journal
from gridops.bootstrap.replaying import replay_journal
from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network import Network
from gridops.ports import Entry
from gridops.virtual_field import FieldSettings, OrderAnswer, VirtualField
from tests.radial_sweep import RadialSweep
from tests.storm.room_process import SWITCHES
from tests.storm.service_process import API, ServiceProcess, log_in

KILLED_WITHIN_S = 6.0
"""Of the start; or, of those that get so far, of the first act in them."""
ONE_IN = 5
"""So many are killed before they are ready."""
AIMED_OF_4 = 3
"""So many of the others are killed while commands are under way."""
ORDER_WITHIN_S = 8.0
"""Else nothing can be switched in this life, and it ends as it is."""
COMMANDS_S = 2.5
"""From the first order on so long the next ones follow."""
PROMPT = FieldSettings(reset_after_s=0.5, reclaim_s=0.5)
"""What indicators said in one life does not speak against the next."""
PLACES = ("A", "B", "C", "D", "E", "F", "G", "H")
OUTCOMES = ("CommandConfirmed", "CommandRejected", "CommandTimedOut")
CLOCK = SystemClock()
CUT_OFF_SHARE_MIN = 0.1
"""Of the kills, so many at least are to meet a command under way."""


class CountingField(VirtualField):
    """Writes down each order that reaches a device."""

    def __init__(self, network: Network) -> None:
        super().__init__(network, RadialSweep(network), start=CLOCK.now(), settings=PROMPT)
        self.orders: list[tuple[datetime, SwitchId, Position]] = []

    def order(self, switch: SwitchId, position: Position, at: datetime) -> OrderAnswer:
        self.orders.append((at, switch, position))
        return super().order(switch, position, at=at)


@dataclass(slots=True)
class Summary:
    """What a storm came to."""

    backend: str
    kills: int = 0
    ready_s: list[float] = field(default_factory=list)
    ready_cpu_s: list[float] = field(default_factory=list)
    """Of the process itself, on whatever machine."""
    acts: int = 0
    commands: int = 0
    orders: int = 0
    cut_off: int = 0
    """Lives that ended while a command was under way."""
    entries: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def untried(self) -> list[str]:
        """What the storm was for and did not do: that nothing was wrong then shows nothing."""
        wanted = int(CUT_OFF_SHARE_MIN * self.kills)
        found = [] if self.commands else ["no command was issued"]
        if self.cut_off < wanted:
            met = f"{self.cut_off} of {self.kills} kills met a command under way"
            found.append(f"{met}, and {wanted} are wanted")
        return found

    def to_plain(self) -> dict[str, object]:
        ready = sorted(self.ready_s)
        cpu = sorted(self.ready_cpu_s)
        return {
            "backend": self.backend,
            "kills": self.kills,
            "acknowledged": self.acts,
            "commands": self.commands,
            "orders": self.orders,
            "killed_with_command_under_way": self.cut_off,
            "entries": self.entries,
            "ready_s": {"median": ready[len(ready) // 2], "max": ready[-1]} if ready else None,
            "ready_cpu_s": {"median": cpu[len(cpu) // 2], "max": cpu[-1]} if cpu else None,
            "wrong": self.wrong,
            "untried": self.untried,
        }


class Storm:
    """One journal, one field, and service after service."""

    def __init__(self, url: str, folder: Path, *, endpoint: str, field: CountingField) -> None:
        self.url = url
        self.field = field
        self.summary = Summary(backend=url.split(":", maxsplit=1)[0])
        self._service = ServiceProcess(url, folder, endpoint=endpoint)
        self._keys: list[str] = []
        """Of acts that were acknowledged."""
        self._acted = 0

    async def round(self, dice: Random) -> None:
        """A start, a storm, an end, and a look."""
        self._service.start()
        try:
            await self._lived(dice)
        finally:
            self._service.kill()
        self.summary.kills += 1
        await asyncio.to_thread(self._judge)

    async def _lived(self, dice: Random) -> None:
        if dice.randrange(ONE_IN) == 0:
            await asyncio.sleep(dice.uniform(0.0, KILLED_WITHIN_S))
            return
        async with self._service.client() as client:
            ready_s, cpu_s = await self._service.until_ready(client)
            self.summary.ready_s.append(ready_s)
            self.summary.ready_cpu_s.append(cpu_s)
            await self._begin(client, dice)
            raging = asyncio.create_task(self._rage(client, dice))
            try:
                await self._moment(dice)
            finally:
                raging.cancel()
                with suppress(asyncio.CancelledError):
                    await raging

    async def _moment(self, dice: Random) -> None:
        """Until the process is to die: while commands are under way, or whenever."""
        if dice.randrange(4) >= AIMED_OF_4:
            await asyncio.sleep(dice.uniform(0.0, KILLED_WITHIN_S))
            return
        before = len(self.field.orders)
        with suppress(TimeoutError):
            async with asyncio.timeout(ORDER_WITHIN_S):
                while len(self.field.orders) == before:  # noqa: ASYNC110 - a field calls nobody
                    await asyncio.sleep(0.005)
                await asyncio.sleep(dice.uniform(0.0, COMMANDS_S))

    # the storm

    async def _begin(self, client: httpx.AsyncClient, dice: Random) -> None:
        await log_in(client)
        if dice.randrange(4):
            self._calm()
            for incident in (await client.get(f"{API}/incidents")).json():
                await self._ask(client, "POST", f"/incidents/{incident}/repaired", None)
            await asyncio.sleep(0.5)
        await self._ask(client, "PUT", "/modes", {"mode": "automatic"})
        await self._unlatch(client)
        self.field.strike(dice.choice(PLACES), _soon(self.field))

    async def _unlatch(self, client: httpx.AsyncClient) -> None:
        """Halts and stops of former lives had latched automation off."""
        for feeder in (await client.get(f"{API}/feeders")).json():
            path = f"/feeders/{feeder}/automation"
            await self._ask(client, "POST", path, {"reason": "looked into"})

    def _calm(self) -> None:
        """All is repaired, and stands as it should: something is left that can trip."""
        for place in PLACES:
            self.field.repair(place, _soon(self.field))
        normal = self.field.network.normally_closed
        for switch in map(SwitchId, SWITCHES):
            wanted = Position.CLOSED if switch in normal else Position.OPEN
            if (switch in self.field.closed) is not (wanted is Position.CLOSED):
                self.field.operate_by_hand(switch, wanted, at=_soon(self.field))

    async def _rage(self, client: httpx.AsyncClient, dice: Random) -> None:
        while True:
            self._strike(dice)
            await self._act(client, dice)
            await asyncio.sleep(dice.choice([0.0, 0.05, 0.3]))

    def _strike(self, dice: Random) -> None:
        now = _soon(self.field)
        place = dice.choice(PLACES)
        if dice.randrange(20) == 0:
            self.field.strike(place, now)
        elif dice.randrange(20) == 0:
            for one in PLACES:
                self.field.repair(one, now)

    async def _act(self, client: httpx.AsyncClient, dice: Random) -> None:
        incidents = (await client.get(f"{API}/incidents")).json()
        cards = [one for one in incidents.values() if one["phase"] != "closed"]
        choice = dice.randrange(10)
        if cards and choice < 6:
            await self._about(client, dice.choice(cards), dice.randrange(20))
        elif choice == 6:
            await self._unlatch(client)
        elif choice == 7:
            mode = dice.choice([*["automatic"] * 6, "advisory", "restore_only"])
            await self._ask(client, "PUT", "/modes", {"mode": mode})
        elif choice == 8:
            tags = (await client.get(f"{API}/tags")).json()
            for tag in list(tags)[:1]:
                await self._ask(client, "DELETE", f"/tags/{tag}", None)
        else:
            tag = {"switch": dice.choice(SWITCHES), "kind": "caution", "reason": "storm"}
            await self._ask(client, "POST", "/tags", tag)

    async def _about(self, client: httpx.AsyncClient, card: dict[str, object], choice: int) -> None:
        path, plan = f"/incidents/{card['id']}", card.get("plan")
        if choice < 15 and isinstance(plan, dict):
            body = {"plan": plan["id"], "fingerprint": plan["fingerprint"]}
            await self._ask(client, "POST", f"{path}/release", body)
        else:
            act = {15: "repaired", 16: "halt"}.get(choice, "replan")
            await self._ask(client, "POST", f"{path}/{act}", None)

    async def _ask(
        self, client: httpx.AsyncClient, method: str, path: str, body: dict[str, object] | None
    ) -> None:
        self._acted += 1
        key = f"act-{self._acted}"
        answer = await client.request(
            method, f"{API}{path}", json=body, headers={"Idempotency-Key": key}
        )
        if answer.is_success:
            self._keys.append(key)
        elif answer.status_code >= 500:
            self.summary.wrong.append(f"{method} {path}: {answer.status_code} {answer.text}")

    # what must be true

    def _judge(self) -> None:
        journal = open_journal(self.url)
        try:
            entries = list(journal.entries())  # raises where the chain does not hold
        finally:
            journal.close()
        wrong = [*self._lost(entries), *doubled(entries, self.field.orders)]
        if "no snapshot was kept" in self._service.log():
            wrong.append("a snapshot was not kept")
        if entries:  # none where the first service of all was killed before it wrote anything
            replayed = replay_journal(self.url, verify=True)
            if replayed.difference is not None:
                wrong.append(f"replay: {replayed.difference}")
        self.summary.wrong += [f"kill {self.summary.kills}: {one}" for one in wrong]
        self.summary.acts, self.summary.entries = len(self._keys), len(entries)
        self.summary.orders = len(self.field.orders)
        self.summary.commands = sum(e.record.kind == "CommandIssued" for e in entries)
        self.summary.cut_off = cut_off(entries)

    def _lost(self, entries: list[Entry]) -> list[str]:
        there = {entry.record.body.get("key") for entry in entries}
        return [f"{key} was acknowledged and is lost" for key in self._keys if key not in there]


def doubled(entries: list[Entry], orders: list[tuple[datetime, SwitchId, Position]]) -> list[str]:
    """Each order of the field belongs to a command of its own, durable before and not too old."""
    issued = [e.record for e in entries if e.record.kind == "CommandIssued"]
    names = [str(record.body["command"]) for record in issued]
    wrong = [
        f"{name} was issued twice" for name in sorted({n for n in names if names.count(n) > 1})
    ]
    left = list(issued)
    for at, switch, position in orders:
        for record in left:
            deadline = datetime.fromisoformat(str(record.body["deadline"]))
            is_it = (record.body["switch"], record.body["position"]) == (switch, position.value)
            if is_it and record.at <= at <= deadline:
                left.remove(record)
                break
        else:
            wrong.append(f"{switch} to {position.name} at {at.isoformat()} is nobody's command")
    return wrong


def cut_off(entries: list[Entry]) -> int:
    """How many lives ended while a command was under way: issued, and without an outcome."""
    lives, under_way = 0, set[object]()
    for record in (entry.record for entry in entries):
        if record.kind == "CommandIssued":
            under_way.add(record.body["command"])
        elif record.kind in OUTCOMES:
            under_way.discard(record.body["command"])
        elif record.kind == "ControlRoomStarted":
            lives += bool(under_way)
            under_way.clear()
    return lives + bool(under_way)


def _soon(field: CountingField) -> datetime:
    return max(CLOCK.now(), field.now) + timedelta(seconds=0.05)
