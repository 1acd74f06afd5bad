"""What people did under a key of their own, so that none of it is done twice."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from gridops.errors import AlreadyDone, KeyReused
from gridops.events import Event, MetersReported, OperatorEvent
from gridops.ids import TokenId, UserName

ACTS_MAX = 1_000
"""The newest are known."""
NO_TOKEN = TokenId("")
Act = TypeVar("Act", bound=OperatorEvent | MetersReported)


@dataclass(frozen=True, slots=True)
class Under:
    """The key that somebody chose for one act, and a digest of what they asked for. Without a
    key: an act that is done as often as it is asked for. `token`: a program asked."""

    key: str = ""
    asked: str = ""
    token: TokenId = NO_TOKEN

    def put_on(self, event: Act) -> Act:
        """Reports of meters carry none: each has its own time, and says nothing new twice."""
        if isinstance(event, MetersReported):
            return event
        return replace(event, key=self.key, asked=self.asked, token=self.token)


@dataclass(frozen=True, slots=True)
class Done:
    kind: str
    at: datetime
    asked: str


@dataclass(slots=True)
class Acts:
    """Folded from the journal, and so the same after a restart."""

    done: OrderedDict[tuple[UserName, str], Done] = field(default_factory=OrderedDict)
    """By whom and under which key, the latest last."""

    def keep(self, event: Event) -> None:
        key = getattr(event, "key", "")
        if not key or not isinstance(event, OperatorEvent):
            return
        self.done[event.by, key] = Done(type(event).__name__, event.at, event.asked)
        while len(self.done) > ACTS_MAX:
            self.done.popitem(last=False)

    def refuse_repeated(self, events: Iterable[OperatorEvent | MetersReported]) -> None:
        """Raises: as `refuse`."""
        for event in events:
            if isinstance(event, OperatorEvent):
                self.refuse(event.by, Under(event.key, event.asked))

    def refuse(self, by: UserName, under: Under) -> None:
        """Raises: AlreadyDone when it was done; KeyReused when something else was done under that
        key."""
        found = self.done.get((by, under.key)) if under.key else None
        if found is None:
            return
        if found.asked != under.asked:
            raise KeyReused(
                "this Idempotency-Key belongs to another act", remedy="use a new key for each act"
            )
        raise AlreadyDone(
            f"{found.kind} was done at {found.at.isoformat()}; the answer is not kept any more",
            remedy="read what stands now",
        )
