"""An open incident is carried over to another version of the grid."""

from gridops.ids import LoadId
from gridops.incident.model import Incident
from gridops.network import Network, SwitchSet
from gridops.network.succession import goes_on
from gridops.powerflow import LoadPower


def carry(incident: Incident, network: Network) -> None:
    """Brings what the incident remembers of the time before the fault on to `network`.

    The zone, what is suspected, the fence and the switches of the plan are the same in both
    versions: `breaks` has seen to that before anything was taken in. What is elsewhere is
    taken for what it would have been: a new switch at its normal position, a load that is new
    or draws otherwise as the files state it.
    """
    was = incident.network
    incident.network = network
    incident.closed_before = _closed_before(incident, was, network=network)
    incident.loads = _loads(incident, was, network=network)
    _carry_heard(incident, was, network=network)
    left_out = incident.unavailable.items()
    incident.unavailable = {s: why for s, why in left_out if s in network.switches}
    incident.moved = {s for s in incident.moved if s in network.switches}
    incident.pending = {s for s in incident.pending if s in network.switches}


def _carry_heard(incident: Incident, was: Network, *, network: Network) -> None:
    """Of devices that go on, loads and places that the new version has."""
    heard = incident.heard
    stays = {s for s in was.switches if goes_on(s, was, new=network)}
    heard.flags = {s: said for s, said in heard.flags.items() if s in stays}
    heard.part_flags = {k: said for k, said in heard.part_flags.items() if k[0] in stays}
    heard.voltage_losses = {k: said for k, said in heard.voltage_losses.items() if k[0] in stays}
    heard.fault_currents_a = {s: a for s, a in heard.fault_currents_a.items() if s in stays}
    heard.meters = {load: t for load, t in heard.meters.items() if load in network.loads}
    heard.calls = {load: n for load, n in heard.calls.items() if load in network.loads}
    heard.patrolled = {
        place: found
        for place, found in heard.patrolled.items()
        if place in network.branches or place in network.sections or place in network.nodes
    }
    incident.trying.clear()


def _closed_before(incident: Incident, was: Network, *, network: Network) -> SwitchSet:
    return network.switch_set(
        switch.id
        for switch in network.switches.values()
        if (
            switch.id in incident.closed_before
            if goes_on(switch.id, was, new=network)
            else switch.is_normally_closed
        )
    )


def _loads(incident: Incident, was: Network, *, network: Network) -> dict[LoadId, LoadPower]:
    found = {}
    for load in network.loads.values():
        before = was.loads.get(load.id)
        known = incident.loads.get(load.id)
        same = before and (before.p_w, before.q_var) == (load.p_w, load.q_var)
        found[load.id] = known if known and same else LoadPower(load.p_w, load.q_var)
    return found
