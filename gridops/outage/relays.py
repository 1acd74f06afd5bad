"""What it says that a protective device tripped, or did not.

S1 [b1] A [r1] B     fault in B: r1 should trip and b1 stay; if r1 fails, b1 trips.
"""

import math

import numpy as np

from gridops.ids import SwitchId
from gridops.measurement import Reading
from gridops.network import Values
from gridops.outage.fault_path import opens_by_itself
from gridops.outage.location_settings import LocationSettings
from gridops.outage.scene import Scene
from gridops.outage.testimony import Marks, Tally, Testimony
from gridops.reasons import because

FALSE_TRIP_COUNTS = 2
"""A trip without current counts as two failed devices: no single wrong indicator explains it."""


def relay_words(scene: Scene, settings: LocationSettings) -> list[Testimony]:
    """One word of each protective device that feeds a candidate or stands above one.

    A device on the way trips unless one nearer to the fault has cleared it already; one that has
    no position point may have done so unseen. Nothing is said by devices above where nothing
    tripped: nobody asked them.
    """
    rows = len(scene.sections)
    cleared = np.zeros(rows)  # probability that a device nearer to the fault has cleared it
    excused = np.zeros(rows, np.bool_)  # whether one may have
    words: list[Testimony] = []
    for number in reversed(_protective(scene)):
        device = scene.network.arrays.switches.ids[number]
        on_path = np.zeros(rows, np.bool_)
        on_path[scene.spans[number]] = True
        tripped = device in scene.tripped
        acts = 1.0 - settings.p_miscoordination
        trips = cleared * settings.p_trips_along + (1.0 - cleared) * acts
        p_trip = np.where(on_path, trips, settings.p_false_trip)
        if tripped:
            words.append(_tripped(scene, device, p_trip=p_trip, on_path=on_path, settings=settings))
            then = np.ones(rows)
        elif device in scene.network.reporting:
            should = on_path & ~excused
            words.append(_stayed(device, p_trip=p_trip, should=should, settings=settings))
            # a device that stayed makes it likelier that the one hidden below has cleared
            then = cleared * (1.0 - settings.p_trips_along) / (1.0 - trips)
        else:
            then = cleared + (1.0 - cleared) * acts
        if tripped or device not in scene.network.reporting:
            excused |= on_path
        cleared = np.where(on_path, then, cleared)
    return words[::-1]


def _protective(scene: Scene) -> list[int]:
    """By number, from the source on: each after every device that feeds it."""
    ids, switches = scene.network.arrays.switches.ids, scene.network.switches
    if not scene.tripped:
        return []
    inner = [s for s in scene.feeding.tolist() if s >= 0]
    return [
        s
        for s in (*scene.above, *inner)
        if opens_by_itself(switches[ids[s]]) or ids[s] in scene.tripped
    ]


def _tripped(
    scene: Scene, device: SwitchId, *, p_trip: Values, on_path: Marks, settings: LocationSettings
) -> Testimony:
    return Testimony(
        witness=device,
        reading=Reading.YES,
        log_p=np.log(p_trip),
        log_p_none=0.0 if device == scene.tripped[0] else math.log(settings.p_false_trip),
        wrong=np.where(on_path, 0, FALSE_TRIP_COUNTS).astype(np.int8),
        speaks_for=on_path,
        why_right=because("device-tripped", device=device),
        why_wrong=because("tripped-without-path", device=device),
    )


def _stayed(
    device: SwitchId, *, p_trip: Values, should: Marks, settings: LocationSettings
) -> Testimony:
    failed: Tally = should.astype(np.int8)
    return Testimony(
        witness=device,
        reading=Reading.NO,
        log_p=np.log(1.0 - p_trip),
        log_p_none=math.log(1.0 - settings.p_false_trip),
        any_suffices=False,
        wrong=failed,
        speaks_for=~should,
        why_right=because("did-not-trip", device=device),
        why_wrong=because("failed-to-trip", device=device),
    )
