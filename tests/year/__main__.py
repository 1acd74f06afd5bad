"""`python -m tests.year --feeders 700 --seed 1`: a year of a city played, judged and asked about,
told as JSON.

Exit code 1 when the ledger and the field differ in anything, the journal read again gives another
ledger, or a question about the year takes a second or more. `--folder` keeps the journal.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from gridops.bootstrap.replaying import replay_journal
from gridops.reliability import table_of
from tests.year.asking import asked
from tests.year.drawn import Climate
from tests.year.playing import Played, city_of, play_year

ANSWERED_WITHIN_S = 1.0
TOLD_MAX = 20
"""Of the loads that differ."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.year", description=__doc__)
    parser.add_argument("--feeders", type=int, default=700)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=365.0)
    parser.add_argument("--folder", type=Path)
    said = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridops-year-") as scratch:
        folder = said.folder or Path(scratch)
        network = city_of(said.feeders, seed=1)
        began = time.process_time()
        year = play_year(
            network,
            folder,
            seed=said.seed,
            climate=Climate(),
            span=timedelta(days=said.days),
        )
        played_s = time.process_time() - began
        is_same = _again(year, folder)
    facts = year.room.books.ledger.interruptions
    answers = list(asked(table_of(facts), network.customers))
    told = {**_told(year), "played_cpu_s": played_s, "replays_alike": is_same}
    told["answers_s"] = {f"{rules}, {what}": s for rules, what, s in answers}
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    is_late = any(s >= ANSWERED_WITHIN_S for _, _, s in answers)
    return 1 if year.balance.different or not is_same or is_late else 0


def _again(year: Played, folder: Path) -> bool:
    room = replay_journal(f"sqlite:///{folder}/journal.sqlite").room
    return room.books.ledger.interruptions == year.room.books.ledger.interruptions


def _told(year: Played) -> dict[str, Any]:
    incidents = year.room.desk.incidents.values()
    found = year.balance
    return {
        "feeders": len(year.network.arrays.feeders.ids),
        "customers": year.network.customers,
        "happenings": Counter(type(one).__name__ for one in year.happenings),
        "work_called_off": year.called_off,
        "incidents": Counter(incident.cause.value for incident in incidents),
        "journal_entries": year.room.sequence,
        "interruptions": len(year.room.books.ledger.interruptions),
        "loads_interrupted": found.loads,
        "true_customer_min": found.true_customer_s / 60.0,
        "booked_customer_min": found.booked_customer_s / 60.0,
        "loads_that_differ": len(found.different),
        "differences": [str(one) for one in found.different[:TOLD_MAX]],
    }


if __name__ == "__main__":
    sys.exit(main())
