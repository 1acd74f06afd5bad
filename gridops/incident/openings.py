"""What a finding of the detection means for the incidents: begun, joined, merged, or answered."""

from dataclasses import dataclass

from gridops.commands import Intent
from gridops.events import Event, SwitchMoved
from gridops.incident.execution import stop
from gridops.incident.handling import concluded, joined
from gridops.incident.model import Incident, Phase
from gridops.incident.planning import refresh_soon
from gridops.incident.register import Before, Register
from gridops.incident.situation import Situation
from gridops.incident.trials import answered_by
from gridops.outage import OperationBegan, OperationConcluded
from gridops.reasons import because

SWITCHED = (Phase.EXECUTING, Phase.RESTORED)


@dataclass(frozen=True, slots=True)
class Openings:
    """The desk's register, with what the incidents do about what comes into it."""

    here: Situation
    register: Register

    def hear(
        self, fact: OperationBegan | OperationConcluded, event: Event, *, before: Before
    ) -> list[Intent]:
        match fact:
            case OperationBegan():
                return self._began(fact, event, before=before)
            case OperationConcluded():
                incident = self.register.concluded(fact, before)
                intents = concluded(self.here, incident, fact=fact)
                return intents + self._merged(incident, event)

    def opened_again(self, event: SwitchMoved) -> list[Intent]:
        """A reclosing shot later than the first may bring two incidents together."""
        incident = self.register.heard_opening(event)
        return [] if incident is None else self._merged(incident, event)

    def _began(self, fact: OperationBegan, event: Event, *, before: Before) -> list[Intent]:
        answered = answered_by(self.here, fact, before=before.traced, at=event.at)
        intents: list[Intent] = []
        for other in answered.others:
            intents += self._surprised(other, fact, event=event)
        if answered.same is not None:
            return intents + self._tripped_again(answered.same, fact, event=event)
        known = set(self.register.open)
        incident = self.register.began(fact, event.at, before=before)
        for trial in answered.trials:
            incident.heard.tried(trial)
        if incident.id in known:
            intents += joined(self.here, incident, at=event.at)
        return intents + self._merged(incident, event)

    def _merged(self, incident: Incident, event: Event) -> list[Intent]:
        intents: list[Intent] = []
        for merger in self.register.merge(incident, event.at):
            intents += joined(self.here, merger.kept, at=event.at)
        return intents

    def _tripped_again(
        self, incident: Incident, fact: OperationBegan, *, event: Event
    ) -> list[Intent]:
        """Nobody lost supply but whom a closing had just given it: the same fault, or a second
        one in the same zone. No new incident; its suspected set has grown."""
        incident.pending.add(fact.device)
        incident.tripped_again.add(fact.device)
        return self._surprised(incident, fact, event=event)

    def _surprised(self, incident: Incident, fact: OperationBegan, *, event: Event) -> list[Intent]:
        why = because("stopped-protection", device=fact.device)
        if incident.phase in SWITCHED:
            return stop(self.here, incident, at=event.at, why=why)
        incident.again = incident.again or incident.question is not None
        return refresh_soon(self.here, incident, at=event.at)
