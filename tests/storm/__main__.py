"""`python -m tests.storm --kills 200 --backend postgresql --seed 1`: kills, told as JSON.

Exit code 1 when something acknowledged was lost, a command was doubled, a replay differed, a
service was not ready within 3 s (`--ready-s`, of the clock on the wall) after its start, or too
few commands were under way for all that to be told.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from random import Random

from gridops.ids import LinkId
from opcua_bridge import serve_virtual_field
from tests.storm.room_process import town
from tests.storm.storm import CLOCK, CountingField, Storm, Summary


async def storm(url: str, folder: Path, *, kills: int, seed: int) -> Summary:
    dice, field = Random(seed), CountingField(town())
    async with serve_virtual_field(field, CLOCK) as rtus:
        raging = Storm(url, folder, endpoint=rtus.endpoints[LinkId("rtu")], field=field)
        for number in range(1, kills + 1):
            await raging.round(dice)
            sys.stderr.write(f"kill {number}: {json.dumps(raging.summary.to_plain())}\n")
        return raging.summary


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--backend", choices=["sqlite", "postgresql"], default="sqlite")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--ready-s", type=float, default=3.0)
    said = asked.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridops-storm-")))
        url = f"sqlite:///{folder / 'night.sqlite'}"
        if said.backend == "postgresql":
            from tests.postgres_setting import cluster  # noqa: PLC0415 (its driver is an extra)

            url = stack.enter_context(cluster()).database()
        summary = asyncio.run(storm(url, folder, kills=said.kills, seed=said.seed))
    sys.stdout.write(json.dumps(summary.to_plain(), indent=2) + "\n")
    late = [s for s in summary.ready_s if s > said.ready_s]
    return 1 if summary.wrong or summary.untried or late else 0


if __name__ == "__main__":
    sys.exit(main())
