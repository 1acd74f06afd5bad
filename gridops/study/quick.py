"""The quick answer to N-1: one tie per dead part for every section, without plans."""

import numpy as np

from gridops.ids import SectionId
from gridops.isolation import Devices
from gridops.network import Status, SwitchKind
from gridops.outage.fault_path import opens_by_itself
from gridops.powerflow import RadialFlow
from gridops.powerflow.single_ties import SingleTies, SwitchDuties
from gridops.restoration.judge import carries_a
from gridops.study.standing import Standing


def single_ties(before: Standing, engine: RadialFlow) -> SingleTies:
    """Ready to be asked about any section of this state."""
    return SingleTies(
        engine.grid,
        before.traced,
        loads=before.loads,
        limits=before.limits,
        duties=_duties(before),
    )


def _duties(before: Standing) -> SwitchDuties:
    network = before.network
    devices = Devices(
        network=network,
        snapshot=before.snapshot,
        unavailable=before.unavailable,
        crew=before.settings.crew_available,
    )
    everywhere, nowhere = network.sections.keys(), frozenset[SectionId]()
    listed = network.switches.values()
    return SwitchDuties(
        trips=_status([opens_by_itself(switch) for switch in listed]),
        is_fuse=_status([switch.kind is SwitchKind.FUSE for switch in listed]),
        opens=_status([devices.why_not_open(s.id, nowhere) is None for s in listed]),
        closes=_status([devices.why_not_close(s.id, everywhere) is None for s in listed]),
        carries_a=carries_a(network, before.limits.loading_pct_max),
    )


def _status(flags: list[bool]) -> Status:
    return np.array(flags, np.int8)
