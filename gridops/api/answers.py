"""What was answered to acts under an Idempotency-Key, so that who asks again is told the same."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from gridops.api.words import Plain
from gridops.ids import UserName
from gridops.ports.accounts import Account

ANSWERS_MAX = 1_000
"""Of all people together; beyond, whoever has most of them loses their oldest."""
ASKED_DIGITS = 16
Asked = Sequence[object]
"""What an act was asked with, each word by itself; `str` of it is what counts."""


def asked_as(asked: Asked) -> str:
    """A digest that tells two acts apart whatever is in their words, spaces too."""
    said = json.dumps([None if word is None else str(word) for word in asked])
    return sha256(said.encode()).hexdigest()[:ASKED_DIGITS]


@dataclass(frozen=True, slots=True)
class _Answer:
    account: Account
    """Whose it is: an account that was removed and made again is another one."""
    asked: str
    said: Plain


@dataclass(slots=True)
class Answers:
    """By person and key. They end with the process; that an act was done is in the journal."""

    _of: dict[UserName, OrderedDict[str, _Answer]] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def asked(self, account: Account, key: str) -> tuple[str, Plain] | None:
        """(digest of what was asked, the answer) of the first time; None: not known."""
        own = self._of.get(account.name)
        found = None if own is None else own.get(key)
        if found is None or found.account != account:
            return None
        return found.asked, found.said

    def keep(self, account: Account, key: str, *, asked: str, said: Plain) -> None:
        own = self._of.setdefault(account.name, OrderedDict())
        own[key] = _Answer(account, asked, said)
        while len(self) > ANSWERS_MAX:
            most = max(self._of, key=lambda name: len(self._of[name]))
            self._of[most].popitem(last=False)
