"""Who was without supply when, by the physics of the field alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gridops.ids import LoadId, SectionId
from gridops.measurement import Position
from gridops.virtual_field import OrderAnswer, VirtualField
from gridops.virtual_field.vocabulary import PointValue

Span = tuple[datetime, datetime | None]
"""None: still."""


@dataclass(slots=True)
class Truth:
    """Of each load the times without supply, in order and apart."""

    of: dict[LoadId, list[Span]] = field(default_factory=dict)

    def lost(self, load: LoadId, at: datetime) -> None:
        spans = self.of.setdefault(load, [])
        if spans and spans[-1][1] == at:
            spans[-1] = (spans[-1][0], None)
        else:
            spans.append((at, None))

    def back(self, load: LoadId, at: datetime) -> None:
        began, _ = self.of[load].pop()
        if began != at:
            self.of[load].append((began, at))


class WitnessedField(VirtualField):
    """Writes down each change of supply, at the instant at which contacts moved."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.truth = Truth()
        self._dark_before = self.dark

    def advance(self, to: datetime) -> list[PointValue]:
        told = super().advance(to)
        self._look()
        return told

    def order(self, switch: Any, position: Position, *, at: datetime) -> OrderAnswer:
        answer = super().order(switch, position, at=at)
        self._look()
        return answer

    def _look(self) -> None:
        dark, before = self.dark, self._dark_before
        if dark is before:
            return
        self._dark_before = dark
        loads: Mapping[SectionId, Any] = self.network.loads_of_section
        for section in before - dark:
            for load in loads[section]:
                self.truth.back(load.id, self.now)
        for section in dark - before:
            for load in loads[section]:
                self.truth.lost(load.id, self.now)
