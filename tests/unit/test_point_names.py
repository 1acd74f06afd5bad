"""Points proposed from names: many habits of naming, and nothing wrong that is sure of itself."""

from collections import Counter
from collections.abc import Callable, Sequence
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops import open_grid
from gridops.network import Network, Point, Signal, draw
from gridops.state.telemetry import CONTACTS, MEASUREMENTS
from opcua_bridge.engineering.assignment import assign
from opcua_bridge.engineering.atoms import words
from opcua_bridge.engineering.mapping import Named, Proposal, Proposed, propose
from opcua_bridge.engineering.signal_words import SIGNAL_WORDS

SURE = 0.9
HANOI = open_grid("hanoi_ring").network
IN_VIETNAMESE = {
    Signal.POSITION: "Vị trí",
    Signal.COMMAND: "Lệnh điều khiển",
    Signal.FAULT_FLAG: "Báo sự cố",
    Signal.PROTECTION: "Bảo vệ tác động",
    Signal.LOCKOUT: "Khóa đóng lại",
    Signal.CURRENT: "Dòng điện",
    Signal.POWER: "Công suất tác dụng",
    Signal.VOLTAGE: "Điện áp",
    Signal.EARTH_FAULT: "Chạm đất",
    Signal.VOLTAGE_LOSS: "Mất điện áp",
    Signal.LOCAL: "Tại chỗ",
}
AS_IEC_61850 = {
    Signal.POSITION: "XCBR1.Pos.stVal",
    Signal.COMMAND: "CSWI1.Pos.Oper",
    Signal.FAULT_FLAG: "SCPI1.FaultIndicator",
    Signal.PROTECTION: "PTOC1.Trip",
    Signal.LOCKOUT: "RREC1.Lockout",
    Signal.CURRENT: "MMXU1.Current",
    Signal.POWER: "MMXU1.TotW.mag",
    Signal.VOLTAGE: "MMXU1.Voltage",
    Signal.EARTH_FAULT: "PTEF1.EarthFault",
    Signal.VOLTAGE_LOSS: "PTUV1.VoltageLoss",
    Signal.LOCAL: "LLN0.Loc.stVal",
}


def kind_of(signal: Signal) -> str:
    if signal in MEASUREMENTS:
        return "Double"
    return "Boolean" if signal in CONTACTS else "Byte"


def named(point: Point, node_id: str, *path: str) -> Named:
    return Named(
        node_id=node_id,
        path=path,
        name=path[-1],
        data_type=kind_of(point.signal),
        is_writable=point.signal is Signal.COMMAND,
    )


def variable(*path: str, data_type: str = "Double", writable: bool = False) -> Named:
    return Named(
        node_id=f"Tag{crc32(repr(path).encode())}",
        path=path,
        name=path[-1],
        data_type=data_type,
        is_writable=writable,
    )


def called(network: Network, element: str) -> str:
    found = {**network.switches, **network.nodes}
    return found[element].name  # type: ignore[index]


def as_ours(_: int, point: Point) -> Named:
    return named(point, point.node_id, "Points 0", point.id)


def by_device_names(number: int, point: Point) -> Named:
    link = HANOI.links[point.link].name
    words = IN_VIETNAMESE[point.signal]
    return named(point, f"Tag.{number + 1000}", link, called(HANOI, point.element), words)


def by_ids_in_vietnamese(number: int, point: Point) -> Named:
    words = IN_VIETNAMESE[point.signal]
    return named(point, f"Tag.{number + 1000}", "Dữ liệu", point.element, words)


def flat(number: int, point: Point) -> Named:
    name = f"{point.element}_{IN_VIETNAMESE[point.signal]}".replace(" ", "_").upper()
    return named(point, f"Tag.{number + 1000}", "Data", name)


def as_iec_61850(_: int, point: Point) -> Named:
    tail = AS_IEC_61850[point.signal]
    path = (point.link, point.element, *tail.split("."))
    return named(point, f"{point.link}/{point.element}/{tail}", *path)


def with_strokes(_: int, point: Point) -> Named:
    name = f"{point.element.replace('-', '_')}.{point.signal}"
    return named(point, name, "Data", name)


HABITS = [as_ours, by_device_names, by_ids_in_vietnamese, flat, as_iec_61850, with_strokes]


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.__name__)
def test_a_habit_of_naming_is_understood(habit: Callable[[int, Point], Named]) -> None:
    truth = {habit(n, p).node_id: p for n, p in enumerate(HANOI.components.points)}
    proposal = propose(HANOI, [habit(n, p) for n, p in enumerate(HANOI.components.points)])
    wrong = [row for row in proposal.rows if not is_right(row, truth)]
    assert [row for row in wrong if row.confidence >= SURE] == []
    assert len(proposal.rows) - len(wrong) >= 0.95 * len(truth)
    assert len([row for row in proposal.rows if row.confidence >= SURE]) >= 0.95 * len(truth)


