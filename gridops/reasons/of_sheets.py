"""What happened to a switching sheet, and why an act on one is refused."""

from collections.abc import Mapping
from types import MappingProxyType

SHEETS: Mapping[str, str] = MappingProxyType(
    {
        "sheet-drawn": "drawn up by {user}",
        "sheet-edited": "written anew by {user}: revision {revision}",
        "sheet-approved": "approved by {user}",
        "sheet-started": "started by {user}",
        "sheet-withdrawn": "withdrawn by {user}",
        "sheet-completed": "every step is done",
        "sheet-act-refused": "what {user} wanted was refused: {whys}",
        "crew-instructed": "step {step}: {user} told {receiver} to carry it out",
        "step-reported": "step {step} is reported done",
        "step-said": "step {step}: {user} says: {said}",
        "step-turned-back": "step {step}: the crew turned back, {user} says: {why}",
        "step-not-done": "step {step} was not done, {user} says: {why}",
        "sheet-began": "{user} started sheet {sheet} by hand",
        "sheet-done": "sheet {sheet} is done",
        "no-such-sheet": "there is no sheet {sheet}",
        "no-such-incident": "incident {incident} is not open",
        "sheet-exists": "another sheet was drawn up meanwhile under {sheet}",
        "not-after-that": "sheet {sheet} was not stopped: nothing goes on from it",
        "wrong-state": "that cannot be done with a sheet in state {state}",
        "stale-revision": "somebody has written it anew meanwhile: revision {revision}",
        "superseded": "that is not what is there now",
        "own-sheet": "{user} wrote it: another person has to approve it",
        "needs-person": "two people are two logins: a program is none of them",
        "ground-changed": "the grid is not what it was when the sheet was approved",
        "sheet-vetoed": "the guard forbids it by rule {invariant}",
        "not-its-turn": "step {step} is not the next one",
        "not-for-a-crew": "step {step} is commanded from here, nobody is told to go there",
        "instructed-already": "the crew was told to carry out step {step} already",
        "nobody-instructed": "nobody was told to carry out step {step}",
    }
)
