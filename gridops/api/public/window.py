"""The window to the public: what it shows is made a few times a minute, whoever asks how often."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gridops.api.feed import to_json
from gridops.api.limits import Limits
from gridops.api.public.document import AreaKind, document_of
from gridops.api.public.outages import Board, Rules, board_of
from gridops.api.public.page import (
    Language,
    Letterhead,
    LookedUp,
    PublicPage,
    page_of,
    wording_of,
)
from gridops.api.public.places import Places, folded
from gridops.control_room import ControlRoom
from gridops.errors import UnknownId

PAGES_MAX = 500
"""Answers that are kept until the next board is made; what nobody asked for longest goes first."""
EVERYBODY = "everybody"


@dataclass(slots=True, kw_only=True)
class PublicWindow:
    """Guarantees: a board is at most `refresh` old and is made at most once in that time; of an
    answer that is kept nothing is worked out again; memory is bounded."""

    room: ControlRoom
    is_current: Callable[[], bool]
    """Whether the control room sees the whole field."""
    rules: Rules
    head: Letterhead
    area_kind: AreaKind
    language: Language
    """Of who asks for none."""
    refresh: timedelta
    per_address: Limits
    in_all: Limits
    _places: Places = field(init=False)
    _board: Board | None = None
    _kept: OrderedDict[Hashable, bytes] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self._places = Places(
            self.room.network,
            self.room.desk.normal_feeder_of,
            customers_min=self.rules.customers_min,
        )

    def admit(self, address: str, now: datetime) -> None:
        """Raises: TooManyRequests, for an address or for all together."""
        self.per_address.take(address, now)
        self.in_all.take(EVERYBODY, now)

    def page(self, language: Language, words: str, *, now: datetime) -> bytes:
        """HTML; with `words`, what is known where they lead to."""
        self._bring_up(now)
        words = words if folded(words) else ""
        return self._kept_or((language, words), make=lambda: self._page(language, words))

    def document(self, words: str, now: datetime) -> bytes:
        """JSON, of the areas alone that `words` lead to, if there are any.

        Raises: UnknownId; what is near is not told.
        """
        self._bring_up(now)
        areas = self._places.look_up(words) if folded(words) else ()
        if areas is None:
            raise UnknownId("place", words, near=())
        return self._kept_or(areas, make=lambda: self._document(areas))

    def _kept_or(self, key: Hashable, *, make: Callable[[], bytes]) -> bytes:
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = make()
            while len(self._kept) > PAGES_MAX:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found

    def _bring_up(self, now: datetime) -> None:
        if self._board is not None and abs(now - self._board.at) < self.refresh:
            return
        self._kept.clear()
        self._board = board_of(
            self.room,
            self._places,
            rules=self.rules,
            now=now,
            is_current=self.is_current(),
        )

    @property
    def board(self) -> Board:
        """The last one that was made."""
        if self._board is None:
            raise RuntimeError("nobody has asked yet")
        return self._board

    def _page(self, language: Language, words: str) -> bytes:
        asked = LookedUp(words=words, areas=self._places.look_up(words)) if words else None
        page = PublicPage(
            board=self.board,
            rules=self.rules,
            head=self.head,
            say=wording_of(language),
            asked=asked,
        )
        return page_of(page).encode()

    def _document(self, areas: Sequence[str]) -> bytes:
        """Of all areas where none is named."""
        board = self.board
        if areas:
            board = replace(board, outages=tuple(board.within(areas)))
        return to_json(document_of(board, rules=self.rules, area_kind=self.area_kind)).encode()
