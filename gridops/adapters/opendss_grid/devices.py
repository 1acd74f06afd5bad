"""Controls that switch a line -> the switching devices that they are.

A fuse, recloser, relay or switch control acts on one terminal of an element. On a switch line
it says what that switch is; on any other element the device gets a place of its own between
the bus and the element.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gridops.adapters.opendss_grid.draft import (
    Draft,
    Element,
    add_terminal,
    count,
    listed,
    rounded,
)
from gridops.adapters.opendss_grid.lines import OPERATING_TIME_S_CREW, control_of, key_of, rated_a
from gridops.adapters.opendss_grid.phases import Terminal, current_share, terminal_of
from gridops.ids import NodeId, SwitchId
from gridops.measurement import Position
from gridops.network import Switch, SwitchKind

KINDS: Mapping[str, SwitchKind] = {
    "SwtControl": SwitchKind.LOAD_BREAK_SWITCH,
    "Relay": SwitchKind.BREAKER,
    "Recloser": SwitchKind.RECLOSER,
    "Fuse": SwitchKind.FUSE,
}
"""Later ones win where several act on one terminal."""
PHASE_TRIP_DEFAULT = 1.0
RATED_CURRENT_DEFAULT = 1.0
CURRENT_A_RATED_DEFAULT = 400.0
RECLOSE_SHOTS_MAX = 4


@dataclass(frozen=True, slots=True)
class _Place:
    """The terminal that a control acts on."""

    element: Element
    key: str
    number: int
    near: Terminal
    far: Terminal
    phases: tuple[int, ...]
    """Those of the element, or of the bank that it is part of."""


def add_devices(draft: Draft) -> None:
    """Makes the places of devices on ordinary elements, before these are mapped themselves."""
    known = {key_of(line): line for line in draft.elements("Line")}
    units = {f"transformer.{u['Name']}".lower(): u for u in draft.elements("Transformer")}
    placed: dict[tuple[str, int], Switch] = {}
    for name, kind in KINDS.items():
        for control in draft.elements(name):
            target = target_of(draft, control)
            element = known.get(target) or units.get(target)
            if element is None or element.get("switch"):
                continue
            place = _place_of(draft, control, element=element)
            device = _device(draft, control, place=place, kind=kind)
            before = placed.pop((target, place.number), None)
            if before is not None:
                _tell_of_two(draft, before=before, after=device)
            placed[target, place.number] = device
            draft.carried[name] += 1
    draft.switches += placed.values()
    _tell(draft)


def refine_switches(draft: Draft) -> None:
    """Gives the switches of switch lines the kind and settings of the controls on them."""
    index = {s.name.split(" (", maxsplit=1)[0]: k for k, s in enumerate(draft.switches)}
    lines = {key_of(line): line for line in draft.elements("Line") if line["switch"]}
    for name, kind in KINDS.items():
        for control in draft.elements(name):
            target = target_of(draft, control)
            if target not in lines:
                continue
            line = lines[target]
            at = index[f"Switch {line['Name']}"]
            place = _place_of(draft, control, element=line)
            settings = _settings(draft, control, kind=kind, place=place)
            draft.unstated_kinds.discard(draft.switches[at].id)
            draft.switches[at] = replace(
                draft.switches[at],
                kind=kind,
                normal_position=_normal(control),
                control=control_of(_normal(control), place.phases),
                **settings,  # type: ignore[arg-type]
            )
            draft.carried[name] += 1


def target_of(draft: Draft, control: Element) -> str:
    """Key of the element that a control acts on, or of the one that this is part of."""
    named = str(control.get("switchedobj") or control.get("monitoredobj") or "").lower()
    return draft.part_of.get(named, named)


def _place_of(draft: Draft, control: Element, *, element: Element) -> _Place:
    key = target_of(draft, control)
    number = int(control.get("switchedterm") or control.get("monitoredterm") or 1)
    if "buses" in element:
        texts = [str(b) for b in element["buses"]]
    else:
        texts = [str(element["bus1"]), str(element["bus2"])]
    ends = [terminal_of(text, int(element["phases"])) for text in texts]
    near, far = ends[number - 1], ends[2 - number]
    return _Place(element, key, number, near, far, draft.bank_phases.get(key, near.phases))


def _device(draft: Draft, control: Element, *, place: _Place, kind: SwitchKind) -> Switch:
    node = add_terminal(
        draft, place.key, terminal=place.number, bus=place.near.bus, far=place.far.bus
    )
    is_line = "normamps" in place.element
    carried_a = rated_a(place.element) if is_line else CURRENT_A_RATED_DEFAULT
    return Switch(
        id=SwitchId(draft.new_id(_device_name(draft, control, kind=kind), "DEVICE_")),
        name=f"{kind.value.replace('_', ' ').capitalize()} {control['Name']}",
        kind=kind,
        node_a=NodeId(place.near.bus),
        node_b=node,
        normal_position=_normal(control),
        control=control_of(_normal(control), place.phases),
        operating_time_s=OPERATING_TIME_S_CREW,
        current_a_rated=rounded(carried_a * current_share(place.phases)),
        **_settings(draft, control, kind=kind, place=place),  # type: ignore[arg-type]
    )


def _device_name(draft: Draft, control: Element, *, kind: SwitchKind) -> str:
    """A line keeps its name, whatever the device at it is called."""
    name = str(control["Name"])
    lines = {str(line["Name"]).lower() for line in draft.elements("Line")}
    return f"{kind.value}_{name}" if name.lower() in lines else name


def _normal(control: Element) -> Position:
    """Its normal state; a fuse has one per phase and counts as open when all are."""
    normal = control.get("normal") or control.get("state") or "closed"
    states = [normal] if isinstance(normal, str) else list(normal)
    is_open = bool(states) and all(str(s).lower().startswith("o") for s in states)
    return Position.OPEN if is_open else Position.CLOSED


def _settings(
    draft: Draft, control: Element, *, kind: SwitchKind, place: _Place
) -> dict[str, object]:
    """Pick-up, delay and dead times, as far as the control states them in amperes."""
    share = current_share(place.phases)
    name = f"{kind.value} {control['Name']}"
    if kind is SwitchKind.LOAD_BREAK_SWITCH:
        return {}
    if kind is SwitchKind.FUSE:
        fuse_a = float(control["ratedcurrent"])
        if fuse_a == RATED_CURRENT_DEFAULT:
            draft.say(f"The {name} states no rated current: it has no melting current.")
            return {}
        melting_a = fuse_a * _first_multiple(draft, control.get("fusecurve"))
        return {"pickup_current_a": rounded(melting_a * share)}
    if kind is SwitchKind.BREAKER and str(control["type"]).lower() != "current":
        draft.say(f"The {name} is of type {control['type']}: its settings are not carried.")
        return {}
    return _tripping(draft, control, name=name, share=share)


def _tripping(draft: Draft, control: Element, *, name: str, share: float) -> dict[str, object]:
    pickup = float(control["phasetrip"])
    if pickup <= PHASE_TRIP_DEFAULT:
        draft.say(f"The {name} states no phase pick-up in amperes: it has no protection.")
        return {}
    shots = max(int(control["shots"]), 1)
    pauses = tuple(float(s) for s in control["recloseintervals"] or ())[: shots - 1]
    return {
        "pickup_current_a": rounded(pickup * share),
        "trip_delay_s": float(control["delay"]),
        "reclose_delays_s": tuple(s for s in pauses if s > 0)[:RECLOSE_SHOTS_MAX],
    }


def _first_multiple(draft: Draft, curve: object) -> float:
    """Multiple of the rated current at which the curve of a fuse begins."""
    wanted = str(curve or "").lower().rsplit(".", maxsplit=1)[-1]
    for each in draft.elements("TCC_Curve"):
        if str(each["Name"]).lower() == wanted and each.get("c_array"):
            return float(min(each["c_array"]))
    return 1.0


def _tell_of_two(draft: Draft, *, before: Switch, after: Switch) -> None:
    draft.say(f"{before.id} and {after.id} act on one terminal: the grid has {after.id} alone.")


def _tell(draft: Draft) -> None:
    draft.assumptions += [*_protection_sentences(draft), *_unplaced_sentences(draft)]


def _protection_sentences(draft: Draft) -> Iterator[str]:
    fuses = len(list(draft.elements("Fuse")))
    if fuses:
        yield (
            f"{count(fuses, 'fuse')}: pick-up is the rated current times the first multiple of the "
            "curve; the curve itself is lost."
        )
    trips = len(list(draft.elements("Recloser"))) + len(list(draft.elements("Relay")))
    if trips:
        yield (
            f"{trips} reclosers and relays: phase pick-up, delay and dead times are carried; "
            "curves, fast shots, earth-fault and instantaneous settings are lost."
        )


def _unplaced_sentences(draft: Draft) -> Iterator[str]:
    known = {key_of(e) for e in draft.elements("Line")}
    known |= {f"transformer.{e['Name']}".lower() for e in draft.elements("Transformer")}
    lost = [
        f"{name}.{c['Name']}"
        for name in KINDS
        for c in draft.elements(name)
        if target_of(draft, c) not in known
    ]
    if lost:
        yield f"Controls of elements that the grid does not have are left out: {listed(lost)}."