@pytest.mark.parametrize(
    "grid", ["hanoi_ring", "esb_e11", "ieee123", "rbts_bus4", "simbench_rural", "oberrhein"]
)
def test_names_of_our_own_rtus_are_all_understood(grid: str) -> None:
    network = open_grid(grid).network
    truth = {p.node_id: p for p in network.components.points}
    for link in network.links:
        points = [p for p in network.components.points if p.link == link]
        proposal = propose(network, [as_ours(n, p) for n, p in enumerate(points)])
        assert len(proposal.rows) == len(points)
        assert all(is_right(row, truth) and row.confidence >= SURE for row in proposal.rows)


def is_right(row: Proposed, truth: dict[str, Point]) -> bool:
    point = truth.get(row.named.node_id)
    return point is not None and (row.element, row.signal) == (point.element, point.signal)


BESIDE = (
    *("Current_A", "Current_B", "Current_C", "Reactive power", "Power factor", "Voltage kV"),
    *("Spring charged", "SF6 pressure", "Door open", "Position counter", "Battery voltage"),
    *("Current max", "Command timeout", "Earthing switch position", "Position time"),
    *("Nhiệt độ", "Điện áp ắc quy", "Công suất phản kháng Q", "Dao tiếp địa vị trí"),
)
NOT_OF_THE_GRID = ("471-9", "475", "RMU9-1", "RMU1-3", "473-33", "T471", "1471", "471-7-2")


def test_what_stands_beside_the_points_is_never_sure() -> None:
    """Phases, counters, batteries and earthing switches of the same devices; other devices."""
    others = [
        variable("Data", device, tail, data_type="Byte" if "osition" in tail else "Double")
        for device in HANOI.switches
        for tail in BESIDE
    ]
    others += [
        variable("Data", f"{device}.{tail}", data_type=kind, writable=tail == "command")
        for device in NOT_OF_THE_GRID
        for tail, kind in (("position", "Byte"), ("command", "Byte"), ("current_a", "Double"))
    ]
    assert sure(propose(HANOI, others)) == []


def test_the_right_ones_are_found_among_them() -> None:
    points = list(enumerate(HANOI.components.points))
    variables = [by_ids_in_vietnamese(n, p) for n, p in points]
    others = [
        variable("Data", device, tail, data_type="Byte" if "osition" in tail else "Double")
        for device in HANOI.switches
        for tail in BESIDE
    ]
    truth = {by_ids_in_vietnamese(n, p).node_id: p for n, p in points}
    found = sure(propose(HANOI, [*others, *variables]))
    assert all(is_right(row, truth) for row in found)
    assert len(found) >= 0.95 * len(points)


def test_types_and_rights_tell_a_command_from_a_position() -> None:
    grid = draw("S1 [b1] A (t1) S2")
    boolean = variable("t1", "position", data_type="Boolean")
    read_only = variable("t1", "command", data_type="Byte")
    rows = propose(grid, [boolean, read_only]).rows
    assert all(row.confidence < 0.5 for row in rows)
    assert {"Boolean carries no position" in row.why for row in rows} == {True, False}


def test_names_that_contradict_one_another_are_doubtful() -> None:
    """The identifier says one device and the path another: somebody must look."""
    contradicting = Named(
        node_id="RMU2-1.position",
        path=("RMU2-2", "position"),
        name="position",
        data_type="Byte",
    )
    (row,) = propose(HANOI, [contradicting]).rows
    assert row.confidence < SURE
    assert "contradict" in row.why


def test_two_that_would_do_are_both_not_sure() -> None:
    grid = draw("S1 [b1] A (t1) S2")
    rows = propose(
        grid,
        [
            variable("Bay 1", "t1", "position", data_type="Byte"),
            variable("Bay 2", "t1", "position", data_type="Byte"),
        ],
    ).rows
    assert len(rows) == 1
    assert rows[0].confidence < SURE
    assert "another would do" in rows[0].why


def test_what_the_grid_wants_and_nobody_offers_is_told() -> None:
    grid = draw("S1 [b1] A (t1) S2")
    proposal = propose(grid, [variable("t1", "position", data_type="Byte")])
    assert ("t1", Signal.COMMAND) in proposal.wanted
    assert ("t1", Signal.POSITION) not in proposal.wanted


