"""`models/ieee123` is made here, and a test makes it anew and compares every byte."""

import math
from dataclasses import replace

from gridops.adapters.completion import complete, with_named_breakers
from gridops.adapters.completion.devices import PICKUP_STEP_A
from gridops.adapters.grid_files import About
from gridops.adapters.opendss_grid import import_opendss
from gridops.network import Components, Limits

LIMITS = Limits(voltage_pu_min=0.95, voltage_pu_max=1.05, loading_pct_max=160.0)
"""They hold for each phase. 160 % of OpenDSS's default 400 A: phase A of the head carries 631 A
in the base case."""
PICKUP_OF_EMERGENCY = 1.1
"""660 A: above the 631 A of phase A, and below the least fault at the far end over SW7 (810 A) by
the 1.2 that a plan must keep."""

RULES = (
    "Open switches 151-300 (SW7) and 54-94 (SW8), which the source ends at buses of their own, "
    "join these buses as in IEEE's switch table; 250-251, 450-451 and 300-350 (SW9, SW10, SW11) "
    "are added from that table, nothing hangs on 251, 451 and 350, whose places are invented.",
    "SW8 (54-94) has one phase: a balanced calculation would let it feed all three phases of what "
    "lies behind 94, so that nothing can operate it here.",
    "SW1 (150-149) is the feeder breaker F1: telecontrolled, 2 s, 1250 A, trip after 0.5 s, no "
    "reclosing, with lockout; pick-up 1.1 times the emergency rating of the first line, so that it "
    "stands phase A of the base case and sees the least fault at the far end over SW7.",
    "All other switches but SW8 are telecontrolled load-break switches, 12 s, with a "
    "non-directional indicator: each borders a section with an open switch.",
    "Limits: voltage 0.95 to 1.05 pu; loading up to 160 % of OpenDSS's default normal rating of "
    "400 A, because phase A of the head carries 631 A in the base case. They hold for each phase "
    "where the three-phase verdict is at hand, else for the mean of the phases.",
    "One customer per 1.5 kW of load; every 24th load is critical, the rest residential.",
    "Priorities: critical 1, residential 3.",
    "One RTU for the head (SS150) and one concentrator for the switches of the feeder (FD150).",
)


def ieee123(master: str) -> tuple[Components, About]:
    """The IEEE 123 node test feeder of the OpenDSS distribution, with devices by rule.

    `master` is `GridOps123.dss` beside the source's files. Deterministic for one version of
    the engine. Raises: as `import_opendss`.
    """
    imported = import_opendss(master)
    completed, _ = complete(imported)
    components = _operated(with_named_breakers(completed))
    about = About(
        title="IEEE 123 node test feeder, 4.16 kV (OpenDSS)",
        licence="BSD-3-Clause",
        source="OpenDSS distribution, IEEETestCases/123Bus, Electric Power Research Institute; "
        "IEEE PES Distribution Test Feeder Working Group",
        assumptions=(*imported.assumptions, *RULES),
    )
    return replace(components, name="ieee123", limits=LIMITS), about


def _operated(components: Components) -> Components:
    """What the general rules do not know of this feeder."""
    first = next(b for b in components.branches if b.from_node == "149")
    emergency_a = first.current_a_emergency or first.current_a_max
    pickup_a = math.ceil(emergency_a * PICKUP_OF_EMERGENCY / PICKUP_STEP_A) * PICKUP_STEP_A
    switches = (
        replace(s, pickup_current_a=pickup_a) if s.feeder is not None else s
        for s in components.switches
    )
    return replace(components, switches=tuple(switches))
