"""Lines, transformers and switches."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping

from gridops.adapters.pandapower_grid.buses import is_at
from gridops.adapters.pandapower_grid.kept import kept_id, restored
from gridops.adapters.pandapower_grid.reading import Reading, Row, rounded
from gridops.adapters.terminals import terminal
from gridops.ids import BranchId, NodeId, SwitchId
from gridops.measurement import Position
from gridops.network import (
    Branch,
    BranchKind,
    Control,
    Node,
    Switch,
    SwitchKind,
    Transformer,
)

OPERATING_TIME_S_CREW = 1800.0
CURRENT_A_RATED_DEFAULT = 630.0
CURRENT_A_UNLIMITED = 1e5
"""pandapower writes 99999 kA for a line without a rating; we cap it to something finite."""
CLOCK_TOLERANCE_DEG = 1e-6
SWITCH_KINDS = {
    "CB": SwitchKind.BREAKER,
    "LBS": SwitchKind.LOAD_BREAK_SWITCH,
    "LS": SwitchKind.LOAD_BREAK_SWITCH,
    "DS": SwitchKind.DISCONNECTOR,
    "FUSE": SwitchKind.FUSE,
}


def lines_of(reading: Reading) -> Iterator[Branch]:
    for row in reading.served("line", "from_bus", "to_bus"):
        ends = (
            reading.end("l", row, column="from_bus"),
            reading.end("l", row, column="to_bus"),
        )
        yield restored(_line(reading, row, ends=ends), row)


def find_spare_lines(reading: Reading) -> None:
    """Fills `reading.spare`, bus to bus. With switches, what may be closed is stated."""
    if "switch" in reading.net and len(reading.net["switch"]):
        return
    for row in reading.rows("line", idle=True):
        buses = row.whole("from_bus"), row.whole("to_bus")
        if all(bus in reading.nodes for bus in buses):
            ends = reading.nodes[buses[0]], reading.nodes[buses[1]]
            reading.spare[row.index] = _line(reading, row, ends=ends)


def _line(reading: Reading, row: Row, *, ends: tuple[NodeId, NodeId]) -> Branch:
    parallel = round(max(row.positive("parallel", 1.0), 1.0))
    length_km = row.number("length_km")
    current_a = row.number("max_i_ka", math.inf) * 1e3 * parallel * row.number("df", 1.0)
    ours = bool(row.text("gridops_current_a_max"))
    if current_a > CURRENT_A_UNLIMITED and not ours:
        reading.notes.say_of(f"line {row.index}", "No current rating: 100 kA is written.")
    if parallel > 1:
        reading.notes.say_of(f"line {row.index}", "Parallel lines are one branch.")
    if row.number("df", 1.0) != 1.0:
        reading.notes.say_of(f"line {row.index}", "The derating df is folded into the rating.")
    if row.text("type") not in ("ol", "cs"):
        reading.notes.say_of(
            f"line {row.index}", "Neither overhead (ol) nor cable (cs) is stated: a cable."
        )
    return Branch(
        id=BranchId(kept_id(row) or f"L{row.index}"),
        name=row.text("name", f"Line {row.index}"),
        kind=BranchKind.OVERHEAD if row.text("type") == "ol" else BranchKind.CABLE,
        from_node=ends[0],
        to_node=ends[1],
        length_m=rounded(length_km * 1e3),
        r_ohm=rounded(row.number("r_ohm_per_km") * length_km / parallel),
        x_ohm=rounded(row.number("x_ohm_per_km") * length_km / parallel),
        c_f=rounded(row.number("c_nf_per_km") * 1e-9 * length_km * parallel),
        current_a_max=rounded(current_a if ours else min(current_a, CURRENT_A_UNLIMITED)),
    )


def transformers_of(reading: Reading) -> Iterator[Transformer]:
    for row in reading.served("trafo", "hv_bus", "lv_bus"):
        parallel = round(max(row.positive("parallel", 1.0), 1.0))
        power_va = row.number("sn_mva") * 1e6 * parallel
        tap = _Tap(row, reading)
        if parallel > 1:
            reading.notes.say_of(f"trafo {row.index}", "Parallel transformers are one.")
        transformer = Transformer(
            id=BranchId(kept_id(row) or f"T{row.index}"),
            name=row.text("name", f"Transformer {row.index}"),
            from_node=reading.end("t", row, column="hv_bus"),
            to_node=reading.end("t", row, column="lv_bus"),
            power_va_rated=rounded(power_va),
            voltage_v_from=rounded(row.number("vn_hv_kv") * 1e3 * tap.factor_hv),
            voltage_v_to=rounded(row.number("vn_lv_kv") * 1e3 * tap.factor_lv),
            short_circuit_voltage_pu=rounded(row.number("vk_percent") / 100),
            copper_loss_w=rounded(row.number("vkr_percent") / 100 * power_va),
            iron_loss_w=rounded(row.number("pfe_kw") * 1e3 * parallel),
            no_load_current_pu=rounded(row.number("i0_percent") / 100),
            tap_position=tap.position,
            tap_min=tap.lowest,
            tap_max=tap.highest,
            tap_neutral=tap.neutral,
            tap_step_pu=rounded(tap.step_pu),
            clock=_clock(reading, row),
        )
        yield restored(transformer, row)


class _Tap:
    """The tap as a number of steps on the high side; anything else as a folded voltage.

    pandapower moves taps only of the types Ratio, Symmetrical and Ideal; the last turns the
    angle alone. A step angle makes the step a pointer.
    """

    def __init__(self, row: Row, reading: Reading) -> None:
        self.factor_hv = self.factor_lv = 1.0
        self.step_pu, self.position, self.neutral, self.lowest, self.highest = 0.0, 0, 0, 0, 0
        step_pu, angle_deg = (
            row.number("tap_step_percent", 0.0) / 100,
            row.number("tap_step_degree", 0.0),
        )
        steps = row.number("tap_pos", 0.0) - row.number("tap_neutral", 0.0)
        kind, side = row.text("tap_changer_type"), row.text("tap_side")
        what = f"trafo {row.index}"
        if kind not in ("Ratio", "Symmetrical"):
            self._tell_still(reading, what, moved=bool(steps), turns=kind == "Ideal")
            return
        if angle_deg:
            reading.notes.say_of(what, "The phase shift of the tap changer is not carried.")
        if side == "hv" and not angle_deg and _are_whole(row):
            self.step_pu, self.neutral = step_pu, row.whole("tap_neutral", 0)
            self.position = row.whole("tap_pos", 0)
            self.lowest = row.whole("tap_min", self.position)
            self.highest = row.whole("tap_max", self.position)
            return
        pointer = 1 + steps * step_pu * complex(
            math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
        )
        if side == "lv":
            self.factor_lv = abs(pointer)
        else:
            self.factor_hv = abs(pointer)
        if steps and step_pu:
            reading.notes.say_of(
                what, f"The tap on the {side} side is folded into its rated voltage."
            )

    @staticmethod
    def _tell_still(reading: Reading, what: str, *, moved: bool, turns: bool) -> None:
        if turns and moved:
            reading.notes.say_of(what, "The phase shift of the tap changer is not carried.")
        elif moved:
            reading.notes.say_of(
                what,
                "A tap position without a type of tap changer has no effect in pandapower, and "
                "none here.",
            )


def _are_whole(row: Row) -> bool:
    columns = ("tap_pos", "tap_neutral", "tap_min", "tap_max")
    return all(row.number(each, 0.0).is_integer() for each in columns)


def _clock(reading: Reading, row: Row) -> int:
    shift_deg = row.number("shift_degree", 0.0)
    clock = round(shift_deg / 30)
    if abs(shift_deg - 30 * clock) > CLOCK_TOLERANCE_DEG:
        reading.notes.say_of(
            f"trafo {row.index}", "The phase shift is rounded to a whole clock number."
        )
    return clock % 12


def switches_of(
    reading: Reading, nodes: dict[NodeId, Node]
) -> tuple[tuple[Switch, ...], frozenset[SwitchId], frozenset[SwitchId]]:
    """Every switch between two nodes; those of unstated kind; those of unstated rating.

    Several switches at one end of a line stand in a row: `L7.12/1` is between the first two
    (it is added to `nodes`).
    """
    rows = [row for row in reading.rows("switch") if _is_there(reading, row)]
    left = Counter(_end_of(row) for row in rows if row.text("et") != "b")
    met: Counter[tuple[str, int, int]] = Counter()
    found: list[Switch] = []
    kinds: set[SwitchId] = set()
    ratings: set[SwitchId] = set()
    for row in rows:
        switch = restored(_switch(reading, row, nodes=nodes, left=left, met=met), row)
        if row.text("type").upper() not in SWITCH_KINDS and not row.text("gridops_kind"):
            kinds.add(switch.id)
            reading.notes.say_of(switch.id, "The kind is not stated: read as a disconnector.")
        if not row.number("in_ka", 0.0):
            ratings.add(switch.id)
        found.append(switch)
    return tuple(found), frozenset(kinds), frozenset(ratings)


def _is_there(reading: Reading, row: Row) -> bool:
    if is_at(row, reading):
        return True
    reading.notes.say_of(
        f"switch {row.index}", "At something that is out of service or absent: left out."
    )
    return False


def _end_of(row: Row) -> tuple[str, int, int]:
    return row.text("et"), row.whole("element"), row.whole("bus")


def _switch(
    reading: Reading,
    row: Row,
    *,
    nodes: dict[NodeId, Node],
    left: Mapping[tuple[str, int, int], int],
    met: Counter[tuple[str, int, int]],
) -> Switch:
    ident = SwitchId(kept_id(row) or f"SW{row.index}")
    if row.text("et") == "b":
        near, far = reading.nodes[row.whole("bus")], reading.nodes[row.whole("element")]
    else:
        near, far = _in_a_row(reading, _end_of(row), nodes=nodes, left=left, met=met)
    if not row.states("closed"):
        row.absent.append(f"switch {row.index}: closed is {row.values.get('closed')}")
    if not row.number("in_ka", 0.0):
        reading.notes.say_of(ident, f"No rating: {CURRENT_A_RATED_DEFAULT:g} A.")
    return Switch(
        id=ident,
        name=row.text("name", f"Switch {row.index}"),
        kind=SWITCH_KINDS.get(row.text("type").upper(), SwitchKind.DISCONNECTOR),
        node_a=near,
        node_b=far,
        normal_position=Position.CLOSED if row.flag("closed", default=True) else Position.OPEN,
        control=Control.CREW,
        operating_time_s=OPERATING_TIME_S_CREW,
        current_a_rated=rounded(row.number("in_ka", 0.0) * 1e3) or CURRENT_A_RATED_DEFAULT,
    )


def _in_a_row(
    reading: Reading,
    end: tuple[str, int, int],
    *,
    nodes: dict[NodeId, Node],
    left: Mapping[tuple[str, int, int], int],
    met: Counter[tuple[str, int, int]],
) -> tuple[NodeId, NodeId]:
    """The two nodes of the next switch at this end, from the bus towards the element."""
    bus, last = reading.nodes[end[2]], reading.terminals[end]
    before, after = met[end], met[end] + 1
    met[end] = after
    if before:
        reading.notes.say_of(str(last), "Several switches at one end stand in a row.")
    near = NodeId(f"{last}/{before}") if before else bus
    far = NodeId(f"{last}/{after}") if after < left[end] else last
    if far not in nodes:
        nodes[far] = terminal(far, nodes[bus], far=nodes[last])
    return near, far
