"""What a single OpenDSS statement says, and whether it may be executed.

Pure text. Verbs must be written out: an abbreviation that the engine would expand is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

BLOCK_COMMENT_START, BLOCK_COMMENT_END = "/*", "*/"

VERBS = frozenset(
    {
        "allocateloads",
        "batchedit",
        "buscoords",
        "calcv",
        "calcvoltagebases",
        "clear",
        "close",
        "compile",
        "disable",
        "edit",
        "enable",
        "interpolate",
        "latlongcoords",
        "m",
        "makebuslist",
        "more",
        "new",
        "open",
        "redirect",
        "select",
        "set",
        "setkvbase",
        "solve",
        "~",
    }
)
"""Also allowed: `class.object.property = value`."""

REPORTS = frozenset({"export", "plot", "show", "visualize"})
"""What these print, draw or write does not change the circuit: they are passed over."""

OPTIONS = frozenset(
    {
        "algorithm",
        "allocationfactors",
        "basefrequency",
        "cktmodel",
        "controlmode",
        "defaultbasefrequency",
        "defaultdaily",
        "defaultyearly",
        "earthmodel",
        "emergvmaxpu",
        "emergvminpu",
        "frequency",
        "genmult",
        "growth",
        "%growth",
        "h",
        "hour",
        "loadmodel",
        "loadmult",
        "maxcontroliter",
        "maxiter",
        "maxiterations",
        "miniterations",
        "mode",
        "neglectloady",
        "normvmaxpu",
        "normvminpu",
        "number",
        "sec",
        "stepsize",
        "time",
        "tolerance",
        "trapezoidal",
        "voltagebases",
        "year",
        "zonelock",
    }
)
"""What `set` and `solve` may change: how the circuit is solved; never where files are, nor
which object the next line speaks of."""

_DRAWING = ("marker", "mark", "daisysize", "nodewidth", "switchmarkercode", "transmarker")
"""Options about pictures change nothing that is read here."""

FOREIGN_CODE = ("usermodel", "userdata", "shaftmodel", "shaftdata", "dynadll", "dynadata")
"""Properties that load a library into the engine."""
_SHARED_STARTS = ("s", "d")
"""One letter that begins other properties first."""
USER_CODED = frozenset(
    {"generator", "pvsystem", "storage", "capcontrol", "indmach012", "vccs", "relay", "autotrans"}
)
"""Classes in which a value without a name could fall on one of those properties."""

_GO_ON = ("~", "m", "more")
_NAMES_AN_OBJECT = ("new", "edit", "batchedit", "select")
_PAIRS = {'"': '"', "'": "'", "(": ")", "[": "]", "{": "}"}
_PROPERTY = re.compile(r"[\w-]+\.[^\s=,\"'(\[{]+\s*=")
_VERB = re.compile(r"(~|[A-Za-z]+)(?=[\s=,]|$|(?<=~))")
_BETWEEN = re.compile(r"[\s,=|\"'(){}\[\]]+")
_BARE = re.compile(r"[^\s,=]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A value, and the name before its equals sign (empty if there is none)."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Refusal:
    what: str
    remedy: str


def uncommented(line: str) -> str:
    """The line up to `!` or `//` outside quotes."""
    closing = ""
    for k, char in enumerate(line):
        if closing:
            closing = "" if char == closing else closing
        elif char in "\"'":
            closing = _PAIRS[char]
        elif char == "!" or line.startswith("//", k):
            return line[:k]
    return line


def verb_of(text: str) -> str:
    """Lower-case verb; `.` for `class.object.property = value`; empty for anything else."""
    if _PROPERTY.match(text):
        return "."
    found = _VERB.match(text)
    if found is None or text[found.end() :].lstrip().startswith("="):
        return ""
    return found.group().lower()


def words(text: str) -> tuple[Word, ...]:
    """The values of a statement, its verb first, as the engine would cut them."""
    return tuple(_words(text))


def pieces(text: str) -> tuple[str, ...]:
    """Everything between delimiters and brackets, at any depth."""
    return tuple(piece for piece in _BETWEEN.split(text) if piece)


def _words(text: str) -> Iterator[Word]:
    position, name = 0, ""
    while position < len(text):
        char = text[position]
        if char.isspace() or char in ",=":
            position += 1
        elif char in _PAIRS:
            end = text.find(_PAIRS[char], position + 1)
            end = len(text) if end < 0 else end
            yield Word(name, text[position + 1 : end].strip())
            name, position = "", end + 1
        else:
            found = _BARE.match(text, position)
            bare = found.group() if found else char
            position += len(bare)
            if text[position:].lstrip().startswith("="):
                name = bare.lower()
            else:
                yield Word(name, bare)
                name = ""


def refusal(text: str, verb: str, *, last_class: str) -> tuple[str, Refusal | None]:
    """(class that following `~` lines speak of, why the statement is refused or None)."""
    if verb != "." and verb not in VERBS:
        shown = text.split(maxsplit=1)[0][:40]
        return last_class, Refusal(
            f"{shown!r} is not a statement that an import executes",
            "remove the line; only statements that describe the circuit are allowed",
        )
    if verb in ("set", "solve"):
        return "", _option_refusal(text)
    spoken = _class_of(text, verb, last_class=last_class)
    return spoken, _property_refusal(text, verb, spoken=spoken)


def _class_of(text: str, verb: str, *, last_class: str) -> str:
    """Class of the object that is active after the statement; empty if that is not sure."""
    if verb == ".":
        return text.split(".", maxsplit=1)[0].lower()
    if verb in _GO_ON:
        return last_class
    if verb in _NAMES_AN_OBJECT:
        named = words(text)[1:2]
        return named[0].value.split(".", maxsplit=1)[0].lower() if named else ""
    return ""


def _option_refusal(text: str) -> Refusal | None:
    for word in words(text)[1:]:
        option = word.name
        if option in OPTIONS or option.startswith(_DRAWING):
            continue
        shown = f"option {option!r}" if option else f"value {word.value[:40]!r} without a name"
        return Refusal(
            f"{shown} is not one that an import sets",
            "remove it; write options out as `name=value`",
        )
    return None


def _property_refusal(text: str, verb: str, *, spoken: str) -> Refusal | None:
    found = words(text)
    for word in found:
        last = word.name.rsplit(".", maxsplit=1)[-1]
        if _loads_code(last):
            return Refusal(
                f"property {last!r} loads foreign code into the engine",
                "remove it: the built-in models are enough for an import",
            )
    gives = verb == "." or verb in _GO_ON or verb in _NAMES_AN_OBJECT
    free = [w for w in found[_leading(verb) :] if gives and not w.name]
    if free and any(each.startswith(spoken) for each in USER_CODED):
        return Refusal(
            f"value {free[0].value[:40]!r} of a {spoken or 'further line'} has no name",
            "write every property as `name=value`",
        )
    return None


def _leading(verb: str) -> int:
    """How many words come before the properties: the verb and the object."""
    if verb == ".":
        return 0
    return 2 if verb in _NAMES_AN_OBJECT else 1


def _loads_code(name: str) -> bool:
    return (
        bool(name) and name not in _SHARED_STARTS and any(f.startswith(name) for f in FOREIGN_CODE)
    )
