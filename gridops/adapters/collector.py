"""Building a grid, or loading modules, makes many objects and no garbage: looking for some
takes up to a third of the time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pauses the search for cyclic garbage; afterwards it is on again if it was before, and what
    was made meanwhile counts as old: the first search of all would be for it alone."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if gc.get_freeze_count() == 0:
                gc.freeze()
                gc.unfreeze()  # into the oldest generation
            gc.enable()


@contextmanager
def collector_spares_what_is_there() -> Iterator[None]:
    """Objects that exist now are never looked through for cyclic garbage: a grid stays, and each
    look at a million objects would hold up everything else for a third of a second. Whatever
    nothing refers to is still freed at once; cycles that are garbage already stay until the end."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
