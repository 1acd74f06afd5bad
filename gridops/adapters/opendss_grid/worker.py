"""Runs vetted statements in a process of its own and writes what the engine knows of them.

`python -m gridops.adapters.opendss_grid.worker` reads one JSON document from standard input
and writes one to standard output. The engine keeps global state, prints, and changes the
working directory: all of that ends with this process, which cannot write any file.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator, Sequence
from typing import Any

CPU_SECONDS_MAX = 300
MEMORY_BYTES_MAX = 4_000_000_000
CLASSES = (
    "Vsource",
    "Line",
    "Transformer",
    "Load",
    "PVSystem",
    "Generator",
    "Storage",
    "RegControl",
    "SwtControl",
    "Fuse",
    "Recloser",
    "Relay",
    "TCC_Curve",
)
_CARRY_CURRENT = ("Line", "Transformer", "PVSystem", "Generator", "Storage")
_JSON_FLAGS = 1 | 8 | 64 | 128 | 512
"""Every property, full names, class, lower-case keys, no time stamp."""
_BY_PROPERTY = ("Capacitor", "Reactor")
"""The engine's JSON of these shows memory that it never set, sometimes as no number at all."""
_TEXTS, _NUMBERS = ("bus1", "bus2", "conn"), ("phases", "kv", "kvar", "states")
CONTROL_ITERATIONS_MAX = 200


class EngineGarbled(ValueError):
    """What the engine wrote is not what it promised."""


def main() -> None:
    """Standard input -> standard output; nothing else goes there."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    document = json.load(sys.stdin)
    json.dump(answered(document["statements"]), answer)
    answer.close()


def answered(statements: Sequence[Sequence[str]]) -> dict[str, Any]:
    """What the circuit is, or `error` with the index of the statement that failed."""
    try:
        import opendssdirect as dss  # noqa: PLC0415  foreign, heavy, only in this process
    except ImportError:
        return {"missing": "opendssdirect"}
    dss.Basic.AllowForms(False)
    dss.Basic.AllowEditor(False)
    dss.Basic.AllowDOScmd(False)
    index, folder = -1, ""
    try:
        for index, (text, wanted) in enumerate(statements):  # noqa: B007  told when it fails
            if wanted != folder:
                dss.Text.Command(f'cd "{wanted}"')
                folder = wanted
            if text.lower().startswith("solve"):
                dss.Text.Command(f"set maxcontroliter={CONTROL_ITERATIONS_MAX}")
            dss.Text.Command(text)
        index = len(statements)
        return _circuit(dss)
    except (dss.DSSException, EngineGarbled) as failure:
        return {"error": str(failure), "statement": index}


def _circuit(dss: Any) -> dict[str, Any]:
    if not dss.Basic.NumCircuits():
        return {"error": "the script makes no circuit", "statement": -1}
    dss.Text.Command("set mode=snapshot")
    dss.Text.Command(f"set maxcontroliter={CONTROL_ITERATIONS_MAX}")
    dss.Text.Command("solve")
    elements = {name: list(_elements(dss, name)) for name in CLASSES}
    elements |= {name: list(_told(dss, name)) for name in _BY_PROPERTY}
    return {
        "name": dss.Circuit.Name(),
        "frequency_hz": dss.Solution.Frequency(),
        "load_mult": dss.Solution.LoadMult(),
        "converged": bool(dss.Solution.Converged()),
        "losses_va": list(dss.Circuit.Losses()),
        "elements": elements,
        "buses": list(_buses(dss)),
        "counts": _counts(dss),
    }


def _elements(dss: Any, name: str) -> Iterator[dict[str, Any]]:
    dss.Circuit.SetActiveClass(name)
    if not dss.ActiveClass.NumElements():
        return
    for element in _parsed(dss.ActiveClass.ToJSON(_JSON_FLAGS), name):
        if name != "TCC_Curve" and element.get("enabled", True):
            dss.Circuit.SetActiveElement(f"{name}.{element['Name']}")
            element["phases"] = dss.CktElement.NumPhases()
            element["open"] = _open_phases(dss)
        if name in _CARRY_CURRENT and element.get("enabled", True):
            element["powers_kva"] = list(dss.CktElement.TotalPowers())
            element["currents_a"] = list(dss.CktElement.CurrentsMagAng())[::2]
        yield element


def _parsed(text: str, name: str) -> list[dict[str, Any]]:
    """Raises: EngineGarbled if the engine did not write JSON."""
    try:
        found: list[dict[str, Any]] = json.loads(text)
    except ValueError as failure:
        raise EngineGarbled(f"the engine cannot write out its class {name}") from failure
    return found


def _told(dss: Any, name: str) -> Iterator[dict[str, Any]]:
    """Elements by single properties: numbers as lists of floats."""
    dss.Circuit.SetActiveClass(name)
    for each in dss.ActiveClass.AllNames():
        full = f"{name}.{each}"
        if each.lower() == "none":
            continue
        element: dict[str, Any] = {
            "Name": each,
            "enabled": _property(dss, full, key="enabled") in ("yes", "true"),
        }
        element |= {key: _property(dss, full, key=key) for key in _TEXTS}
        element |= {key: _floats(_property(dss, full, key=key)) for key in _NUMBERS}
        yield element


def _property(dss: Any, full: str, *, key: str) -> str:
    dss.Text.Command(f"? {full}.{key}")
    return str(dss.Text.Result()).strip().lower()


def _floats(text: str) -> list[float]:
    if text == "property unknown":
        return []
    return [float(word) for word in text.strip("[]()").replace(",", " ").split()]


def _open_phases(dss: Any) -> list[list[bool]]:
    """Terminal -> phase -> whether it is open."""
    terminals, phases = dss.CktElement.NumTerminals(), dss.CktElement.NumPhases()
    return [
        [bool(dss.CktElement.IsOpen(t, p)) for p in range(1, phases + 1)]
        for t in range(1, terminals + 1)
    ]


def _buses(dss: Any) -> Iterator[dict[str, Any]]:
    for name in dss.Circuit.AllBusNames():
        dss.Circuit.SetActiveBus(name)
        is_placed = bool(dss.Bus.Coorddefined())
        yield {
            "name": name,
            "kv_base": dss.Bus.kVBase(),
            "nodes": list(dss.Bus.Nodes()),
            "volts": list(dss.Bus.Voltages()),
            "x": dss.Bus.X() if is_placed else None,
            "y": dss.Bus.Y() if is_placed else None,
        }


def _counts(dss: Any) -> dict[str, int]:
    """Class -> elements that the script made in it."""
    counts: dict[str, int] = {}
    for full in dss.Circuit.AllElementNames():
        name = full.split(".", maxsplit=1)[0]
        counts[name] = counts.get(name, 0) + 1
    return counts


if __name__ == "__main__":
    main()
