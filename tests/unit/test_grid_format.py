"""One attribute table: dataclasses, loader, writer and documentation agree with it."""

import dataclasses
from pathlib import Path

import pytest

from gridops.adapters.content import content_root
from gridops.adapters.grid_files.about import About, Header
from gridops.adapters.grid_files.attributes import NETWORK_TABLE, attributes, columns
from gridops.adapters.grid_files.cells import format_cell, parse_cell
from gridops.adapters.grid_files.format_page import format_page
from gridops.adapters.grid_files.loading import COMPONENT_TYPES, ENUMS
from gridops.network import TABLES, Limits

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("table", TABLES)
def test_every_field_is_a_row_of_the_table_and_every_row_a_field(table: str) -> None:
    fields = [field.name for field in dataclasses.fields(COMPONENT_TYPES[table])]
    assert sorted(columns(table)) == sorted(fields)


@pytest.mark.parametrize("table", TABLES)
def test_what_is_required_and_what_is_default_agree_with_the_dataclass(table: str) -> None:
    for field in dataclasses.fields(COMPONENT_TYPES[table]):
        attribute = columns(table)[field.name]
        assert attribute.required == (field.default is dataclasses.MISSING), attribute
        if not attribute.required:
            assert attribute.default == format_cell(field.default), attribute


@pytest.mark.parametrize("attribute", attributes(), ids=lambda a: f"{a.table}.{a.name}")
def test_choices_are_the_members_of_the_enumeration(attribute) -> None:
    enum = ENUMS.get((attribute.table, attribute.name))
    if attribute.kind == "choice":
        assert enum is not None
        assert attribute.choices == tuple(str(member) for member in enum)
        assert [enum(parse_cell(attribute, c)) for c in attribute.choices] == list(enum)
    else:
        assert enum is None


def test_network_toml_holds_limits_papers_and_header() -> None:
    wanted = {f.name for f in dataclasses.fields(About)} | {"format"}
    wanted |= {f.name for f in dataclasses.fields(Header)} - {"about", "limits"}
    wanted |= {f"limits.{f.name}" for f in dataclasses.fields(Limits)}
    assert set(columns(NETWORK_TABLE)) == wanted
    for field in dataclasses.fields(Limits):
        default = columns(NETWORK_TABLE)[f"limits.{field.name}"].default
        assert (float(default) if default else None) == field.default


def test_every_attribute_says_what_it_means_and_units_match_names() -> None:
    unit_of_ending = {"_m": "m", "_ohm": "ohm", "_s": "s", "_w": "W", "_var": "var", "_pu": "pu"}
    for attribute in attributes():
        assert attribute.meaning
        for ending, unit in unit_of_ending.items():
            if attribute.name.endswith(ending):
                assert attribute.unit == unit, attribute


def test_the_page_in_docs_is_what_the_table_says() -> None:
    written = (DOCS / "grid_format.md").read_text(encoding="utf-8")
    assert written == format_page(), "write docs/grid_format.md anew from format_page()"


def test_the_table_is_found_beside_the_models() -> None:
    assert (content_root() / "models" / "attributes.csv").is_file()
