"""The process that publishes: a place on the first line of standard input, then views."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from gridops.bootstrap.wiring import plugged_in
from gridops.errors import GridOpsError
from gridops.ports import Publisher, PublisherPlace

LINE_BYTES_MAX = 64 * 1024 * 1024


async def serve_views() -> None:
    """Until standard input ends. Raises: GridOpsError, OSError."""
    reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    place = place_of(json.loads(await reader.readline()))
    publisher: Publisher = plugged_in("gridops.publishers", "opcua")
    await publisher(place, _views(reader), ready=_tell)


def place_of(plain: Mapping[str, Any]) -> PublisherPlace:
    file = plain["password_file"]
    return PublisherPlace(
        **{
            **plain,
            "password_file": None if file is None else Path(file),
            "pki_folder": Path(plain["pki_folder"]),
        }
    )


async def _views(reader: asyncio.StreamReader) -> AsyncIterator[Mapping[str, Any]]:
    while line := await reader.readline():
        yield json.loads(line)


def _tell(address: str) -> None:
    sys.stderr.write(f"gridops: published at {address}\n")
    sys.stderr.flush()


def main() -> int:
    try:
        asyncio.run(serve_views())
    except (GridOpsError, OSError) as error:
        sys.stderr.write(f"gridops: publisher: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
