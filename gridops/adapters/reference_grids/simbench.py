"""`models/simbench_urban` and `models/simbench_rural`, with devices and customers by rule."""

from dataclasses import dataclass, replace

from gridops.adapters.completion import complete
from gridops.adapters.grid_files import About
from gridops.adapters.simbench_grid import import_simbench
from gridops.ids import SwitchId
from gridops.measurement import Position
from gridops.network import Components


@dataclass(frozen=True, slots=True)
class _Choice:
    code: str
    title: str
    opened: tuple[SwitchId, ...] = ()
    because: tuple[str, ...] = ()


CHOICES = {
    "simbench_urban": _Choice("1-MV-urban--0-sw", "SimBench urban, 10 kV (1-MV-urban--0-sw)"),
    "simbench_rural": _Choice(
        "1-MV-rural--0-sw",
        "SimBench rural, 20 kV (1-MV-rural--0-sw)",
        opened=(SwitchId("SW5"),),
        because=(
            "The busbar sectionaliser SW5 is normally open here: in SimBench it is closed, and the "
            "two transformers stand in parallel, which is a loop in the normal state. Each now "
            "feeds its own half of the busbar; SW5 is the tie between them.",
        ),
    ),
}


def simbench(name: str) -> tuple[Components, About]:
    """A shipped SimBench grid by its folder's name. Needs the `simbench` extra.

    Deterministic for one version of SimBench's data. Raises: KeyError for any other name.
    """
    choice = CHOICES[name]
    imported = import_simbench(choice.code)
    switches = tuple(
        replace(switch, normal_position=Position.OPEN) if switch.id in choice.opened else switch
        for switch in imported.components.switches
    )
    imported = replace(imported, components=replace(imported.components, switches=switches))
    components, rules = complete(imported, asks_reach=True)
    about = About(
        title=choice.title,
        licence=imported.licence,
        source=imported.source,
        assumptions=(*choice.because, *imported.assumptions, *rules),
    )
    return replace(components, name=name), about
