"""OpenDSS circuits -> the native model, read by the OpenDSS engine itself.

A script is vetted, then executed by an engine in a process of its own; what it made is mapped
class by class. Names of the source stay: line `l7` is branch `L7`, bus `150r` node `150r`,
load `s47` load `LD_S47`, a device at the end of line `l7` at bus 7 joins `7` to `L7.7`.
"""

from dataclasses import replace
from pathlib import Path

from gridops.adapters.importing import Imported
from gridops.adapters.opendss_grid.balance import balance_sentences
from gridops.adapters.opendss_grid.devices import add_devices, refine_switches
from gridops.adapters.opendss_grid.draft import (
    Draft,
    add_buses,
    drop_unused_nodes,
    listed,
    nominal_voltages,
    without_self_loops,
)
from gridops.adapters.opendss_grid.engine import solved_circuit
from gridops.adapters.opendss_grid.lines import add_lines
from gridops.adapters.opendss_grid.merging import merged_lines
from gridops.adapters.opendss_grid.phasing import phasing_of
from gridops.adapters.opendss_grid.powers import add_powers
from gridops.adapters.opendss_grid.script import read_script
from gridops.adapters.opendss_grid.statements import verb_of
from gridops.adapters.opendss_grid.transformers import add_transformers, name_bank_members
from gridops.network import Components

__all__ = ["import_opendss"]

_JOINS_BUSES = frozenset({"autotrans", "upfc", "vsconverter", "gictransformer", "gicline"})
"""Classes that join two buses: without them, what lies behind would be dark."""
_NO_EQUIPMENT = frozenset(
    {"linecode", "loadshape", "spectrum", "tcc_curve", "wiredata", "linegeometry", "growthshape"}
)


IDS = (
    "Names of OpenDSS in capitals, buses in small letters: line `l7` is branch `L7`, bus `150r` "
    "node `150r`, load `s47` load `LD_S47`. A device at the end of line `l7` at bus 7 joins node "
    "`7` to `L7.7`."
)


def import_opendss(source: str) -> Imported:
    """The circuit that the master file `source` makes, as a balanced three-phase grid.

    Deterministic. Changes nothing in this process and no file. What a balanced model loses,
    and how unbalanced the circuit is, stands among the assumptions.

    Raises: GridUnreadable, with file and row where there is one, for a script that may not be
        executed, that the engine refuses, or that makes something the model cannot express;
        and if the engine is not installed.
    """
    script = read_script(Path(source))
    statements = script.statements
    solved, self_loops = without_self_loops(solved_circuit(statements, source))
    circuit, part_of = merged_lines(solved)
    is_geographic = any(verb_of(s.text) == "latlongcoords" for s in statements)
    draft = Draft(circuit, source, is_geographic, part_of=dict(part_of))
    _refuse_what_cannot_be_said(draft)
    if script.reports:
        places = listed([statement.where for statement in script.reports])
        draft.say(f"Statements that only show, plot or export are passed over: {places}.")
    if self_loops:
        draft.say(f"Elements between two ends of one bus are left out: {listed(self_loops)}.")
    _tell_of_merged(draft)
    nominal_voltages(draft)
    add_buses(draft)
    name_bank_members(draft)
    add_devices(draft)
    add_lines(draft)
    refine_switches(draft)
    add_transformers(draft)
    add_powers(draft)
    drop_unused_nodes(draft)
    components = replace(_components(draft), phasing=phasing_of(draft))
    _tell_what_is_left_out(draft)
    draft.assumptions += balance_sentences(draft, components)
    return Imported(
        components=components,
        assumptions=tuple(draft.assumptions),
        title=f"{circuit['name']} (OpenDSS)",
        source=Path(source).name,
        ids=IDS,
        unstated_kinds=frozenset(draft.unstated_kinds),
        unstated_ratings=frozenset(draft.unstated_ratings),
    )


def _refuse_what_cannot_be_said(draft: Draft) -> None:
    found = [
        f"{number} {name}"
        for name, number in draft.circuit["counts"].items()
        if name.lower() in _JOINS_BUSES
    ]
    if found:
        raise draft.refuse(
            f"the circuit has {', '.join(found)}, which the native format cannot express",
            "replace them by lines and two-winding transformers first",
        )


def _tell_of_merged(draft: Draft) -> None:
    """Lines that became one each; the sentence on banks comes with the transformers."""
    if draft.part_of:
        wholes = sorted({key.split(".", maxsplit=1)[1] for key in draft.part_of.values()})
        draft.say(
            f"{len(draft.part_of)} lines of other phases between the same buses are one line for "
            f"each pair of buses: {listed(wholes)}."
        )


def _components(draft: Draft) -> Components:
    nodes = (
        replace(node, kind=draft.kinds.get(node.id, node.kind)) for node in draft.nodes.values()
    )
    return Components(
        name=_ascii_name(str(draft.circuit["name"])),
        frequency_hz=float(draft.circuit["frequency_hz"]),
        nodes=tuple(nodes),
        branches=tuple(draft.branches),
        transformers=tuple(draft.transformers),
        switches=tuple(draft.switches),
        sources=tuple(draft.sources),
        loads=tuple(draft.loads),
        generators=tuple(draft.generators),
        shunts=tuple(draft.shunts),
    )


def _ascii_name(name: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower())
    return kept.strip("_") or "imported"


def _tell_what_is_left_out(draft: Draft) -> None:
    """Every class of which some element has no counterpart, by count."""
    lost = {
        name: number - draft.carried.get(name, 0)
        for name, number in sorted(draft.circuit["counts"].items())
        if name.lower() not in _NO_EQUIPMENT and number > draft.carried.get(name, 0)
    }
    if lost:
        told = ", ".join(f"{number} {name}" for name, number in lost.items())
        draft.say(f"Not carried over, by class: {told}.")
