"""Paper: a page of HTML without script, for the browser to print on A4.

The stylesheet has an address of its own, for the service lets no style stand in a page. Whatever
people wrote stands in a page as text, and is never markup.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

PAPER = Path(__file__).parent / "paper"
STYLE = "sheet.css"
STYLE_ADDRESS = f"/paper/{STYLE}"


class FormName(StrEnum):
    VN = "vn"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Form:
    """The words of one form."""

    words: Mapping[str, Mapping[str, str]]
    language: str
    date: str
    time: str
    thousands: str

    def __getitem__(self, table: str) -> Mapping[str, str]:
        return self.words[table]

    def say(self, table: str, word: str, **given: str) -> str:
        return self.words[table][word].format(**given)

    def moment(self, at: datetime | None, zone: tzinfo) -> str:
        if at is None:
            return ""
        local = at.astimezone(zone)
        return self.say(
            "words", "moment", date=local.strftime(self.date), time=local.strftime(self.time)
        )

    def count(self, number: int) -> str:
        return f"{number:,}".replace(",", self.thousands)

    def number(self, value: float | None, digits: int) -> str:
        """A dash for what is not known."""
        if value is None:
            return "–"
        whole, _, rest = f"{value:,.{digits}f}".partition(".")
        decimals = ("." if self.thousands == "," else ",") + rest if rest else ""
        return whole.replace(",", self.thousands) + decimals


@cache
def form_of(name: FormName, *, paper: str = "") -> Form:
    """Of a sheet, unless another `paper` is named."""
    file = PAPER / f"{paper}{name.value}.toml"
    found = tomllib.loads(file.read_text(encoding="utf-8"))
    words = {table: one for table, one in found.items() if isinstance(one, dict)}
    return Form(
        words=words,
        language=found["language"],
        date=found["date"],
        time=found["time"],
        thousands=found["thousands"],
    )


def begun(form: Form, title: str) -> tuple[Element, Element]:
    """A document, and its body."""
    html = Element("html", lang=form.language)
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width")
    put(head, "title", title)
    SubElement(head, "link", rel="stylesheet", href=STYLE_ADDRESS)
    return html, SubElement(html, "body")


def letterhead(
    body: Element, form: Form, *, printed: datetime, number: str, training: bool
) -> None:
    """The top of every paper. `printed`: on the clock of the place; `number`: what the paper is
    filed under. `training`: the field is none, and nobody may take the paper for a real one."""
    row = SubElement(SubElement(put(body, "table", at="letterhead"), "tbody"), "tr")
    put(row, "td", f"{form['head']['company']}: ……………………………")
    date, time = printed.strftime(form.date), printed.strftime(form.time)
    put(row, "td", form.say("head", "printed", date=date, time=time))
    if training:
        put(body, "p", form["head"]["training"], at="warning")
    put(body, "h1", form["head"]["title"])
    put(body, "p", number, at="number")


def put(under: Element, tag: str, *text: str, at: str = "") -> Element:
    """A new element at the end of `under`; `at` is its class."""
    made = SubElement(under, tag, {"class": at} if at else {})
    made.text = "".join(text)
    return made


def written(html: Element) -> str:
    return "<!doctype html>\n" + tostring(html, encoding="unicode", method="html") + "\n"
