"""The only routes that tell something of the grid without a login. Off unless a setting says so."""

from typing import Annotated

from fastapi import Depends, Header, Query, Response
from starlette.exceptions import HTTPException

from gridops.api.problems import declared
from gridops.api.public.document import OutagesShape
from gridops.api.public.page import DATA_ADDRESS, PAGE_ADDRESS, WORDS_LETTERS_MAX, Language
from gridops.api.public.window import PublicWindow
from gridops.api.routes import Routes
from gridops.api.routes_reading import as_json
from gridops.api.service import Address, Here, Now

public = Routes(prefix="", tags=["public"], responses=declared(404, 422))

Words = Annotated[str, Query(max_length=WORDS_LETTERS_MAX)]
Accepted = Annotated[str, Header(alias="Accept-Language", max_length=1_000)]
ROBOTS = f"User-agent: *\nAllow: {PAGE_ADDRESS}\nDisallow: /\n"


def window_of(here: Here, now: Now, *, address: Address) -> PublicWindow:
    """Raises: HTTPException (404) where there is none, TooManyRequests."""
    if here.public is None:
        raise HTTPException(404, "this service has no public page")
    here.public.admit(address, now)
    return here.public


Window = Annotated[PublicWindow, Depends(window_of)]


@public.get(DATA_ADDRESS, response_model=OutagesShape)
async def outages(window: Window, now: Now, *, q: Words = "") -> Response:
    """Outages and planned work by area, with names of IEC 61968-3. `q`: of an area, or of those
    that a feeder or transformer code stands for."""
    return as_json(window.document(q, now))


@public.head(PAGE_ADDRESS, include_in_schema=False)
@public.get(
    PAGE_ADDRESS,
    response_class=Response,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def page(
    window: Window,
    now: Now,
    *,
    q: Words = "",
    lang: Language | None = None,
    accepted: Accepted = "",
) -> Response:
    """The same for people, without script. `lang`, else `Accept-Language`, says the language."""
    language = lang or _language(accepted) or window.language
    headers = {
        "Content-Language": language.value,
        "Vary": "Accept-Language",
        "X-Robots-Tag": "noindex, nofollow",
    }
    html = window.page(language, q, now=now)
    return Response(html, media_type="text/html; charset=utf-8", headers=headers)


@public.get("/robots.txt", include_in_schema=False)
async def robots() -> Response:
    return Response(ROBOTS, media_type="text/plain; charset=utf-8")


def _language(accepted: str) -> Language | None:
    """The first of ours in the browser's own order, which it sends as it prefers them."""
    tags = (part.partition(";")[0].strip().lower() for part in accepted.split(","))
    found = (one for tag in tags for one in Language if tag.partition("-")[0] == one.value)
    return next(found, None)
