"""Every part of a run by its name, each to be run in a process of its own."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from tests.load import cost, day, plan, points, rate
from tests.load.servers import Make
from tests.load.sizes import Sizes
from tests.load.tables import (
    Line,
    line_of_cost,
    line_of_day,
    line_of_plans,
    lines_of_points,
    lines_of_rates,
)

Case = Callable[[Sizes, Path], Awaitable[Sequence[Line]]]

NODE, SECURED_NODE = Make("node"), Make("node", is_encrypted=True)
ASYNCUA, SECURED_ASYNCUA = Make("asyncua"), Make("asyncua", is_encrypted=True)
ALL = (NODE, SECURED_NODE, ASYNCUA, SECURED_ASYNCUA)


async def _rate(make: Make, sizes: Sizes, folder: Path) -> Sequence[Line]:
    return list(lines_of_rates(await rate.run(make, sizes, folder)))


async def _cost(sizes: Sizes, folder: Path) -> Sequence[Line]:
    return [line_of_cost(cost.run(sizes))]


async def _points(make: Make, sizes: Sizes, folder: Path) -> Sequence[Line]:
    return list(lines_of_points(*await points.run(make, sizes, folder)))


async def _plan(make: Make, sizes: Sizes, folder: Path) -> Sequence[Line]:
    return [line_of_plans(await plan.run(make, sizes, folder))]


async def _day(make: Make, sizes: Sizes, folder: Path) -> Sequence[Line]:
    return [line_of_day(await day.run(make, sizes, folder))]


def _named(
    name: str, run: Callable[..., Awaitable[Sequence[Line]]], *makes: Make
) -> dict[str, Case]:
    return {f"{name}:{make.stack}:{make.channel}": partial(run, make) for make in makes}


CASES: dict[str, Case] = {
    "cost": _cost,
    **_named("rate", _rate, *ALL),
    **_named("points", _points, *ALL),
    **_named("plan", _plan, NODE, SECURED_NODE, ASYNCUA),
    **_named("day", _day, NODE),
}


async def run(name: str, sizes: Sizes, folder: Path) -> Sequence[Line]:
    """The lines that the case `name` adds to the tables."""
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    return await CASES[name](sizes, folder)
