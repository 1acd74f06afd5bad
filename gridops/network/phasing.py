"""On which phases an element lies: what a balanced grid leaves out.

The balanced row of each element stays the one source of its ids, ends, powers and ratings; a
`Phasing` row adds what only a three-phase calculation needs.
"""

from dataclasses import dataclass
from enum import StrEnum

PHASES = "ABC"


class PhasedKind(StrEnum):
    LINE = "line"
    SWITCH = "switch"
    TRANSFORMER = "transformer"
    """One unit: a three-phase transformer, or one of the one-phase units of a bank."""
    LOAD = "load"
    SHUNT = "shunt"


class Connection(StrEnum):
    WYE = "wye"
    DELTA = "delta"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phasing:
    """Phases and per-phase data of one element, or of one unit of a transformer bank.

    Matrices are for the whole length, lower triangle row by row, in the order of `phases`.
    Lines and transformers need a row each as soon as one has any; a switch, load or shunt
    without a row lies on all three phases, in wye.
    """

    id: str
    kind: PhasedKind
    element: str
    phases: str
    """Letters of A, B, C. Two letters of a one-phase winding or load: it lies between them."""
    connection: Connection = Connection.WYE
    """Of a transformer: at its from side."""
    r_ohm: tuple[float, ...] = ()
    x_ohm: tuple[float, ...] = ()
    c_f: tuple[float, ...] = ()
    connection_to: Connection = Connection.WYE
    power_va_rated: float | None = None
    voltage_v_from: float | None = None
    """Across a one-phase unit, else between phases; so is `voltage_v_to`."""
    voltage_v_to: float | None = None
    r_pu: float = 0.0
    x_pu: float = 0.0
    tap_pu: float = 1.0
    """Of the to side, as it stands."""
    regulated_v: float | None = None
    """What a regulator keeps at the to side, phase to ground; empty: no regulator."""
    regulated_band_v: float | None = None
    drop_r_ohm: float = 0.0
    """Line-drop compensation."""
    drop_x_ohm: float = 0.0
    regulator_delay_s: float = 15.0
