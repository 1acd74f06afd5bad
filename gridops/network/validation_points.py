"""Signals: does each point fit its element, does each element have the points it needs."""

from collections.abc import Iterator, Mapping

from gridops.errors.severity import Severity
from gridops.network.components import ORDERS, Control, IndicatorKind, Point, Signal, Switch
from gridops.network.flaws import Gaps, GridFlaw, Place, gathered
from gridops.network.network import Components
from gridops.network.validation_addresses import address_flaws, address_suspicions
from gridops.network.validation_orders import order_flaws
from gridops.network.validation_values import value_flaws


def points_flaws(components: Components, gaps: Gaps) -> Iterator[GridFlaw]:
    switches: Mapping[str, Switch] = {switch.id: switch for switch in components.switches}
    nodes = {str(node.id) for node in components.nodes}
    links = {link.id for link in components.links}
    for index, point in enumerate(components.points):
        if point.link not in links and not gaps.has("links", point.link):
            what = f"point {point.id} names link {point.link!r}, which links.csv does not list"
            yield _at(index, point).error(
                "dangling-point", what, remedy="add the link or mend the name"
            )
        fits_node = point.signal is Signal.VOLTAGE
        known = nodes if fits_node else switches.keys()
        if point.element in known or gaps.has("nodes" if fits_node else "switches", point.element):
            if point.element in switches and not fits_node:
                yield from _misfits(index, point, switch=switches[point.element])
        elif point.element in nodes or point.element in switches:
            wanted = "a node" if fits_node else "a switch"
            what = (
                f"point {point.id} carries {point.signal} of {point.element}, which is not {wanted}"
            )
            yield _at(index, point).error(
                "point-signal-misfit", what, remedy="mend element or signal"
            )
        else:
            what = f"point {point.id} names element {point.element!r}, which no file lists"
            yield _at(index, point).error("dangling-point", what, remedy="mend the element")
    yield from order_flaws(components, gaps)
    yield from value_flaws(components)
    yield from address_flaws(components)
    yield from _duplicates(components)
    yield from _switches_without_points(components, gaps)


def _at(index: int, point: Point) -> Place:
    return Place("points", index, (point.id, point.element))


def _misfits(index: int, point: Point, *, switch: Switch) -> Iterator[GridFlaw]:
    if point.signal in ORDERS and switch.control is not Control.REMOTE:
        what = f"point {point.id} commands {switch.id}, whose control is {switch.control}"
        remedy = "set control to remote, or remove the point"
        yield _at(index, point).error("command-not-remote", what, remedy=remedy)
    if point.signal.startswith("fault_flag") and switch.indicator is IndicatorKind.NONE:
        what = f"point {point.id} carries an indicator that {switch.id} does not have"
        yield _at(index, point).error(
            "point-signal-misfit", what, remedy="name the indicator at the switch"
        )
    if point.signal is Signal.FAULT_FLAG_REVERSE and (
        switch.indicator is IndicatorKind.NON_DIRECTIONAL
    ):
        what = f"point {point.id} tells a direction that the indicator of {switch.id} does not see"
        yield _at(index, point).error(
            "point-signal-misfit", what, remedy="set indicator to directional, or remove the point"
        )
    if point.signal is Signal.PROTECTION and not switch.protects:
        what = f"point {point.id} carries protection that {switch.id} does not have"
        yield _at(index, point).error(
            "point-signal-misfit", what, remedy="give the switch a pick-up current"
        )
    if point.signal is Signal.LOCKOUT and not switch.lockout_point:
        what = f"point {point.id} carries the lockout of {switch.id}, which is said to report none"
        yield _at(index, point).error(
            "point-signal-misfit", what, remedy="set lockout_point to yes"
        )


def _duplicates(components: Components) -> Iterator[GridFlaw]:
    points = components.points
    if len({(p.element, p.signal) for p in points}) == len(points):
        return
    signals: dict[tuple[str, str], str] = {}
    for index, point in enumerate(points):
        signal = (point.element, str(point.signal))
        if signal in signals:
            what = f"point {point.id} carries the same signal as point {signals[signal]}"
            yield _at(index, point).error(
                "duplicate-point-signal", what, remedy="keep one of the two"
            )
        signals.setdefault(signal, point.id)


def _switches_without_points(components: Components, gaps: Gaps) -> Iterator[GridFlaw]:
    if gaps.ids.get("points") or "points" in gaps.tables:
        return
    if not components.points and not components.links:
        yield GridFlaw(
            code="no-telemetry",
            severity=Severity.WARNING,
            table="points",
            message="the grid has no points: it can be studied, not operated",
            remedy="add links.csv and points.csv",
        )
        return
    has = {(point.element, point.signal) for point in components.points}
    for index, switch in enumerate(components.switches):
        for code, signal, is_needed, is_error in _needs(switch):
            if is_needed and (str(switch.id), signal) not in has:
                yield GridFlaw(
                    code=code,
                    severity=Severity.ERROR if is_error else Severity.WARNING,
                    table="switches",
                    index=index,
                    ids=(switch.id,),
                    message=f"switch {switch.id} has no {signal} point",
                    remedy="add it to points.csv, or mend the switch",
                )


def _needs(switch: Switch) -> Iterator[tuple[str, Signal, bool, bool]]:
    """(code, signal, whether the switch needs it, whether its lack is an error)."""
    is_remote = switch.control is Control.REMOTE
    yield "remote-without-position", Signal.POSITION, is_remote, True
    yield "remote-without-command", Signal.COMMAND, is_remote, True
    has_indicator = switch.indicator is not IndicatorKind.NONE
    yield "indicator-without-point", Signal.FAULT_FLAG, has_indicator, False
    yield "lockout-without-point", Signal.LOCKOUT, switch.lockout_point, True


def point_suspicions(components: Components) -> Iterator[GridFlaw]:
    """Links that bring nothing, addresses that are none."""
    used = {point.link for point in components.points}
    yield from gathered(
        "link-without-points",
        [
            Place("links", index, (link.id,))
            for index, link in enumerate(components.links)
            if link.id not in used
        ],
        message="links without points",
        remedy="add their points, or remove them",
    )
    yield from address_suspicions(components)
