"""The namespaces of a server, read without the library: the same, or a flaw, and never for long."""

import struct
from contextlib import suppress

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary
from hypothesis import given
from hypothesis import strategies as st

from opcua_bridge.wire.flaws import WireFlaw
from opcua_bridge.wire.texts import texts_in

TEXTS = ["http://opcfoundation.org/UA/", "urn:nhà máy", "", "urn:plant"]


def answered(*values: ua.DataValue, result: int = 0) -> bytes:
    answer = ua.ReadResponse()
    answer.ResponseHeader.ServiceResult = ua.StatusCode(ua.UInt32(result))
    answer.Results = list(values)
    body: bytes = struct_to_binary(answer)
    return body


def held(raw: object, form: ua.VariantType = ua.VariantType.String, *, status: int = 0) -> bytes:
    return answered(
        ua.DataValue(ua.Variant(raw, form), StatusCode=ua.StatusCode(ua.UInt32(status)))
    )


@given(st.lists(st.text(max_size=40), max_size=20))
def test_texts_are_read_as_they_were_written(texts: list[str]) -> None:
    assert texts_in(held(texts)) == texts


def test_a_text_that_is_null_keeps_its_place() -> None:
    assert texts_in(held(["a", None, "b"])) == ["a", "", "b"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(held("urn:plant"), id="one text"),
        pytest.param(held([1, 2], ua.VariantType.Byte), id="numbers"),
        pytest.param(held(TEXTS, status=ua.StatusCodes.BadNotReadable), id="a bad status"),
        pytest.param(answered(ua.DataValue()), id="nothing"),
    ],
)
def test_what_is_no_list_of_texts_is_none(body: bytes) -> None:
    assert texts_in(body) == []


def test_a_header_that_says_more_than_was_asked_for_is_passed() -> None:
    body = held(TEXTS)
    more = struct.pack("<i", 1) + struct.pack("<i", 3) + b"abc"  # a table of one text
    more += b"\1\0\x10\0" + b"\1" + struct.pack("<i", 2) + b"xy"  # a structure of two bytes
    begin = 4 + 16 + 1
    assert body[begin : begin + 7] == struct.pack("<i", 0) + b"\0\0\0"
    assert texts_in(body[:begin] + more + body[begin + 7 :]) == TEXTS


def test_the_status_of_the_service_is_raised() -> None:
    with pytest.raises(ua.uaerrors.BadSessionIdInvalid):
        texts_in(answered(result=ua.StatusCodes.BadSessionIdInvalid))


@pytest.mark.parametrize("cut", range(len(held(TEXTS)) - 8))
def test_an_answer_that_ends_early_is_a_flaw(cut: int) -> None:
    with pytest.raises(WireFlaw):
        texts_in(held(TEXTS)[:cut])


@pytest.mark.parametrize("claimed", [-5, -1, 0, 2**31 - 1])
def test_what_is_claimed_of_lengths_costs_no_more_than_there_are_bytes(claimed: int) -> None:
    body = held(TEXTS)
    at = body.index(struct.pack("<i", len(TEXTS[0])) + TEXTS[0].encode())
    for place in (at - 4, at):  # how many texts, how long the first is
        lied = body[:place] + struct.pack("<i", claimed) + body[place + 4 :]
        with suppress(WireFlaw):
            assert len(texts_in(lied)) <= len(TEXTS)


@given(st.binary(max_size=80))
def test_no_bytes_make_it_raise_anything_else(noise: bytes) -> None:
    for body in (noise, held(TEXTS)[:21] + noise, held(TEXTS)[:33] + noise):
        with suppress(ua.UaError):
            texts_in(body)
