"""The way between a browser and the service, which may freeze or lag while the page stays open."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from random import Random
from threading import Thread

from tests.chaos.bad_path import SOUND, BadPath, Habits


class Line:
    """Its path lives in a loop of its own: playwright's stands still while a test looks away."""

    def __init__(self, path: BadPath, loop: asyncio.AbstractEventLoop) -> None:
        self._path, self._loop = path, loop
        self.address = f"http://127.0.0.1:{path.endpoint.rsplit(':', 1)[1]}/"

    def freeze(self) -> None:
        """No byte gets through, and neither end is told."""
        self._loop.call_soon_threadsafe(self._path.freeze)

    def behave(self, habits: Habits) -> None:
        self._loop.call_soon_threadsafe(self._path.behave, habits)

    def heal(self) -> None:
        self.behave(SOUND)
        self._loop.call_soon_threadsafe(self._path.thaw)


@contextmanager
def line_to(address: str) -> Iterator[Line]:
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    path = BadPath(int(address.rstrip("/").rsplit(":", 1)[1]), Random(0))

    def done(what: Callable[[], Coroutine[object, object, None]]) -> None:
        asyncio.run_coroutine_threadsafe(what(), loop).result()

    async def leave() -> None:
        await path.__aexit__(None, None, None)

    try:
        done(path.listen)
        yield Line(path, loop)
    finally:
        done(leave)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
