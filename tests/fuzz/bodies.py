"""Answers of servers by lot, sound ones and such as have been tampered with."""

import random
import struct
from collections.abc import Callable, Sequence

from tests import wire_reference as wire

KINDS = (wire.PUBLISH, wire.REPUBLISH, wire.READ)
HANDLES = 12
_LIES = [0, 1, 2, 5, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]
_TICKS_2026 = 134_117_000_000_000_000


class Bodies:
    """The same seed gives the same bodies."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._last = wire.publish_body([])

    def one(self) -> bytes:
        """Four in ten as they should be."""
        body = self.sound(self._dice.choice(KINDS))
        for _ in range(self._dice.choice([0, 0, 0, 1, 1, 2, 5])):
            body = self.tampered(body)
        self._last = body
        return body

    def sound(self, kind: int) -> bytes:
        dice = self._dice
        if kind == wire.READ:
            return wire.read_body([self.data_value() for _ in range(dice.randrange(5))])
        notifications = [self.notification() for _ in range(dice.choice([0, 1, 1, 2]))]
        sequence = dice.randrange(1, 6)
        if kind == wire.REPUBLISH:
            return wire.republish_body(notifications, sequence=sequence)
        available = [dice.randrange(1, 6) for _ in range(dice.randrange(4))]
        head = wire.header(wire.PUBLISH, diagnostics=self.diagnostic_info())
        return wire.publish_body(notifications, sequence=sequence, available=available, head=head)

    def tampered(self, body: bytes) -> bytes:
        dice = self._dice
        at = dice.randrange(len(body) + 1)
        ways: Sequence[Callable[[], bytes]] = (
            lambda: body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :],
            lambda: body[:at] + bytes([body[at - 1] ^ 1 << dice.randrange(8)]) + body[at + 1 :],
            lambda: body[:at] + struct.pack("<I", dice.choice(_LIES)) + body[at + 4 :],
            lambda: body[:at] + struct.pack("<q", dice.choice(_LIES) << 31) + body[at + 8 :],
            lambda: body[:at],
            lambda: body[:at] + body[at + dice.randrange(1, 9) :],
            lambda: body[:at] + body[at - dice.randrange(1, 30) : at] * dice.randrange(1, 40),
            lambda: body[:at] + dice.randbytes(dice.randrange(9)) + body[at:],
            lambda: body[:at] + self._last[dice.randrange(len(self._last) + 1) :],
        )
        return dice.choice(ways)() or b"\x01"

    def notification(self) -> bytes:
        dice = self._dice
        if dice.random() < 0.8:
            handles = [dice.randrange(HANDLES) for _ in range(dice.randrange(8))]
            items = [wire.item(handle, self.data_value()) for handle in handles]
            return wire.data_change(items, states_length=dice.random() < 0.9)
        if dice.random() < 0.5:
            return wire.notification(wire.STATUS_CHANGE, dice.randbytes(4) + self.diagnostic_info())
        return wire.notification(wire.EVENT_LIST, dice.randbytes(dice.randrange(9)))

    def data_value(self, depth: int = 0) -> bytes:
        dice = self._dice
        stamps = [
            (_TICKS_2026 + dice.randrange(10**9), dice.choice([None, 7, 9999])) for _ in range(2)
        ]
        return wire.data_value(
            self.variant(depth) if dice.random() < 0.95 else None,
            status=dice.choice([None, 0, 0x480, 0x4080_0000, 0x8031_0000]),
            source=dice.choice([None, stamps[0]]),
            server=dice.choice([None, stamps[1]]),
        )

    def variant(self, depth: int = 0) -> bytes:
        dice = self._dice
        if dice.random() < 0.7 or depth > 8:
            form = dice.choice([3, 3, 1, 1, 11, 11, *wire.NUMBERS])
            if form in (1, 3):
                return bytes([form, dice.randrange(4)])
            if form == 11:
                return wire.variant(form, dice.choice([21_900.5, 0.0, float("nan"), 1e308]))
            return bytes([form]) + dice.randbytes(struct.calcsize("<" + wire.NUMBERS[form]))
        form = dice.randrange(12, 32)
        count = dice.choice([0, 1, 1, 2, 30])
        if dice.random() < 0.6:
            return bytes([form]) + self.element(form, depth + 1)
        elements = wire.array([self.element(form, depth + 1) for _ in range(count)])
        if dice.random() < 0.8:
            return bytes([form | 0x80]) + elements
        return bytes([form | 0xC0]) + elements + wire.array([struct.pack("<i", count)])

    def element(self, form: int, depth: int) -> bytes:
        dice = self._dice
        if form == 23:
            return self.data_value(depth)
        if form == 24:
            return self.variant(depth)
        text = wire.string(dice.choice([None, b"", b"<b>22</b>", dice.randbytes(40)]))
        node = dice.choice([b"\0\x05", b"\1\0\x0b\x00", b"\2\0\0\1\2\3\4", b"\3\1\0" + text])
        known = {
            13: dice.randbytes(8),
            14: dice.randbytes(16),
            17: node,
            18: bytes([node[0] | 0xC0]) + node[1:] + text + b"\0\0\0\0",
            19: dice.randbytes(4),
            20: b"\2\0" + text,
            21: b"\3" + text + text,
            22: node + dice.choice([b"\0", b"\1" + text]),
            25: self.diagnostic_info(),
        }
        return known.get(form, text)

    def diagnostic_info(self) -> bytes:
        dice = self._dice
        depth = dice.choice([0, 0, 0, 0, 1, 6, 7, 8, 200])
        return b"\x40" * depth + dice.choice(
            [b"\0", b"\x10" + wire.string(b"why"), b"\x20\1\2\3\4"]
        )
