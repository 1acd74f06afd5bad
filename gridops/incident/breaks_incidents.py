"""Open incidents, their plans and commands: what they rest on must be the same afterwards."""

from collections.abc import Iterable, Iterator

from gridops.ids import SectionId, SwitchId
from gridops.incident.findings import Finding, Taking, blocks, warns
from gridops.incident.model import Incident, Phase
from gridops.network import Network
from gridops.network.changes_topology import members
from gridops.sheets import SheetState

WAIT = "close the incident first, or keep this as it is until then"


def incident_findings(taking: Taking) -> Iterator[Finding]:
    yield from _commands(taking)
    yield from _sheets(taking)
    for incident in taking.running.incidents:
        yield from _under_way(incident)
        yield from _sections(taking, incident)
        yield from _switches(taking, incident)
        yield from _feeders(taking, incident)


def _commands(taking: Taking) -> Iterator[Finding]:
    for command, sent in taking.state.outcomes.open.items():
        yield blocks(
            "command-open",
            sent.switch,
            message=f"command {command} to {sent.switch} has no outcome yet",
            remedy="wait for it; after a crash start once on the present version",
        )


def _sheets(taking: Taking) -> Iterator[Finding]:
    """Those that were written by hand; a released plan is its incident's. A draft is judged anew
    on the new version, and what was approved has to be approved again. Where a crew may still be
    at work after a stop, it is the same switch afterwards, whoever wrote the sheet."""
    for sheet in taking.running.sheets:
        left = (step.switch for step in sheet.crews_in_doubt)
        for switch, what in _others(taking, (s for s in left if s is not None)):
            yield blocks(
                "sheet-switch",
                switch,
                message=f"{switch}, where a crew of sheet {sheet.number} may be at work, {what}",
                remedy="ask the crew, and report the step done or not done",
            )
        if not sheet.by_hand or not sheet.is_active:
            continue
        if sheet.state is SheetState.EXECUTING:
            yield blocks(
                "sheet-under-way",
                sheet.id,
                message=f"sheet {sheet.number} is being carried out",
                remedy="let it end, or stop it",
            )
        for switch, what in _others(taking, sheet.switches):
            yield blocks(
                "sheet-switch",
                switch,
                message=f"{switch}, which approved sheet {sheet.number} moves, {what}",
                remedy="withdraw the sheet, or write it anew on the new version",
            )


def _others(taking: Taking, switches: Iterable[SwitchId]) -> Iterator[tuple[SwitchId, str]]:
    """Those that are not the same switch afterwards, and in which way."""
    essential = taking.changes.essential("switches")
    for switch in switches:
        if switch not in taking.new.switches:
            yield switch, "vanishes"
        elif switch in essential:
            yield switch, "differs"


def _under_way(incident: Incident) -> Iterator[Finding]:
    proposed = incident.proposed
    if incident.phase is Phase.EXECUTING or incident.in_flight is not None:
        yield blocks(
            "plan-under-way",
            incident.id,
            message=f"a plan of incident {incident.id} is being carried out",
            remedy="let it end, or halt it",
        )
    elif incident.phase is Phase.PROPOSED and proposed is not None:
        yield warns(
            "proposal-void",
            incident.id,
            message=f"plan {proposed.id} was made on the present version and will be void",
            remedy="a new one is worked out on the new version",
        )


def _sections(taking: Taking, incident: Incident) -> Iterator[Finding]:
    concerned = incident.zone | incident.suspected | incident.off_limits
    if incident.location is not None:
        concerned |= {suspect.section for suspect in incident.location.suspects}
    if incident.proposed is not None:
        concerned |= incident.proposed.answer.plan.suspected
    for section in taking.old.sections:
        if section not in concerned:
            continue
        for what in _differences(taking, section):
            yield blocks(
                "incident-section",
                section,
                message=f"section {section} of open incident {incident.id} is another: {what}",
                remedy=WAIT,
            )


def _differences(taking: Taking, section: SectionId) -> Iterator[str]:
    """What is not the same of a section, paper aside."""
    if section not in taking.new.sections:
        yield "it is not in the new version under this id"
        return
    was, now = _members(taking.old, section), _members(taking.new, section)
    for table, idents in was.items():
        for ident in sorted(idents - now[table]):
            yield f"{table} lose {ident}"
        for ident in sorted(now[table] - idents):
            yield f"{table} gain {ident}"
    for table, idents in {**was, "transformers": was["branches"]}.items():
        for ident in sorted(idents & taking.changes.essential(table)):
            yield f"{ident} differs in {table}"


def _members(network: Network, section: SectionId) -> dict[str, frozenset[str]]:
    """Table -> the elements of the section."""
    found = members(network.sections[section])
    shunts = (s.id for s in network.components.shunts if s.node in found["nodes"])
    return {**found, "shunts": frozenset(shunts)}


def _switches(taking: Taking, incident: Incident) -> Iterator[Finding]:
    for switch, what in _others(taking, _leaned_on(incident)):
        yield blocks(
            "incident-switch",
            switch,
            message=f"{switch}, which open incident {incident.id} rests on, {what}",
            remedy=WAIT,
        )


def _leaned_on(incident: Incident) -> dict[SwitchId, None]:
    """Its devices, its fence, the switches of its plan and those that failed."""
    plan = incident.proposed.answer.plan if incident.proposed else None
    steps = (step.switch for step in plan.steps) if plan else ()
    fence = plan.fence if plan else ()
    return dict.fromkeys(
        [
            *incident.devices,
            *sorted(incident.pending),
            *fence,
            *steps,
            *sorted(incident.unavailable),
        ]
    )


def _feeders(taking: Taking, incident: Incident) -> Iterator[Finding]:
    for feeder in incident.feeders:
        if taking.new.heads.get(feeder) != taking.old.heads[feeder]:
            yield blocks(
                "incident-feeder",
                feeder,
                message=f"feeder {feeder} of open incident {incident.id} loses its head",
                remedy=WAIT,
            )
