"""The public page: HTML that needs no script, reads on a phone, and prints.

Its words are those of `paper/public_vi.toml` and `paper/public_en.toml`. The stylesheet has an
address of its own, for the service lets no style stand in a page.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from gridops.api.public.outages import Board, PublicOutage, Rules, Told

PAPER = Path(__file__).parent.parent / "paper"
STYLE = "public.css"
STYLE_ADDRESS = f"/paper/{STYLE}"
PAGE_ADDRESS = "/public"
DATA_ADDRESS = "/api/v1/public/outages"
REVISIONS_SHOWN_MAX = 5
WORDS_LETTERS_MAX = 100
"""Of what somebody looks up."""


class Language(StrEnum):
    EN = "en"
    VI = "vi"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language."""

    language: Language
    said: Mapping[str, Mapping[str, str]]
    date: str
    time: str
    thousands: str

    def __call__(self, table: str, word: str, **given: str) -> str:
        return self.said[table][word].format(**given)

    def moment(self, at: datetime, zone: tzinfo) -> str:
        local = at.astimezone(zone)
        return self(
            "words", "moment", date=local.strftime(self.date), time=local.strftime(self.time)
        )

    def count(self, number: int | None, rules: Rules) -> str:
        if number is None:
            return self("words", "fewer", least=str(rules.customers_min))
        return self("words", "at_least", count=f"{number:,}".replace(",", self.thousands))


