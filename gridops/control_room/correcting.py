"""What people and meters say of minutes that are booked."""

from gridops.events import Event, MetersReported, MinutesCorrected
from gridops.ids import FeederId
from gridops.incident import Desk
from gridops.measurement import Quality, Reading
from gridops.outage import is_incomplete
from gridops.reasons import Reason
from gridops.reliability import Ledger, why_not


def hear(ledger: Ledger, event: Event) -> None:
    """After what the fact took from anybody, or gave back, is booked. Meters of one phase tell
    nothing of the others."""
    match event:
        case MinutesCorrected():
            ledger.correct(event)
        case MetersReported(has_voltage=Reading.NO, quality=Quality.GOOD):
            if not is_incomplete(event.phases):
                ledger.witness(
                    event.load,
                    began=event.source_time,
                    at=event.at,
                    meters=event.meters,
                    ids=event.meter_ids,
                )
        case MetersReported(has_voltage=Reading.YES, quality=Quality.GOOD):
            ledger.has_voltage(event.load, since=event.source_time)
        case _:
            pass


def why_not_corrected(ledger: Ledger, event: Event, *, desk: Desk) -> Reason | None:
    """Why minutes cannot be corrected so, or not by whoever wants to; None if they can. They are
    the ledger's, whichever incident they were of and however long it is over."""
    if not isinstance(event, MinutesCorrected):
        return None
    may_not = None
    if desk.settings.entitled_only:
        may_not = desk.entitled.why_not(event, _feeders(ledger, event))
    return may_not or why_not(ledger, event, network=desk.network)


def _feeders(ledger: Ledger, said: MinutesCorrected) -> frozenset[FeederId | None]:
    """Of what it is about, before the loss; None among them where nobody knows."""
    place = None if said.interruption is None else ledger.place_of(said.interruption)
    told = [] if said.incident is None else ledger.of(said.incident)
    told += [] if place is None else [ledger.at(place)]
    return frozenset(one.feeder for one in told)
