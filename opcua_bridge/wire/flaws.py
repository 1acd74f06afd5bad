"""What a body may be found to be wrong in."""

from collections.abc import Mapping
from types import MappingProxyType

from asyncua import ua

from opcua_bridge.wire import skip_kernel as skip

_WORDS: Mapping[int, str] = MappingProxyType(
    {
        skip.TRUNCATED: "it ends in the middle of a field",
        skip.BAD_LENGTH: "a length or count is below -1",
        skip.TOO_LONG: "a count is larger than the bytes that are left could hold",
        skip.BAD_FORM: "a type or an encoding that the standard does not know",
        skip.TOO_DEEP: "values nested deeper than anything needs",
        skip.WRONG_MESSAGE: "it is another message than was asked for",
    }
)


class WireFlaw(ua.UaError):
    """A body that is not what the standard says; nothing in it was taken."""


def flaw(what: str, code: int) -> WireFlaw:
    return WireFlaw(f"{what}: {_WORDS.get(code, f'flaw {code}')}")
