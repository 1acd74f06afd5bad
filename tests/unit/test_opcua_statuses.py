"""Status codes, and that docs/points.md says the same."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from asyncua import ua

from gridops.measurement import Quality
from gridops.virtual_field import OrderAnswer
from opcua_bridge.field_server.answers import CODE_OF_ANSWER
from opcua_bridge.limits import DEFAULT_LIMITS
from opcua_bridge.wire.statuses import (
    CODE_OF_QUALITY,
    REFUSALS,
    has_overflowed,
    name_of,
    quality_of,
)

DOCUMENT = Path(__file__).parents[2].joinpath("docs", "points.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("quality", list(Quality))
def test_our_servers_send_what_our_link_understands(quality: Quality) -> None:
    assert quality_of(CODE_OF_QUALITY[quality]) is quality


@pytest.mark.parametrize(
    ("code", "quality"),
    [
        (0x0000_0000, Quality.GOOD),
        (0x0000_0480, Quality.GOOD),  # with the overflow bit
        (0x0096_0000, Quality.SUBSTITUTED),
        (0x4091_0000, Quality.SUBSTITUTED),
        (0x4000_0000, Quality.STALE),
        (0x408F_0000, Quality.STALE),  # no communication, last usable value
        (0x8000_0000, Quality.BAD),
        (0xC000_0000, Quality.BAD),  # reserved
    ],
)
def test_severity_decides(code: int, quality: Quality) -> None:
    assert quality_of(code) is quality


@pytest.mark.parametrize(
    ("code", "overflowed"),
    [(0x480, True), (0x4090_0480, True), (0x0, False), (0x400, False), (0x080, False)],
)
def test_the_overflow_bit_counts_only_with_its_info_type(code: int, overflowed: bool) -> None:
    assert has_overflowed(code) is overflowed


def test_every_refusal_of_a_virtual_device_is_understood_as_one() -> None:
    for answer in OrderAnswer:
        accepted = answer is OrderAnswer.ACCEPTED
        assert (CODE_OF_ANSWER[answer] in REFUSALS) is not accepted


@pytest.mark.parametrize(
    "code",
    [
        ua.StatusCodes.BadTimeout,
        ua.StatusCodes.BadCommunicationError,
        ua.StatusCodes.BadNoCommunication,
        ua.StatusCodes.BadInternalError,
        ua.StatusCodes.BadRequestTimeout,
    ],
)
def test_trouble_on_the_way_is_no_refusal(code: int) -> None:
    """A gateway that timed out may have passed the command on."""
    assert code not in REFUSALS


def test_the_document_names_every_refusal_and_no_other() -> None:
    table = DOCUMENT.split("| status of the write |")[1].split("\n\n")[0]
    named = set(re.findall(r"`(Bad\w+)`", table))
    assert named == {name_of(code) for code in REFUSALS}


def test_the_document_names_every_limit_with_its_value() -> None:
    table = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+|True|False) \|", DOCUMENT, re.MULTILINE))
    assert table == {f.name: str(getattr(DEFAULT_LIMITS, f.name)) for f in fields(DEFAULT_LIMITS)}
