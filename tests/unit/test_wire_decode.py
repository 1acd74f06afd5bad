"""What servers send, read into arrays: as the standard says it, and as the library reads it."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from opcua_bridge.wire import messages
from opcua_bridge.wire.flaws import WireFlaw
from opcua_bridge.wire.messages import Room, decode_publish, decode_read, decode_republish
from opcua_bridge.wire.statuses import has_overflowed, have_overflowed
from opcua_bridge.wire.values import NO_NUMBER, Sample, Values, sample_of, time_of
from tests import wire_reference as wire
from tests.wire_reference import Answer, Flawed, Value

ROOM = Room()
WIRE_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
U32, I64 = st.integers(0, 2**32 - 1), st.integers(-(2**63), 2**63 - 1)
STRINGS = st.none() | st.binary(max_size=5)


def packed(form: str, numbers: st.SearchStrategy[object]) -> st.SearchStrategy[bytes]:
    return numbers.map(lambda number: struct.pack("<" + form, number))


def arrays(elements: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.lists(elements, max_size=3).map(wire.array)


def joined(*parts: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.tuples(*parts).map(b"".join)


BYTES_OF = {
    form: st.binary(min_size=struct.calcsize("<" + letter), max_size=struct.calcsize("<" + letter))
    for form, letter in wire.NUMBERS.items()
}
STRING = STRINGS.map(wire.string)
NODE_ID = st.one_of(
    joined(st.just(b"\0"), st.binary(min_size=1, max_size=1)),
    joined(st.just(b"\1"), st.binary(min_size=3, max_size=3)),
    joined(st.just(b"\2"), st.binary(min_size=6, max_size=6)),
    joined(st.sampled_from([b"\3\1\0", b"\5\1\0"]), STRING),
    joined(st.just(b"\4"), st.binary(min_size=18, max_size=18)),
    joined(st.just(b"\xc1"), st.binary(min_size=3, max_size=3), STRING, packed("I", U32)),
)
EXTENSION_OBJECT = joined(NODE_ID, st.sampled_from([b"\0", b"\1", b"\2"])).flatmap(
    lambda begun: st.just(begun) if begun.endswith(b"\0") else STRING.map(lambda s: begun + s)
)
DIAGNOSTIC_INFO = st.recursive(
    st.one_of(
        st.just(b"\0"),
        joined(st.just(b"\x0f"), st.binary(min_size=16, max_size=16)),
        joined(st.just(b"\x32"), packed("i", st.integers(0, 9)), STRING, packed("I", U32)),
    ),
    lambda inner: joined(st.just(b"\x40"), inner),
    max_leaves=4,
)
STAMP = st.none() | st.tuples(I64, st.none() | st.integers(0, 9999))


def data_values(variants: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.builds(
        wire.data_value, st.none() | variants, status=st.none() | U32, source=STAMP, server=STAMP
    )


SCALAR = st.one_of(*(BYTES_OF[f].map(lambda b, f=f: bytes([f]) + b) for f in wire.NUMBERS))
ELEMENT = {
    **BYTES_OF,
    12: STRING,
    13: packed("q", I64),
    14: st.binary(min_size=16, max_size=16),
    15: STRING,
    16: STRING,
    17: NODE_ID,
    18: NODE_ID,
    19: packed("I", U32),
    20: joined(packed("H", st.integers(0, 9)), STRING),
    21: st.one_of(st.just(b"\0"), joined(st.just(b"\3"), STRING, STRING)),
    22: EXTENSION_OBJECT,
    25: DIAGNOSTIC_INFO,
    29: STRING,
}
ODD = st.one_of(
    *(ELEMENT[f].map(lambda b, f=f: bytes([f]) + b) for f in ELEMENT if f > 11),
    *(arrays(ELEMENT[f]).map(lambda b, f=f: bytes([f | 0x80]) + b) for f in ELEMENT),
    joined(st.just(b"\xc6"), arrays(BYTES_OF[6]), arrays(BYTES_OF[6])),
    st.just(b"\x80\xff\xff\xff\x7f"),  # two thousand million times nothing
)
NESTED = st.recursive(
    SCALAR | ODD | st.just(b"\0"),
    lambda inner: st.one_of(
        inner.map(lambda b: b"\x18" + b),
        arrays(inner).map(lambda b: b"\x98" + b),
        arrays(data_values(inner)).map(lambda b: b"\x97" + b),
        data_values(inner).map(lambda b: b"\x17" + b),
    ),
    max_leaves=6,
)
ITEM = st.builds(wire.item, U32, data_values(SCALAR | NESTED))
NOTIFICATION = st.one_of(
    st.builds(wire.data_change, st.lists(ITEM, max_size=4), states_length=st.booleans()),
    st.builds(
        wire.notification,
        st.just(wire.STATUS_CHANGE),
        joined(packed("I", U32), DIAGNOSTIC_INFO),
        states_length=st.booleans(),
    ),
    st.builds(wire.notification, st.sampled_from([wire.EVENT_LIST, 5, 812]), st.binary(max_size=9)),
    EXTENSION_OBJECT,
)
HEADER = st.builds(
    wire.header,
    st.just(wire.PUBLISH),
    diagnostics=DIAGNOSTIC_INFO,
    more=EXTENSION_OBJECT,
    sent=I64,
)
PUBLISH_BODY = st.builds(
    wire.publish_body,
    st.lists(NOTIFICATION, max_size=3),
    subscription=U32,
    sequence=U32,
    available=st.lists(U32, max_size=3),
    head=HEADER,
    published=st.just(0) | I64,
)


def plain(values: Values) -> list[tuple[int, Value]]:
    columns = [column.tolist() for column in values.rows]
    return [(handle, Value(*rest)) for handle, *rest in zip(*columns, strict=True)]


def ours(body: bytes) -> Answer | None:
    """As the reference has it; None for a flaw."""
    try:
        message = decode_publish(body, ROOM)
    except WireFlaw:
        return None
    except ua.UaStatusCodeError as bad:
        return Answer(result=bad.code)
    reread = wire.Answer(
        subscription=message.subscription,
        available=message.available.tolist(),
        more=message.more,
        sequence=message.sequence,
        items=plain(message.values),
        ended=message.ended,
        unread=message.unread,
        published=microseconds(message.published),
    )
    reread.notifications = int(message.carries_data)
    return reread


def theirs(body: bytes) -> Answer | None:
    try:
        answer = wire.read_publish(body)
    except Flawed:
        return None
    if not ua.StatusCode(ua.UInt32(answer.result)).is_good():
        return Answer(result=answer.result)
    # where the message does not say when it was made, the answer says when it was sent
    answer.published = microseconds(time_of(answer.published) or time_of(answer.sent))
    answer.sent = 0
    answer.result = 0
    answer.notifications = int(answer.notifications > 0)
    return answer


def microseconds(time: datetime | None) -> int:
    """Since 1601; -1 for no time."""
    return -1 if time is None else (time - WIRE_EPOCH) // timedelta(microseconds=1)


@given(PUBLISH_BODY)
def test_a_publish_answer_is_read_as_the_standard_says(body: bytes) -> None:
    assert ours(body) == theirs(body)


@given(st.lists(data_values(SCALAR | NESTED), max_size=5))
def test_a_read_answer_is_read_as_the_standard_says(values: list[bytes]) -> None:
    body = wire.read_body(values)
    try:
        expected = wire.read_values(body)
    except Flawed:
        with pytest.raises(WireFlaw):
            decode_read(body, ROOM)
        return
    assert plain(decode_read(body, ROOM)) == expected.items


@given(st.lists(NOTIFICATION, max_size=3), U32)
def test_a_republish_answer_is_read_as_the_standard_says(
    notifications: list[bytes], sequence: int
) -> None:
    body = wire.republish_body(notifications, sequence=sequence)
    try:
        expected = wire.read_republish(body)
    except Flawed:
        with pytest.raises(WireFlaw):
            decode_republish(body, ROOM, subscription=5)
        return
    message = decode_republish(body, ROOM, subscription=5)
    assert (message.subscription, message.sequence) == (5, sequence)
    assert plain(message.values) == expected.items


@given(PUBLISH_BODY, st.data())
def test_bytes_that_were_changed_are_read_alike_or_refused_alike(
    body: bytes, data: st.DataObject
) -> None:
    changed = bytearray(body)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        changed[place] = data.draw(
            st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xFF]) | st.integers(0, 255)
        )
    assert ours(bytes(changed)) == theirs(bytes(changed))


@given(st.binary(max_size=80))
def test_any_bytes_behind_a_header_are_read_alike_or_refused_alike(tail: bytes) -> None:
    body = wire.header(wire.PUBLISH) + tail
    assert ours(body) == theirs(body)


RICH = wire.publish_body(
    [
        wire.data_change(
            [
                wire.item(0, wire.data_value(wire.variant(11, 21_950.5), source=(10**17, 7))),
                wire.item(1, wire.data_value(b"\x0c" + wire.string(b"<b>22</b>"), status=0x480)),
                wire.item(2, wire.data_value(b"\x97" + wire.array([wire.data_value(b"\x01\x01")]))),
                wire.item(3, wire.data_value(b"\xc6" + wire.array([]) + wire.array([]))),
            ]
        ),
        wire.notification(
            wire.STATUS_CHANGE, struct.pack("<I", 0) + b"\x40\x10" + wire.string(b"x")
        ),
        wire.data_change([wire.item(4, wire.data_value(wire.variant(3, 2)))], states_length=False),
    ],
    available=[3, 4],
)


def test_a_body_that_ends_too_early_is_refused_wherever_it_ends() -> None:
    assert ours(RICH) == theirs(RICH) is not None
    for end in range(len(RICH)):
        assert ours(RICH[:end]) is None
        assert theirs(RICH[:end]) is None


@pytest.mark.parametrize("count", [-1, -2, 2**31 - 1, -(2**31), 0, 65_536])
def test_a_count_or_length_that_lies_is_never_followed(count: int) -> None:
    """Put over every four bytes in turn, so also over every count and every length."""
    for at in range(len(RICH) - 3):
        body = RICH[:at] + struct.pack("<i", count) + RICH[at + 4 :]
        assert ours(body) == theirs(body), at


@pytest.mark.parametrize("depth", [1, 7, 8, 9, 100, 10_000])
def test_nesting_ends_somewhere(depth: int) -> None:
    variants = wire.data_value(b"\x18" * depth + b"\x03\x05")
    infos = wire.header(wire.PUBLISH, diagnostics=b"\x40" * depth + b"\0")
    for body in (
        wire.publish_body([wire.data_change([wire.item(0, variants)])]),
        wire.publish_body([], head=infos),
    ):
        assert (ours(body) is None) is (depth >= 8)
        if depth < 100:
            assert ours(body) == theirs(body)


def test_the_room_grows_with_the_message_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room()
    many = [wire.item(n, wire.data_value(wire.variant(3, n % 4))) for n in range(5_000)]
    message = decode_publish(wire.publish_body([wire.data_change(many)] * 3), room)
    assert message.values.handle.tolist() == [*range(5_000)] * 3
    monkeypatch.setattr(messages, "VALUES_MAX", 14_999)
    with pytest.raises(WireFlaw, match="15000 values"):
        decode_publish(wire.publish_body([wire.data_change(many)] * 3), Room())


def test_another_message_and_a_bad_service_are_told_apart() -> None:
    with pytest.raises(WireFlaw, match="another message"):
        decode_read(RICH, ROOM)
    bad = wire.header(wire.PUBLISH, result=ua.StatusCodes.BadSessionIdInvalid)
    with pytest.raises(ua.UaStatusCodeError) as told:
        decode_publish(wire.publish_body([], head=bad), ROOM)
    assert told.value.code == ua.StatusCodes.BadSessionIdInvalid


# -- beside the library

TIMES = st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001
NUMBERS = st.one_of(
    st.builds(ua.Variant, st.booleans(), st.just(ua.VariantType.Boolean)),
    *(
        st.builds(ua.Variant, st.integers(low, high), st.just(kind))
        for kind, low, high in (
            (ua.VariantType.SByte, -128, 127),
            (ua.VariantType.Byte, 0, 255),
            (ua.VariantType.Int16, -(2**15), 2**15 - 1),
            (ua.VariantType.UInt16, 0, 2**16 - 1),
            (ua.VariantType.Int32, -(2**31), 2**31 - 1),
            (ua.VariantType.UInt32, 0, 2**32 - 1),
            (ua.VariantType.Int64, -(2**63), 2**63 - 1),
            (ua.VariantType.UInt64, 0, 2**64 - 1),
        )
    ),
    st.builds(ua.Variant, st.floats(width=32, allow_nan=False), st.just(ua.VariantType.Float)),
    st.builds(ua.Variant, st.floats(allow_nan=False), st.just(ua.VariantType.Double)),
)
NO_NUMBERS = st.one_of(
    st.builds(ua.Variant, st.text(max_size=9), st.just(ua.VariantType.String)),
    st.builds(ua.Variant, st.lists(st.integers(0, 9)), st.just(ua.VariantType.Int32)),
    st.builds(ua.Variant, st.just([[1, 2], [3, 4]]), st.just(ua.VariantType.Int32)),
    st.just(ua.Variant(datetime(2026, 1, 1), ua.VariantType.DateTime)),  # noqa: DTZ001
    st.just(ua.Variant(ua.LocalizedText("Tủ", "vi"))),
    st.just(ua.Variant(ua.QualifiedName("x", 2))),
    st.just(ua.Variant(ua.NodeId("Trạm", 3))),
    st.just(ua.Variant(ua.ReadValueId(), ua.VariantType.ExtensionObject)),
    st.just(ua.Variant([ua.Variant(1), ua.Variant("x")], ua.VariantType.Variant)),
)
LIBRARY_VALUES = st.builds(
    ua.DataValue,
    st.none() | NUMBERS | NO_NUMBERS,
    StatusCode=st.none() | st.builds(ua.StatusCode, U32),
    SourceTimestamp=TIMES,
    ServerTimestamp=TIMES,
)


def library_publish(values: list[ua.DataValue]) -> bytes:
    answer = ua.PublishResponse()
    answer.Parameters.SubscriptionId = 7
    answer.Parameters.AvailableSequenceNumbers = [3, 4]
    answer.Parameters.NotificationMessage.SequenceNumber = 9
    change = ua.DataChangeNotification()
    change.MonitoredItems = [
        ua.MonitoredItemNotification(ClientHandle=n, Value=v) for n, v in enumerate(values)
    ]
    answer.Parameters.NotificationMessage.NotificationData = [change]
    body: bytes = struct_to_binary(answer)
    return body


def library_read(values: list[ua.DataValue]) -> bytes:
    body: bytes = struct_to_binary(ua.ReadResponse(Results=values))
    return body


def seen_by_library(value: ua.DataValue) -> Sample:
    """`sample_of`, with what our link takes for no number."""
    told = sample_of(value)
    is_number = isinstance(told.raw, bool | int | float) or told.raw is None
    utc = [t and t.replace(tzinfo=UTC) for t in (told.source_time, told.server_time)]
    return Sample(told.raw if is_number else NO_NUMBER, told.status, *utc)


@given(st.lists(LIBRARY_VALUES, max_size=5))
def test_the_library_reads_the_same(values: list[ua.DataValue]) -> None:
    body = library_publish(values)
    answer = struct_from_binary(ua.PublishResponse, Buffer(body)).Parameters
    message = decode_publish(body, ROOM)
    assert message.sequence == answer.NotificationMessage.SequenceNumber == 9
    assert message.subscription == answer.SubscriptionId
    assert message.available.tolist() == answer.AvailableSequenceNumbers
    (change,) = answer.NotificationMessage.NotificationData
    assert message.values.samples() == [seen_by_library(i.Value) for i in change.MonitoredItems]

    body = library_read(values)
    results = struct_from_binary(ua.ReadResponse, Buffer(body)).Results
    assert decode_read(body, ROOM).samples() == [seen_by_library(v) for v in results]


def test_picoseconds_stand_where_the_standard_puts_them() -> None:
    """The library reads them elsewhere, and its server time is nonsense then."""
    ticks = 134_000_000_000_000_000
    value = wire.data_value(wire.variant(3, 1), source=(ticks, 5000), server=(ticks + 10, 7))
    (sample,) = decode_read(wire.read_body([value]), ROOM).samples()
    assert sample.source_time == time_of(ticks)
    assert sample.server_time == time_of(ticks + 10)
    (read,) = struct_from_binary(ua.ReadResponse, Buffer(wire.read_body([value]))).Results
    assert read.ServerTimestamp.replace(tzinfo=UTC) != sample.server_time


@pytest.mark.parametrize(
    ("ticks", "time"),
    [
        (0, None),
        (-1, None),
        (2**63 - 1, None),
        (1, datetime(1601, 1, 1, tzinfo=UTC)),
        (134_116_992_000_000_000, datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_ticks_count_from_1601(ticks: int, time: datetime | None) -> None:
    assert time_of(ticks) == time


@given(st.lists(U32))
def test_overflow_bits_are_found_in_arrays_as_in_one(codes: list[int]) -> None:
    found = have_overflowed(np.array(codes, np.uint32)).tolist()
    assert found == [has_overflowed(code) for code in codes]


@pytest.mark.parametrize("keep", [Values.kept, lambda v: v.picked(np.array([True, True]))])
def test_what_is_kept_outlives_the_next_message(keep: Callable[[Values], Values]) -> None:
    values = [wire.data_value(wire.variant(3, n)) for n in (1, 2)]
    kept = keep(decode_read(wire.read_body(values), ROOM))
    decode_read(wire.read_body(values[::-1]), ROOM)
    assert kept.raw() == [1, 2]
