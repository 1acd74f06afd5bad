"""Starts the process that is killed as `gridops serve` starts one: loads it all in one go.

python -m tests.storm.start_room JOURNAL_URL ENDPOINT PORT USERS_FILE
"""

import asyncio
import sys

from gridops.adapters.collector import collector_paused

with collector_paused():
    from tests.storm.room_process import main

if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
