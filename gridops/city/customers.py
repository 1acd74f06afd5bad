"""Who hangs on a feeder: service transformers with their customers, and roof generators."""

import math
from dataclasses import replace

from gridops.city.equipment import (
    FUSE_A,
    SERVICE_FAILURES,
    SERVICE_KVA,
    SERVICE_REPAIR_S,
    SERVICE_REPLACEMENT_S,
    VOLTAGE_V,
    smallest,
)
from gridops.city.feeder import FeederWorks
from gridops.city.profiles import MEAN_FACTOR, SUN
from gridops.city.yard import Yard
from gridops.ids import GeneratorId, LoadId, ProfileId
from gridops.network import Generator, GeneratorKind, Load, LoadClass

CLASSES_CENTRE = (
    (LoadClass.RESIDENTIAL, 0.70),
    (LoadClass.COMMERCIAL, 0.22),
    (LoadClass.INDUSTRIAL, 0.04),
    (LoadClass.CRITICAL, 0.04),
)
CLASSES_OUTSKIRTS = (
    (LoadClass.RESIDENTIAL, 0.78),
    (LoadClass.COMMERCIAL, 0.08),
    (LoadClass.INDUSTRIAL, 0.11),
    (LoadClass.CRITICAL, 0.03),
)
"""Of the service transformers."""
SIZE_OF_CLASS = {
    LoadClass.RESIDENTIAL: 1.0,
    LoadClass.COMMERCIAL: 1.3,
    LoadClass.INDUSTRIAL: 2.0,
    LoadClass.CRITICAL: 1.3,
}
"""Mean power of one transformer, relative."""
SIZE_SPAN = (0.6, 1.4)
PRIORITY_OF_CLASS = {
    LoadClass.CRITICAL: 1,
    LoadClass.COMMERCIAL: 2,
    LoadClass.RESIDENTIAL: 3,
    LoadClass.INDUSTRIAL: 4,
}
POWER_W_STEP, MEAN_W_STEP = 100.0, 10.0
INFEED_OF_RATED = 0.85
"""Of the panels' rating, what reaches the grid on a clear noon."""


def drawn_power_w(yard: Yard, feeder: tuple[int, int]) -> float:
    """What all customers of a feeder draw together; `feeder` is the key of its site."""
    return yard.dice.between("power", *feeder, span=yard.plan.feeder_power_w)


def connect_customers(works: FeederWorks) -> None:
    """Shares the feeder's power among the served nodes; then every fuse gets its size."""
    classes = [_class(works, k) for k in range(len(works.served))]
    sizes = [
        SIZE_OF_CLASS[each] * works.yard.dice.between("size", *works.site.key, k, span=SIZE_SPAN)
        for k, each in enumerate(classes)
    ]
    per_size_w = drawn_power_w(works.yard, works.site.key) / math.fsum(sizes)
    loads = [
        _load(works, k, load_class=each, p_w=round(size * per_size_w / POWER_W_STEP) * POWER_W_STEP)
        for k, (each, size) in enumerate(zip(classes, sizes, strict=True))
    ]
    works.yard.loads += loads
    _put_panels(works, loads)
    switches, plan = works.yard.switches, works.yard.plan
    for index, behind in works.fused:
        drawn_w = math.fsum(loads[k].p_w for k in behind)
        drawn_a = drawn_w / plan.power_factor / (math.sqrt(3) * VOLTAGE_V)
        melting_a = smallest(FUSE_A, at_least=plan.fuse_of_load * drawn_a)
        switches[index] = replace(switches[index], pickup_current_a=melting_a)


def _class(works: FeederWorks, k: int) -> LoadClass:
    classes = CLASSES_CENTRE if works.site.in_centre else CLASSES_OUTSKIRTS
    return works.yard.dice.pick("class", *works.site.key, k, of=classes)


def _load(works: FeederWorks, k: int, *, load_class: LoadClass, p_w: float) -> Load:
    plan, site = works.yard.plan, works.site
    drawn_va = p_w / plan.power_factor
    q_var = drawn_va * math.sqrt(1.0 - plan.power_factor**2)
    kva = smallest(SERVICE_KVA, at_least=drawn_va / 1e3 / plan.transformer_loading_pu)
    mean_w = p_w * plan.season_factor * MEAN_FACTOR[load_class]
    return Load(
        id=LoadId(f"{site.prefix}-C{k + 1}"),
        name=f"TBA {site.ward} {k + 1} ({site.line_number} {site.station_name})",
        node=works.served[k],
        p_w=p_w,
        q_var=round(q_var / POWER_W_STEP) * POWER_W_STEP,
        customers=_customers(works, k, load_class=load_class, p_w=p_w),
        load_class=load_class,
        priority=PRIORITY_OF_CLASS[load_class],
        area=site.ward,
        p_w_average=round(mean_w / MEAN_W_STEP) * MEAN_W_STEP,
        profile=ProfileId(load_class.value),
        transformer_power_va_rated=kva * 1e3,
        transformer_failures_per_year=SERVICE_FAILURES,
        transformer_repair_time_s=SERVICE_REPAIR_S,
        transformer_replacement_time_s=SERVICE_REPLACEMENT_S,
    )


def _customers(works: FeederWorks, k: int, *, load_class: LoadClass, p_w: float) -> int:
    plan, dice, key = works.yard.plan, works.yard.dice, (*works.site.key, k)
    match load_class:
        case LoadClass.RESIDENTIAL:
            each_w = dice.between("household", *key, span=plan.residential_w_per_customer)
            return max(1, round(p_w / each_w))
        case LoadClass.COMMERCIAL:
            return max(1, round(p_w / plan.commercial_w_per_customer))
        case LoadClass.CRITICAL:
            return dice.whole("critical", *key, span=plan.critical_customers)
        case LoadClass.INDUSTRIAL:
            return 1


def _put_panels(works: FeederWorks, loads: list[Load]) -> None:
    plan, dice, key = works.yard.plan, works.yard.dice, works.site.key
    for k, load in enumerate(loads):
        if not dice.happens("panels", *key, k, chance=plan.photovoltaic_share):
            continue
        share = dice.between("panel-size", *key, k, span=plan.photovoltaic_of_transformer)
        rated_va = round(share * (load.transformer_power_va_rated or 0.0) / 1e3) * 1e3
        works.yard.generators.append(
            Generator(
                id=GeneratorId(f"{load.id}-PV"),
                name=f"ĐMT mái nhà {load.name.removeprefix('TBA ')}",
                node=load.node,
                kind=GeneratorKind.PHOTOVOLTAIC,
                power_va_rated=rated_va,
                p_w=-round(INFEED_OF_RATED * rated_va),
                q_var=0.0,
                profile=SUN,
            )
        )
