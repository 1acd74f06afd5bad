"""Which formats can be imported. An importer, and the library it needs, loads when it is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module

from gridops.adapters.fitting_texts import with_fitting_texts
from gridops.adapters.importing import Imported, Importer
from gridops.errors import GridUnreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFormat:
    source: str
    """What a person names as the source."""
    function: str
    """`module:function`, an `Importer`."""


FORMATS: Mapping[str, ImportFormat] = {
    "cgmes": ImportFormat(
        source="a zip file, a folder or an XML file of CIM CGMES 2.4.15 (several with commas)",
        function="gridops.adapters.cgmes_grid:import_cgmes",
    ),
    "opendss": ImportFormat(
        source="the master file (.dss)",
        function="gridops.adapters.opendss_grid:import_opendss",
    ),
    "pandapower": ImportFormat(
        source="a JSON file of pandapower",
        function="gridops.adapters.pandapower_grid:import_pandapower",
    ),
    "simbench": ImportFormat(
        source="a SimBench code, as 1-MV-urban--0-sw",
        function="gridops.adapters.simbench_grid:import_simbench",
    ),
}


def import_grid(name: str, source: str) -> Imported:
    """The grid that `source` holds in the format called `name`.

    Raises: GridUnreadable for a format that is not known (with those that are near), and all
        that its importer raises.
    """
    return with_fitting_texts(importer(name)(source))


def importer(name: str) -> Importer:
    """Raises: GridUnreadable for a format that is not known or cannot be loaded."""
    if name not in FORMATS:
        near = get_close_matches(name, FORMATS, n=3, cutoff=0.5)
        raise GridUnreadable(
            f"no format {name!r} can be imported",
            remedy=f"near: {', '.join(near)}" if near else f"formats: {', '.join(FORMATS)}",
        )
    module, _, function = FORMATS[name].function.partition(":")
    try:
        found: Importer = getattr(import_module(module), function)
    except ImportError as failure:
        raise GridUnreadable(
            f"format {name} cannot be imported here: {failure}",
            remedy=f"pip install gridops[{name}]",
        ) from failure
    return found
