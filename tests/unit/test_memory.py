"""What is refused in a snapshot: what has no place in it, and what nobody has written."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gridops.adapters.grid_files import grid_fingerprint
from gridops.adapters.journal import open_journal
from gridops.control_room import ControlRoom, Installation
from gridops.control_room.memory import freeze, thaw
from gridops.control_room.memory.annotations import Places
from gridops.control_room.memory.places import NoPlace, Reading, Writing
from gridops.errors import SnapshotUnreadable
from gridops.measurement import Measured, Position, Quality
from gridops.reasons import Reason, because
from tests.playbook import Playbook, Wait, engines_of
from tests.playbook_words import Flagged, Tripped

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
PLACES = Places(special={}, worked_out={})


@dataclass
class Box:
    inside: list[str] = field(default_factory=list)
    beside: "Box | None" = None


@dataclass
class Pair:
    one: Box


class Annotated:
    kept: dict[str, Measured[Position]]

    def __init__(self) -> None:
        self.kept = {}


class Forgetful(Annotated):
    def __init__(self) -> None:
        super().__init__()
        self.added_later = 1


class Bare:
    def __init__(self) -> None:
        self.kept = {}


@dataclass
class Calling:
    back: Callable[[], None]


def written(kind: type, value: object) -> object:
    return PLACES.of(kind).write(value, Writing(lambda network: network.name))


def read(kind: type, plain: object) -> object:
    return PLACES.of(kind).read(json.loads(json.dumps(plain)), Reading({}.__getitem__))


def room(folder: Path) -> ControlRoom:
    play = Playbook() >> Flagged("s1") >> Flagged("s2") >> Tripped("b1")
    play = play.forget() >> Wait(11)
    network = play.network
    installation = Installation(
        network=network,
        grid_fingerprint=grid_fingerprint(network.components),
        engines=engines_of(network),
        settings=play.settings,
    )
    made = ControlRoom(installation, open_journal(f"sqlite:///{folder / 'j.sqlite'}"))
    for fact in play.forget().facts:
        made.fold_back(fact)
    return made


def test_order_sharing_and_own_kind_are_kept() -> None:
    inner = Box(["b", "a"])
    outer = Box(["c"], beside=inner)
    inner.beside = outer

    again = read(Box, written(Box, outer))

    assert isinstance(again, Box)
    assert again.beside is not None
    assert again.beside.inside == ["b", "a"]
    assert again.beside.beside is again
    holder = Annotated()
    holder.kept = {
        "z": Measured(Position.OPEN, Quality.GOOD, AT),
        "a": Measured(Position.BAD, Quality.STALE, AT),
    }
    found = read(Annotated, written(Annotated, holder))
    assert isinstance(found, Annotated)
    assert list(found.kept.items()) == list(holder.kept.items())


@pytest.mark.parametrize(
    "reason",
    [
        because("alarm-flag", device="s1"),
        because("alarm-load-shed", devices=("s1", "s2")),
        because("alarm-latch", feeder="F", whys=(because("alarm-flag", device="s1"),)),
        because("told-against", whys=()),
    ],
)
def test_a_reason_is_kept_with_ids_and_with_clauses_in_it(reason: Reason) -> None:
    assert read(Reason, written(Reason, reason)) == reason


def test_what_names_something_half_made_is_refused() -> None:
    with pytest.raises(NoPlace, match="Pair is no"):
        read(Pair, [0])


def test_an_attribute_that_is_not_annotated_has_no_place() -> None:
    with pytest.raises(NoPlace, match=r"Forgetful\.added_later is not annotated"):
        written(Forgetful, Forgetful())
    with pytest.raises(NoPlace, match="attributes of Bare are not annotated"):
        PLACES.of(Bare)


def test_an_annotation_that_nobody_can_write_has_no_place() -> None:
    with pytest.raises(NoPlace, match=r"Calling\.back"):
        PLACES.of(Calling)


def test_a_value_of_another_kind_has_no_place() -> None:
    with pytest.raises(NoPlace, match="in a Box"):
        written(Box, Box(inside=("a",)))  # type: ignore[arg-type] # the defect that is looked for
    with pytest.raises(NoPlace):
        read(Box, ["ab", None])
    with pytest.raises(LookupError):
        read(Box, [["a"], 3])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body[:-20],
        lambda body: body + b"x",
        lambda body: b"",
        lambda body: b"\x00" * 100,
        lambda body: zlib.compress(b"[]"),
        lambda body: zlib.compress(b'{"grid":1}'),
        lambda body: zlib.compress(zlib.decompress(body).replace(b'"good"', b'"superb"')),
        lambda body: zlib.compress(zlib.decompress(body).replace(b'"b1"', b"17")),
        lambda body: zlib.compress(b"[" * 100_000),
        lambda body: zlib.compress(zlib.decompress(body).replace(b'"s4",[', b'"s7",[', 1)),
    ],
)
def test_what_is_no_snapshot_is_refused_by_name(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    made = room(tmp_path)
    body = freeze(made)
    assert made.desk.open_incidents, "there is something to lose"

    with pytest.raises(SnapshotUnreadable):
        thaw(ControlRoom(made.installation, made.journal), spoil(body))
