"""Walks over what OPC UA writes (Part 6, 5.2), without reading it.

Every function takes where it begins (`at`) and where the bytes end, and gives where the thing
ends, or a flaw below zero; given a flaw it gives it back, so that calls can be strung together.
Nothing is looked at before it is known to lie before `end`: compiled code checks no index. Each
step of a loop uses up at least one byte, so a body takes no longer than its length, whatever
counts it claims.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Int = int | np.signedinteger[Any]
Work = npt.NDArray[np.int64]
"""What is still to be skipped: form, how many of it, and how deep it lies (or a mask)."""

TRUNCATED, BAD_LENGTH, TOO_LONG, BAD_FORM, TOO_DEEP, WRONG_MESSAGE, NEED_ROOM = range(-1, -8, -1)

STRING, BYTE_STRING, XML, NODE_ID, EXPANDED_NODE_ID = 12, 15, 16, 17, 18
QUALIFIED_NAME, LOCALIZED_TEXT, EXTENSION_OBJECT = 20, 21, 22
DATA_VALUE, VARIANT, DIAGNOSTIC_INFO = 23, 24, 25
STAMPS, DIMENSIONS = 101, 102
"""Forms of our own: what follows the value in a DataValue, the dimensions behind an array."""
FORM_BITS, HAS_DIMENSIONS, IS_ARRAY = 0x3F, 0x40, 0x80

DEPTH_MAX = 8
"""Variants within variants, and diagnostic infos within each other."""
WORK_ROWS = 4 * DEPTH_MAX + 4
"""A level leaves four at most: dimensions, elements, the stamps of one, its value."""


@compiled
def signed(number: Int, bits: Int) -> Int:
    """`number` of so many bits, read in two's complement."""
    away = 64 - bits
    return (np.int64(number) << away) >> away


@compiled
def u32(body: Bytes, at: Int) -> Int:
    low = np.int64(body[at]) | np.int64(body[at + 1]) << 8
    return low | np.int64(body[at + 2]) << 16 | np.int64(body[at + 3]) << 24


@compiled
def i64(body: Bytes, at: Int) -> Int:
    return u32(body, at) | np.int64(u32(body, at + 4)) << 32


@compiled
def past(at: Int, size: Int, end: Int) -> Int:
    """`size` bytes on."""
    if at < 0:
        return at
    return at + size if 0 <= size <= end - at else TRUNCATED


@compiled
def count_at(body: Bytes, at: Int, least: Int, end: Int) -> Int:
    """The count of an array whose elements take `least` bytes or more each; null is 0."""
    begin = past(at, 4, end)
    if begin < 0:
        return begin
    count = signed(u32(body, at), 32)
    if count < -1:
        return BAD_LENGTH
    if count > 0 and least > 0 and count > (end - begin) // least:
        return TOO_LONG
    return max(count, 0)


@compiled
def past_bytes(body: Bytes, at: Int, end: Int) -> Int:
    """A String, a ByteString or an XmlElement."""
    begin = past(at, 4, end)
    if begin < 0:
        return begin
    length = signed(u32(body, at), 32)
    if length < -1:
        return BAD_LENGTH
    return past(begin, max(length, 0), end)


@compiled
def past_node_id(body: Bytes, at: Int, end: Int) -> Int:
    """A NodeId or an ExpandedNodeId."""
    begin = past(at, 1, end)
    if begin < 0:
        return begin
    flags = np.int64(body[at])
    form = flags & FORM_BITS
    if form in (3, 5):
        at = past_bytes(body, past(begin, 2, end), end)
    elif form < 5:
        at = past(begin, (1, 3, 6, 0, 18)[int(form)], end)
    else:
        return BAD_FORM
    if flags & 0x80:  # a namespace's URI
        at = past_bytes(body, at, end)
    if flags & 0x40:  # the index of a server
        at = past(at, 4, end)
    return at


@compiled
def past_extension_object(body: Bytes, at: Int, end: Int) -> Int:
    at = past_node_id(body, at, end)
    begin = past(at, 1, end)
    if begin < 0:
        return begin
    if body[at] == 0:
        return begin
    if body[at] > 2:
        return BAD_FORM
    return past_bytes(body, begin, end)


@compiled
def past_diagnostic_info(body: Bytes, at: Int, end: Int) -> Int:
    """What lies within it comes last, so that a loop walks down all of them."""
    for _ in range(DEPTH_MAX):
        begin = past(at, 1, end)
        if begin < 0:
            return begin
        mask = np.int64(body[at])
        fixed = 4 * ((mask & 1) + (mask >> 1 & 1) + (mask >> 2 & 1) + (mask >> 3 & 1))
        at = past(begin, fixed, end)
        if mask & 0x10:
            at = past_bytes(body, at, end)
        if mask & 0x20:
            at = past(at, 4, end)
        if not mask & 0x40:
            return at
    return TOO_DEEP if at >= 0 else at


