"""The tree of a server, level by level, within bounds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from asyncua import ua

from opcua_bridge.engineering.asking import ask
from opcua_bridge.engineering.bounds import IDENTIFIER_MAX, NAME_MAX, Bounds
from opcua_bridge.session.session import Session

OBJECTS = ua.NodeId(ua.Int32(ua.ObjectIds.ObjectsFolder))
_KINDS = {
    ua.NodeClass.Object: "object",
    ua.NodeClass.Variable: "variable",
    ua.NodeClass.Method: "method",
}
_MASK = sum(int(kind) for kind in _KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One node where it was met first."""

    node: ua.NodeId
    path: tuple[str, ...]
    """Browse names from the begin of the look down to the node itself."""
    name: str
    """What the server shows to people."""
    shown: tuple[str, ...] = ()
    """`path` in the names that it shows to people."""
    kind: str
    """object, variable or method."""

    @property
    def depth(self) -> int:
        return len(self.path)


@dataclass(slots=True)
class Found:
    """What was met, parents before children, and why there may be more."""

    nodes: list[Seen] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    """Empty: this is everything."""
    unusable: int = 0
    """References to other servers, to nothing, or with identifiers that are none."""
    references: int = 0
    calls: int = 0


class _Enough(Exception):
    """A bound is reached; its text says which."""


async def browse(
    session: Session,
    *,
    start: ua.NodeId = OBJECTS,
    bounds: Bounds | None = None,
    with_standard: bool = False,
) -> Found:
    """Objects, variables and methods below `start`, each once, in the server's order.

    `with_standard`: also the nodes of the standard itself, as the diagnostics of the server.

    Raises: OSError, TimeoutError, ua.UaError when the server or the path to it fails.
    """
    return await _Browser(session, bounds or Bounds(), with_standard=with_standard).run(start)


