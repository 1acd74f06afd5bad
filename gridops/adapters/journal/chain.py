"""What is hashed, and how: the bytes of an entry are a promise to every later version."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from gridops.errors import JournalError
from gridops.ports import Entry, Json, Record

GENESIS = "0" * 64
"""What the first entry continues."""
BODY_DEPTH_MAX = 32
REMEDY = "only text, finite numbers, true, false, null, lists and text-keyed mappings are kept"


Stored = tuple[str, str, str]
"""at, kind and canonical body, as they are stored and hashed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as the database holds it. `body` is canonical JSON."""

    sequence: int
    at: str
    kind: str
    body: str
    hash: str


def rows_after(end: tuple[int, str], records: list[Stored]) -> tuple[Row, ...]:
    """Chains `records` on to `end`: the sequence and the hash of the last entry."""
    sequence, previous = end
    rows = []
    for record in records:
        sequence += 1
        previous = chained_hash(previous, record, sequence=sequence)
        rows.append(Row(sequence, *record, previous))
    return tuple(rows)


def chained_hash(previous: str, stored: Stored, *, sequence: int) -> str:
    """sha256 over the previous hash and the canonical JSON of sequence, at, kind and body.

    `body` is canonical already, so it is spliced in as it stands: the keys come out sorted.
    """
    at, kind, body = stored
    text = f'{{"at":{_quoted(at)},"body":{body},"kind":{_quoted(kind)},"sequence":{sequence}}}'
    return sha256(previous.encode() + text.encode()).hexdigest()


def canonical(record: Record) -> Stored:
    """(at, kind, body) as they are stored.

    Raises: JournalError for a time without zone, an empty kind, or a body that is not JSON.
    """
    if record.at.tzinfo is None:
        raise JournalError(
            f"{record.kind} carries a time without a zone", where="journal", remedy="use UTC"
        )
    if not record.kind:
        raise JournalError("a record has no kind", where="journal", remedy="name its kind")
    at = record.at.astimezone(UTC).isoformat(timespec="microseconds")
    body = _quoted(_plain(record.body, record.kind, depth=0))
    try:
        body.encode()
    except UnicodeEncodeError as error:
        raise _not_json(record.kind, "text with half a character (lone surrogate)") from error
    return at, record.kind, body


def entry_of(row: Row) -> Entry:
    """Raises: ValueError for a time or body that does not read."""
    record = Record(at=datetime.fromisoformat(row.at), kind=row.kind, body=json.loads(row.body))
    return Entry(sequence=row.sequence, record=record, hash=row.hash)


_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
"""Made once: `json.dumps` makes another for each call that asks for a form of its own."""


def _quoted(value: Json) -> str:
    return _WRITER.encode(value)


def _plain(value: object, kind: str, *, depth: int) -> Json:
    """The value as JSON gives it back: nothing is converted silently except tuple to list."""
    if depth > BODY_DEPTH_MAX:
        raise _not_json(kind, f"more than {BODY_DEPTH_MAX} levels")
    if type(value) is str:  # most of a storm is
        return value
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 (NaN)
                raise _not_json(kind, f"the number {value}")
            return value
        case list() | tuple():
            return [_plain(item, kind, depth=depth + 1) for item in value]
        case Mapping():
            return {_key(k, kind): _plain(v, kind, depth=depth + 1) for k, v in value.items()}
        case _:
            raise _not_json(kind, f"a {type(value).__name__}")


def _key(key: object, kind: str) -> str:
    if not isinstance(key, str):
        raise _not_json(kind, f"the key {key!r}")
    return key


def _not_json(kind: str, what: str) -> JournalError:
    return JournalError(f"the body of {kind} holds {what}", where="journal", remedy=REMEDY)
