"""Troubles of RTUs by lot, for a field that is to be lived with."""

from collections.abc import Iterator
from random import Random

from gridops.network import Network, Signal
from gridops.state.telemetry import CONTACTS, MEASUREMENTS
from gridops.virtual_field import LinkTrouble
from gridops.virtual_field.script import (
    Chatter,
    CommsStorm,
    CrashRtu,
    CutLink,
    Happening,
    HealLink,
    RtuBehaves,
    RtuMisbehaves,
)

LASTS_S = (5.0, 60.0)


def drawn_troubles(network: Network, *, seed: int, per_hour: float) -> Iterator[Happening]:
    """One trouble after the other for ever, by begin: same grid, seed and rate, same troubles.

    The ends of troubles come right behind their begins, so times are not in order throughout.
    """
    dice = Random(f"troubles {seed}")  # noqa: S311 - no secret
    links = sorted(network.links)
    at_s = 0.0
    while links:
        at_s += dice.expovariate(per_hour / 3600.0)
        yield from _trouble(network, dice, at_s=at_s)


def _trouble(network: Network, dice: Random, *, at_s: float) -> list[Happening]:
    link = dice.choice(sorted(network.links))
    ends_s = at_s + dice.uniform(*LASTS_S)
    points = [p for p in network.components.points if p.link == link]
    states = [p for p in points if p.signal in (*CONTACTS, Signal.POSITION)]
    kinds = ["crash", "cut", *LinkTrouble]
    kinds += ["chatter"] * bool(states)
    kinds += ["storm"] * any(p.signal in MEASUREMENTS for p in points)
    match dice.choice(kinds):
        case "crash":
            return [CrashRtu(at_s=at_s, link=link, back_after_s=ends_s - at_s)]
        case "cut":
            return [CutLink(at_s=at_s, link=link), HealLink(at_s=ends_s, link=link)]
        case "chatter":
            point = dice.choice(states)
            times = dice.randrange(10, 200)
            return [Chatter(at_s=at_s, element=point.element, signal=point.signal, times=times)]
        case "storm":
            rate = dice.uniform(100.0, 2_000.0)
            return [CommsStorm(at_s=at_s, link=link, changes_per_s=rate, lasts_s=ends_s - at_s)]
        case trouble:
            kind = LinkTrouble(trouble)
            by_s = _by_s(kind, dice)
            return [
                RtuMisbehaves(at_s=at_s, link=link, trouble=kind, by_s=by_s),
                RtuBehaves(at_s=ends_s, link=link, trouble=kind),
            ]


def _by_s(trouble: LinkTrouble, dice: Random) -> float:
    if trouble is LinkTrouble.CLOCK_SKEW:
        return dice.choice((-1.0, 1.0)) * dice.uniform(0.5, 3_600.0)
    return dice.uniform(0.2, 3.0)
