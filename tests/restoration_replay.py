"""A plan walked step by step in the terms of the slow planner, each state solved anew."""

from gridops.ids import SwitchId
from tests.restoration_reference import Course, DeadPart, nothing_done


def replayed(part: DeadPart, moves: tuple[SwitchId, ...]) -> Course | str:
    """What the movements cost, or which of them no course behind this fence may have."""
    opened = len(part.zone.to_open)
    if not moves:
        return nothing_done(part.situation)
    if set(moves[:opened]) != set(part.zone.to_open):
        return "does not begin with the fence"
    number = {way.switch: k for k, way in enumerate(part.ways)}
    moved, label = 0, part.start()
    for switch in moves[opened:]:
        supplied = part.supplied(moved)
        assert supplied is not None
        k = number.get(switch)
        if k is None or k not in part.next_moves(moved, supplied):
            return f"{switch} may not move"
        moved |= 1 << k
        after = part.supplied(moved)
        if after is None:
            return f"{switch} leaves no trees, or feeds what must stay dark"
        lost = supplied.keys() - after.keys()
        if lost and not part.may_drop(lost):
            return f"{switch} drops who may not be dropped"
        if not all(part.holds(moved, d) for d in {d for _, d in supplied.items() ^ after.items()}):
            return f"{switch} leaves a state that breaks a limit"
        label = part.moved(label, k, supplied=supplied, after=after)
    supplied = part.supplied(moved)
    assert supplied is not None
    return "leaves dark whom it dropped" if label.lost else part.ended(label, supplied)
