"""Every table and column of a pandapower net: read, listed as lost, or refused. None is silent.

A test walks the tables and columns that pandapower makes and demands a word on each; another
changes them one by one and demands that the change shows.
"""

from collections.abc import Mapping

from gridops.adapters.pandapower_grid.kept import PREFIX
from gridops.adapters.pandapower_grid.reading import Reading, Row, is_stated, named
from gridops.errors import GridUnreadable

REFUSED = (
    "trafo3w",
    "impedance",
    "dcline",
    "tcsc",
    "ssc",
    "vsc",
    "vsc_bipolar",
    "vsc_stacked",
    "line_dc",
)
"""They join buses in a way that the native format cannot express."""

READ: Mapping[str, frozenset[str]] = {
    table: frozenset(names.split())
    for table, names in {
        "bus": "name vn_kv in_service geo substation",
        "line": "name from_bus to_bus length_km r_ohm_per_km x_ohm_per_km c_nf_per_km max_i_ka df "
        "parallel type in_service",
        "trafo": "name hv_bus lv_bus sn_mva vn_hv_kv vn_lv_kv vk_percent vkr_percent pfe_kw "
        "i0_percent shift_degree tap_side tap_neutral tap_min tap_max tap_step_percent "
        "tap_step_degree tap_pos tap_changer_type parallel in_service",
        "switch": "bus element et type closed name in_ka in_service",
        "ext_grid": "name bus vm_pu va_degree in_service s_sc_max_mva rx_max",
        "load": "name bus p_mw q_mvar scaling in_service const_z_p_percent const_i_p_percent "
        "const_z_q_percent const_i_q_percent",
        "sgen": "name bus p_mw q_mvar sn_mva scaling in_service type",
        "gen": "name bus p_mw vm_pu sn_mva scaling slack in_service type",
        "storage": "name bus p_mw q_mvar sn_mva scaling in_service",
        "motor": "name bus pn_mech_mw loading_percent cos_phi efficiency_percent scaling "
        "in_service",
        "asymmetric_load": "name bus p_a_mw q_a_mvar p_b_mw q_b_mvar p_c_mw q_c_mvar scaling "
        "in_service",
        "asymmetric_sgen": "name bus p_a_mw q_a_mvar p_b_mw q_b_mvar p_c_mw q_c_mvar sn_mva "
        "scaling in_service type",
        "shunt": "bus name q_mvar p_mw vn_kv step in_service",
        "ward": "name bus ps_mw qs_mvar qz_mvar pz_mw in_service",
        "xward": "name bus ps_mw qs_mvar qz_mvar pz_mw in_service",
    }.items()
}
"""Columns that the grid is made of (or that a sentence of its own speaks of)."""

NO_LOSS: Mapping[str, frozenset[str]] = {
    "bus": frozenset({"type"}),
    "line": frozenset({"std_type"}),
    "trafo": frozenset({"std_type", "vector_group"}),
    "load": frozenset({"sn_mva", "type"}),
    "shunt": frozenset({"max_step"}),
}
"""Columns that say again, or by name, what others say in figures; or that say nothing of how
the grid behaves (a load's apparent power, whether a bus is drawn as a bar)."""

HARMLESS: Mapping[tuple[str, str], tuple[object, ...]] = {
    ("line", "g_us_per_km"): (0.0,),
    ("trafo", "df"): (1.0,),
    ("trafo", "tap_dependency_table"): (False,),
    ("trafo", "oltc"): (False,),
    ("switch", "z_ohm"): (0.0,),
    ("shunt", "step_dependency_table"): (False,),
    ("sgen", "reactive_capability_curve"): (False,),
    ("sgen", "current_source"): (True,),
    ("sgen", "generator_type"): ("current_source",),
    ("gen", "reactive_capability_curve"): (False,),
    ("ext_grid", "slack_weight"): (1.0,),
    ("gen", "slack_weight"): (0.0,),
    ("xward", "slack_weight"): (0.0,),
    ("ext_grid", "controllable"): (True, False),
    ("gen", "controllable"): (True, False),
    ("sgen", "controllable"): (True, False),
    ("load", "controllable"): (True, False),
    ("storage", "controllable"): (True, False),
    ("asymmetric_load", "type"): ("wye",),
    ("asymmetric_sgen", "current_source"): (True,),
}
"""Values of columns that are not read with which nothing is lost."""

