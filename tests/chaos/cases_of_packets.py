"""What can happen to packets. The kernels at both ends do what kernels do; needs root and nft."""

import asyncio
from functools import partial

from tests.chaos.arena import Arena
from tests.chaos.case import case, lasting
from tests.chaos.packets import Packets


def _wire(arena: Arena) -> Packets:
    assert arena.packets is not None, "this case needs a wire of its own"
    return arena.packets


async def packets_lost(arena: Arena, *, share: float, seconds: float) -> None:
    """Packets are lost by lot, both ways."""
    _wire(arena).lose(share)
    await asyncio.sleep(seconds)
    _wire(arena).heal()


for percent, seconds in ((1, 5), (10, 5), (30, 5), (30, 60)):
    lasting(
        f"packets_lost_{percent}_percent_{seconds}_s",
        partial(packets_lost, share=percent / 100, seconds=seconds),
        needs_packets=True,
        is_long=seconds > 6,
    )


async def packets_dropped(arena: Arena, *, seconds: float) -> None:
    """No packet gets through, nobody is told."""
    _wire(arena).drop()
    await asyncio.sleep(seconds)
    _wire(arena).heal()


for seconds in (3, 6, 15, 60):
    lasting(
        f"packets_dropped_{seconds}_s",
        partial(packets_dropped, seconds=seconds),
        needs_packets=True,
        is_long=seconds > 6,
    )


@case(needs_packets=True)
async def packets_to_the_server_dropped(arena: Arena) -> None:
    """Half-open: it speaks, and never hears us or our acknowledgements."""
    _wire(arena).drop("input")
    await asyncio.sleep(4.0)
    _wire(arena).heal()


@case(needs_packets=True)
async def packets_to_the_link_dropped(arena: Arena) -> None:
    """Half-open the other way."""
    _wire(arena).drop("output")
    await asyncio.sleep(4.0)
    _wire(arena).heal()


@case(needs_packets=True)
async def server_killed_behind_a_dead_path(arena: Arena) -> None:
    """kill -9 while nothing gets through: no FIN, no RST ever comes."""
    _wire(arena).drop()
    arena.process.kill()
    await asyncio.sleep(1.0)
    await arena.revive()
    await asyncio.sleep(2.0)
    _wire(arena).heal()


@case(needs_packets=True)
async def firewall_rejects(arena: Arena) -> None:
    """A firewall answers with resets for two seconds."""
    _wire(arena).reject()
    await asyncio.sleep(2.0)
    _wire(arena).heal()


@case(needs_packets=True)
async def wire_flaps(arena: Arena) -> None:
    """Dead for half a second, alive for half a second, ten times."""
    for _ in range(10):
        _wire(arena).drop()
        await asyncio.sleep(0.5)
        _wire(arena).heal()
        await asyncio.sleep(0.5)


@case(needs_packets=True)
async def command_behind_a_dead_path(arena: Arena) -> None:
    """A command is given 0 to 0.5 s before nothing gets through any more."""
    given = asyncio.create_task(arena.command("b1"))
    await asyncio.sleep(0.5 * arena.dice.random())
    _wire(arena).drop()
    await asyncio.sleep(5.0)
    _wire(arena).heal()
    await given
