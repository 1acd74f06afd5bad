"""What people stopped while the journal was silent."""

from dataclasses import dataclass, field

from gridops.commands import Operate
from gridops.events import IncidentHalted, SheetStopped

Stop = IncidentHalted | SheetStopped


@dataclass(slots=True)
class Stops:
    """A stop must always work. While nothing can be written nothing is sent either, so that one
    holds at once; it is kept here to be written before anything goes on. Bounded by the incidents
    and sheets that can be stopped."""

    held: dict[tuple[type[Stop], str], Stop] = field(default_factory=dict)

    def hold(self, event: Stop) -> None:
        """The first word counts, with its time."""
        self.held.setdefault((type(event), _what(event)), event)

    def bar(self, intent: Operate) -> bool:
        """Whether the command belongs to what somebody stopped."""
        return (IncidentHalted, intent.incident) in self.held or (
            (SheetStopped, intent.sheet) in self.held
        )


def _what(event: Stop) -> str:
    return event.incident if isinstance(event, IncidentHalted) else event.sheet