MEANING: Mapping[tuple[str, str], str] = {
    ("line", "g_us_per_km"): "shunt conductance",
    ("trafo", "df"): "derating factor",
    ("switch", "z_ohm"): "impedance of the switch",
    ("trafo", "tap_dependency_table"): "impedance that depends on the tap",
    ("xward", "r_ohm"): "voltage source behind an impedance",
}
_NOT_OF_THE_GRID = frozenset({"std_types"})


def refuse_what_cannot_be_said(reading: Reading) -> None:
    """Raises: GridUnreadable naming all such elements at once."""
    found = []
    for table in REFUSED:
        rows = [f"{table} {row.index}" for row in reading.rows(table)]
        if rows:
            found.append(f"{table} ({named(rows)})")
    if found:
        raise GridUnreadable(
            f"the net has {' and '.join(found)}, which the native format cannot express",
            where=reading.where,
            remedy="replace them by lines and two-winding transformers first",
        )


def tell_what_is_lost(reading: Reading) -> None:
    """One sentence for each column and table that says something and is not carried."""
    net = reading.net
    for table, read in READ.items():
        if table in net and len(net[table]):
            _tell_columns(reading, table, known=read | NO_LOSS.get(table, frozenset()))
        _tell_idle(reading, table)
    for table in REFUSED:
        _tell_idle(reading, table)
    for table in sorted(str(key) for key in net):
        frame = net[table]
        if table in READ or table in REFUSED or not _is_content(table, frame):
            continue
        rows = f"{len(frame)} row{'s' if len(frame) != 1 else ''}"
        reading.notes.say(f"Table {table} ({rows}) is not carried over.")


def _is_content(table: str, frame: object) -> bool:
    """Whether a key of the net is a table that says something, results aside."""
    is_ours = table.startswith((PREFIX, "res_", "_")) or table in _NOT_OF_THE_GRID
    return not is_ours and hasattr(frame, "columns") and bool(len(frame))  # type: ignore[arg-type]


def _tell_columns(reading: Reading, table: str, *, known: frozenset[str]) -> None:
    """What changes the power flow by name and row; the other columns in one sentence."""
    rows = list(reading.rows(table))
    others = []
    for column in sorted(map(str, reading.net[table].columns)):
        if column in known or column.startswith(PREFIX) or (table, column) in reading.carried:
            continue
        telling = [f"{table} {row.index}" for row in rows if _says_something(row, column)]
        if telling and (table, column) in MEANING:
            meaning = MEANING[table, column]
            reading.notes.say(
                f"Column {column} ({meaning}) is not carried over ({named(telling)})."
            )
        elif telling:
            others.append(column)
    if others:
        reading.notes.say(f"Columns of table {table} not carried over: {', '.join(others)}.")


def _says_something(row: Row, column: str) -> bool:
    value = row.values.get(column)
    harmless = HARMLESS.get((row.table, column), ())
    return is_stated(value) and value != "" and not any(value == each for each in harmless)


def _tell_idle(reading: Reading, table: str) -> None:
    spare = reading.spare if table == "line" else ()
    idle = [row.index for row in reading.rows(table, idle=True) if row.index not in spare]
    if idle:
        rows = named([str(index) for index in idle])
        reading.notes.say(f"Out of service in table {table}, left out ({rows}).")
    if spare:
        reading.notes.say(sentence_on_spare_lines(reading))


def sentence_on_spare_lines(reading: Reading) -> str:
    """True until completion makes ties of them. Empty where there are none."""
    if not reading.spare:
        return ""
    rows = named([str(index) for index in reading.spare])
    return f"Out of service in table line, between buses in service: left out ({rows})."
