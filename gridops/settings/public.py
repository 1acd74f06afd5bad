"""What everybody may know of outages, without a login."""

from typing import Literal

from pydantic import Field

from gridops.settings.section import Section


class PublicSettings(Section):
    """A page at `/public` for whoever is without supply, and the same as data. docs/public.md
    says what stands there and what never does."""

    enabled: bool = False
    """Whether there is one. It is at the address of the console: put a caching proxy in front that
    lets nothing through but `/public`, `/paper/public.css`, `/robots.txt` and
    `/api/v1/public/outages`."""
    name: str = Field(default="", max_length=200)
    """Of the utility, as it stands above the page."""
    contact: str = Field(default="", max_length=200)
    """Telephone or address for whoever is without supply."""
    customers_min: int = Field(default=10, ge=5, le=1_000)
    """Counts are rounded down to multiples of this, and none below is told; an area with fewer
    customers is not named."""
    area_kind: Literal[
        "borough", "county", "parish", "serviceArea", "state", "township", "ward", "zipcode"
    ] = "ward"
    """What the areas of the grid files are, in the words of IEC 61968-3."""
    restored_shown_s: float = Field(default=7_200.0, ge=0, le=86_400)
    """How long an outage that is over still stands there."""
    refresh_s: float = Field(default=10.0, ge=1, le=300)
    """What is shown is at most so old; a proxy may keep it for 10 s more."""
    requests_of_address_per_minute_max: int = Field(default=60, ge=5)
    """Of one address; further ones get 429."""
    requests_per_minute_max: int = Field(default=3_000, ge=10)
    """Of all addresses together, so that a rush leaves the control room alone."""
