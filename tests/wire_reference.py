"""OPC UA answers read and written as the standard has them (Part 6, 5.2), one field at a time.

Slow and obvious: what `opcua_bridge.wire` must equal. Nothing of it is used here.
"""

import struct
from dataclasses import dataclass, field

PUBLISH, REPUBLISH, READ = 829, 835, 634
DATA_CHANGE, STATUS_CHANGE, EVENT_LIST = 811, 820, 916
DEPTH_MAX = 8
NUMBERS = {
    1: "?", 2: "b", 3: "B", 4: "h", 5: "H", 6: "i", 7: "I", 8: "q", 9: "Q", 10: "f", 11: "d",
}  # fmt: skip


class Flawed(Exception):
    """The body is not what the standard says."""


@dataclass(frozen=True, slots=True)
class Value:
    """`kind`: a built-in type 1 to 11, 0 for nothing, 255 for anything that is no number."""

    kind: int = 0
    bits: int = 0
    status: int = 0
    source: int = 0
    server: int = 0


@dataclass(slots=True)
class Answer:
    result: int = 0
    subscription: int = 0
    available: list[int] = field(default_factory=list)
    more: bool = False
    sequence: int = 0
    published: int = 0
    sent: int = 0
    notifications: int = 0
    items: list[tuple[int, Value]] = field(default_factory=list)
    ended: int | None = None
    unread: int = 0


class Reader:
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0

    def raw(self, size: int) -> bytes:
        if size > len(self.body) - self.at:
            raise Flawed("it ends too early")
        self.at += size
        return self.body[self.at - size : self.at]

    def number(self, form: str) -> int:
        (found,) = struct.unpack("<" + form, self.raw(struct.calcsize("<" + form)))
        return found

    def length(self) -> int:
        length = self.number("i")
        if length < -1:
            raise Flawed("below -1")
        return max(length, 0)

    def count(self, least: int) -> int:
        count = self.length()
        if count * least > len(self.body) - self.at:
            raise Flawed("more than can be there")
        return count

    def string(self) -> bytes:
        return self.raw(self.length())

    def node_id(self) -> int | None:
        """Its number, if it is one of namespace 0 and nothing else."""
        flags = self.number("B")
        namespace, number = 0, None
        match flags & 0x3F:
            case 0:
                number = self.number("B")
            case 1:
                namespace, number = self.number("B"), self.number("H")
            case 2:
                namespace, number = self.number("H"), self.number("I")
            case 3 | 5:
                self.number("H")
                self.string()
            case 4:
                self.raw(2 + 16)
            case _:
                raise Flawed("no such node id")
        if flags & 0x80:
            self.string()
        if flags & 0x40:
            self.number("I")
        return number if namespace == 0 and flags < 0x40 else None

    def qualified_name(self) -> None:
        self.number("H")
        self.string()

    def localized_text(self) -> None:
        mask = self.number("B")
        for bit in (1, 2):
            if mask & bit:
                self.string()

    def extension_object(self) -> None:
        self.node_id()
        encoding = self.number("B")
        if encoding > 2:
            raise Flawed("no such encoding")
        if encoding:
            self.string()

    def diagnostic_info(self, depth: int = 0) -> None:
        if depth >= DEPTH_MAX:
            raise Flawed("too deep")
        mask = self.number("B")
        for bit in (1, 2, 4, 8):
            if mask & bit:
                self.number("i")
        if mask & 0x10:
            self.string()
        if mask & 0x20:
            self.number("I")
        if mask & 0x40:
            self.diagnostic_info(depth + 1)

    def array(self, read, least: int) -> None:  # type: ignore[no-untyped-def]
        for _ in range(self.count(least)):
            read()

    def variant(self, depth: int = 0) -> tuple[int, int]:
        encoding = self.number("B")
        if depth >= DEPTH_MAX:
            raise Flawed("too deep")
        if encoding <= 11:
            return encoding, self.scalar_bits(encoding) if encoding else 0
        form = encoding & 0x3F
        count = self.count(self.least(form)) if encoding & 0x80 else 1
        if form:
            for _ in range(count):
                self.element(form, depth + 1)
        if encoding & 0x40:
            self.array(lambda: self.number("i"), least=4)
        return 255, 0

    def scalar_bits(self, form: int) -> int:
        raw = self.raw(struct.calcsize("<" + NUMBERS[form]))
        if form == 1:
            return int(raw != b"\0")
        if form in (2, 4, 6):
            return int.from_bytes(raw, "little", signed=True)
        bits = int.from_bytes(raw, "little")
        return bits - (1 << 64) if bits >= 1 << 63 else bits

    def least(self, form: int) -> int:
        if form in NUMBERS:
            return struct.calcsize("<" + NUMBERS[form])
        known = {0: 0, 13: 8, 14: 16, 17: 2, 18: 2, 19: 4, 20: 6, 21: 1, 22: 3}
        return known.get(form, 1 if form in (23, 24, 25) else 4)

    def element(self, form: int, depth: int) -> None:
        if form in NUMBERS or form in (13, 14, 19):
            self.raw(self.least(form))
        elif form in (23, 24):
            (self.data_value if form == 23 else self.variant)(depth)
        else:
            read = {
                17: self.node_id,
                18: self.node_id,
                20: self.qualified_name,
                21: self.localized_text,
                22: self.extension_object,
                25: self.diagnostic_info,
            }
            read.get(form, self.string)()

    def data_value(self, depth: int = 0) -> Value:
        mask = self.number("B")
        kind, bits = self.variant(depth) if mask & 1 else (0, 0)
        status = self.number("I") if mask & 2 else 0
        source = self.number("q") if mask & 4 else 0
        if mask & 0x10:
            self.number("H")
        server = self.number("q") if mask & 8 else 0
        if mask & 0x20:
            self.number("H")
        return Value(kind, bits, status, source, server)

    def header(self, wanted: int, into: Answer) -> None:
        if self.node_id() != wanted:
            raise Flawed("another message")
        into.sent = self.number("q")
        self.raw(4)
        into.result = self.number("I")
        self.diagnostic_info()
        self.array(self.string, least=4)
        self.extension_object()

    def notifications(self, into: Answer) -> None:
        into.sequence, into.published = self.number("I"), self.number("q")
        into.notifications = self.count(3)
        for _ in range(into.notifications):
            self.notification(into)

    def notification(self, into: Answer) -> None:
        begin = self.at
        kind = self.node_id()
        is_binary = self.at < len(self.body) and self.body[self.at] == 1
        if not is_binary or kind not in (DATA_CHANGE, STATUS_CHANGE):
            self.at = begin
            self.extension_object()
            into.unread += 1
            return
        self.number("B")
        length = self.number("i")
        if length < -1:
            raise Flawed("below -1")
        if length == -1:
            self.inside(kind, into)
            return
        inner = Reader(self.raw(length))
        inner.inside(kind, into)

    def inside(self, kind: int, into: Answer) -> None:
        if kind == STATUS_CHANGE:
            into.ended = self.number("I")
            self.diagnostic_info()
            return
        for _ in range(self.count(5)):
            into.items.append((self.number("I"), self.data_value()))
        self.array(self.diagnostic_info, least=1)