@cache
def wording_of(language: Language) -> Wording:
    found = tomllib.loads((PAPER / f"public_{language.value}.toml").read_text(encoding="utf-8"))
    said = {table: one for table, one in found.items() if isinstance(one, dict)}
    return Wording(language, said, found["date"], found["time"], found["thousands"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What a utility says of itself."""

    name: str
    contact: str
    zone: tzinfo
    """Of the times on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    words: str
    """As they were asked, to be shown again."""
    areas: tuple[str, ...] | None
    """None: nothing is called so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPage:
    """One page; `page_of` lays it out."""

    board: Board
    rules: Rules
    head: Letterhead
    say: Wording
    asked: LookedUp | None = None


def page_of(page: PublicPage) -> str:
    """The whole document. Whatever somebody asked stands in it as text, and is never markup."""
    say = page.say
    html = Element("html", lang=say.language.value)
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "meta", name="robots", content="noindex, nofollow")
    _put(head, "title", _title(page))
    SubElement(head, "link", rel="stylesheet", href=STYLE_ADDRESS)
    body = SubElement(html, "body")
    _header(body, page)
    main = SubElement(body, "main")
    _look_up(main, page)
    if page.asked is None:
        _all(main, page)
    _footer(body, page)
    return "<!doctype html>\n" + tostring(html, encoding="unicode", method="html") + "\n"


def _all(main: Element, page: PublicPage) -> None:
    now = [one for one in page.board.outages if one.ended is None]
    _part(main, "now", page=page, outages=[one for one in now if not one.is_planned])
    _part(main, "planned", page=page, outages=[one for one in now if one.is_planned])
    over = [one for one in page.board.outages if one.ended is not None]
    _part(main, "over", page=page, outages=over)


def _put(under: Element, tag: str, *text: str, at: str = "", **more: str) -> Element:
    """A new element at the end of `under`; `at` is its class."""
    made = SubElement(under, tag, {**({"class": at} if at else {}), **more})
    made.text = "".join(text)
    return made


def _title(page: PublicPage) -> str:
    title, name = page.say("head", "title"), page.head.name
    return f"{title} - {name}" if name else title


def _header(body: Element, page: PublicPage) -> None:
    say, board = page.say, page.board
    header = SubElement(body, "header")
    languages = SubElement(header, "nav", {"aria-label": say("head", "language")})
    for other in Language:
        current = {"aria-current": "true"} if other is say.language else {}
        words = wording_of(other)("head", "own_name")
        _put(
            languages, "a", words, href=f"{PAGE_ADDRESS}?lang={other}", lang=other.value, **current
        )
    if page.head.name:
        _put(header, "p", page.head.name, at="name")
    _put(header, "h1", say("head", "title"))
    _put(header, "p", say("head", "as_of", at=say.moment(board.at, page.head.zone)), at="at")
    if not board.is_current:
        _put(header, "p", say("head", "not_current"), at="warning", role="status")


def _look_up(main: Element, page: PublicPage) -> None:
    say, asked = page.say, page.asked
    form = SubElement(main, "form", {"method": "get", "action": PAGE_ADDRESS, "role": "search"})
    SubElement(form, "input", {"type": "hidden", "name": "lang", "value": say.language.value})
    _put(form, "label", say("look_up", "label"), **{"for": "q"})
    field = {
        "id": "q",
        "name": "q",
        "maxlength": str(WORDS_LETTERS_MAX),
        "autocomplete": "off",
        "value": "" if asked is None else asked.words,
        "aria-describedby": "hint",
    }
    SubElement(form, "input", field)
    _put(form, "button", say("look_up", "button"), type="submit")
    _put(form, "p", say("look_up", "hint"), id="hint")
    if asked is not None:
        _answer(main, page, asked=asked)


def _answer(main: Element, page: PublicPage, *, asked: LookedUp) -> None:
    say = page.say
    part = _put(main, "section", at="answer", **{"aria-labelledby": "answer"})
    _put(part, "h2", say("look_up", "answer", words=asked.words), id="answer")
    if asked.areas is None:
        _put(part, "p", say("look_up", "unknown"))
    else:
        _known(part, page, areas=asked.areas)
    everything = f"{PAGE_ADDRESS}?lang={say.language}"
    _put(SubElement(part, "p"), "a", say("look_up", "everything"), href=everything)


def _known(part: Element, page: PublicPage, *, areas: Sequence[str]) -> None:
    say = page.say
    names = ", ".join(_area(page, area) for area in areas)
    _put(part, "p", say("look_up", "areas", areas=names))
    found = [one for one in page.board.within(areas) if one.ended is None]
    if not found:
        contact = page.head.contact
        _put(part, "p", say("look_up", "none"))
        if contact:
            _put(part, "p", say("look_up", "call", contact=contact))
    for one in found:
        _outage(part, page, one=one)


def _part(main: Element, word: str, *, page: PublicPage, outages: Sequence[PublicOutage]) -> None:
    part = _put(main, "section", **{"aria-labelledby": word})
    _put(part, "h2", page.say("part", word), id=word)
    if not outages:
        _put(part, "p", page.say("part", f"no_{word}"))
    for one in outages:
        _outage(part, page, one=one)
    if word == "now" and page.board.unlisted:
        _put(part, "p", page.say("part", "unlisted", count=str(page.board.unlisted)))


def _area(page: PublicPage, area: str) -> str:
    return area or page.say("words", "elsewhere")


def _outage(part: Element, page: PublicPage, *, one: PublicOutage) -> None:
    article = _put(part, "article", at=one.status.value)
    _put(article, "h3", _area(page, one.area))
    facts = SubElement(article, "dl")
    for label, text in _facts(page, one):
        pair = SubElement(facts, "div")
        _put(pair, "dt", page.say("fact", label))
        _put(pair, "dd", text)


def _facts(page: PublicPage, one: PublicOutage) -> Iterable[tuple[str, str]]:
    say, zone = page.say, page.head.zone
    yield "status", say("status", one.status.value)
    yield "why", say("why", one.why.value)
    yield "began", say.moment(one.began, zone)
    if one.ended is None:
        yield "expected", _expected(page, one.expected)
        if len(one.expected) > 1:
            yield "formerly", _formerly(page, one.expected[:-1])
        yield "out", say.count(one.customers_out, page.rules)
        if one.customers_restored is not None:
            yield "restored", say.count(one.customers_restored, page.rules)
    else:
        yield "ended", say.moment(one.ended, zone)
        yield "had_been_out", say.count(one.customers, page.rules)


def _expected(page: PublicPage, told: Sequence[Told]) -> str:
    if not told:
        return page.say("words", "assessing")
    return _between(page, told[-1])


def _between(page: PublicPage, told: Told) -> str:
    zone = page.head.zone
    return page.say(
        "words",
        "between",
        earliest=page.say.moment(told.earliest, zone),
        latest=page.say.moment(told.latest, zone),
    )


def _formerly(page: PublicPage, told: Sequence[Told]) -> str:
    """The latest revisions, the newest first."""
    shown = reversed(told[-REVISIONS_SHOWN_MAX:])
    return "; ".join(
        page.say(
            "words", "told", at=page.say.moment(one.told_at, page.head.zone),
            what=_between(page, one),
        )
        for one in shown
    )  # fmt: skip


def _footer(body: Element, page: PublicPage) -> None:
    say = page.say
    footer = SubElement(body, "footer")
    if page.head.contact:
        _put(footer, "p", say("foot", "contact", contact=page.head.contact))
    _put(footer, "p", say("foot", "counts", least=str(page.rules.customers_min)))
    last = SubElement(footer, "p")
    _put(last, "a", say("foot", "data"), href=DATA_ADDRESS)
