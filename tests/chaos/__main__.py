"""Randomised faults on real sockets: `python -m tests.chaos --rounds 1000 --stack node`.

Every round is one fault of the catalogue on one field that is being operated meanwhile. After it
the picture must be the field's truth within 5 s of the path's return, every change told or inside
a marked gap, nothing old shown as good, no command doubled or late. Exit code 1 if one was not.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

from tests.chaos.packets import can_filter_packets
from tests.chaos.rounds import CASES, Case, Lane, Round, Summary, chosen, drawn
from tests.interop.node_peer import PeerFailed

TRIES = 3


def tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


async def counted(plays: Lane, case: Case, *, stack: str, seed: int) -> Round:
    """A task group takes what is cancelled for the end of a lane, and its round for none. A server
    that falls over by itself says nothing of ours: the round is played again."""
    try:
        for _ in range(TRIES - 1):
            try:
                return await plays.play(case, seed=seed)
            except PeerFailed as failed:
                tell(f"{case.name}, seed {seed}, again: {failed}")
        return await plays.play(case, seed=seed)
    except PeerFailed as failed:
        return Round(case.name, stack, seed, None, 0.0, 0, {}, (f"{TRIES} times: {failed}",))
    except asyncio.CancelledError as ended:
        if (task := asyncio.current_task()) is None or task.cancelling():
            raise
        tell("".join(traceback.format_exception(ended)))
        why = "it was cancelled, and by nobody of us"
        return Round(case.name, stack, seed, None, 0.0, 0, {}, (why,))


async def run(asked: argparse.Namespace, stack: str, summary: Summary) -> None:
    why_not = can_filter_packets()
    if why_not:
        tell(f"without the cases of packets: {why_not}")
    cases = chosen(stack, is_long=asked.long, with_packets=not why_not, only=asked.only)
    if not cases:
        raise SystemExit(f"no case is called {asked.only!r}; --list names them")
    rounds = drawn(Random(asked.seed), cases, asked.rounds or len(cases))
    waiting = iter(rounds)

    async def lane(pki: Path) -> None:
        async with Lane(stack, pki) as plays:
            for case, seed in waiting:
                began = time.monotonic()
                one = await counted(plays, case, stack=stack, seed=seed)
                summary.rounds.append(one)
                if asked.verbose or not one.passed:
                    number_s = f"{len(summary.rounds):5} {time.monotonic() - began:5.0f} s"
                    tell(f"{number_s} {one}")

    with tempfile.TemporaryDirectory() as folder:
        async with asyncio.TaskGroup() as group:
            for number in range(asked.lanes):
                pki = Path(folder) / str(number)
                pki.mkdir()
                group.create_task(lane(pki))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=0, help="0: every case once")
    parser.add_argument("--stack", choices=("asyncua", "node", "both"), default="both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=1, help="fields side by side")
    parser.add_argument("--long", action="store_true", help="also the cases of 15 and 60 s")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--json", type=Path, help="the summary goes to this file")
    parser.add_argument("--list", action="store_true", help="name the cases and end")
    parser.add_argument("--verbose", action="store_true", help="a line per round")
    asked = parser.parse_args()
    if asked.list:
        for each in CASES.values():
            sys.stdout.write(f"{each.name:<50} {each.summary}\n")
        return 0
    summary = Summary()
    for stack in ("asyncua", "node") if asked.stack == "both" else (asked.stack,):
        asyncio.run(run(asked, stack, summary))
    plain = summary.plain()
    figures = {key: value for key, value in plain.items() if key != "each"}
    sys.stdout.write(f"{summary.table()}\n{json.dumps(figures)}\n")
    if asked.json:
        asked.json.write_text(json.dumps(plain, indent=1), encoding="utf-8")
    return 1 if plain["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
