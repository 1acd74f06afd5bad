"""What a grid is made of. Plain facts as the utility states them, SI units.

Conventions: power consumed is positive; a switch is an edge of its own between two nodes
with no impedance; a branch (line, cable, transformer) always conducts. Everything between
switches is one section.
"""

from dataclasses import dataclass
from enum import StrEnum

from gridops.ids import (
    BranchId,
    FeederId,
    GeneratorId,
    LinkId,
    LoadId,
    NodeId,
    PointId,
    ProfileId,
    ShuntId,
    SourceId,
    SwitchId,
)
from gridops.measurement import Position


class NodeKind(StrEnum):
    BUSBAR = "busbar"
    RING_MAIN_UNIT = "ring_main_unit"
    POLE = "pole"
    STATION = "station"
    """A secondary substation (MV/LV) without switchgear of its own in the model."""
    JOINT = "joint"
    TERMINAL = "terminal"
    """The point between a switch and the branch that it separates."""


class BranchKind(StrEnum):
    CABLE = "cable"
    OVERHEAD = "overhead"


class SwitchKind(StrEnum):
    BREAKER = "breaker"
    RECLOSER = "recloser"
    LOAD_BREAK_SWITCH = "load_break_switch"
    DISCONNECTOR = "disconnector"
    FUSE = "fuse"


class Control(StrEnum):
    """How a switch can be operated."""

    REMOTE = "remote"
    CREW = "crew"
    NONE = "none"


class IndicatorKind(StrEnum):
    """Fault passage indicator at a switch."""

    NONE = "none"
    NON_DIRECTIONAL = "non_directional"
    DIRECTIONAL = "directional"
    """Tells from which side fault current came (`Signal.FAULT_FLAG_REVERSE`)."""


class IndicatorTrust(StrEnum):
    """What the word of an indicator counts for."""

    FULL = "full"
    ABSENCE_ONLY = "absence_only"
    """A "no" counts, a "yes" does not: it is known to flag without cause."""
    IGNORED = "ignored"


class LoadClass(StrEnum):
    RESIDENTIAL = "residential"
    COMMERCIAL = "commercial"
    INDUSTRIAL = "industrial"
    CRITICAL = "critical"


class GeneratorKind(StrEnum):
    PHOTOVOLTAIC = "photovoltaic"
    WIND = "wind"
    HYDRO = "hydro"
    THERMAL = "thermal"
    BATTERY = "battery"
    OTHER = "other"


class Signal(StrEnum):
    """What one point carries."""

    POSITION = "position"
    FAULT_FLAG = "fault_flag"
    PROTECTION = "protection"
    FAULT_FLAG_A = "fault_flag_a"
    FAULT_FLAG_B = "fault_flag_b"
    FAULT_FLAG_C = "fault_flag_c"
    FAULT_FLAG_N = "fault_flag_n"
    FAULT_FLAG_REVERSE = "fault_flag_reverse"
    VOLTAGE_LOSS = "voltage_loss"
    VOLTAGE_LOSS_A = "voltage_loss_a"
    VOLTAGE_LOSS_B = "voltage_loss_b"
    VOLTAGE_LOSS_C = "voltage_loss_c"
    EARTH_FAULT = "earth_fault"
    LOCKOUT = "lockout"
    LOCAL = "local"
    LOAD_SHED = "load_shed"
    TEST_MODE = "test_mode"
    VOLTAGE = "voltage_v"
    CURRENT = "current_a"
    FAULT_CURRENT = "fault_current_a"
    POWER = "p_w"
    COMMAND = "command"
    SELECT = "select"
    CANCEL = "cancel"


ORDERS = frozenset({Signal.COMMAND, Signal.SELECT, Signal.CANCEL})
"""What is only ever sent to a device. Such a point states nothing and is never read."""


IDENTITY_NODE_ID = "GridOps.Identity"
"""Where a server says which link it is, unless links.csv states another variable."""
NO_IDENTITY = "none"
"""Stands in links.csv for a server that does not say so."""


class SentAs(StrEnum):
    """How an order reaches its point."""

    WRITE = "write"
    METHOD = "method"


class OrderType(StrEnum):
    """OPC UA type of what is written, or of the one argument of a method; none: no argument."""

    NONE = "none"
    BOOLEAN = "Boolean"
    SBYTE = "SByte"
    BYTE = "Byte"
    INT16 = "Int16"
    UINT16 = "UInt16"
    INT32 = "Int32"
    UINT32 = "UInt32"
    FLOAT = "Float"
    DOUBLE = "Double"


