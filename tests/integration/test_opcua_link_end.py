"""A link that nobody runs any more is not good, and takes no command."""

import asyncio
from dataclasses import replace

import pytest
from command_setting import CountingField, order
from opcua_setting import CLOCK, COMMANDING, Listener, ring

from gridops.errors import CommandRefused
from gridops.events import LinkRestored
from gridops.ids import SwitchId
from gridops.measurement import Position
from opcua_bridge import DEFAULT_LIMITS, open_field_link, serve_virtual_field

BEGIN_S = 60.0
"""To load everything the first time, on a machine that is busy otherwise."""


@pytest.mark.parametrize("workers", [False, True])
async def test_after_the_end_of_a_run_nothing_is_good_until_another_has_read_all(
    *, workers: bool
) -> None:
    grid = ring()
    field = CountingField(grid)
    async with serve_virtual_field(field, CLOCK) as rtus:
        link = open_field_link(
            grid,
            dict(rtus.endpoints),
            clock=CLOCK,
            limits=replace(DEFAULT_LIMITS, workers=workers),
            commanding=COMMANDING,
        )
        for epoch in (1, 2):
            heard = Listener()
            running = asyncio.create_task(link.run(heard.deliver))
            await heard.restored(epoch=epoch, within_s=BEGIN_S)
            assert isinstance(heard.facts[0], LinkRestored), "nothing before it"
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert not link.health()[0].connected
            with pytest.raises(CommandRefused, match="is down; nothing was sent"):
                await link.operate(order(SwitchId("s1"), Position.OPEN))
        assert not field.orders
