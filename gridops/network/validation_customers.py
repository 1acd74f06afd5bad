"""Loads, customers, generators and shunts: values that do not fit each other."""

import math
from collections.abc import Iterator

from gridops.network.components import Generator, GeneratorKind, Load, LoadClass, Shunt
from gridops.network.flaws import GridFlaw, Place, gathered
from gridops.network.network import Components

POWER_PER_CUSTOMER_W_MAX = 50e3
CUSTOMERS_MANY = 10
"""Fewer may be large ones that were left in the class of households."""
POWER_FACTOR_MIN = 0.5
TRANSFORMER_LOADING_MAX = 1.2
GENERATOR_LOADING_MAX = 1.1


def customer_flaws(components: Components) -> Iterator[GridFlaw]:
    for index, load in enumerate(components.loads):
        yield from _load_flaws(Place("loads", index, (load.id,)), load)
    for index, generator in enumerate(components.generators):
        yield from _generator_flaws(Place("generators", index, (generator.id,)), generator)
    for index, shunt in enumerate(components.shunts):
        yield from _shunt_flaws(Place("shunts", index, (shunt.id,)), shunt)
    yield from _notes(components)


def _load_flaws(at: Place, load: Load) -> Iterator[GridFlaw]:
    ident = load.id
    if (
        load.load_class is LoadClass.RESIDENTIAL
        and load.customers >= CUSTOMERS_MANY
        and load.p_w > POWER_PER_CUSTOMER_W_MAX * load.customers
    ):
        yield at.warning(
            "load-per-customer-high",
            f"residential load {ident} draws {load.p_w / load.customers:.3g} W per customer",
            remedy="check p_w (W), customers and load_class",
        )
    if load.p_w_average is not None and not 0 <= load.p_w_average <= max(load.p_w, 0.0):
        yield at.warning(
            "average-absurd",
            f"load {ident} draws {load.p_w_average:g} W on average and {load.p_w:g} W as stated",
            remedy="p_w is the peak, p_w_average the mean of the year: neither is negative",
        )
    rated_va = load.transformer_power_va_rated
    if rated_va is None:
        return
    if rated_va <= 0:
        what = f"service transformer of load {ident} is rated {rated_va:g} VA"
        yield at.warning("service-transformer-absurd", what, remedy="leave it empty if not known")
        return
    drawn_va = math.hypot(load.p_w, load.q_var)
    if drawn_va > TRANSFORMER_LOADING_MAX * rated_va:
        yield at.warning(
            "service-transformer-overloaded",
            f"load {ident} draws {drawn_va:.4g} VA through a transformer of {rated_va:g} VA",
            remedy="check the load and transformer_power_va_rated",
        )


def _generator_flaws(at: Place, generator: Generator) -> Iterator[GridFlaw]:
    ident, rated_va = generator.id, generator.power_va_rated
    if rated_va <= 0:
        what = f"generator {ident} has no rating"
        yield at.warning("generator-rating-missing", what, remedy="give power_va_rated in VA")
    elif math.hypot(generator.p_w, generator.q_var) > GENERATOR_LOADING_MAX * rated_va:
        yield at.warning(
            "generator-beyond-rating",
            f"generator {ident} of {rated_va:g} VA delivers {-generator.p_w:g} W "
            f"and {-generator.q_var:g} var",
            remedy="check the units (W, var, VA)",
        )
    if generator.p_w > 0 and generator.kind is not GeneratorKind.BATTERY:
        yield at.warning(
            "generator-consumes",
            f"generator {ident} ({generator.kind}) draws {generator.p_w:g} W",
            remedy="power consumed is positive: infeed is negative",
        )
    if generator.island_capable and generator.kind is GeneratorKind.PHOTOVOLTAIC:
        yield at.warning(
            "generator-island-suspect",
            f"photovoltaic {ident} is said to keep an island alive",
            remedy="only with grid-forming inverters: else set island_capable to no",
        )


def _shunt_flaws(at: Place, shunt: Shunt) -> Iterator[GridFlaw]:
    if shunt.q_var == 0 and shunt.p_w == 0:
        yield at.warning(
            "shunt-without-effect", f"shunt {shunt.id} draws nothing", remedy="give q_var in var"
        )
    if shunt.p_w < 0 or shunt.p_w > abs(shunt.q_var) > 0:
        yield at.warning(
            "shunt-losses-absurd",
            f"shunt {shunt.id} loses {shunt.p_w:g} W at {shunt.q_var:g} var",
            remedy="losses are positive, and small beside q_var",
        )


def _notes(components: Components) -> Iterator[GridFlaw]:
    """What may be meant, told once for all loads together."""
    places = [Place("loads", k, (load.id,)) for k, load in enumerate(components.loads)]
    loads = list(zip(places, components.loads, strict=True))
    sine = math.sqrt(1 - POWER_FACTOR_MIN**2)
    yield from gathered(
        "power-factor-low",
        [at for at, x in loads if abs(x.q_var) > sine * math.hypot(x.p_w, x.q_var) > 0],
        message=f"loads with a power factor below {POWER_FACTOR_MIN:g}",
        remedy="check p_w and q_var",
    )
    yield from gathered(
        "customers-without-load",
        [at for at, x in loads if x.customers > 0 and x.p_w == 0 and x.q_var == 0],
        message="loads that have customers but draw nothing",
        remedy="give p_w and q_var: restoring them looks free otherwise",
    )
    yield from gathered(
        "load-without-customers",
        [at for at, x in loads if x.customers == 0 and x.p_w > 0],
        message="loads that nobody is behind: their outage counts no minutes",
        remedy="give customers",
    )
    yield from gathered(
        "load-class-suspect",
        [at for at, x in loads if _is_large_household(x)],
        message=f"residential loads above {POWER_PER_CUSTOMER_W_MAX / 1e3:g} kW per customer",
        remedy="set load_class to commercial or industrial",
    )
    yield from gathered(
        "area-missing",
        [at for at, x in loads if x.customers > 0 and not x.area.strip()],
        message="loads with customers but no area to tell them by",
        remedy="give area (ward or district)",
    )


def _is_large_household(load: Load) -> bool:
    return (
        load.load_class is LoadClass.RESIDENTIAL
        and 0 < load.customers < CUSTOMERS_MANY
        and load.p_w > POWER_PER_CUSTOMER_W_MAX * load.customers
    )