class Feedback(StrEnum):
    """What shows that a command was carried out."""

    POSITION = "position"
    """The position, read back over the session of the command, newer than the order."""
    ANSWER = "answer"
    """The server's good answer; telemetry has to show the position afterwards all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    id: NodeId
    name: str
    kind: NodeKind
    voltage_v_nominal: float
    station: str = ""
    """Substation or ring main unit that the node stands in; empty on the open line."""
    longitude_deg: float | None = None
    latitude_deg: float | None = None
    x: float | None = None
    """Schematic coordinates, arbitrary unit, y downwards."""
    y: float | None = None
    failures_per_year: float | None = None
    repair_time_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A line or cable between two nodes (positive sequence pi model)."""

    id: BranchId
    name: str
    kind: BranchKind
    from_node: NodeId
    to_node: NodeId
    length_m: float
    r_ohm: float
    x_ohm: float
    c_f: float
    current_a_max: float
    current_a_emergency: float | None = None
    """What it may carry for `Limits.emergency_s`; None: no more than always."""
    failures_per_year: float | None = None
    repair_time_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer:
    """Two-winding transformer; `from_node` is the high-voltage side."""

    id: BranchId
    name: str
    from_node: NodeId
    to_node: NodeId
    power_va_rated: float
    voltage_v_from: float
    voltage_v_to: float
    short_circuit_voltage_pu: float
    copper_loss_w: float
    iron_loss_w: float
    no_load_current_pu: float
    tap_position: int = 0
    tap_min: int = 0
    tap_max: int = 0
    tap_neutral: int = 0
    tap_step_pu: float = 0.0
    """Change of the high-side voltage per tap, in per unit of `voltage_v_from`."""
    clock: int = 0
    """Vector group clock number: the low side lags by 30 degrees times this."""
    failures_per_year: float | None = None
    repair_time_s: float | None = None
    replacement_time_s: float | None = None
    """Until a spare stands in its place; None: there is none."""
    power_va_emergency: float | None = None
    """What it may carry for `Limits.emergency_s`; None: no more than always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    id: SwitchId
    name: str
    kind: SwitchKind
    node_a: NodeId
    node_b: NodeId
    normal_position: Position
    control: Control
    operating_time_s: float
    """From command to confirmed position when remote; travel and operation when by crew."""
    feeder: FeederId | None = None
    """Set at the head breaker of a feeder, and only there."""
    indicator: IndicatorKind = IndicatorKind.NONE
    indicator_trust: IndicatorTrust = IndicatorTrust.FULL
    indicator_needs_voltage_loss: bool = False
    """It flags only once supply is lost after the current: it stays silent above the device that
    cleared the fault."""
    current_a_rated: float
    pickup_current_a: float | None = None
    """Overcurrent pick-up of the protection at this device; None: no protection here."""
    trip_delay_s: float = 0.0
    reclose_delays_s: tuple[float, ...] = ()
    """Dead times of the automatic reclosing shots, in order; empty: none."""
    lockout_point: bool = False
    """Whether the device reports its lockout."""
    stay_wait_s: float | None = None
    """Open longer than this is sustained; None: what is left of its reclosing, and a margin."""
    settle_wait_s: float | None = None
    """Reclosed and closed this long is a success; None: by its trip delay."""
    sectionaliser_counts: int = 0
    """A sectionaliser opens by itself, without load, in the dead time after so many passages of
    fault current; 0: it is none."""
    closes_ring: bool = False
    """It may join two feeds of one busbar for the time of a switching (make before break)."""
    failures_per_year: float | None = None
    repair_time_s: float | None = None
    making_current_a: float | None = None
    """Peak of the highest fault current that it may be closed onto; None: not known."""
    breaking_current_a: float | None = None
    """Highest fault current (r.m.s.) that it may interrupt; None: not known."""

    @property
    def is_normally_closed(self) -> bool:
        return self.normal_position is Position.CLOSED

    @property
    def protects(self) -> bool:
        return self.pickup_current_a is not None

    @property
    def breaks_load(self) -> bool:
        return self.kind in (SwitchKind.BREAKER, SwitchKind.RECLOSER, SwitchKind.LOAD_BREAK_SWITCH)

    @property
    def breaks_fault(self) -> bool:
        return self.kind in (SwitchKind.BREAKER, SwitchKind.RECLOSER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An infeed from the grid above, held at a fixed voltage."""

    id: SourceId
    name: str
    node: NodeId
    voltage_pu: float
    short_circuit_va: float
    r_to_x: float = 0.1
    power_va_max: float | None = None
    """Apparent power that may be drawn from it; None: no limit is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Customers of one service transformer.

    `p_w` and `q_var` are drawn at the nominal voltage of the node; at v per unit of it the load
    draws `share_at(v)` of both (ZIP model, equal shares for active and reactive power).
    """

    id: LoadId
    name: str
    node: NodeId
    p_w: float
    q_var: float
    customers: int
    load_class: LoadClass = LoadClass.RESIDENTIAL
    priority: int = 3
    """1 never shed, 2 transfer only, 3 transfer then shed, 4 shed first."""
    area: str = ""
    """Ward or district that customers are told of."""
    p_w_average: float | None = None
    """Mean over the year, for energy not supplied; None: not known."""
    constant_current_share: float = 0.0
    constant_impedance_share: float = 0.0
    """Both 0 to 1, of `p_w` and `q_var`; what they leave is constant power."""
    profile: ProfileId | None = None
    """How `p_w` and `q_var` go over a day; None: they stay."""
    transformer_power_va_rated: float | None = None
    """Of the service transformer; None: not known, or there is none."""
    transformer_failures_per_year: float | None = None
    transformer_repair_time_s: float | None = None
    transformer_replacement_time_s: float | None = None

    @property
    def constant_power_share(self) -> float:
        return 1.0 - self.constant_current_share - self.constant_impedance_share

    def share_at(self, voltage_pu: float) -> float:
        """What it draws at this voltage, of what it draws at nominal voltage."""
        return (
            self.constant_power_share
            + self.constant_current_share * voltage_pu
            + self.constant_impedance_share * voltage_pu**2
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """Feeds in beside the grid above; power consumed is positive, so infeed is negative.

    It follows the grid: it trips with an outage and is never counted on as supply.
    """

    id: GeneratorId
    name: str
    node: NodeId
    kind: GeneratorKind
    power_va_rated: float
    p_w: float
    q_var: float
    island_capable: bool = False
    """Whether it can keep an island alive: where it is joined, nothing is surely dead."""
    profile: ProfileId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shunt:
    """A capacitor or reactor: a constant impedance that draws this at nominal voltage."""

    id: ShuntId
    name: str
    node: NodeId
    q_var: float
    """Inductive is positive, so a capacitor is negative."""
    p_w: float = 0.0

    def share_at(self, voltage_pu: float) -> float:
        """What it draws at this voltage, of what it draws at nominal voltage."""
        return voltage_pu**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One day in equal steps from 00:00 local time, each as a factor of the stated power."""

    id: ProfileId
    name: str
    factors: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One OPC UA server (RTU or concentrator); its address is a setting, never grid data."""

    id: LinkId
    name: str
    namespace_uri: str
    namespaces: tuple[str, ...] = ()
    """URIs that `ns=1`, `ns=2` ... in addresses of its points stand for."""
    identity_node_id: str = IDENTITY_NODE_ID
    """Address of the variable by which the server says which link it is; `NO_IDENTITY`: none."""
    identity_value: str = ""
    """What that variable must hold; empty: the id of the link."""

    @property
    def has_identity(self) -> bool:
        return self.identity_node_id != NO_IDENTITY

    @property
    def identity(self) -> str:
        """What the server must say that it is."""
        return self.identity_value or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One OPC UA variable: `element` is a switch, or a node for `Signal.VOLTAGE`."""

    id: PointId
    link: LinkId
    element: str
    signal: Signal
    node_id: str
    """Its address (`node_addresses`); of an order sent as a method: the method."""
    sent_as: SentAs = SentAs.WRITE
    """This and what follows, up to `feedback_s`, are about orders only (`ORDERS`), but for
    `open_value` and `close_value`: those of a position are what reads as open and closed."""
    object_id: str = ""
    """Address of the object that has the method."""
    order_type: OrderType = OrderType.BYTE
    open_value: float = 1.0
    close_value: float = 2.0
    feedback: Feedback = Feedback.POSITION
    """Of the command alone, as is `feedback_s`."""
    feedback_s: float | None = None
    """How long to wait for it; None: the switch's operating time and the margin of the settings."""
    open_node_id: str = ""
    """Of a position that two contacts tell: address of the one that is made when the switch is
    open. `node_id` is the one that is made when it is closed."""
    inverted: bool = False
    """Of a contact: true means no."""
    scale: float = 1.0
    """Of a measurement: V, A or W that 1 of the server's number is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a state must keep to. `None` switches a limit off (what-if only)."""

    voltage_pu_min: float | None = 0.95
    voltage_pu_max: float | None = 1.05
    loading_pct_max: float | None = 100.0
    emergency_s: float | None = None
    """How long emergency ratings may be used; None: never."""
    fault_in_pickups_min: float | None = 1.2
    """What the least fault current at the end of what a protective device guards must be at
    least, in pick-ups of that device; None: not asked."""

    def allows_emergency(self, lasts_s: float) -> bool:
        """Whether emergency ratings hold for a state that lasts so long."""
        return self.emergency_s is not None and lasts_s <= self.emergency_s
