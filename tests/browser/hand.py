"""A person at mouse and keyboard, whose every move is counted.

Times are those of the keystroke-level model (Card, Moran and Newell 1980,
doi:10.1145/358886.358895): what an expert needs who makes no mistake. Waiting for the service is
not in them.
"""

from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

KEY_S = 0.28
"""A key, or a button of the mouse, of somebody who is no typist."""
POINT_S = 1.10
HOME_S = 0.40
"""From the mouse to the keyboard or back."""
SEEN_MS = 1_000
THINK_S = 1.35
"""Before each thing that is chosen or read."""


@dataclass(slots=True)
class Hand:
    page: Page
    clicks: int = 0
    turns: int = 0
    """Of the wheel, each as long as a press."""
    keys: int = 0
    points: int = 0
    homes: int = 0
    thoughts: int = 0
    screens: list[str] = field(default_factory=list)
    _at_keyboard: bool = False

    @property
    def time_s(self) -> float:
        pressed = (self.clicks + self.turns + self.keys) * KEY_S
        moved = self.points * POINT_S + self.homes * HOME_S
        return pressed + moved + self.thoughts * THINK_S

    def look(self, where: Locator) -> None:
        """Reads what stands there; what lies below the edge takes a turn of the wheel first."""
        expect(where).to_be_visible()
        if not _is_whole(where):
            self._turn_to(keyboard=False)
            self.points += 1
            self.turns += 1
            where.scroll_into_view_if_needed()
        self.thoughts += 1
        screen = self.page.get_by_test_id("screen").get_attribute("data-screen") or ""
        if screen not in self.screens:
            self.screens.append(screen)

    def click(self, what: Locator) -> None:
        self.look(what)
        self._turn_to(keyboard=False)
        self.points += 1
        self.clicks += 1
        what.click()

    def choose(self, what: Locator, value: str) -> None:
        """Of a list that opens: the list, then the line."""
        self.look(what)
        self._turn_to(keyboard=False)
        self.points += 2
        self.clicks += 2
        what.select_option(value)

    def write(self, text: str, *, enter: bool = False) -> None:
        """Into the field that was clicked last."""
        self._turn_to(keyboard=True)
        self.keys += len(text) + enter
        self.page.keyboard.type(text)
        if enter:
            self.page.keyboard.press("Enter")

    def _turn_to(self, *, keyboard: bool) -> None:
        self.homes += keyboard is not self._at_keyboard
        self._at_keyboard = keyboard


def _is_whole(where: Locator) -> bool:
    try:
        expect(where).to_be_in_viewport(ratio=0.99, timeout=SEEN_MS)
    except AssertionError:
        return False
    return True
