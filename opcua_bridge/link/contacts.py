"""Two contacts of one switch on their way through a link: two variables in, one position out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from gridops.ids import PointId
from gridops.network import Point
from opcua_bridge.wire.two_contacts import position_sample
from opcua_bridge.wire.values import Sample

Received = tuple[Point, Sample]
IsRefused = Callable[[PointId], bool]
_UNUSABLE = 0x8000_0000


def variables(points: Sequence[Point]) -> list[Point]:
    """One point for each variable, in order: a position by two contacts becomes two."""
    return [variable for point in points for variable in _variables_of(point)]


def _variables_of(point: Point) -> list[Point]:
    if not point.open_node_id:
        return [point]
    return [
        replace(point, id=PointId(f"{point.id} ({name} contact)"), node_id=node, open_node_id="")
        for name, node in (("closed", point.node_id), ("open", point.open_node_id))
    ]


@dataclass(slots=True)
class _Kept:
    sample: Sample
    batch: int
    """Of changes that brought it; 0: it was read."""


class TwoContacts:
    """What was last told of each contact, so that a change of one is a position."""

    def __init__(self, points: Sequence[Point]) -> None:
        """`points`: those of the grid, not their variables."""
        doubles = {point.id: _variables_of(point) for point in points if point.open_node_id}
        self._owner: Mapping[PointId, Point] = {
            variable.id: point
            for point in points
            if point.open_node_id
            for variable in doubles[point.id]
        }
        self._contacts = {
            ident: [variable.id for variable in each] for ident, each in doubles.items()
        }
        self._kept: dict[PointId, _Kept] = {}

    @property
    def any_there(self) -> bool:
        return bool(self._contacts)

    def owner(self, point: Point) -> Point:
        """The point of the grid that a variable tells of."""
        return self._owner.get(point.id, point)

    def forget(self) -> None:
        self._kept.clear()

    def is_late(self, point: Point, sample: Sample) -> bool:
        """Whether this change of a contact is older than what is known of it."""
        kept = self._kept.get(point.id)
        return kept is not None and _is_older(sample, kept.sample)

    def changed(
        self, point: Point, sample: Sample, *, batch: int, is_refused: IsRefused
    ) -> Sample | None:
        """The position after this change of a contact; None while the other one is not known."""
        self._kept[point.id] = _Kept(sample, batch)
        return self._position(self._owner[point.id], is_refused)

    def read(
        self, received: Sequence[Received], *, asked_after: int, is_refused: IsRefused
    ) -> list[Received]:
        """Each position once, after all of its contacts; everything else as it is."""
        found: dict[PointId, Received] = {}
        for point, sample in received:
            owner = self._owner.get(point.id)
            if owner is None:
                found[point.id] = (point, sample)
                continue
            kept = self._kept.get(point.id)
            if kept is None or kept.batch <= asked_after or not _is_older(sample, kept.sample):
                self._kept[point.id] = _Kept(sample, 0)
            joined = self._position(owner, is_refused)
            if joined is not None:
                found[owner.id] = (owner, joined)
        return list(found.values())

    def beside(self, received: Sequence[Received], *, is_refused: IsRefused) -> list[Received]:
        """As `read`, of values that are looked at and not taken in; a position of which both
        contacts are not there, or one is not monitored, is left out."""
        samples = {point.id: sample for point, sample in received if point.id in self._owner}
        plain = [each for each in received if each[0].id not in self._owner]
        owners = {self._owner[ident].id: self._owner[ident] for ident in samples}
        for ident, owner in owners.items():
            contacts = self._contacts[ident]
            both = [samples[each] for each in contacts if each in samples and not is_refused(each)]
            if len(both) == 2:
                plain.append((owner, position_sample(both)))
        return plain

    def _position(self, owner: Point, is_refused: IsRefused) -> Sample | None:
        both = [self._kept.get(each) for each in self._contacts[owner.id]]
        known = [kept.sample for kept in both if kept is not None]
        if len(known) < 2:
            return None
        joined = position_sample(known)
        refused = any(is_refused(each) for each in self._contacts[owner.id])
        return joined._replace(raw=None, status=_UNUSABLE) if refused else joined


def _is_older(sample: Sample, than: Sample) -> bool:
    then, now = than.source_time, sample.source_time
    return then is not None and now is not None and now < then
