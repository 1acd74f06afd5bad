"""Form: the plan speaks of this grid and is a plan at all. Invariants 23, 36."""

from collections.abc import Iterator, Mapping

from gridops.guard.case import Case, Findings
from gridops.guard.proposal import GuardViolation, Knowledge, Move, Proposal
from gridops.ids import LoadId, SectionId
from gridops.network import Network
from gridops.powerflow import LoadPower, LoadPowers
from gridops.reasons import Param, because

MOVES_MAX = 100


def same_grid(proposal: Proposal, knowledge: Knowledge, *, network: Network) -> Findings:
    """23: plan, knowledge and guard mean the same version of the grid."""
    known = knowledge.network
    same = known.components == network.components
    ours, theirs = knowledge.grid_fingerprint, proposal.grid_fingerprint
    if not same or (ours and theirs and ours != theirs):
        yield _broken("23", None, known.name, "guard-other-grid")
    else:
        yield None


def everything_exists(proposal: Proposal, knowledge: Knowledge, *, network: Network) -> Findings:
    """36: every device and section that the plan or the knowledge names is in the grid."""
    switches = [*(m.switch for m in proposal.moves), *proposal.fence]
    switches += sorted(s for permit in knowledge.permits for s in permit.isolated_by)
    named = (
        proposal.fault_zone,
        proposal.interrupts,
        proposal.sheds,
        knowledge.forbidden,
        knowledge.allowed_dark,
    )
    worked_on = (permit.sections for permit in knowledge.permits)
    sections = sorted(frozenset[SectionId]().union(*named, *worked_on))
    missing: list[str] = [s for s in switches if s not in network.switches]
    missing += [s for s in sections if s not in network.sections]
    missing += _unknown_loads(knowledge.loads, network)
    for element in missing:
        yield _broken("36", None, element, "guard-no-such-element", element=element)
    if not missing:
        yield None


def _unknown_loads(loads: Mapping[LoadId, LoadPower], network: Network) -> list[LoadId]:
    """Loads as arrays are of their grid by construction."""
    if isinstance(loads, LoadPowers) and loads.arrays is network.arrays:
        return []
    return [load for load in loads if load not in network.loads]


def well_formed(case: Case) -> Findings:
    """36: bounded, in order, open or closed only, and no device moves twice without a reason."""
    moves = case.proposal.moves
    if len(moves) > MOVES_MAX:
        yield _broken("36", None, "", "guard-too-long", value=len(moves), limit=MOVES_MAX)
    yield from _order(case.proposal)
    for k, move in enumerate(moves):
        words = ("36", move.number, move.switch, "guard-device-twice")
        again = any(m.switch == move.switch for m in moves[:k])
        needless = again and not _takes_over(moves[:k], move)
        yield _broken(*words, switch=move.switch) if needless else None


def _takes_over(before: tuple[Move, ...], move: Move) -> bool:
    """The one reason to move a device twice: it parted something for the time being, and
    closes again after an opening elsewhere took its place (a crew came later)."""
    own = [k for k, m in enumerate(before) if m.switch == move.switch]
    if len(own) != 1 or not move.closes:
        return False
    (first,) = own
    return not before[first].closes and any(not m.closes for m in before[first + 1 :])


def _order(proposal: Proposal) -> Iterator[GuardViolation | None]:
    last = 0
    for move in proposal.moves:
        if move.number <= last or not move.position.is_definite:
            yield _broken("36", move.number, move.switch, "guard-step-order")
        last = move.number
    yield None


def no_empty_step(case: Case) -> Findings:
    """36: each step of a plan changes something. Not asked of a step that is being executed:
    a device that somebody moved meanwhile makes the step needless, not dangerous."""
    for stage in case.stages if not case.executing else ():
        move = stage.move
        is_there = not stage.before.is_unknown(move.switch) and (
            stage.before.last_passed(move.switch) == move.closes
        )
        position = "closed" if move.closes else "open"
        yield (
            stage.broken(
                "36", "guard-empty-step", move.switch, switch=move.switch, position=position
            )
            if is_there
            else None
        )


def _broken(
    invariant: str, step: int | None, element: str, code: str, /, **params: Param
) -> GuardViolation:
    return GuardViolation(
        invariant=invariant, step=step, element=element, why=because(code, **params)
    )
