"""Commands while something is wrong. That none is doubled or late is judged after every case."""

import asyncio

from gridops.measurement import Position
from tests.chaos.arena import DEADLINE_S, Arena
from tests.chaos.bad_path import SOUND, Habits, Way
from tests.chaos.case import case

_COMMAND_NODE = b"b1.command"


@case()
async def command_frozen_on_its_way(arena: Arena) -> None:
    """The path freezes when the bytes of the command are on it, and heals after the deadline."""
    arena.path.wanted = _COMMAND_NODE
    outcome = await arena.command("b1")
    arena.path.wanted = b""
    if outcome == "confirmed":
        arena.complaints.append("a command that never arrived is confirmed")
    await asyncio.sleep(0.5)
    arena.path.thaw()


@case()
async def command_into_a_frozen_server(arena: Arena) -> None:
    """The process is stopped right before the command reaches its socket, and goes on late.

    The bytes are in the device then, and no reset of the connection takes them back: it moves
    when it goes on. The link cannot hinder that; it must call the outcome unknown.
    """
    arena.is_frozen_field = True
    arena.path.wanted, arena.path.on_wanted = _COMMAND_NODE, arena.freeze_server
    await arena.command("b1")
    arena.path.wanted, arena.path.on_wanted = b"", arena.path.freeze
    await asyncio.sleep(0.5)
    arena.thaw_server()
    await asyncio.sleep(1.0)


@case()
async def answer_frozen_on_its_way(arena: Arena) -> None:
    """The command arrives, its answer does not."""
    given = asyncio.create_task(arena.command("b1"))
    if await arena.until(lambda: any(a.switch == "b1" for a in arena.field.arrivals[-1:]), 2.0):
        arena.path.freeze(Way.DOWN)
    await given
    await asyncio.sleep(0.5)
    arena.path.thaw()


@case()
async def command_while_the_server_dies(arena: Arena) -> None:
    """kill -9 within the quarter of a second in which a command is carried out."""
    given = asyncio.create_task(arena.command("b1"))
    await asyncio.sleep(0.25 * arena.dice.random())
    arena.process.kill()
    await given
    await arena.revive()


@case()
async def command_while_the_server_freezes(arena: Arena) -> None:
    """The process is stopped within the command, and goes on after the deadline."""
    given = asyncio.create_task(arena.command("b1"))
    await asyncio.sleep(0.15 * arena.dice.random())
    arena.freeze_server()
    await asyncio.sleep(DEADLINE_S + 1.0)
    arena.thaw_server()
    await given


@case()
async def commands_on_a_flapping_path(arena: Arena) -> None:
    """Commands one after the other while the path is reset again and again."""
    for _ in range(6):
        given = asyncio.create_task(arena.command("b1"))
        await asyncio.sleep(0.3 * arena.dice.random())
        arena.path.reset_all()
        await given


@case()
async def commands_on_a_slow_path(arena: Arena) -> None:
    """Each piece is 0.6 s late: identity, read and write take longer than the deadline."""
    arena.path.behave(Habits(delay_s=0.6))
    await arena.command("b1")
    await arena.command("b1")
    arena.path.behave(SOUND)


@case()
async def command_to_another_device(arena: Arena) -> None:
    """The address was re-cabled: somebody else answers there, who must not be moved."""
    arena.rtu.setup.identity = "somebody-else"
    arena.process.kill()
    await arena.revive()
    if await arena.command("b1") != "refused":
        arena.complaints.append("a command was given to another device")
    arena.rtu.setup.identity = ""
    arena.process.kill()
    await arena.revive()


@case()
async def two_commands_at_once(arena: Arena) -> None:
    """The same switch, both ways, at the same time: the device takes one."""
    await asyncio.gather(arena.command("b1", Position.OPEN), arena.command("b1", Position.CLOSED))
    await asyncio.sleep(0.5)


@case()
async def command_reset_at_a_random_byte(arena: Arena) -> None:
    """The connection of the command ends somewhere between hello and goodbye."""
    for _ in range(4):
        arena.path.behave(Habits(cut_after=arena.dice.randrange(3_000)))
        await arena.command("b1")
    arena.path.behave(SOUND)


_SENT_BY_EACH = 25
_TRIED_BY_EACH = 100
_SWITCHES = ("b1", "s1", "t1", "b2")


@case(is_long=True)
async def a_hundred_commands(arena: Arena) -> None:
    """Twenty-five to each of four switches, side by side, while the path fails again and again.

    Ten thousand: `python -m tests.chaos --long --only a_hundred_commands --rounds 100`.
    """
    arena.is_frozen_field = True
    over = asyncio.Event()
    mishaps = asyncio.create_task(_mishaps(arena, over))
    try:
        await asyncio.gather(*(_sent_to(switch, arena) for switch in _SWITCHES))
    finally:
        over.set()
        await mishaps
    if sum(one.outcome != "refused" for one in arena.given) < _SENT_BY_EACH * len(_SWITCHES):
        arena.complaints.append("fewer than a hundred commands were sent")


async def _sent_to(switch: str, arena: Arena) -> None:
    """A refused one was not sent."""
    sent = tried = 0
    while sent < _SENT_BY_EACH and tried < _TRIED_BY_EACH:
        await arena.until(lambda: arena.is_good, 30.0)
        outcome = await arena.command(switch)
        tried += 1
        sent += outcome != "refused"
        if outcome == "refused":
            await asyncio.sleep(0.2)
        elif outcome == "unknown":
            # what is still to come of it comes now, and cannot be taken for the next one
            await asyncio.sleep(DEADLINE_S)


async def _mishaps(arena: Arena, over: asyncio.Event) -> None:
    """About every second something, each to its end; now and then the server is killed."""
    dice = arena.dice
    while not over.is_set():
        await asyncio.sleep(0.3 + 1.4 * dice.random())
        match dice.randrange(20):
            case 0:
                arena.process.kill()
                await arena.revive()
            case 1 | 2 | 3:
                arena.path.freeze(dice.choice((Way.UP, Way.DOWN)))
                await asyncio.sleep(3.0 * dice.random())
            case 4 | 5 | 6:
                arena.path.wanted = dice.choice((b"b1.command", b"s1.command", b"t1.command"))
                await asyncio.sleep(1.0 + DEADLINE_S * dice.random())
            case 7 | 8 | 9 | 10:
                arena.path.behave(Habits(cut_after=dice.randrange(20_000)))
                await asyncio.sleep(1.0)
            case 11 | 12 | 13:
                arena.path.behave(Habits(delay_s=0.4 * dice.random(), jitter_s=0.1))
                await asyncio.sleep(2.0)
            case _:
                arena.path.reset_all()
        _heal(arena)


def _heal(arena: Arena) -> None:
    arena.path.wanted = b""
    arena.path.behave(SOUND)
    arena.path.thaw()
