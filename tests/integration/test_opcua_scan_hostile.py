"""A demand scan is asked for by the control room: nothing that a server answers may end that."""

from opcua_setting import CLOCK, RTU, BadNetwork, eventually, field_on, listening, ring

from gridops.events import LinkLost, LinkRestored
from gridops.ids import SwitchId
from opcua_bridge import serve_virtual_field

READ_ANSWER = bytes.fromhex("01007a02")
"""The NodeId by which a ReadResponse begins."""
NO_NODE_ID = bytes.fromhex("07007a02")
"""There are six encodings of a NodeId (Part 6, 5.2.2.9), and this is none."""


async def test_an_answer_of_no_known_type_ends_the_session_and_not_who_asked() -> None:
    grid = ring()
    async with (
        serve_virtual_field(field_on(grid), CLOCK) as rtus,
        BadNetwork(rtus.endpoints[RTU]) as net,
        listening(grid, {RTU: net.endpoint}) as (link, heard),
    ):
        await heard.restored(epoch=1)
        net.garbles = (READ_ANSWER, NO_NODE_ID)
        await link.scan([SwitchId("s1")])
        await eventually(lambda: len(heard.all(LinkLost)) == 1)
        net.garbles = (b"", b"")
        await eventually(lambda: len(heard.all(LinkRestored)) == 2, 15.0)
