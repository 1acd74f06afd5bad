"""Whether what was booked can have been what a correction says."""

from gridops.events.minutes import MinutesCorrected
from gridops.ids import IncidentId
from gridops.network import Network
from gridops.reasons import Reason, because
from gridops.reliability.corrections import TIMES, named_in, told_over
from gridops.reliability.ledger import Ledger


def why_not(ledger: Ledger, said: MinutesCorrected, *, network: Network) -> Reason | None:
    """Why it cannot have been so; None if it can. Interruptions of one load never overlap, so that
    nobody is without supply twice at once. Changes nothing."""
    if not named_in(said):
        return because("correction-says-nothing")
    match said:
        case MinutesCorrected(incident=str() as incident, interruption=None):
            return _why_not_all(ledger, said, incident=incident)
        case MinutesCorrected(incident=None, interruption=str() as interruption):
            place = ledger.place_of(interruption)
            if place is not None:
                return _why_not_one(ledger, said, place=place, network=network)
        case _:
            pass
    return because("correction-of-what")


def _why_not_all(ledger: Ledger, said: MinutesCorrected, *, incident: IncidentId) -> Reason | None:
    if named_in(said) & TIMES:
        return because("correction-of-incident", incident=incident)
    return None if ledger.of(incident) else because("correction-of-what")


def _why_not_one(
    ledger: Ledger, said: MinutesCorrected, *, place: int, network: Network
) -> Reason | None:
    booked = ledger.booked(place)
    found = told_over(booked, [*ledger.corrections.on(place, booked), said])
    about = str(said.interruption)
    if said.ended is not None and booked.ended is None:
        return because("correction-lasts", interruption=about)
    if found.ended is not None and found.ended < found.began:
        return because("correction-backwards", interruption=about)
    if max(found.began, found.ended or found.began) > said.at:
        return because("correction-ahead", interruption=about)
    before, after = ledger.beside(place)
    is_early = before is not None and (before.ended is None or before.ended > found.began)
    is_late = after is not None and (found.ended is None or after.began < found.ended)
    if is_early or is_late:
        return because("correction-overlaps", interruption=about)
    load = network.loads.get(booked.load)
    most = booked.customers if load is None else max(load.customers, booked.customers)
    if found.customers > most:
        return because("correction-customers", interruption=about, customers=most)
    return None
