"""What variables are and what they say now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from asyncua import ua

from opcua_bridge.engineering.asking import Unreadable, ask
from opcua_bridge.session.session import Session
from opcua_bridge.wire.values import Sample, sample_of

_ATTRIBUTES = (
    ua.AttributeIds.NodeClass,
    ua.AttributeIds.DataType,
    ua.AttributeIds.ValueRank,
    ua.AttributeIds.UserAccessLevel,
    ua.AttributeIds.AccessLevel,
    ua.AttributeIds.UserExecutable,
    ua.AttributeIds.Value,
)
_READABLE = 1 << ua.AccessLevel.CurrentRead
_WRITABLE = 1 << ua.AccessLevel.CurrentWrite
_UNREADABLE = ua.StatusCode(ua.UInt32(ua.StatusCodes.BadDecodingError))
_ABSTRACT: Mapping[int, str] = {24: "BaseDataType", 26: "Number", 27: "Integer", 28: "UInteger"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A node as the server describes it to whoever we are logged in as."""

    exists: bool = True
    is_variable: bool = True
    is_method: bool = False
    is_executable: bool = False
    data_type: str = "?"
    """Name of a built-in type, else the node id of the type."""
    is_array: bool = False
    is_readable: bool = True
    is_writable: bool = False
    sample: Sample = field(default_factory=lambda: Sample(None, ua.StatusCodes.BadNoData))
    shown: str = ""
    """The value in short words; empty if it was not read."""


async def describe(
    session: Session, nodes: Sequence[ua.NodeId], *, with_values: bool = True
) -> list[Variable]:
    """One per node, in order.

    An answer that cannot be read is asked for again in halves, so that one value which no
    standard knows hides no other; that one reads as bad.

    Raises: OSError, TimeoutError, ua.UaError when the server or the path to it fails.
    """
    asked = _ATTRIBUTES if with_values else _ATTRIBUTES[:-1]
    size = max(1, session.operations_per_call // len(asked))
    found: list[Variable] = []
    for begin in range(0, len(nodes), size):
        part = nodes[begin : begin + size]
        values = await _read(session, [(node, each) for node in part for each in asked])
        for place in range(len(part)):
            mine = values[place * len(asked) : (place + 1) * len(asked)]
            found.append(_variable(dict(zip(asked, mine, strict=True))))
    return found


async def _read(
    session: Session, wanted: Sequence[tuple[ua.NodeId, ua.AttributeIds]]
) -> list[ua.DataValue]:
    request = ua.ReadRequest()
    request.Parameters = ua.ReadParameters(
        MaxAge=ua.Double(0.0),
        TimestampsToReturn=ua.TimestampsToReturn.Both,
        NodesToRead=[ua.ReadValueId(NodeId=node, AttributeId=each) for node, each in wanted],
    )
    try:
        answer = await ask(session, request, answer=ua.ReadResponse)
    except Unreadable:
        if len(wanted) == 1:
            return [ua.DataValue(StatusCode=_UNREADABLE)]
        middle = len(wanted) // 2
        return await _read(session, wanted[:middle]) + await _read(session, wanted[middle:])
    results: list[ua.DataValue] = answer.Results or []
    if len(results) != len(wanted):
        raise ua.UaError(f"the server answered {len(results)} of {len(wanted)} reads")
    return results


def _variable(says: Mapping[ua.AttributeIds, ua.DataValue]) -> Variable:
    node_class = says[ua.AttributeIds.NodeClass]
    if _status(node_class) in (
        ua.StatusCodes.BadNodeIdUnknown,
        ua.StatusCodes.BadNodeIdInvalid,
    ):
        return Variable(exists=False, is_variable=False)
    if _number(node_class) != ua.NodeClass.Variable:
        return Variable(
            is_variable=False,
            is_method=_number(node_class) == ua.NodeClass.Method,
            is_executable=_number(says[ua.AttributeIds.UserExecutable]) != 0,
        )
    level = _number(says[ua.AttributeIds.UserAccessLevel])
    if level is None:
        level = _number(says[ua.AttributeIds.AccessLevel])
    access = _READABLE if level is None else level
    rank = _number(says[ua.AttributeIds.ValueRank])
    value = says.get(ua.AttributeIds.Value)
    held = value.Value if value is not None else None
    return Variable(
        data_type=_type_of(says[ua.AttributeIds.DataType], held),
        is_array=isinstance(held.Value, list) if held is not None else (rank or -1) >= 0,
        is_readable=bool(access & _READABLE),
        is_writable=bool(access & _WRITABLE),
        sample=Variable().sample if value is None else sample_of(value),
        shown=_shown(held),
    )


def _type_of(stated: ua.DataValue, held: ua.Variant | None) -> str:
    """What is sent counts; what is stated stands in for it."""
    if held is not None and held.Value is not None and held.VariantType is not None:
        return str(getattr(held.VariantType, "name", "?"))
    node = stated.Value.Value if stated.Value is not None else None
    if not isinstance(node, ua.NodeId):
        return "?"
    if node.NamespaceIndex == 0 and isinstance(node.Identifier, int):
        if node.Identifier in _ABSTRACT:
            return _ABSTRACT[node.Identifier]
        if 1 <= node.Identifier <= 23:
            return ua.VariantType(node.Identifier).name
    return node.to_string()[:60]


def _shown(held: ua.Variant | None) -> str:
    if held is None or held.Value is None:
        return "nothing"
    value = held.Value
    if isinstance(value, list):
        return f"{len(value)} values"
    if isinstance(value, bool | float):
        return repr(value)
    if isinstance(value, int):
        return repr(int(value)) if abs(value) < 10**20 else "a huge number"
    if isinstance(value, str):
        kept = "".join(each if each.isprintable() else "?" for each in value[:40])
        return repr(kept + ("…" if len(value) > 40 else ""))
    return f"a {type(value).__name__}"


def _status(value: ua.DataValue) -> int:
    return int(value.StatusCode.value) if value.StatusCode is not None else ua.StatusCodes.Good


def _number(value: ua.DataValue) -> int | None:
    held = value.Value.Value if value.Value is not None else None
    return int(held) if isinstance(held, int) else None
