"""The public page of one running service, as the settings want it."""

from datetime import timedelta

from gridops.api.limits import Limits
from gridops.api.public.document import AreaKind
from gridops.api.public.outages import Rules
from gridops.api.public.page import Language, Letterhead
from gridops.api.public.window import PublicWindow
from gridops.api.service import Service
from gridops.settings import PublicSettings


def public_window(service: Service, settings: PublicSettings) -> PublicWindow | None:
    """None: there is to be none."""
    if not settings.enabled:
        return None
    return PublicWindow(
        room=service.room,
        is_current=lambda: not service.blind(),
        rules=Rules(
            customers_min=settings.customers_min,
            restored_shown=timedelta(seconds=settings.restored_shown_s),
        ),
        head=Letterhead(
            name=settings.name, contact=settings.contact, zone=service.room.installation.zone
        ),
        area_kind=AreaKind(settings.area_kind),
        language=Language(service.language),
        refresh=timedelta(seconds=settings.refresh_s),
        per_address=Limits(settings.requests_of_address_per_minute_max),
        in_all=Limits(settings.requests_per_minute_max),
    )
