"""One question, one answer: the same code for live operation, studies, training, replay."""

from gridops.response.answer import (
    Aim,
    Answer,
    Engines,
    Question,
    answer,
    knowledge_of,
    proposal_of,
    situation_of,
    with_outlook,
)
from gridops.response.prefault import FeederLoads

__all__ = [
    "Aim",
    "Answer",
    "Engines",
    "FeederLoads",
    "Question",
    "answer",
    "knowledge_of",
    "proposal_of",
    "situation_of",
    "with_outlook",
]
