"""Devices one by one: tags, positions, telemetry, modes, ids."""

from collections.abc import Iterator

from gridops.events.operator import Mode
from gridops.ids import FeederId, SectionId, SwitchId
from gridops.incident.findings import Finding, Taking, blocks, warns
from gridops.measurement import Position, Reading
from gridops.network import Signal
from gridops.network.succession import goes_on, points_of
from gridops.state import LiveState, energise

SAME_GRID_SHARE = 0.1
"""A version in which fewer of the switches go on is no version of this grid."""
WORDS = {Position.OPEN: "open", Position.CLOSED: "closed"}


def device_findings(taking: Taking) -> Iterator[Finding]:
    yield from _another_grid(taking)
    yield from _tags(taking)
    yield from _persons_at_devices(taking)
    yield from _load_shedding(taking)
    yield from _permits(taking)
    yield from _modes(taking)
    yield from _feeder_modes(taking)
    yield from _positions(taking)
    yield from _telemetry(taking)
    yield from _normal_positions(taking)
    for reused in taking.changes.reused:
        yield warns(
            "id-reused",
            reused.ident,
            message=(
                f"{reused.ident} was one of the {reused.old_table} and is one of the "
                f"{reused.new_table}: what is known of the one does not hold for the other"
            ),
            remedy="give the new element an id of its own, if it is not meant so",
        )


def _another_grid(taking: Taking) -> Iterator[Finding]:
    """A slip in the name of a folder must not look like a version."""
    known = taking.old.switches
    kept = sum(goes_on(switch, taking.old, new=taking.new) for switch in known)
    if kept < SAME_GRID_SHARE * len(known):
        yield blocks(
            "another-grid",
            taking.new.name,
            message=(
                f"{kept} of {len(known)} switches of {taking.old.name} go on in "
                f"{taking.new.name}: it is another grid"
            ),
            remedy="name the right folder; another grid begins a journal of its own",
        )


def _tags(taking: Taking) -> Iterator[Finding]:
    for tag in taking.state.tags.values():
        was, now = taking.old.switches.get(tag.switch), taking.new.switches.get(tag.switch)
        stays = goes_on(tag.switch, taking.old, new=taking.new)
        says = f"{tag.switch} carries tag {tag.id} ({tag.kind.value}, {tag.by})"
        if now is None:
            yield blocks(
                "tag-without-switch",
                tag.switch,
                message=f"{says} and vanishes{taking.perhaps('switches', tag.switch)}",
                remedy="take the tag off first",
            )
        elif not stays or (was is not None and was.kind is not now.kind):
            yield blocks(
                "tag-on-other-device",
                tag.switch,
                message=f"{says} and becomes another device: other ends, or another kind",
                remedy="take the tag off first",
            )


def _persons_at_devices(taking: Taking) -> Iterator[Finding]:
    """Local control that is on must not be forgotten: somebody stands there."""
    for switch, local in taking.state.local.items():
        if local.value is Reading.YES and switch not in taking.then.local:
            yield blocks(
                "local-control-lost",
                switch,
                message=f"{switch} is under local control, and nothing would say so any more",
                remedy="wait until it is under remote control again, or keep its point",
            )


def _load_shedding(taking: Taking) -> Iterator[Finding]:
    """What holds the whole system off does not end by a change of files."""
    for switch in taking.state.modes.shedding:
        if switch not in taking.then.modes.shedding:
            yield blocks(
                "load-shed-lost",
                switch,
                message=f"load shedding is on by {switch}, and nothing would say so any more",
                remedy="wait until it is over, or keep its point",
            )


def _permits(taking: Taking) -> Iterator[Finding]:
    """Who works somewhere must stay protected there."""
    for ident, permit in taking.state.work.permits.items():
        sections = [s for s in permit.sections if s not in taking.new.sections]
        points = [s for s in permit.isolated_by if not goes_on(s, taking.old, new=taking.new)]
        for element in (*sections, *points):
            yield blocks(
                "permit-lost",
                element,
                message=f"{element} vanishes, or becomes another, under permit {ident}",
                remedy="have the permit returned first",
            )


