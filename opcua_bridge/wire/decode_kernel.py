"""Reads the values of a publish, republish or read answer straight into arrays (Part 4, 6).

As in `skip_kernel`: nothing is looked at before it is known to be there, every loop is as long as
bytes allow, and a flaw ends it. `head` and `rows` hold what was read up to there and must not be
used after a flaw.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gridops.compiled import compiled
from opcua_bridge.wire.skip_kernel import (
    BAD_LENGTH,
    NEED_ROOM,
    WRONG_MESSAGE,
    Bytes,
    Int,
    Work,
    count_at,
    i64,
    past,
    past_bytes,
    past_diagnostic_info,
    past_extension_object,
    past_node_id,
    past_variant,
    signed,
    size_of,
    size_of_stamps,
    u32,
)

Head = npt.NDArray[np.int64]

PUBLISH, REPUBLISH, READ = 829, 835, 634
DATA_CHANGE, STATUS_CHANGE, EVENT_LIST = 811, 820, 916
OTHER_NODE = -1
"""Numbers of the encodings in namespace 0 (Part 6, A.1)."""

(
    RESULT,
    SUBSCRIPTION,
    AVAILABLE_AT,
    AVAILABLE,
    MORE,
    SEQUENCE,
    PUBLISHED,
    NOTIFICATIONS,
    VALUES,
    STATUS_CHANGES,
    STATUS,
    EVENT_LISTS,
    OTHERS,
    NEEDED,
    SENT,
) = range(15)
"""What `head` holds: the service's result, subscription, where the available sequence numbers
stand and how many, whether more waits, sequence number, publish time (100 ns since 1601), how many
notifications, values read, status changes and the last of them, lists of events, other
notifications, how many rows it takes if there are too few, and when the answer was sent (100 ns
since 1601)."""
HEAD_SIZE = 15

NOTHING, ODD = 0, 255
"""Kinds besides the numbers of the built-in types 1 (Boolean) to 11 (Double): no value, and one
that is no scalar number: a text, an array, a structure."""
BOOLEAN, FLOAT, DOUBLE = 1, 10, 11


class Rows(NamedTuple):
    """One row per value. `bits` are those of the number: two's complement for whole ones, IEEE
    754 for others. Times count 100 ns since 1601; 0 is none."""

    handle: npt.NDArray[np.uint32]
    kind: npt.NDArray[np.uint8]
    bits: npt.NDArray[np.int64]
    status: npt.NDArray[np.uint32]
    source: npt.NDArray[np.int64]
    server: npt.NDArray[np.int64]


@compiled
def number_at(body: Bytes, at: Int, form: Int) -> Int:
    """The bits of a built-in type 1 to 11 that is known to be there."""
    if form <= 3:
        byte = np.int64(body[at])
        if form == BOOLEAN:
            return 1 if byte else 0
        return signed(byte, 8) if form == 2 else byte
    if form <= 5:
        short = np.int64(body[at]) | np.int64(body[at + 1]) << 8
        return signed(short, 16) if form == 4 else short
    if form in (8, 9, DOUBLE):
        return i64(body, at)
    word = u32(body, at)
    return signed(word, 32) if form == 6 else word


@compiled
def read_variant(body: Bytes, at: Int, end: Int, rows: Rows, row: Int, work: Work) -> Int:
    begin = past(at, 1, end)
    if begin < 0:
        return begin
    form = np.int64(body[at])
    if form > DOUBLE:
        rows.kind[row] = ODD
        return past_variant(body, at, end, work)
    at = past(begin, size_of(form), end)
    if at >= 0 and form > 0:
        rows.kind[row] = form
        rows.bits[row] = number_at(body, begin, form)
    return at


@compiled
def read_data_value(body: Bytes, at: Int, end: Int, rows: Rows, row: Int, work: Work) -> Int:
    """Value, status, source time and its picoseconds, server time and its picoseconds: in this
    order on the wire (Part 6, 5.2.2.17)."""
    rows.kind[row], rows.bits[row], rows.status[row] = NOTHING, 0, 0
    rows.source[row], rows.server[row] = 0, 0
    begin = past(at, 1, end)
    if begin < 0:
        return begin
    mask = np.int64(body[at])
    at = read_variant(body, begin, end, rows, row, work) if mask & 1 else begin
    after = past(at, size_of_stamps(mask), end)
    if after < 0:
        return after
    if mask & 2:
        rows.status[row] = u32(body, at)
        at += 4
    if mask & 4:
        rows.source[row] = i64(body, at)
        at += 8
    at += 2 * (mask >> 4 & 1)
    if mask & 8:
        rows.server[row] = i64(body, at)
    return after


@compiled
def past_diagnostic_infos(body: Bytes, at: Int, end: Int) -> Int:
    count = count_at(body, at, 1, end) if at >= 0 else at
    if count < 0:
        return count
    at += 4
    for _ in range(count):
        at = past_diagnostic_info(body, at, end)
        if at < 0:
            return at
    return at


@compiled
def number_of_node(body: Bytes, at: Int) -> Int:
    """Of a NodeId that is known to be there: its number if it has one in namespace 0."""
    form = body[at]
    if form == 0:
        return np.int64(body[at + 1])
    if form == 1 and body[at + 1] == 0:
        return np.int64(body[at + 2]) | np.int64(body[at + 3]) << 8
    if form == 2 and body[at + 1] == 0 and body[at + 2] == 0:
        return u32(body, at + 3)
    return OTHER_NODE


@compiled
def read_header(body: Bytes, end: Int, wanted: Int, head: Head) -> Int:
    """The type of the message and the header of every answer (Part 4, 7.34)."""
    begin = past_node_id(body, 0, end)
    if begin < 0:
        return begin
    if number_of_node(body, 0) != wanted:
        return WRONG_MESSAGE
    at = past(begin, 16, end)  # timestamp, handle of the request, result
    if at < 0:
        return at
    head[SENT] = i64(body, begin)
    head[RESULT] = u32(body, begin + 12)
    at = past_diagnostic_info(body, at, end)
    count = count_at(body, at, 4, end) if at >= 0 else at
    if count < 0:
        return count
    at += 4
    for _ in range(count):
        at = past_bytes(body, at, end)
        if at < 0:
            return at
    return past_extension_object(body, at, end)


@compiled
def read_data_change(body: Bytes, at: Int, end: Int, rows: Rows, head: Head, work: Work) -> Int:
    count = count_at(body, at, 5, end)
    if count < 0:
        return count
    first = head[VALUES]
    if first + count > rows.kind.shape[0]:
        head[NEEDED] = first + count
        return NEED_ROOM
    at += 4
    for row in range(first, first + count):
        begin = past(at, 4, end)
        if begin < 0:
            return begin
        rows.handle[row] = u32(body, at)
        at = read_data_value(body, begin, end, rows, row, work)
        if at < 0:
            return at
    head[VALUES] = first + count
    return past_diagnostic_infos(body, at, end)


@compiled
def read_status_change(body: Bytes, at: Int, end: Int, head: Head) -> Int:
    after = past(at, 4, end)
    if after < 0:
        return after
    head[STATUS_CHANGES] += 1
    head[STATUS] = u32(body, at)
    return past_diagnostic_info(body, after, end)


@compiled
def end_of_object(body: Bytes, at: Int, end: Int) -> Int:
    """Of an ExtensionObject whose encoding byte stands at `at`; some stacks state no length, and
    then it may reach to `end`."""
    begin = past(at, 5, end)
    if begin < 0:
        return begin
    length = signed(u32(body, at + 1), 32)
    if length < -1:
        return BAD_LENGTH
    return past(begin, length, end) if length >= 0 else end


@compiled
def read_notification(body: Bytes, at: Int, end: Int, rows: Rows, head: Head, work: Work) -> Int:
    """An ExtensionObject; one that is not read is passed by its length."""
    begin = past_node_id(body, at, end)
    if begin < 0:
        return begin
    kind = number_of_node(body, at)
    is_binary = begin < end and body[begin] == 1
    if not is_binary or kind not in (DATA_CHANGE, STATUS_CHANGE):
        head[EVENT_LISTS if kind == EVENT_LIST else OTHERS] += 1
        return past_extension_object(body, at, end)
    after = end_of_object(body, begin, end)
    if after < 0:
        return after
    if kind == DATA_CHANGE:
        at = read_data_change(body, begin + 5, after, rows, head, work)
    else:
        at = read_status_change(body, begin + 5, after, head)
    states_length = signed(u32(body, begin + 1), 32) >= 0
    return after if at >= 0 and states_length else at


@compiled
def read_notifications(body: Bytes, at: Int, end: Int, rows: Rows, head: Head, work: Work) -> Int:
    """A NotificationMessage (Part 4, 7.26)."""
    begin = past(at, 12, end)
    if begin < 0:
        return begin
    head[SEQUENCE] = u32(body, at)
    head[PUBLISHED] = i64(body, at + 4)
    count = count_at(body, begin, 3, end)
    if count < 0:
        return count
    head[NOTIFICATIONS] = count
    at = begin + 4
    for _ in range(count):
        at = read_notification(body, at, end, rows, head, work)
        if at < 0:
            return at
    return at


@compiled
def read_publish(body: Bytes, at: Int, end: Int, rows: Rows, head: Head, work: Work) -> Int:
    """What follows the header of a PublishResponse."""
    begin = past(at, 4, end)
    if begin < 0:
        return begin
    head[SUBSCRIPTION] = u32(body, at)
    count = count_at(body, begin, 4, end)
    if count < 0:
        return count
    head[AVAILABLE_AT] = begin + 4
    head[AVAILABLE] = count
    at = begin + 4 + 4 * count
    begin = past(at, 1, end)
    if begin < 0:
        return begin
    head[MORE] = body[at] != 0
    at = read_notifications(body, begin, end, rows, head, work)
    count = count_at(body, at, 4, end) if at >= 0 else at
    if count < 0:
        return count
    return past_diagnostic_infos(body, at + 4 + 4 * count, end)


@compiled
def read_values(body: Bytes, at: Int, end: Int, rows: Rows, head: Head, work: Work) -> Int:
    """What follows the header of a ReadResponse; handles count from 0."""
    count = count_at(body, at, 1, end) if at >= 0 else at
    if count < 0:
        return count
    if count > rows.kind.shape[0]:
        head[NEEDED] = count
        return NEED_ROOM
    at += 4
    for row in range(count):
        rows.handle[row] = row
        at = read_data_value(body, at, end, rows, row, work)
        if at < 0:
            return at
    head[VALUES] = count
    return past_diagnostic_infos(body, at, end)


@compiled
def read_answer(body: Bytes, wanted: int, rows: Rows, head: Head, work: Work) -> Int:
    """The answer `wanted`: PUBLISH, REPUBLISH or READ. Gives where it ends, or a flaw; what may
    follow is not looked at. The one kernel to be called from outside: each more would take as
    long again to compile."""
    end = body.shape[0]
    head[:] = 0
    at = read_header(body, end, wanted, head)
    if wanted == PUBLISH:
        return read_publish(body, at, end, rows, head, work)
    if wanted == REPUBLISH:
        return read_notifications(body, at, end, rows, head, work)
    return read_values(body, at, end, rows, head, work)
