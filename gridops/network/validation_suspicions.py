"""What hinders nobody but is probably not as meant: warnings and notes, all at once."""

from collections.abc import Iterator

from gridops.network.flaws import GridFlaw, told
from gridops.network.network import Components
from gridops.network.validation_customers import customer_flaws
from gridops.network.validation_equipment import equipment_flaws
from gridops.network.validation_geography import length_flaws
from gridops.network.validation_names import name_flaws
from gridops.network.validation_points import point_suspicions
from gridops.network.validation_profiles import profile_flaws
from gridops.network.validation_reliability import reliability_suspicions
from gridops.network.validation_shares import share_flaws
from gridops.network.validation_stubs import stub_flaws
from gridops.network.validation_units import unit_flaws


def suspicions(components: Components) -> tuple[GridFlaw, ...]:
    """Warnings and notes that only a check tells; opening a grid does not wait for them.

    Each code is told `TOLD_MAX` times, and counted from there on. Any grid may be asked,
    flawed ones too.
    """
    return tuple(told(_all(components)))


def _all(components: Components) -> Iterator[GridFlaw]:
    yield from name_flaws(components)
    yield from unit_flaws(components)
    yield from share_flaws(components)
    yield from equipment_flaws(components)
    yield from reliability_suspicions(components)
    yield from length_flaws(components)
    yield from stub_flaws(components)
    yield from customer_flaws(components)
    yield from profile_flaws(components)
    yield from point_suspicions(components)
