"""Sources that must not meet. Invariants 09 to 12.

Synchronism is never proven here, so two sources never meet. Two feeds of one busbar are in step
by construction: a switch that is declared for it may join them until the very next step
(`rings.may_make_ring`).
"""

from gridops.guard.case import Case, Findings
from gridops.guard.rings import may_make_ring, turned_by
from gridops.guard.world import could_be_live


def one_infeed(case: Case) -> Findings:
    """09: what a closing joins hangs on one busbar with a source at most, unknowns closed.

    Several sources of one section are parallel by construction and count once.
    """
    for stage in case.closings:
        switch = stage.move.switch
        infeeds = stage.part_after.infeeds
        yield (
            stage.broken("09", "guard-two-infeeds", switch, switch=switch, section=infeeds[0])
            if len(infeeds) > 1
            else None
        )


def stays_radial(case: Case) -> Findings:
    """10: what a closing joins has no loop, unknowns closed; two ways to one busbar are one.

    A ring that is declared and opened again at once is none.
    """
    for stage in case.closings:
        switch = stage.move.switch
        yield (
            stage.broken("10", "guard-loop", switch, switch=switch)
            if stage.part_after.has_loop and not may_make_ring(case, stage)
            else None
        )


def one_side_dead(case: Case) -> Findings:
    """11: before a closing, one of its sides is certainly without supply, or both surely hang on
    one busbar and the ring is declared."""
    for stage in case.closings:
        switch = stage.move.switch
        # The device itself must not count as the way from one side to the other.
        without = stage.before.without(switch)
        both = all(could_be_live(without, end) for end in stage.ends)
        wrong = both and not may_make_ring(case, stage)
        yield (
            stage.broken("11", "guard-both-sides-live", switch, switch=switch) if wrong else None
        )


def levels_match(case: Case) -> Findings:
    """12: both sides of a closing device have the same nominal voltage."""
    for stage in case.closings:
        device = case.network.switches[stage.move.switch]
        one = case.network.nodes[device.node_a].voltage_v_nominal
        other = case.network.nodes[device.node_b].voltage_v_nominal
        yield (
            stage.broken(
                "12", "guard-voltage-levels", device.id, switch=device.id, value=one, limit=other
            )
            if one != other
            else None
        )


def sides_are_in_step(case: Case) -> Findings:
    """12: the transformers around a ring turn its two ends by the same angle."""
    for stage in case.closings:
        if not stage.part_after.has_loop:
            continue
        switch, hours = stage.move.switch, turned_by(case, stage)
        yield (
            stage.broken("12", "guard-vector-groups", switch, switch=switch, value=30 * hours)
            if hours
            else None
        )


def phasing_is_verified(case: Case) -> Findings:
    """12: nothing is closed on to a section whose phase order nobody has checked since repair."""
    for stage in case.closings if case.knowledge.phasing_unverified else ():
        switch = stage.move.switch
        unsure = sorted(case.knowledge.phasing_unverified.intersection(stage.part_after.sections))
        for section in unsure:
            yield stage.broken(
                "12", "guard-phasing-unverified", section, section=section, switch=switch
            )
        if not unsure:
            yield None
