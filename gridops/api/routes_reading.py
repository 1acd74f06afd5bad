"""Everything that only reads."""

from collections.abc import AsyncIterable

from fastapi import APIRouter
from fastapi.sse import EventSourceResponse, ServerSentEvent

from gridops.api.grid_view import feeders_view, grid_view
from gridops.api.service import Here, Now, Reader
from gridops.api.words import Plain
from gridops.errors import UnknownId

reading = APIRouter(tags=["reading"])


@reading.get("/grid")
async def grid(here: Here, _: Reader) -> Plain:
    """The grid as the diagram needs it; constant while the service runs."""
    return grid_view(here.room.network, here.room.installation.grid_fingerprint)


@reading.get("/view")
async def view(here: Here, _: Reader) -> Plain:
    """Everything a screen shows, of this moment."""
    return here.feed.view()


@reading.get("/events", response_class=EventSourceResponse)
async def events(here: Here, _: Reader) -> AsyncIterable[ServerSentEvent]:
    """`view` first, then `change` and `beat`. The id is the journal's sequence.

    A reader that comes back is given the whole view again, whatever its Last-Event-ID: state
    is small, and nothing can then be missing.
    """
    async for message in here.feed.messages():
        yield ServerSentEvent(
            event=message.event, data=message.data, id=str(message.sequence), retry=1_000
        )


@reading.get("/feeders")
async def feeders(here: Here, _: Reader) -> list[Plain]:
    live = here.feed.view()["feeders"]
    return [{**feeder, **live[feeder["id"]]} for feeder in feeders_view(here.room.network)]


@reading.get("/switches")
async def switches(here: Here, _: Reader) -> Plain:
    found: Plain = here.feed.view()["switches"]
    return found


@reading.get("/sections")
async def sections(here: Here, _: Reader) -> Plain:
    found: Plain = here.feed.view()["sections"]
    return found


@reading.get("/incidents")
async def incidents(here: Here, _: Reader) -> Plain:
    found: Plain = here.feed.view()["incidents"]
    return found


@reading.get("/incidents/{incident}")
async def one_incident(incident: str, here: Here, _: Reader) -> Plain:
    found = here.feed.view()["incidents"]
    if incident not in found:
        raise UnknownId("incident", incident, list(found)[-3:])
    card: Plain = found[incident]
    return card


@reading.get("/tags")
async def tags(here: Here, _: Reader) -> list[Plain]:
    live = here.feed.view()["switches"]
    return [{**tag, "switch": switch} for switch, s in live.items() for tag in s["tags"]]


@reading.get("/indices")
async def indices(here: Here, now: Now, _: Reader) -> Plain:
    """SAIDI, SAIFI, CAIDI, MAIFI of today, with the interruptions behind them."""
    return here.room.books.indices(now)
