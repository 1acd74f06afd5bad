"""What devices behind a sound server and a sound path do to a link."""

import asyncio
from collections.abc import Sequence
from typing import Any

from gridops.ids import SwitchId
from gridops.measurement import Position, Quality
from gridops.network import Signal
from opcua_bridge.wire.statuses import CODE_OF_QUALITY
from tests.chaos.arena import Arena
from tests.chaos.case import case
from tests.chaos.record import CLOCK
from tests.interop.node_peer import ms_of

BAD = int(CODE_OF_QUALITY[Quality.BAD])
HOUR_MS = 3_600_000.0


async def _say(arena: Arena, rows: Sequence[Sequence[Any]]) -> None:
    """Says `rows`, and after a while what is true again, stamped anew."""
    await arena.rtu.show_raw(rows)
    await asyncio.sleep(0.7)
    now_ms = ms_of(CLOCK.now())
    nodes = {row[0] for row in rows}
    truth = [v for v in arena.field.values().values() if v.point.node_id in nodes]
    await arena.rtu.show_raw(
        [
            [v.point.node_id, v.value, int(CODE_OF_QUALITY[v.quality]), now_ms, now_ms, None]
            for v in truth
        ]
    )


def _quiet(arena: Arena) -> None:
    """Nobody touches what the case speaks of."""
    arena.is_frozen_field = True


@case()
async def contact_chatters(arena: Arena) -> None:
    """A contact changes every 40 ms for two seconds; the server keeps ten between publishings."""
    for n in range(50):
        arena.field.say("t1", Signal.LOCAL, value=n % 2 == 0, at=max(CLOCK.now(), arena.field.now))
        await asyncio.sleep(0.04)


@case()
async def everything_bad_for_a_while(arena: Arena) -> None:
    """The RTU has lost its devices: every value is bad, then good again."""
    _quiet(arena)
    now_ms = ms_of(CLOCK.now())
    values = arena.field.values().values()
    await _say(arena, [[v.point.node_id, v.value, BAD, now_ms, now_ms, None] for v in values])


@case()
async def clock_three_hours_ahead(arena: Arena) -> None:
    """The device stamps with a clock that is three hours fast."""
    _quiet(arena)
    await _say(arena, [["t1.local", True, 0, ms_of(CLOCK.now()) + 3 * HOUR_MS, None, None]])


@case()
async def clock_set_back(arena: Arena) -> None:
    """The device stamps with a clock that was set back by an hour."""
    _quiet(arena)
    await _say(arena, [["t1.local", True, 0, ms_of(CLOCK.now()) - HOUR_MS, None, None]])


@case()
async def no_stamps(arena: Arena) -> None:
    """The device has no clock."""
    _quiet(arena)
    await _say(arena, [["t1.local", True, 0, None, None, None]])


@case()
async def messages_reordered_and_doubled(arena: Arena) -> None:
    """An older change after a newer one, and the newer one once more."""
    _quiet(arena)
    now_ms = ms_of(CLOCK.now())
    new, old = (
        ["t1.local", True, 0, now_ms, None, None],
        ["t1.local", False, 0, now_ms - 900, None, None],
    )
    await _say(arena, [new, old, new, old, new])


@case()
async def nonsense_values(arena: Arena) -> None:
    """A text for a position, an array, NaN, a seventh position."""
    _quiet(arena)
    now_ms = ms_of(CLOCK.now())
    await _say(
        arena,
        [
            ["t1.position", "open", 0, now_ms, None, "String"],
            ["s1.position", 7, 0, now_ms, None, None],
            ["S1.voltage_v", "NaN", 0, now_ms, None, None],
            ["t1.local", [True, False], 0, now_ms, None, None],
        ],
    )


@case()
async def switch_opens_and_closes_between_two_publishings(arena: Arena) -> None:
    """Both movements must be told."""
    for position in (Position.OPEN, Position.CLOSED, Position.OPEN, Position.CLOSED):
        arena.field.operate_by_hand(SwitchId("s1"), position, at=max(CLOCK.now(), arena.field.now))
        await asyncio.sleep(0.06)
