"""What people did under a key of their own, so that none of it is done twice."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from gridops.errors import AlreadyDone, KeyReused
from gridops.events import Event, MetersReported, OperatorEvent, PersonEntitled
from gridops.ids import TokenId, UserName

ACTS_MAX = 1_000
"""Of one person the newest are known: nobody's keys are pushed out by somebody else's."""
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

    done: dict[UserName, OrderedDict[str, Done]] = field(default_factory=dict)
    """By whom and under which key, the latest last. Who is removed takes their keys along: who
    comes after them under the same name is another person."""

    def keep(self, event: Event) -> None:
        if isinstance(event, PersonEntitled) and event.role is None:
            self.done.pop(event.user, None)
        key = getattr(event, "key", "")
        if not key or not isinstance(event, OperatorEvent):
            return
        own = self.done.setdefault(event.by, OrderedDict())
        own[key] = Done(type(event).__name__, event.at, event.asked)
        while len(own) > ACTS_MAX:
            own.popitem(last=False)

    def refuse_repeated(self, events: Iterable[OperatorEvent | MetersReported]) -> None:
        """Raises: as `refuse`."""
        for event in events:
            if isinstance(event, OperatorEvent):
                self.refuse(event.by, Under(event.key, event.asked))

    def refuse(self, by: UserName, under: Under) -> None:
        """Raises: AlreadyDone when it was done; KeyReused when something else was done under that
        key."""
        own = self.done.get(by) if under.key else None
        found = None if own is None else own.get(under.key)
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