class _Browser:
    def __init__(self, session: Session, bounds: Bounds, *, with_standard: bool) -> None:
        self._session = session
        self._bounds = bounds
        self._with_standard = with_standard
        self._met: set[ua.NodeId] = set()
        self._found = Found()
        self._until = asyncio.get_running_loop().time() + bounds.seconds_max
        self._open: list[bytes] = []
        """Places in long lists that the server keeps for us."""

    async def run(self, start: ua.NodeId) -> Found:
        self._met.add(start)
        level = [Seen(node=start, path=(), name="", kind="object")]
        try:
            while level:
                begun = len(self._found.nodes)
                await self._look_below(level)
                level = self._found.nodes[begun:]
        except _Enough as enough:
            self._found.stopped.append(str(enough))
            await self._let_go()
        return self._found

    async def _look_below(self, level: Sequence[Seen]) -> None:
        if level[0].depth >= self._bounds.depth_max:
            raise _Enough(f"nothing deeper than {self._bounds.depth_max} steps was read")
        size = max(1, min(self._bounds.nodes_per_call, self._session.operations_per_call))
        alone: list[Seen] = []
        for begin in range(0, len(level), size):
            alone += await self._look_below_few(level[begin : begin + size])
        for one in alone:
            if await self._look_below_few([one]):
                self._found.stopped.append(f"it gives no list of what is below {one.name!r}")

    async def _look_below_few(self, parents: Sequence[Seen]) -> list[Seen]:
        """Gives back those whose lists the server does not serve side by side."""
        try:
            results = await self._first([parent.node for parent in parents])
        except ua.UaStatusCodeError as error:
            if error.code != ua.StatusCodes.BadTooManyOperations or len(parents) == 1:
                raise
            return list(parents)
        waiting, alone = list(parents), []
        while True:
            further = []
            self._open = []
            for parent, result in zip(waiting, results, strict=True):
                if result.ContinuationPoint:
                    further.append(parent)
                    self._open.append(result.ContinuationPoint)
            for parent, result in zip(waiting, results, strict=True):
                if result.StatusCode.value == ua.StatusCodes.BadNoContinuationPoints:
                    alone.append(parent)
                elif not parent.path:
                    result.StatusCode.check()
                self._take(parent, result.References or ())
            if not further:
                return alone
            waiting, results = further, await self._next()

    def _take(self, parent: Seen, references: Sequence[Any]) -> None:
        for reference in references:
            self._found.references += 1
            if self._found.references > self._bounds.references_max:
                raise _Enough(f"it names more than {self._bounds.references_max} references")
            node = _local(reference.NodeId)
            if node is None:
                self._found.unusable += 1
                continue
            if node in self._met or (node.NamespaceIndex == 0 and not self._with_standard):
                continue
            if len(self._found.nodes) >= self._bounds.nodes_max:
                raise _Enough(f"it has more than {self._bounds.nodes_max} nodes")
            self._met.add(node)
            self._found.nodes.append(_seen(node, reference, parent=parent))

    async def _first(self, nodes: Sequence[ua.NodeId]) -> list[Any]:
        request = ua.BrowseRequest()
        request.Parameters = ua.BrowseParameters(
            View=ua.ViewDescription(),
            RequestedMaxReferencesPerNode=ua.UInt32(self._bounds.references_per_answer),
            NodesToBrowse=[
                ua.BrowseDescription(
                    NodeId=node,
                    BrowseDirection=ua.BrowseDirection.Forward,
                    ReferenceTypeId=ua.NodeId(ua.Int32(ua.ObjectIds.HierarchicalReferences)),
                    IncludeSubtypes=True,
                    NodeClassMask=ua.UInt32(_MASK),
                    ResultMask=ua.UInt32(int(ua.BrowseResultMask.All)),
                )
                for node in nodes
            ],
        )
        self._count_call()
        answer = await ask(self._session, request, answer=ua.BrowseResponse)
        return _as_many(answer.Results, len(nodes))

    async def _next(self) -> list[Any]:
        self._count_call()
        return _as_many(await self._continue(release=False), len(self._open))

    async def _let_go(self) -> None:
        """The server need not keep our places any longer."""
        if self._open:
            await self._continue(release=True)

    async def _continue(self, *, release: bool) -> Any:
        request = ua.BrowseNextRequest()
        request.Parameters = ua.BrowseNextParameters(
            ReleaseContinuationPoints=release, ContinuationPoints=list(self._open)
        )
        answer = await ask(self._session, request, answer=ua.BrowseNextResponse)
        return answer.Parameters.Results

    def _count_call(self) -> None:
        self._found.calls += 1
        if self._found.calls > self._bounds.calls_max:
            raise _Enough(f"more than {self._bounds.calls_max} calls were needed")
        if asyncio.get_running_loop().time() > self._until:
            raise _Enough(f"it took longer than {self._bounds.seconds_max:g} s")


def _local(reference: Any) -> ua.NodeId | None:
    """The node, if it is one of this server with an identifier of bounded length."""
    if not isinstance(reference, ua.NodeId):
        return None
    if isinstance(reference, ua.ExpandedNodeId) and any(
        (reference.ServerIndex, reference.NamespaceUri)
    ):
        return None
    identifier: Any = reference.Identifier
    if identifier is None or (
        isinstance(identifier, (str, bytes)) and not 0 < len(identifier) <= IDENTIFIER_MAX
    ):
        return None
    return ua.NodeId(identifier, reference.NamespaceIndex)


def _seen(node: ua.NodeId, reference: Any, *, parent: Seen) -> Seen:
    browse_name = reference.BrowseName.Name if reference.BrowseName is not None else None
    shown = reference.DisplayName.Text if reference.DisplayName is not None else None
    name = short(shown or browse_name or "?")
    return Seen(
        node=node,
        path=(*parent.path, short(browse_name or shown or "?")),
        name=name,
        shown=(*parent.shown, name),
        kind=_KINDS.get(reference.NodeClass, "other"),
    )


def short(text: str) -> str:
    """Bounded, and free of what could move a terminal's cursor."""
    kept = "".join(each if each.isprintable() else "?" for each in text[: NAME_MAX + 1])
    return kept if len(kept) <= NAME_MAX else f"{kept[: NAME_MAX - 1]}…"


def _as_many(answers: Any, wanted: int) -> list[Any]:
    if answers is None or len(answers) != wanted:
        given = 0 if answers is None else len(answers)
        raise ua.UaError(f"the server answered {given} of {wanted} nodes")
    return list(answers)
