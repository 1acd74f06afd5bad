"""Device by device: what it said, and what that means for the best explanation."""

from gridops.ids import SwitchId
from gridops.measurement import Reading
from gridops.outage.hypotheses import Case, Hypothesis
from gridops.outage.sensor_model import Listener, Statement
from gridops.outage.types import Evidence, Role
from gridops.reasons import because


def explain(case: Case, best: Hypothesis, *, listener: Listener) -> tuple[Evidence, ...]:
    """The tripped devices, then every device behind them in the order of the path, then
    open switches at the dark area that flagged although no current can have passed them."""
    tripped = [
        Evidence(
            device=device,
            reading=Reading.YES,
            role=Role.SUPPORTS if device in best.path else Role.AGAINST,
            why=because("device-tripped", device=device),
        )
        for device in case.tripped
    ]
    at_tripped = [listener.indicator(device) for device in case.nearest]
    heard = [said for said in at_tripped if said.reading is not Reading.NOT_FITTED]
    inner = [_evidence(case, s, on_path=s.device in best.path) for s in (*heard, *case.statements)]
    beside = [
        _evidence(case, s, on_path=False)
        for s in map(listener.indicator, _openings(case))
        if s.is_yes
    ]
    return (*tripped, *inner, *beside)


def _openings(case: Case) -> list[SwitchId]:
    """Switches at the candidates that feed none of them: ties and open ends, in grid order."""
    network, candidates = case.network, frozenset(case.candidates)
    feeding = {*case.inner, *case.tripped}
    return [
        switch
        for switch, ends in network.section_ends.items()
        if switch not in feeding and any(end in candidates for end in ends)
    ]


def _evidence(case: Case, said: Statement, *, on_path: bool) -> Evidence:
    """A device whose word does not count still shows what it said, with the reason."""
    device = said.device
    if said.ignored is not None:
        return Evidence(device=device, reading=said.reading, role=Role.IGNORED, why=said.ignored)
    if device in case.rings:
        why = because("closed-ring", device=device)
        return Evidence(device=device, reading=said.reading, role=Role.IGNORED, why=why)
    return Evidence(
        device=device,
        reading=said.reading,
        role=Role.SUPPORTS if said.is_yes is on_path else Role.AGAINST,
        why=because(_code(said, on_path), device=device),
    )


def _code(said: Statement, on_path: bool) -> str:
    if said.is_trip:
        return "failed-to-trip" if on_path else "did-not-trip"
    if said.is_yes:
        return "saw-fault-current" if on_path else "flag-without-path"
    return "silent-on-path" if on_path else "saw-no-fault-current"
