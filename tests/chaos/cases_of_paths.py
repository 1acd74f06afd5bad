"""What can happen between the link and a sound server, as far as a TCP proxy can do it."""

import asyncio
from dataclasses import replace
from functools import partial

from tests.chaos.arena import Arena
from tests.chaos.bad_path import SOUND, Habits, Way
from tests.chaos.case import case, lasting


async def _under(arena: Arena, habits: Habits, seconds: float) -> None:
    arena.path.behave(habits)
    await asyncio.sleep(seconds)
    arena.path.behave(SOUND)


@case()
async def connections_reset(arena: Arena) -> None:
    """RST at both ends."""
    arena.path.reset_all()
    await arena.lost(3.0)


@case()
async def connections_finished(arena: Arena) -> None:
    """FIN at both ends."""
    arena.path.finish_all()
    await arena.lost(3.0)


async def black_hole(arena: Arena, *, seconds: float) -> None:
    """Nothing gets through, nobody is told; then everything flows on."""
    arena.path.freeze()
    await asyncio.sleep(seconds)
    arena.path.thaw()


for seconds in (1.5, 3, 6, 15, 60):
    lasting(
        f"black_hole_{seconds:g}_s",
        partial(black_hole, seconds=seconds),
        is_long=seconds > 6,
    )


@case()
async def cut_without_fin(arena: Arena) -> None:
    """The connections that stand are forgotten on the way; new ones are carried."""
    arena.path.forget_all()
    await arena.lost()


@case()
async def cut_without_fin_while_new_ones_are_refused(arena: Arena) -> None:
    """The same, and for three seconds nobody listens."""
    arena.path.forget_all()
    await arena.path.refuse()
    await asyncio.sleep(3.0)
    await arena.path.listen()


@case()
async def half_open_to_the_server(arena: Arena) -> None:
    """We hear the server, it does not hear us."""
    arena.path.freeze(Way.UP)
    await asyncio.sleep(4.0)
    arena.path.thaw()


@case()
async def half_open_to_the_link(arena: Arena) -> None:
    """The server hears us, we do not hear it."""
    arena.path.freeze(Way.DOWN)
    await asyncio.sleep(4.0)
    arena.path.thaw()


@case()
async def path_flaps_fast(arena: Arena) -> None:
    """Ten times reset within five seconds."""
    for _ in range(10):
        arena.path.reset_all()
        await asyncio.sleep(arena.dice.random())


@case()
async def path_flaps_slowly(arena: Arena) -> None:
    """Frozen for up to 2.5 s, three times."""
    for _ in range(3):
        await black_hole(arena, seconds=2.5 * arena.dice.random())
        await asyncio.sleep(arena.dice.random())


@case()
async def stalls(arena: Arena) -> None:
    """Three stalls of 1.5 s, shorter than it takes to be lost."""
    for _ in range(3):
        await black_hole(arena, seconds=1.5)
        await asyncio.sleep(0.5)


@case()
async def latency_half_a_second(arena: Arena) -> None:
    """Every piece is half a second late, each way."""
    await _under(arena, Habits(delay_s=0.5), 4.0)


@case()
async def latency_two_seconds(arena: Arena) -> None:
    """Every piece is two seconds late, each way."""
    await _under(arena, Habits(delay_s=2.0), 6.0)


@case()
async def latency_to_the_link_only(arena: Arena) -> None:
    """What the server says is a second late."""
    await _under(arena, Habits(ways=frozenset({Way.DOWN}), delay_s=1.0), 4.0)


@case()
async def jitter(arena: Arena) -> None:
    """Anything up to 0.8 s late."""
    await _under(arena, Habits(jitter_s=0.8), 5.0)


@case()
async def narrow_path(arena: Arena) -> None:
    """4 kB/s."""
    await _under(arena, Habits(chunk=200, bytes_per_s=4_000), 4.0)


@case()
async def crumbs(arena: Arena) -> None:
    """Seven bytes at a time."""
    await _under(arena, Habits(chunk=7), 3.0)


@case()
async def nonsense_in_the_stream(arena: Arena) -> None:
    """Random bytes in place of what the server said."""
    arena.path.behave(Habits(ways=frozenset({Way.DOWN}), garbage_after=arena.dice.randrange(400)))
    await asyncio.sleep(3.0)
    arena.path.behave(SOUND)


@case()
async def nonsense_to_the_server(arena: Arena) -> None:
    """Random bytes in place of what we said."""
    arena.path.behave(Habits(ways=frozenset({Way.UP}), garbage_after=arena.dice.randrange(400)))
    await asyncio.sleep(3.0)
    arena.path.behave(SOUND)


@case()
async def cut_in_the_middle_of_a_message(arena: Arena) -> None:
    """Reset after a random count of bytes, six times: also during the set-up that follows."""
    for _ in range(6):
        arena.path.behave(Habits(cut_after=arena.dice.randrange(6_000)))
        await asyncio.sleep(0.7)
    arena.path.behave(SOUND)


@case()
async def nobody_listens(arena: Arena) -> None:
    """Connections are refused for three seconds."""
    await arena.path.refuse()
    arena.path.reset_all()
    await asyncio.sleep(3.0)
    await arena.path.listen()


@case()
async def host_without_a_process(arena: Arena) -> None:
    """Connections are taken and never served."""
    arena.path.mute()
    arena.path.reset_all()
    await asyncio.sleep(4.0)
    arena.path.speak()
    arena.path.reset_all()


@case()
async def frozen_while_it_connects(arena: Arena) -> None:
    """Nothing gets through while the link is setting up, at a random moment."""
    arena.path.reset_all()
    await arena.lost(2.0)
    await asyncio.sleep(0.5 * arena.dice.random())
    await black_hole(arena, seconds=2.5)


@case()
async def slow_and_then_reset(arena: Arena) -> None:
    """Half a second late, then reset, and still late."""
    late = Habits(delay_s=0.4)
    arena.path.behave(late)
    await asyncio.sleep(1.5)
    arena.path.reset_all()
    await asyncio.sleep(3.0)
    arena.path.behave(replace(late, delay_s=0.0))
