"""OPC UA status codes: what they mean to us, and which of them we give.

The tables stand in `docs/points.md`; `tests/unit/test_opcua_statuses.py` compares.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from asyncua import ua

from gridops.errors import CommandRefused, DeviceInterlocked, DeviceLocal
from gridops.measurement import Quality

CODE_OF_QUALITY: Mapping[Quality, int] = MappingProxyType(
    {
        Quality.GOOD: ua.StatusCodes.Good,
        Quality.STALE: ua.StatusCodes.UncertainLastUsableValue,
        Quality.SUBSTITUTED: ua.StatusCodes.GoodLocalOverride,
        Quality.BAD: ua.StatusCodes.BadNoCommunication,
    }
)
"""What our own servers send."""

_SEVERITY = 0xC000_0000
_UNCERTAIN = 0x4000_0000
_CODE = 0xFFFF_0000
_INFO_TYPE = 0x0C00
_DATA_VALUE_INFO = 0x0400
_OVERFLOW = 0x0080
_BY_HAND = (ua.StatusCodes.GoodLocalOverride, ua.StatusCodes.UncertainSubstituteValue)


def quality_of(code: int) -> Quality:
    """Only the severity and the hand-set codes matter; the reserved severity counts as bad."""
    if code & _CODE in _BY_HAND:
        return Quality.SUBSTITUTED
    severity = code & _SEVERITY
    if severity == 0:
        return Quality.GOOD
    return Quality.STALE if severity == _UNCERTAIN else Quality.BAD


def has_overflowed(code: int) -> bool:
    """Whether the server dropped older changes of this item.

    The library names such a code "Good", because it is: the value is the newest.
    """
    return code & _INFO_TYPE == _DATA_VALUE_INFO and bool(code & _OVERFLOW)


def have_overflowed(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """`has_overflowed` of each."""
    found: npt.NDArray[np.bool_] = codes & (_INFO_TYPE | _OVERFLOW) == _DATA_VALUE_INFO | _OVERFLOW
    return found


NOT_SELECTED = ua.StatusCodes.BadRequestNotAllowed
"""How our own servers answer a command to a device that wants to be selected first."""

REFUSALS: Mapping[int, str] = MappingProxyType(
    {
        ua.StatusCodes.BadUserAccessDenied: "the device is under local control",
        ua.StatusCodes.BadInvalidState: "an interlock blocks the device",
        ua.StatusCodes.BadDeviceFailure: "the device reports a failure",
        ua.StatusCodes.BadResourceUnavailable: "the device is still busy",
        ua.StatusCodes.BadOutOfRange: "the device does not know this command value",
        ua.StatusCodes.BadTypeMismatch: "the device takes commands of another type",
        ua.StatusCodes.BadNotWritable: "the command point is not writable",
        ua.StatusCodes.BadWriteNotSupported: "the command point is not writable",
        ua.StatusCodes.BadNodeIdUnknown: "the server has no such command point",
        ua.StatusCodes.BadNodeIdInvalid: "the server has no such command point",
        ua.StatusCodes.BadRequestNotAllowed: "the device was not selected for it",
        ua.StatusCodes.BadMethodInvalid: "the server has no such method",
        ua.StatusCodes.BadNotExecutable: "the method may not be called",
        ua.StatusCodes.BadArgumentsMissing: "the method takes more arguments",
        ua.StatusCodes.BadTooManyArguments: "the method takes fewer arguments",
        ua.StatusCodes.BadInvalidArgument: "the device does not know this command value",
        ua.StatusCodes.BadServiceUnsupported: "the server takes no commands",
    }
)
"""Codes by which a server says that it did not pass the command on: nothing moved.

Every other bad code (time-outs, communication, internal errors) leaves the outcome open.
"""


REFUSED_BY: Mapping[int, type[CommandRefused]] = MappingProxyType(
    {
        ua.StatusCodes.BadUserAccessDenied: DeviceLocal,
        ua.StatusCodes.BadInvalidState: DeviceInterlocked,
    }
)
"""Refusals with an error of their own; each other of `REFUSALS` is a plain `CommandRefused`."""


GONE = frozenset(
    {
        ua.StatusCodes.BadNodeIdUnknown,
        ua.StatusCodes.BadNodeIdInvalid,
        ua.StatusCodes.BadAttributeIdInvalid,
        ua.StatusCodes.BadMonitoredItemIdInvalid,
    }
)
"""By these a server says that it does not have the variable, or not any more."""


def name_of(code: int) -> str:
    return str(ua.StatusCode(ua.UInt32(code)).name)
