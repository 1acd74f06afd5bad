"""Classes that are no sum of their attributes: what stands in arrays, or is worked out."""

from base64 import b64decode, b64encode
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridops.control_room.memory.classes import OfClass
from gridops.control_room.memory.places import Fixed, Place, Plain, Reading, Writing, strange
from gridops.ids import SourceId
from gridops.network import Network, SwitchSet
from gridops.ports import Record
from gridops.response.prefault import LoadsBefore
from gridops.state import Energisation, energise
from gridops.state.snapshot import Known


class FromOutside(Fixed):
    """What a control room is given: it stays as it is there."""

    def write(self, value: Any, to: Writing) -> Plain:  # noqa: ARG002
        return None

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:  # noqa: ARG002
        if there is None:
            raise ValueError("nothing is there that comes from outside")
        return there

    def shape(self, seen: set[object]) -> str:  # noqa: ARG002
        return "outside"


class OfRecord(Fixed):
    """Its body is JSON already."""

    def write(self, value: Record, to: Writing) -> Plain:  # noqa: ARG002
        return [value.at.isoformat(), value.kind, dict(value.body)]

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Record:  # noqa: ARG002
        at, kind, body = plain
        return Record(at=datetime.fromisoformat(at), kind=kind, body=body)

    def shape(self, seen: set[object]) -> str:  # noqa: ARG002
        return "record"


class OfNetwork(Fixed):
    """By the fingerprint of its version."""

    def write(self, value: Network, to: Writing) -> Plain:
        return to.named(value)

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Network:  # noqa: ARG002
        return back.found(str(plain))

    def shape(self, seen: set[object]) -> str:  # noqa: ARG002
        return "network"


class OfSwitchSet(Fixed):
    """One bit for each switch of its grid."""

    def write(self, value: SwitchSet, to: Writing) -> Plain:
        return [to.numbered(value.numbering), _bits(value.status)]

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> SwitchSet:  # noqa: ARG002
        name, bits = plain
        return _switches(back.found(name), bits)

    def shape(self, seen: set[object]) -> str:  # noqa: ARG002
        return "switches"


def _bits(status: NDArray[np.int8]) -> str:
    return b64encode(np.packbits(status.astype(bool)).tobytes()).decode()


def _switches(network: Network, bits: str) -> SwitchSet:
    numbering = network.arrays.switches
    packed = np.frombuffer(b64decode(bits), np.uint8)
    if len(packed) != (len(numbering) + 7) // 8:
        raise ValueError("a set of switches of another grid")
    status = np.unpackbits(packed, count=len(numbering)).astype(np.int8)
    return SwitchSet(numbering, status)


@dataclass(frozen=True, slots=True)
class _Once(Fixed):
    """Written once where it is one object in several places, as `OfClass`."""

    kind: type

    def write(self, value: Any, to: Writing) -> Plain:
        number = to.number_of(value)
        return self.body(value, to) if number is None else number

    def read(self, plain: Plain, back: Reading, *, there: Any = None) -> Any:  # noqa: ARG002
        if isinstance(plain, int):
            found = back.known[plain]
            if type(found) is not self.kind:
                raise strange(found, self.kind)
            return found
        number = len(back.known)
        back.known.append(None)
        back.known[number] = self.made(plain, back)
        return back.known[number]

    def body(self, value: Any, to: Writing) -> Plain:
        raise NotImplementedError

    def made(self, plain: Plain, back: Reading) -> Any:
        raise NotImplementedError


class OfEnergisation(_Once):
    """What it was traced over; it is traced again."""

    def body(self, value: Energisation, to: Writing) -> Plain:
        dead = sorted(value.dead_sources)
        return [to.named(value.network), _bits(value.closed.status), dead]

    def made(self, plain: Plain, back: Reading) -> Energisation:
        name, bits, dead = plain
        network = back.found(name)
        sources: AbstractSet[SourceId] = {SourceId(source) for source in dead}
        return energise(network, _switches(network, bits), dead_sources=sources)

    def shape(self, seen: set[object]) -> str:  # noqa: ARG002
        return "energisation"


@dataclass(frozen=True, slots=True)
class OfLoadsBefore(_Once):
    """The factor of each feeder instead of the measurements behind it."""

    energisation: Place
    factors: Place

    def body(self, value: LoadsBefore, to: Writing) -> Plain:
        energisation, factors = value.worked_out()
        return [self.energisation.write(energisation, to), self.factors.write(factors, to)]

    def made(self, plain: Plain, back: Reading) -> LoadsBefore:
        energisation, factors = plain
        return LoadsBefore.of_factors(
            self.energisation.read(energisation, back), self.factors.read(factors, back)
        )

    def shape(self, seen: set[object]) -> str:
        return f"loads({self.energisation.shape(seen)},{self.factors.shape(seen)})"


class OfSnapshot(OfClass):
    """What its readings come to is written with it: it is told by identity that they are still
    the same."""

    def body(self, value: Any, to: Writing) -> list[Plain]:
        known = value.known
        closed = None if known is None else OfSwitchSet().write(known.closed, to)
        return [closed, *super().body(value, to)]

    def lay(self, plain: Plain, made: Any, *, back: Reading, is_there: bool) -> None:
        closed, *rest = plain
        super().lay(rest, made, back=back, is_there=is_there)
        known = None
        if closed is not None:
            known = Known(
                positions=made.positions,
                last_definite=made.last_definite,
                closed=OfSwitchSet().read(closed, back),
            )
        object.__setattr__(made, "known", known)