@compiled
def past_localized_text(body: Bytes, at: Int, end: Int) -> Int:
    begin = past(at, 1, end)
    if begin < 0:
        return begin
    mask = np.int64(body[at])
    at = begin
    if mask & 1:
        at = past_bytes(body, at, end)
    if mask & 2:
        at = past_bytes(body, at, end)
    return at


@compiled
def size_of(form: Int) -> Int:
    """Bytes of a built-in type whose size is fixed, else -1."""
    if form <= 3:  # null takes nothing; Boolean, SByte, Byte
        return min(form, 1)
    if form <= 11:  # two of 2, 4 and 8 bytes each, then Float and Double
        return (2, 2, 4, 4, 8, 8, 4, 8)[form - 4]
    if form == 13:  # DateTime
        return 8
    if form == 14:  # Guid
        return 16
    return 4 if form == 19 else -1  # StatusCode


@compiled
def least_of(form: Int) -> Int:
    """Bytes that one element of an array takes at least."""
    size = size_of(form)
    if size >= 0:
        return size
    if form in (NODE_ID, EXPANDED_NODE_ID):
        return 2
    if form == QUALIFIED_NAME:
        return 6
    if form == EXTENSION_OBJECT:
        return 3
    if LOCALIZED_TEXT <= form <= DIAGNOSTIC_INFO:
        return 1
    return 4  # a length; types that are not known yet are written as ByteStrings


@compiled
def past_one(body: Bytes, at: Int, end: Int, form: Int) -> Int:
    """An element of a type whose size is not fixed and in which no variant lies."""
    if form in (NODE_ID, EXPANDED_NODE_ID):
        return past_node_id(body, at, end)
    if form == QUALIFIED_NAME:
        return past_bytes(body, past(at, 2, end), end)
    if form == LOCALIZED_TEXT:
        return past_localized_text(body, at, end)
    if form == EXTENSION_OBJECT:
        return past_extension_object(body, at, end)
    if form == DIAGNOSTIC_INFO:
        return past_diagnostic_info(body, at, end)
    if form == DIMENSIONS:
        count = count_at(body, at, 4, end)
        return count if count < 0 else past(at + 4, 4 * count, end)
    return past_bytes(body, at, end)


@compiled
def size_of_stamps(mask: Int) -> Int:
    """Bytes that follow the value in a DataValue with this mask."""
    status = 4 * (mask >> 1 & 1)
    source, server = mask >> 2 & 1, mask >> 3 & 1
    return status + 8 * (source + server) + 2 * ((mask >> 4 & 1) + (mask >> 5 & 1))


@compiled
def put(work: Work, top: Int, form: Int, count: Int, level: Int) -> Int:
    work[top, 0] = form
    work[top, 1] = count
    work[top, 2] = level
    return top + 1


@compiled
def open_variant(
    body: Bytes, at: Int, end: Int, work: Work, top: Int, level: Int
) -> tuple[Int, Int]:
    """Puts what the variant holds onto `work`; gives the top of it and where that begins."""
    begin = past(at, 1, end)
    if begin < 0:
        return top, begin
    if level >= DEPTH_MAX:
        return top, TOO_DEEP
    encoding = np.int64(body[at])
    form = encoding & FORM_BITS
    count: Int = 1
    if encoding & IS_ARRAY:
        count = count_at(body, begin, least_of(form), end)
        if count < 0:
            return top, count
        begin += 4
    if encoding & HAS_DIMENSIONS:
        top = put(work, top, DIMENSIONS, 1, level)
    return put(work, top, form, count, level + 1), begin


@compiled
def open_data_value(
    body: Bytes, at: Int, end: Int, work: Work, top: Int, level: Int
) -> tuple[Int, Int]:
    begin = past(at, 1, end)
    if begin < 0:
        return top, begin
    mask = np.int64(body[at])
    top = put(work, top, STAMPS, 1, mask)
    if mask & 1:
        top = put(work, top, VARIANT, 1, level)
    return top, begin


@compiled
def past_variant(body: Bytes, at: Int, end: Int, work: Work) -> Int:
    """A Variant, whatever it holds. Uses `work`, which has `WORK_ROWS`."""
    top: Int = put(work, 0, VARIANT, 1, 0)
    while top > 0 and at >= 0:
        form, count, level = work[top - 1, 0], work[top - 1, 1], work[top - 1, 2]
        size = size_of(form)
        if form == STAMPS:
            size = size_of_stamps(level)
        if count == 0 or size >= 0:
            at = past(at, max(size, 0) * count, end)
            top -= 1
            continue
        work[top - 1, 1] = count - 1
        if form == VARIANT:
            top, at = open_variant(body, at, end, work, top, level)
        elif form == DATA_VALUE:
            top, at = open_data_value(body, at, end, work, top, level)
        else:
            at = past_one(body, at, end, form)
    return at
