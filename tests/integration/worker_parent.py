"""A control room with one worker, to be killed from outside: prints their processes."""

import asyncio
import contextlib
import os

from opcua_setting import CLOCK, field_on, listening, ring
from test_opcua_workers import LIMITS, children_of, workers

from opcua_bridge import serve_virtual_field


async def main() -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        listening(grid, dict(rtus.endpoints), limits=LIMITS) as (_, heard),
    ):
        await heard.restored(epoch=1, within_s=60.0)
        (worker,) = workers()
        (zygote,) = [c for c in children_of(os.getpid()) if worker in children_of(c)]
        print(zygote, worker, flush=True)  # noqa: T201 (read by the test)
        await asyncio.sleep(120)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
