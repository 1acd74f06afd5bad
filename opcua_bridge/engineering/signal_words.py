"""How the makers of RTUs and the people who name points call what a point carries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gridops.network import ORDERS, Signal
from gridops.state.telemetry import CONTACTS, MEASUREMENTS
from opcua_bridge.engineering.atoms import Atom, words

SIGNAL_WORDS: Mapping[Signal, Sequence[str]] = MappingProxyType(
    {
        Signal.POSITION: (
            "position", "pos", "switch position", "breaker position", "pos stVal",
            "vị trí", "trạng thái đóng cắt", "vị trí đóng cắt", "dbpos",
        ),
        Signal.COMMAND: (
            "command", "cmd", "control", "ctrl", "oper", "operate", "pos oper", "pos ctlVal",
            "position command", "điều khiển", "lệnh", "lệnh đóng cắt", "điều khiển đóng cắt",
            "lệnh điều khiển",
        ),
        Signal.SELECT: ("select", "sbo", "sbow", "select command", "chọn thiết bị", "lệnh chọn"),
        Signal.CANCEL: ("cancel", "cancel command", "deselect", "lệnh hủy", "hủy lệnh", "hủy chọn"),
        Signal.FAULT_FLAG: (
            "fault flag", "fault indicator", "fault passage", "fault passage indicator", "fpi",
            "fault detected", "fault indication", "báo sự cố", "chỉ báo sự cố", "cảnh báo sự cố",
        ),
        Signal.FAULT_FLAG_REVERSE: (
            "fault flag reverse", "fault reverse", "reverse fault", "sự cố ngược hướng",
            "sự cố hướng ngược", "báo sự cố hướng ngược",
        ),
        **{
            flag: (
                f"fault flag {phase}", f"fault phase {phase}", f"fault flag phase {phase}",
                f"fault indicator {phase}", f"fault indicator phase {phase}",
                f"báo sự cố pha {phase}", f"sự cố pha {phase}",
            )
            for flag, phase in (
                (Signal.FAULT_FLAG_A, "a"), (Signal.FAULT_FLAG_B, "b"), (Signal.FAULT_FLAG_C, "c"),
            )
        },
        Signal.FAULT_FLAG_N: (
            "fault flag n", "fault indicator n", "earth fault indicator", "residual fault",
            "báo sự cố chạm đất", "chỉ báo chạm đất",
        ),
        Signal.VOLTAGE_LOSS: (
            "voltage loss", "loss of voltage", "no voltage", "undervoltage", "mất điện áp",
            "mất áp",
        ),
        **{
            loss: (
                f"voltage loss {phase}", f"voltage loss phase {phase}", f"mất điện áp pha {phase}",
                f"mất áp pha {phase}",
            )
            for loss, phase in (
                (Signal.VOLTAGE_LOSS_A, "a"),
                (Signal.VOLTAGE_LOSS_B, "b"),
                (Signal.VOLTAGE_LOSS_C, "c"),
            )
        },
        Signal.PROTECTION: (
            "protection", "overcurrent", "trip", "protection trip", "overcurrent pickup",
            "pickup", "pick up", "ptoc op", "ptrc tr", "bảo vệ", "bảo vệ tác động",
            "bảo vệ quá dòng", "quá dòng",
        ),
        Signal.EARTH_FAULT: (
            "earth fault", "ground fault", "earth fault alarm", "chạm đất", "báo chạm đất",
        ),
        Signal.LOCKOUT: (
            "lockout", "lock out", "reclose lockout", "recloser lockout", "khóa đóng lại",
            "khoá đóng lại", "khóa tự đóng lại", "khóa f79",
        ),
        Signal.LOCAL: (
            "local", "local control", "local mode", "loc", "loc stVal", "local remote",
            "tại chỗ", "điều khiển tại chỗ", "chế độ tại chỗ",
        ),
        Signal.LOAD_SHED: ("load shed", "load shedding", "ufls", "sa thải", "sa thải phụ tải"),
        Signal.TEST_MODE: ("test mode", "test", "thử nghiệm", "chế độ thử nghiệm"),
        Signal.VOLTAGE: (
            "voltage v", "voltage", "u", "u v", "volt", "điện áp", "điện áp thanh cái",
        ),
        Signal.CURRENT: (
            "current a", "current", "i", "i a", "amp", "amps", "load current", "dòng",
            "dòng điện", "dòng tải", "dòng phụ tải",
        ),
        Signal.FAULT_CURRENT: (
            "fault current a", "fault current", "fault amps", "trip current",
            "short circuit current",
            "dòng sự cố", "dòng ngắn mạch", "dòng điện sự cố",
        ),
        Signal.POWER: (
            "p w", "active power", "power", "p", "watt", "TotW", "công suất",
            "công suất tác dụng", "công suất p",
        ),
    }
)  # fmt: skip
"""Compared without capitals and marks; the longest that fits counts."""

PHASES = frozenset({"a", "b", "c", "l1", "l2", "l3", "phsa", "phsb", "phsc", "pha", "phase"})
"""What makes a measurement one of a single phase, which no signal of GridOps is."""
SCALES = frozenset({"kv", "kw", "mw", "ka"})
"""Units other than those of GridOps: V, A and W."""
WEAK_POSITION = (words("status"), words("state"), words("trạng thái"))
"""What may mean the position where a name says no more."""
OTHER_THINGS = frozenset(
    words(
        "reactive q var mvar angle factor cos frequency hz counter count setpoint threshold setting"
        " battery acquy spring door gas sf6 temperature temp quality time timestamp delay enable"
        " earthing tiep dia grounding tank level min max mean average demand energy kwh event"
    )
)
"""Words of points that carry something else: what they stand beside is not what it seems."""
FILLERS = frozenset(
    words("st mx co stval mag f value val sig signal status state tag point points")
)
"""Words that tell nothing."""

_SIGNAL_OF = {
    words(phrase): signal for signal, phrases in SIGNAL_WORDS.items() for phrase in phrases
}
_LENGTHS = sorted({len(phrase) for phrase in _SIGNAL_OF}, reverse=True)
_INTEGERS = frozenset({"SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64"})
_NUMBERS = _INTEGERS | {"Float", "Double"}
_OPEN_TYPES = frozenset({"?", "BaseDataType"})


@dataclass(frozen=True, slots=True)
class Said:
    """What a name says that a point carries, and which of its atoms say so."""

    signal: Signal
    begin: int
    end: int


def signals_in(atoms: Sequence[Atom]) -> list[Said]:
    """The longest phrases of the name, no two of them overlapping, in their order."""
    texts = tuple(atom.text for atom in atoms)
    taken: set[int] = set()
    found = []
    for length in _LENGTHS:
        for begin in range(len(texts) - length + 1):
            places = range(begin, begin + length)
            signal = _SIGNAL_OF.get(texts[begin : begin + length])
            if signal is None or not taken.isdisjoint(places):
                continue
            taken.update(places)
            found.append(Said(signal, begin, begin + length))
    return sorted(found, key=lambda each: each.begin)


def types_of(signal: Signal) -> frozenset[str]:
    """Names of the built-in types in which GridOps reads this signal, or writes it unless
    `order_type` states another."""
    if signal in ORDERS:
        return frozenset({"Byte"})
    if signal in MEASUREMENTS:
        return _NUMBERS
    return _INTEGERS | {"Boolean"} if signal in CONTACTS else _INTEGERS


def fits_type(signal: Signal, data_type: str) -> bool | None:
    """None: what the server says of the type tells nothing."""
    if data_type in _OPEN_TYPES:
        return None
    if data_type in ("Number", "Integer", "UInteger"):
        return None
    return data_type in types_of(signal)
