"""How our own servers answer an order; `docs/points.md` has the table.

Apart from the other status codes: who only listens to a field does not load a virtual one.
"""

from collections.abc import Mapping
from types import MappingProxyType

from asyncua import ua

from gridops.virtual_field import OrderAnswer

CODE_OF_ANSWER: Mapping[OrderAnswer, int] = MappingProxyType(
    {
        OrderAnswer.ACCEPTED: ua.StatusCodes.Good,
        OrderAnswer.REFUSED_LOCAL: ua.StatusCodes.BadUserAccessDenied,
        OrderAnswer.REFUSED_INTERLOCK: ua.StatusCodes.BadInvalidState,
        OrderAnswer.REFUSED_FAILED: ua.StatusCodes.BadDeviceFailure,
        OrderAnswer.REFUSED_BUSY: ua.StatusCodes.BadResourceUnavailable,
        OrderAnswer.REFUSED_NOT_REMOTE: ua.StatusCodes.BadNotWritable,
        OrderAnswer.REFUSED_INVALID: ua.StatusCodes.BadOutOfRange,
    }
)
"""How our own servers answer the write of a command."""
