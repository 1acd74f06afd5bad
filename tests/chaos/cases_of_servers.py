"""What can happen to a server, while the path to it is sound."""

import asyncio
from functools import partial

from tests.chaos.arena import Arena, stranger
from tests.chaos.case import case, lasting
from tests.chaos.record import CLOCK
from tests.interop.node_peer import ms_of


@case()
async def server_killed_and_restarted(arena: Arena) -> None:
    """kill -9, back with the values of then."""
    arena.process.kill()
    await arena.lost()
    await arena.revive()


@case()
async def server_killed_with_lost_memory(arena: Arena) -> None:
    """kill -9, back without a value for half a second."""
    arena.process.kill()
    await arena.lost()
    await arena.revive(reset=True)


@case()
async def server_killed_with_namespaces_reordered(arena: Arena) -> None:
    """kill -9, back with other namespaces before ours."""
    arena.process.kill()
    before = arena.rtu.setup.namespaces
    arena.rtu.setup.namespaces = [] if before else ["urn:somebody:else", "urn:and:another"]
    await arena.revive()


@case()
async def server_killed_twice(arena: Arena) -> None:
    """kill -9 again while the link is reading everything."""
    arena.process.kill()
    await arena.revive()
    await asyncio.sleep(0.3 * arena.dice.random())
    arena.process.kill()
    await arena.revive()


@case()
async def server_killed_unnoticed(arena: Arena) -> None:
    """kill -9 and back as fast as the machine can."""
    arena.process.kill()
    await arena.revive()


@case()
async def server_stopped_and_restarted(arena: Arena) -> None:
    """It says goodbye to its clients, and comes back."""
    await arena.rtu.stop()
    await asyncio.sleep(0.5)
    await arena.rtu.start()
    await arena.played.show_all()


@case()
async def server_is_another_device_for_a_while(arena: Arena) -> None:
    """After a restart the address belongs to somebody else; then it is ours again."""
    arena.rtu.setup.identity = "somebody-else"
    arena.process.kill()
    await arena.revive()
    await asyncio.sleep(1.5)
    arena.rtu.setup.identity = ""
    arena.process.kill()
    await arena.revive()


async def frozen(arena: Arena, *, seconds: float) -> None:
    """The process is stopped, and goes on."""
    arena.freeze_server()
    await asyncio.sleep(seconds)
    arena.thaw_server()


for seconds in (1.2, 3, 6, 15, 60):
    lasting(
        f"server_frozen_{seconds:g}_s",
        partial(frozen, seconds=seconds),
        is_long=seconds > 6,
    )


@case()
async def server_frozen_again_and_again(arena: Arena) -> None:
    """Stopped for 1 s, five times."""
    for _ in range(5):
        await frozen(arena, seconds=1.0)
        await asyncio.sleep(0.3)


@case()
async def server_computes_for_ever(arena: Arena) -> None:
    """It holds its only thread for 2.5 s and then answers everything at once."""
    await arena.hold_server(for_ms=2500)


@case()
async def server_is_slow(arena: Arena) -> None:
    """It works a tenth of the time."""
    for _ in range(8):
        await arena.hold_server(for_ms=450)
        await asyncio.sleep(0.05)


@case()
async def session_ended(arena: Arena) -> None:
    """The server closes our session; the connection stands."""
    await arena.rtu.do("end_sessions")
    await arena.lost(3.0)


@case()
async def subscription_ended(arena: Arena) -> None:
    """The server forgets our subscription; session and connection stand."""
    await arena.rtu.do("end_subscriptions")
    await arena.lost(3.0)


@case()
async def message_lost(arena: Arena) -> None:
    """A publish message never comes: the numbers have a hole."""
    await arena.rtu.do("skip_message")
    await asyncio.sleep(1.2)


@case()
async def messages_lost_again_and_again(arena: Arena) -> None:
    """A hole after every few messages."""
    for _ in range(6):
        await arena.rtu.do("skip_message")
        await asyncio.sleep(0.4)


@case()
async def server_cuts_and_heals(arena: Arena) -> None:
    """It resets everybody and listens again a second later."""
    await arena.rtu.do("cut")
    await asyncio.sleep(1.0)
    await arena.rtu.do("heal")


@case()
async def server_flaps(arena: Arena) -> None:
    """Ten times gone and back within seconds."""
    for _ in range(10):
        await arena.rtu.do("cut")
        await asyncio.sleep(0.2 * arena.dice.random())
        await arena.rtu.do("heal")
        await asyncio.sleep(0.6 * arena.dice.random())


@case(stacks=("node",))
async def queue_overflows(arena: Arena) -> None:
    """A hundred changes of one position in a moment; the server keeps ten, and says so."""
    arena.may_lose = True
    arena.is_frozen_field = True
    await asyncio.sleep(0.6)
    (point,) = [p for p in arena.grid.components.points if p.node_id == "t1.position"]
    value = arena.field.values()[point.id]
    began_ms = ms_of(CLOCK.now())
    last = int(value.value)
    await arena.rtu.show_raw(
        [
            ["t1.position", last if n % 2 else 3 - last, 0, began_ms + n / 10, None, None]
            for n in range(100)
        ]
    )
    await arena.until(lambda: "overflow" in arena.link.health()[0].detail, 3.0)
    if "overflow" not in arena.link.health()[0].detail:
        arena.complaints.append("the overflow is not marked")
    arena.is_frozen_field = False


@case()
async def node_vanishes_until_restart(arena: Arena) -> None:
    """A node is deleted under the subscription; after a restart it is there again."""
    arena.is_frozen_field = True
    await asyncio.sleep(0.5)
    await arena.rtu.delete(["t1.local"])
    await asyncio.sleep(1.0)
    arena.process.kill()
    await arena.revive()
    arena.is_frozen_field = False


@case(stacks=("node",))
async def sessions_run_out(arena: Arena) -> None:
    """After a restart the server takes one session, and a stranger is faster."""
    arena.process.kill()
    arena.rtu.setup.limits = {"sessions": 1}
    await arena.revive()
    async with stranger(arena):
        await asyncio.sleep(1.5)
    arena.rtu.setup.limits = {}
    arena.process.kill()
    await arena.revive()


@case()
async def small_limits_after_restart(arena: Arena) -> None:
    """The server takes three nodes in a call from now on."""
    arena.process.kill()
    arena.rtu.setup.limits = {"nodes_per_read": 3, "items_per_call": 3}
    await arena.revive()
    await asyncio.sleep(1.0)
    arena.rtu.setup.limits = {}


@case(stacks=("node",))
async def one_change_in_a_message(arena: Arena) -> None:
    """The server sends three notifications in a message at most."""
    await arena.process.do("bounds", notifications_per_publish=3)
    arena.process.kill()
    await arena.revive()
    await arena.process.do("bounds", notifications_per_publish=3)
    await arena.rtu.do("cut")
    await arena.rtu.do("heal")
    await asyncio.sleep(1.5)
    await arena.process.do("bounds", notifications_per_publish=10_000)