def read_publish(body: bytes) -> Answer:
    reader, answer = Reader(body), Answer()
    reader.header(PUBLISH, answer)
    answer.subscription = reader.number("I")
    answer.available = [reader.number("I") for _ in range(reader.count(4))]
    answer.more = reader.number("B") != 0
    reader.notifications(answer)
    reader.array(lambda: reader.number("I"), least=4)
    reader.array(reader.diagnostic_info, least=1)
    return answer


def read_republish(body: bytes) -> Answer:
    reader, answer = Reader(body), Answer()
    reader.header(REPUBLISH, answer)
    reader.notifications(answer)
    return answer


def read_values(body: bytes) -> Answer:
    reader, answer = Reader(body), Answer()
    reader.header(READ, answer)
    answer.items = [(n, reader.data_value()) for n in range(reader.count(1))]
    reader.array(reader.diagnostic_info, least=1)
    return answer


def four_byte_id(number: int) -> bytes:
    return b"\x01\x00" + struct.pack("<H", number)


def string(text: bytes | None) -> bytes:
    return struct.pack("<i", -1) if text is None else struct.pack("<i", len(text)) + text


def array(elements: list[bytes]) -> bytes:
    return struct.pack("<i", len(elements)) + b"".join(elements)


def variant(form: int, value: object) -> bytes:
    return bytes([form]) + struct.pack("<" + NUMBERS[form], value)


def data_value(
    value: bytes | None,
    *,
    status: int | None = None,
    source: tuple[int, int | None] | None = None,
    server: tuple[int, int | None] | None = None,
) -> bytes:
    """`source` and `server`: ticks and picoseconds (in tens)."""
    mask, parts = 0, []
    if value is not None:
        mask, parts = 1, [value]
    if status is not None:
        mask |= 2
        parts.append(struct.pack("<I", status))
    for stamp, bit in ((source, 4), (server, 8)):
        if stamp is None:
            continue
        mask |= bit
        parts.append(struct.pack("<q", stamp[0]))
        if stamp[1] is not None:
            mask |= bit << 2
            parts.append(struct.pack("<H", stamp[1]))
    return bytes([mask]) + b"".join(parts)


def item(handle: int, value: bytes) -> bytes:
    return struct.pack("<I", handle) + value


def notification(kind: int, body: bytes, *, states_length: bool = True) -> bytes:
    length = len(body) if states_length else -1
    return four_byte_id(kind) + b"\x01" + struct.pack("<i", length) + body


def data_change(items: list[bytes], *, states_length: bool = True) -> bytes:
    return notification(DATA_CHANGE, array(items) + array([]), states_length=states_length)


def header(
    kind: int,
    *,
    result: int = 0,
    diagnostics: bytes = b"\0",
    more: bytes = b"",
    sent: int = 132_000_000_000_000_000,
) -> bytes:
    stamps = struct.pack("<qII", sent, 7, result)
    return four_byte_id(kind) + stamps + diagnostics + array([]) + (more or b"\0\0\0")


def notification_message(
    sequence: int, notifications: list[bytes], *, published: int = 134_000_000_000_000_000
) -> bytes:
    return struct.pack("<Iq", sequence, published) + array(notifications)


def publish_body(
    notifications: list[bytes],
    *,
    subscription: int = 1,
    sequence: int = 1,
    available: list[int] | None = None,
    head: bytes = b"",
    more: bool = False,
    published: int = 134_000_000_000_000_000,
) -> bytes:
    numbers = [struct.pack("<I", n) for n in available or []]
    told = struct.pack("<I", subscription) + array(numbers) + bytes([more])
    message = notification_message(sequence, notifications, published=published)
    return (head or header(PUBLISH)) + told + message + array([]) + array([])


def republish_body(notifications: list[bytes], *, sequence: int) -> bytes:
    return header(REPUBLISH) + notification_message(sequence, notifications)


def read_body(values: list[bytes]) -> bytes:
    return header(READ) + array(values) + array([])
