"""Node ids as people and grid files write them."""

from collections.abc import Sequence

from asyncua import ua

from gridops.errors import SettingsError


def written(node: ua.NodeId, uris: Sequence[str]) -> str:
    """By the URI of its namespace, for the index may be another one tomorrow."""
    index = node.NamespaceIndex
    plain = ua.NodeId(node.Identifier, ua.Int16(0)).to_string()
    if index == 0:
        return plain
    return f"nsu={uris[index]};{plain}" if index < len(uris) else f"ns={index};{plain}"


def identifier_of(node: ua.NodeId) -> str | None:
    """What `points.csv` calls it; None if it has no string for an identifier."""
    return node.Identifier if isinstance(node.Identifier, str) else None


def parsed(text: str, uris: Sequence[str]) -> ua.NodeId:
    """Takes what `written` gives, and the usual `ns=2;s=name`. Raises: SettingsError."""
    rest, index = text, None
    if text.startswith("nsu="):
        uri, _, rest = text.removeprefix("nsu=").rpartition(";")
        if uri not in uris:
            raise SettingsError(
                f"the server has no namespace {uri!r}", remedy=f"it has {', '.join(uris[1:])}"
            )
        index = list(uris).index(uri)
    try:
        node = ua.NodeId.from_string(rest)
    except (ua.UaError, ValueError, LookupError) as error:
        raise SettingsError(
            f"{text!r} is no node id", remedy="write it as ns=2;s=name, i=85 or nsu=URI;s=name"
        ) from error
    return node if index is None else ua.NodeId(node.Identifier, ua.Int16(index))
