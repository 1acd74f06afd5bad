"""Daily profiles."""

from collections.abc import Iterator

from gridops.network.components import Profile
from gridops.network.flaws import GridFlaw, Place, gathered
from gridops.network.network import Components

STEPS = (24, 48, 96)
FACTOR_MAX = 10.0
"""Above, percent were written as factors."""


def profile_errors(components: Components) -> Iterator[GridFlaw]:
    """Profiles that no day can be reckoned with."""
    for index, profile in enumerate(components.profiles):
        if len(profile.factors) not in STEPS:
            yield Place("profiles", index, (profile.id,)).error(
                "profile-steps",
                f"profile {profile.id} has {len(profile.factors)} steps",
                remedy="a day has 24, 48 or 96 equal steps",
            )


def profile_flaws(components: Components) -> Iterator[GridFlaw]:
    for index, profile in enumerate(components.profiles):
        yield from _factor_flaws(Place("profiles", index, (profile.id,)), profile)
    followed = {load.profile for load in components.loads}
    followed.update(generator.profile for generator in components.generators)
    yield from gathered(
        "profile-unused",
        [
            Place("profiles", index, (profile.id,))
            for index, profile in enumerate(components.profiles)
            if profile.id not in followed
        ],
        message="profiles that nothing follows",
        remedy="name them at loads or generators, or remove them",
    )


def _factor_flaws(at: Place, profile: Profile) -> Iterator[GridFlaw]:
    if not profile.factors:
        return
    low, high = min(profile.factors), max(profile.factors)
    if low < 0:
        what = f"profile {profile.id} goes down to {low:g}"
        yield at.warning("profile-negative", what, remedy="a factor below 0 turns a load around")
    if low == high == 0:
        what = f"profile {profile.id} is zero all day"
        yield at.warning("profile-all-zero", what, remedy="give factors of the stated power")
    if high > FACTOR_MAX:
        what = f"profile {profile.id} goes up to {high:g}"
        yield at.warning(
            "profile-factor-suspect", what, remedy="factors, not percent (0.8, not 80)"
        )
