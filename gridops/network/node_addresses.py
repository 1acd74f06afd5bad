"""Addresses of OPC UA nodes as files hold them: the text form of OPC 10000-6, 5.3.1.10.

`nsu=<URI>;i=1001`, `ns=2;s=471.Pos`, and so on; what begins with none of the prefixes is a string
identifier in the namespace of its link, whole.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from uuid import UUID

Identifier = int | str | UUID | bytes
STANDARD_URI = "http://opcfoundation.org/UA/"
"""Namespace 0 of every server."""
NUMBER_MAX = 2**32 - 1
INDEX_MAX = 2**16 - 1
LENGTH_MAX = 4096
"""Letters of a string and bytes of an opaque identifier (OPC 10000-3, 8.2.4)."""
PREFIXES = ("ns=", "nsu=", "i=", "s=", "g=", "b=", "svr=", "svu=")
FORMS = "write name, ns=2;i=1001, or nsu=URI; and one of i=1001, s=name, g=GUID, b=base64"

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,20}", re.ASCII)


class AddressFlaw(ValueError):
    """The text is no address. `str()` says what is wrong, `remedy` what to write."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAddress:
    """A node of a server; `str()` gives the text that `parse_address` turns back into it.

    At most one of `uri` and `index` is stated. Neither: the namespace of the link, and the
    identifier is a string.
    """

    identifier: Identifier
    uri: str | None = None
    index: int | None = None
    """0 is the standard's own namespace, any other one a place in the `namespaces` of the link."""

    def __str__(self) -> str:
        if self.uri is not None:
            return f"nsu={_escaped(self.uri)};{_written(self.identifier)}"
        if self.index is not None:
            return f"ns={self.index};{_written(self.identifier)}"
        return str(self.identifier)

    def by_uri(self, uri: str, namespaces: Sequence[str]) -> "NodeAddress":
        """The same address with the URI of its namespace: `uri` where it states none, one of
        `namespaces` (the first is number 1) where it states an index.

        Raises: AddressFlaw.
        """
        if self.uri is not None:
            return self
        if self.index is None:
            return replace(self, uri=uri)
        if self.index == 0:
            return replace(self, uri=STANDARD_URI, index=None)
        if self.index > len(namespaces):
            raise AddressFlaw(
                f"nobody says which namespace {self.index} is, and it may be another one tomorrow",
                f"write nsu=URI;{_written(self.identifier)[:40]}, or list the server's namespaces"
                " as namespaces in links.csv",
            )
        return replace(self, uri=namespaces[self.index - 1], index=None)

    def shortest(self, uri: str) -> str:
        """As short as a point of the link with the namespace `uri` may have it: the string alone
        if that means the same, and nobody could take it for anything else."""
        text = self.identifier
        if self.uri != uri or not isinstance(text, str) or text != text.strip():
            return str(self)
        return str(self) if text.casefold().startswith(PREFIXES) else text


@lru_cache(maxsize=2**17)
def parse_address(text: str) -> NodeAddress:
    """Raises: AddressFlaw."""
    if not text:
        raise AddressFlaw("there is no node id", FORMS)
    if not text.startswith(PREFIXES):
        _check_length(text)
        return NodeAddress(identifier=text)
    if text.startswith(("svr=", "svu=")):
        raise AddressFlaw("it names a node of another server", "name the server that has it")
    if text.startswith("nsu="):
        uri, sign, rest = text.removeprefix("nsu=").partition(";")
        if not sign or not uri:
            raise AddressFlaw("after nsu= come a URI, a semicolon and the identifier", FORMS)
        return NodeAddress(identifier=_identifier(rest), uri=_plain(uri))
    if text.startswith("ns="):
        index, sign, rest = text.removeprefix("ns=").partition(";")
        if not sign or not _DIGITS.fullmatch(index) or int(index) > INDEX_MAX:
            raise AddressFlaw(
                f"after ns= come a number up to {INDEX_MAX}, a semicolon and the identifier", FORMS
            )
        return NodeAddress(identifier=_identifier(rest), index=int(index))
    return NodeAddress(identifier=_identifier(text), index=0)


def _identifier(text: str) -> Identifier:
    kind, sign, value = text.partition("=")
    if not sign or kind not in _READERS:
        raise AddressFlaw(
            f"{text[:40]!r} does not say what kind of identifier it is",
            "i=, s=, g= or b= comes before an identifier",
        )
    return _READERS[kind](value)


def _number(text: str) -> int:
    if not _DIGITS.fullmatch(text) or int(text) > NUMBER_MAX:
        raise AddressFlaw(
            f"{text[:40]!r} is no number from 0 to {NUMBER_MAX}",
            "after i= come decimal digits; s= is for text",
        )
    return int(text)


def _text(text: str) -> str:
    _check_length(text)
    return text


def _check_length(text: str) -> None:
    if not 0 < len(text) <= LENGTH_MAX:
        raise AddressFlaw(
            f"a string identifier has 1 to {LENGTH_MAX} letters", "copy it from the server"
        )


def _guid(text: str) -> UUID:
    if not _GUID.fullmatch(text):
        raise AddressFlaw(
            f"{text[:40]!r} is no GUID", "write g=09087e75-8e5e-499b-954f-f2a9603db28a, no braces"
        )
    return UUID(text)


def _opaque(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    # one text for each identifier: what decodes but would be written otherwise has a slip in it
    if not found or base64.b64encode(found).decode() != text:
        raise AddressFlaw(f"{text[:40]!r} is no base64", "write b=M/RbKBsRVkePCePcx24oRA==")
    if len(found) > LENGTH_MAX:
        raise AddressFlaw(
            f"an opaque identifier has 1 to {LENGTH_MAX} bytes", "copy it from the server"
        )
    return found


_READERS: Mapping[str, Callable[[str], Identifier]] = MappingProxyType(
    {"i": _number, "s": _text, "g": _guid, "b": _opaque}
)


def _written(identifier: Identifier) -> str:
    if isinstance(identifier, int):
        return f"i={identifier}"
    if isinstance(identifier, str):
        return f"s={identifier}"
    if isinstance(identifier, UUID):
        return f"g={identifier}"
    return f"b={base64.b64encode(identifier).decode()}"


def _escaped(uri: str) -> str:
    return uri.replace("%", "%25").replace(";", "%3B")


def _plain(uri: str) -> str:
    """Any other % stands for itself: a URI that people copied holds escapes of its own."""
    return re.sub(
        "%3b|%25", lambda each: ";" if each[0] in ("%3b", "%3B") else "%", uri, flags=re.I
    )
