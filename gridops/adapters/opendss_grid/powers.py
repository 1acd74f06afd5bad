"""Sources, capacitors, reactors and generators."""

import math

from gridops.adapters.opendss_grid.draft import (
    Draft,
    Element,
    count,
    listed,
    phase_note,
    rounded,
    terminal_at,
)
from gridops.adapters.opendss_grid.loads import add_loads
from gridops.adapters.opendss_grid.phases import Terminal, terminal_of
from gridops.ids import GeneratorId, NodeId, ShuntId, SourceId
from gridops.network import Generator, GeneratorKind, NodeKind, Shunt, Source

GENERATORS = {
    "PVSystem": GeneratorKind.PHOTOVOLTAIC,
    "Storage": GeneratorKind.BATTERY,
    "Generator": GeneratorKind.OTHER,
}
R_TO_X_DEFAULT = 0.1


def add_powers(draft: Draft) -> None:
    """Everything that feeds in or draws at one bus."""
    _add_sources(draft)
    add_loads(draft)
    _add_shunts(draft)
    for name, kind in GENERATORS.items():
        _add_generators(draft, name, kind=kind)


def _add_sources(draft: Draft) -> None:
    """Raises: GridUnreadable for a source between two buses."""
    for source in draft.elements("Vsource"):
        at = terminal_at(source)
        other = terminal_at(source, "bus2")
        if not other.is_grounded:
            raise draft.refuse(
                f"voltage source {source['Name']} stands between two buses", "ground one end"
            )
        factor = math.sqrt(3) if int(source["phases"]) == 1 else 1.0
        volts = float(source["basekv"]) * factor * 1e3 * float(source["pu"])
        r1, x1 = float(source["r1"]), float(source["x1"])
        draft.sources.append(
            Source(
                id=SourceId(draft.new_id(str(source["Name"]), "VSOURCE_", table="sources")),
                name=f"Source {source['Name']}",
                node=NodeId(at.bus),
                voltage_pu=rounded(volts / draft.voltage_v[at.bus]),
                short_circuit_va=rounded(float(source["mvasc3"]) * 1e6),
                r_to_x=rounded(r1 / x1) if x1 > 0 else R_TO_X_DEFAULT,
            )
        )
        draft.kinds[at.bus] = NodeKind.BUSBAR
        draft.carried["Vsource"] += 1
    draft.say(
        "Sources hold their voltage at the bus itself: the impedance behind it counts for fault "
        "currents only."
    )
    angles = {float(s["angle"]) for s in draft.elements("Vsource")}
    if len(angles) > 1:
        draft.say("Voltage angles of the sources differ: not carried.")


def _add_shunts(draft: Draft) -> None:
    """Raises: GridUnreadable for a capacitor or reactor in series."""
    for name in ("Capacitor", "Reactor"):
        for element in draft.elements(name):
            at = terminal_of(str(element["bus1"]), int(element["phases"][0]))
            other = str(element["bus2"]).split(".", maxsplit=1)[0]
            if other not in ("", at.bus):
                raise draft.refuse(
                    f"{name.lower()} {element['Name']} stands in series",
                    "replace it by a line of the same impedance",
                )
            if at.phases:
                _add_shunt(draft, element, at=at, sign=-1.0 if name == "Capacitor" else 1.0)
                draft.carried[name] += 1
    controls = draft.circuit["counts"].get("CapControl", 0)
    if controls:
        draft.say(f"{count(controls, 'capacitor control')} lost: capacitors stay as they were.")


def _add_shunt(draft: Draft, element: Element, *, at: Terminal, sign: float) -> None:
    steps = element["kvar"]
    states = element["states"] or [1.0] * len(steps)
    kvar = sum(step for step, on in zip(steps, states, strict=True) if on)
    rated_v = element["kv"][0] * 1e3
    is_delta = str(element["conn"]).lower().startswith(("d", "l"))
    if element["phases"] == [1.0] and not is_delta and len(at.phases) == 1:
        rated_v *= math.sqrt(3)
    at_nominal = (draft.voltage_v[at.bus] / rated_v) ** 2 if rated_v else 1.0
    draft.shunts.append(
        Shunt(
            id=ShuntId(draft.new_id(str(element["Name"]), "SHUNT_", table="shunts")),
            name=f"{'Capacitor' if sign < 0 else 'Reactor'} {element['Name']}" + phase_note(at),
            node=NodeId(at.bus),
            q_var=rounded(sign * kvar * 1e3 * at_nominal),
        )
    )


def _add_generators(draft: Draft, name: str, *, kind: GeneratorKind) -> None:
    found = list(draft.elements(name))
    for element in found:
        at = terminal_at(element)
        p_kw, q_kvar = element["powers_kva"][:2]
        draft.generators.append(
            Generator(
                id=GeneratorId(
                    draft.new_id(str(element["Name"]), f"{name.upper()}_", table="generators")
                ),
                name=f"{name} {element['Name']}" + phase_note(at),
                node=NodeId(at.bus),
                kind=kind,
                power_va_rated=rounded(float(element["kva"]) * 1e3),
                p_w=rounded(round(p_kw, 6) * 1e3),
                q_var=rounded(round(q_kvar, 6) * 1e3),
            )
        )
        draft.carried[name] += 1
    if found:
        names = listed([str(e["Name"]) for e in found])
        draft.say(
            f"{count(len(found), name)} feed in what OpenDSS solved for the snapshot: {names}."
        )
