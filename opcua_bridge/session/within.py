"""A bound on what is asked of a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """`asyncio.timeout` that holds around calls of the library as well.

    On Python 3.11 the library waits by `wait_for2`, which raises a *kind of* CancelledError when
    the answer and the end of the time fall together. `asyncio.timeout` of that Python takes
    only CancelledError itself for its own doing: the cancellation would pass on to whoever
    waits, and end a link for ever, or a command without an outcome.

    Raises: TimeoutError.
    """
    async with asyncio.timeout(seconds):
        try:
            yield
        except asyncio.CancelledError as both:
            if type(both) is asyncio.CancelledError:
                raise
            raise asyncio.CancelledError(*both.args) from None
