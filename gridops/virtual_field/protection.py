"""Relays, reclosing and fuses.

Every relay that sees fault current picks up at once and trips after its `trip_delay_s`; the
first to trip ends the current for the rest, which reset. On equal delay the one nearest to
the fault trips. Any fault current is above every pick-up, but for faults that are said not to
trip anything, and that from generators: its size decides nothing.
"""

from dataclasses import dataclass
from functools import partial

from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network import Signal, Switch, SwitchKind
from gridops.virtual_field.agenda import Appointment
from gridops.virtual_field.plant import Plant
from gridops.virtual_field.vocabulary import Misbehaviour


@dataclass(slots=True)
class Relay:
    switch: Switch
    picked_up: bool = False
    """What the point says: from pick-up until the current ends; after a trip of its own until
    the switch is closed again without fault current."""
    tripped: bool = False
    shots: int = 0
    blocked: bool = False
    """No reclosing: closed on order a moment ago."""
    trip: Appointment | None = None
    """Stands while the relay sees fault current, also when it has run."""
    reclose: Appointment | None = None
    reclaim: Appointment | None = None


class Protection:
    """Trips, recloses and locks out whatever `Switch.protects`."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._relays = {
            switch.id: Relay(switch)
            for switch in plant.network.switches.values()
            if switch.protects and switch.kind is not SwitchKind.FUSE
        }
        plant.watchers.append(self._watch)

    def prepare_operation(self, switch: SwitchId, position: Position) -> None:
        """An order or a hand is about to move the switch: reclosing ends, and a closing
        resets the lockout and counts as trial (a trip after it is final). Closing what is
        closed is no closing."""
        relay = self._relays.get(switch)
        closing = position is Position.CLOSED
        if relay is None or (closing and self._plant.is_closed(switch)):
            return
        _cancel(relay.reclose)
        _cancel(relay.reclaim)
        relay.reclose = relay.reclaim = None
        if closing:
            relay.shots, relay.blocked, relay.tripped = 0, True, False
            self._say(relay, Signal.LOCKOUT, value=False)

    def _watch(self) -> None:
        seen = self._plant.fault_current
        for ident, relay in self._relays.items():
            if ident in seen:
                self._see(relay, seen[ident])
            else:
                self._rest(relay)

    def _see(self, relay: Relay, distance: int) -> None:
        _cancel(relay.reclaim)
        relay.reclaim = None
        if relay.trip is not None:
            return
        relay.trip = self._plant.agenda.after(
            relay.switch.trip_delay_s, partial(self._trip, relay), rank=1 + distance
        )
        if not relay.picked_up:
            relay.picked_up = True
            self._say(relay, Signal.PROTECTION, value=True)

    def _rest(self, relay: Relay) -> None:
        _cancel(relay.trip)
        relay.trip = None
        closed = self._plant.is_closed(relay.switch.id)
        if relay.picked_up and (closed or not relay.tripped):
            relay.picked_up = False
            self._say(relay, Signal.PROTECTION, value=False)
        if closed and (relay.shots or relay.blocked) and relay.reclaim is None:
            relay.reclaim = self._plant.agenda.after(
                self._plant.settings.reclaim_s, partial(self._reclaim, relay)
            )

    def _trip(self, relay: Relay) -> None:
        relay.tripped = True
        if not self._plant.move(relay.switch.id, Position.OPEN):
            return  # stuck: the next relay towards the source has to do it
        delays = relay.switch.reclose_delays_s
        if relay.blocked or relay.shots >= len(delays):
            self._lock_out(relay)
            return
        relay.reclose = self._plant.agenda.after(delays[relay.shots], partial(self._reclose, relay))
        relay.shots += 1

    def _reclose(self, relay: Relay) -> None:
        relay.reclose = None
        if not self._plant.move(relay.switch.id, Position.CLOSED):
            self._lock_out(relay)

    def _reclaim(self, relay: Relay) -> None:
        relay.reclaim = None
        relay.shots, relay.blocked, relay.tripped = 0, False, False

    def _lock_out(self, relay: Relay) -> None:
        silent = self._plant.does(relay.switch.id, Misbehaviour.NO_LOCKOUT_SIGNAL)
        if relay.switch.lockout_point and not silent:
            self._say(relay, Signal.LOCKOUT, value=True)

    def _say(self, relay: Relay, signal: Signal, *, value: bool) -> None:
        points = self._plant.points
        before = points.reads(relay.switch.id, signal)
        if before is None or before.value is not value:
            points.report(relay.switch.id, signal, value=value, at=self._plant.agenda.now)


def _cancel(appointment: Appointment | None) -> None:
    if appointment is not None:
        appointment.cancel()
