"""Reads many points, in as many calls as the server's limits ask for."""

from collections.abc import Sequence

from asyncua import ua

from gridops.network import Point
from opcua_bridge.limits import LinkLimits
from opcua_bridge.link.calls import in_chunks
from opcua_bridge.session.session import Session, read_request
from opcua_bridge.wire.messages import Room, decode_read
from opcua_bridge.wire.values import Sample


async def read_points(
    session: Session, points: Sequence[Point], *, room: Room, limits: LinkLimits
) -> list[Sample]:
    """One sample per point, in order. Raises: WireFlaw, and what the session raises."""

    async def read(chunk: Sequence[Point]) -> list[Sample]:
        request = read_request([session.namespaces.sought(p.node_id) for p in chunk])
        values = decode_read(bytes(await session.answer_to(request)), room)
        if len(values) != len(chunk):
            raise ua.UaError(f"the server answered {len(values)} of {len(chunk)} operations")
        return values.samples()

    size, at_a_time = session.operations_per_call, limits.calls_in_flight
    parts = await in_chunks(points, read, size=size, at_a_time=at_a_time)
    return [sample for part in parts for sample in part]