def _modes(taking: Taking) -> Iterator[Finding]:
    """Nobody is handled more freely than before by a change of files. Who has no supply now is
    handled on the feeder that supplies them normally."""
    was, now = _feeders(taking.state), _feeders(taking.then)
    told: set[tuple[str, str]] = set()
    order = list(Mode)
    for load in taking.new.loads.values():
        former = taking.old.loads.get(load.id, load)
        before = was.get(taking.old.section_of_node.get(former.node, SectionId("")))
        after = now.get(taking.new.section_of_node[load.node])
        if before is None or after is None or (before, after) in told:
            continue
        mode_before = taking.state.modes.lasting(before)
        mode_after = taking.then.modes.lasting(after)
        if order.index(mode_after) > order.index(mode_before):
            told.add((before, after))
            yield blocks(
                "mode-loosened",
                after,
                message=(
                    f"loads of feeder {before}, mode {mode_before}, would be handled on "
                    f"feeder {after} in mode {mode_after} (the first: {load.id})"
                ),
                remedy=f"set the mode of {before} and of its successor alike first",
            )


def _feeders(state: LiveState) -> dict[SectionId, FeederId | None]:
    normally = energise(state.network, state.network.normally_closed).feeder_of
    return {**normally, **state.energisation.feeder_of}


def _feeder_modes(taking: Taking) -> Iterator[Finding]:
    for feeder, stated in taking.state.modes.feeders.items():
        if feeder not in taking.new.heads:
            yield warns(
                "feeder-mode-lost",
                feeder,
                message=f"feeder {feeder} has a mode of its own ({stated.mode.value}) and vanishes",
                remedy="set the mode of the feeder that takes its place",
            )


def _positions(taking: Taking) -> Iterator[Finding]:
    for switch, was in taking.old.switches.items():
        now = taking.new.switches.get(switch)
        stands = _stands(taking.state, switch)
        if now is None:
            if stands is not None and stands is not was.normal_position:
                yield warns(
                    "position-lost",
                    switch,
                    message=(
                        f"{switch} is {WORDS[stands]}, off its normal position, and vanishes"
                        f"{taking.perhaps('switches', switch)}"
                    ),
                    remedy="make sure that it is out of the field as well",
                )
        elif not goes_on(switch, taking.old, new=taking.new):
            yield warns(
                "position-forgotten",
                switch,
                message=f"{switch} joins other nodes: where it stands is unknown afterwards",
                remedy=_until_known(taking.then, switch),
            )
        elif was.kind is not now.kind:
            yield warns(
                "kind-changed",
                switch,
                message=f"{switch} was a {was.kind} and is a {now.kind}; its position is kept",
                remedy="give the new device an id of its own, if it is not the same place",
            )


def _stands(state: LiveState, switch: SwitchId) -> Position | None:
    """None if it is not known well."""
    return None if state.is_unknown(switch) else state.positions[switch].value


def _until_known(then: LiveState, switch: SwitchId) -> str:
    if switch in then.link_of:
        return "it is read when its link is up"
    return "report where it stands"


def _telemetry(taking: Taking) -> Iterator[Finding]:
    was, now = points_of(taking.old), points_of(taking.new)
    lost: dict[str, list[Signal]] = {}
    for element, signal in was:
        here = element in taking.new.switches or element in taking.new.nodes
        if here and (element, signal) not in now:
            lost.setdefault(element, []).append(signal)
    for element, signals in lost.items():
        if Signal.POSITION in signals:
            yield warns(
                "telemetry-lost",
                element,
                message=f"{element} loses its position point: unknown until somebody reports it",
                remedy="report where it stands, or keep the point",
            )
        others = [s.value for s in signals if s is not Signal.POSITION]
        if others:
            yield warns(
                "points-lost",
                element,
                message=f"{element} loses points: {', '.join(others)}",
                remedy="keep them, if the device still has them",
            )


def _normal_positions(taking: Taking) -> Iterator[Finding]:
    for each in taking.changes.normal_positions:
        stands = _stands(taking.then, each.switch)
        if stands is not None and stands is not each.new:
            yield warns(
                "off-new-normal",
                each.switch,
                message=(
                    f"{each.switch} is {WORDS[stands]} and stays so; its normal position "
                    f"becomes {WORDS[each.new]}"
                ),
                remedy="switch it, or report that it was switched",
            )
