"""Errors in `phasing.csv`, each planted in a sound grid."""

from collections.abc import Callable

from gridops.network import Components, Connection
from tests.unit.sound_grid import STEPPED_DOWN, also, with_, with_phasing, without

PLANTED_PHASING: dict[str, tuple[str, Callable[[], Components], str]] = {
    # name: (code, grid, an id that the flaw names)
    "phases of a line that is not there": (
        "dangling-phasing",
        lambda: with_("phasing", "line.A-s1", with_phasing(), element="gone"),
        "gone",
    ),
    "a fourth phase": (
        "phasing-misfit",
        lambda: with_("phasing", "load.A", with_phasing(), phases="D"),
        "load.A",
    ),
    "the same phase twice": (
        "phasing-misfit",
        lambda: with_("phasing", "load.A", with_phasing(), phases="AA"),
        "load.A",
    ),
    "phases of one load twice": (
        "phasing-misfit",
        lambda: also("phasing", "load.A", with_phasing(), id="load.A.again"),
        "load.A.again",
    ),
    "a phase matrix too small": (
        "phasing-misfit",
        lambda: with_("phasing", "line.A-s1", with_phasing(), c_f=(1e-9,)),
        "line.A-s1",
    ),
    "a phase without resistance": (
        "phasing-misfit",
        lambda: with_("phasing", "line.A-s1", with_phasing(), r_ohm=(0.3, 0.1, 0.0, 0.1, 0.1, 0.3)),
        "line.A-s1",
    ),
    "a unit without rated voltage": (
        "phasing-misfit",
        lambda: with_("phasing", "transformer.T1", with_phasing(STEPPED_DOWN), voltage_v_from=None),
        "transformer.T1",
    ),
    "a unit without reactance": (
        "phasing-misfit",
        lambda: with_("phasing", "transformer.T1", with_phasing(STEPPED_DOWN), x_pu=0.0),
        "transformer.T1",
    ),
    "a regulator without a band": (
        "phasing-misfit",
        lambda: with_(
            "phasing", "transformer.T1", with_phasing(STEPPED_DOWN), regulated_band_v=None
        ),
        "transformer.T1",
    ),
    "one phase in delta": (
        "phasing-misfit",
        lambda: with_("phasing", "load.A", with_phasing(), connection=Connection.DELTA),
        "load.A",
    ),
    "one line without phases": (
        "phasing-missing",
        lambda: without("phasing", "line.A-s1", grid=with_phasing()),
        "A-s1",
    ),
}