NAMES = st.text(max_size=40)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(NAMES, st.lists(NAMES, min_size=1, max_size=4)), max_size=12))
def test_any_names_are_read_and_nothing_is_proposed_twice(
    texts: list[tuple[str, list[str]]],
) -> None:
    variables = [
        Named(node_id=f"{n}{text}", path=tuple(path), name=path[-1])
        for n, (text, path) in enumerate(texts)
    ]
    proposal = propose(HANOI, variables)
    targets = [(row.element, row.signal) for row in proposal.rows]
    assert len(targets) == len(set(targets))
    told = [row.named.node_id for row in proposal.rows] + [each.node_id for each in proposal.left]
    assert sorted(told) == sorted(each.node_id for each in variables)


@pytest.mark.parametrize(
    ("text", "atoms"),
    [
        ("471-7.Vị trí", ["471", "7", "vi", "tri"]),
        ("RMU2_1FaultFlag", ["rmu", "2", "1", "fault", "flag"]),
        ("Điện áp kV", ["dien", "ap", "kv"]),
        ("L1a.position", ["l", "1", "a", "position"]),
        ("", []),
    ],
)
def test_atoms_of_names(text: str, atoms: Sequence[str]) -> None:
    assert list(words(text)) == atoms


WISHES = st.dictionaries(
    st.tuples(st.integers(0, 4), st.sampled_from("abcde")), st.floats(0.2, 1.0), max_size=14
)


@settings(max_examples=200, deadline=None)
@given(WISHES)
def test_no_other_assignment_has_more_confidence(wishes: dict[tuple[int, str], float]) -> None:
    chosen = {variable: target for variable, (target, _, _) in assign(wishes).items()}
    assert len(set(chosen.values())) == len(chosen)
    total = sum(wishes[pair] for pair in chosen.items())
    assert total == pytest.approx(best_total(wishes, sorted({v for v, _ in wishes}), frozenset()))


def best_total(
    wishes: dict[tuple[int, str], float], variables: list[int], used: frozenset[str]
) -> float:
    """Every way, one after the other."""
    if not variables:
        return 0.0
    first, *rest = variables
    ways = [best_total(wishes, rest, used)]
    for (variable, target), wish in wishes.items():
        if variable == first and target not in used:
            ways.append(wish + best_total(wishes, rest, used | {target}))
    return max(ways)


def sure(proposal: Proposal) -> list[Proposed]:
    return [row for row in proposal.rows if row.confidence >= SURE]


def test_no_phrase_means_two_signals() -> None:
    phrases = [each for phrases in SIGNAL_WORDS.values() for each in {words(p) for p in phrases}]
    assert [each for each, count in Counter(phrases).items() if count > 1] == []


def test_a_number_says_nothing_and_names_shown_to_people_do() -> None:
    """Controllers that number everything: browse names are numbers too, people see names."""
    grid = draw("S1 [b1] A [s1] B")
    numbered = [
        Named(
            node_id=f"nsu=urn:plc;i={1000 + n}",
            path=("DB7", str(1000 + n)),
            shown=("Feeder", text),
            name=text,
            data_type="Byte",
        )
        for n, text in enumerate(("s1 position", "b1 position"))
    ]
    rows = {row.named.node_id: (row.element, row.signal) for row in propose(grid, numbered).rows}
    assert rows == {
        "nsu=urn:plc;i=1000": ("s1", Signal.POSITION),
        "nsu=urn:plc;i=1001": ("b1", Signal.POSITION),
    }


def test_what_is_above_may_have_its_name_for_people_alone() -> None:
    grid = draw("S1 [b1] A [s1] B")
    named = [
        Named(
            node_id=f"nsu=urn:plc;i={n}",
            path=(f"O{n}", "V1"),
            shown=(switch, "Position"),
            name="Position",
            data_type="Byte",
        )
        for n, switch in enumerate(("s1", "b1"), start=1)
    ]
    rows = {row.named.node_id: (row.element, row.signal) for row in propose(grid, named).rows}
    assert rows == {
        "nsu=urn:plc;i=1": ("s1", Signal.POSITION),
        "nsu=urn:plc;i=2": ("b1", Signal.POSITION),
    }


def test_an_index_in_an_identifier_is_no_designation() -> None:
    """471 is a switch of the grid, and a number that a server gives out."""
    stray = Named(node_id="nsu=urn:plc;i=471", path=("Alarms", "Position"), name="Position")
    assert propose(HANOI, [stray]).rows == []
