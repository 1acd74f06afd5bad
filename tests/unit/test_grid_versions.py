"""Formats 1 and 2: the old is read as it was, the new in the old is never skipped silently."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gridops.adapters.grid_files import (
    check_grid,
    grid_fingerprint,
    grid_texts,
    load_grid,
    read_grid,
    save_grid,
    texts_of,
)
from gridops.adapters.grid_files.attributes import (
    LEFT_OUT_IF_EMPTY,
    NETWORK_TABLE,
    attributes,
    columns,
)
from gridops.adapters.journal.kept_grids import fingerprint_of
from gridops.errors import GridInvalid
from gridops.network import (
    TABLES,
    Components,
    Generator,
    GeneratorKind,
    Profile,
    Shunt,
    draw,
)
from tests.unit.sound_grid import with_, with_phasing

LATER_TABLES = [table for table in TABLES if columns(table)["id"].since > 1]
LATER_COLUMNS = [
    attribute
    for attribute in attributes()
    if attribute.since > 1 and attribute.table not in (*LATER_TABLES, NETWORK_TABLE)
]


PLAIN = draw("S1 [b1] A [s1] B (t1) C [b2] S2\nA [r1] D").components


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A grid as format 1 would hold it."""
    save_grid(PLAIN, tmp_path / "old")
    for table in LATER_TABLES:
        (tmp_path / "old" / f"{table}.csv").unlink(missing_ok=True)
    write_format_1(tmp_path / "old")
    return tmp_path / "old"


def write_format_1(folder: Path) -> None:
    path = folder / "network.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("format = 2", "format = 1"), encoding="utf-8")


def test_a_folder_of_format_1_is_read_as_it_was(old: Path) -> None:
    assert read_grid(old).components == PLAIN
    assert load_grid(old).customers == 400


@pytest.mark.parametrize("attribute", LATER_COLUMNS, ids=lambda a: f"{a.table}.{a.name}")
def test_a_later_column_in_format_1_is_an_error(old: Path, attribute) -> None:
    path = old / f"{attribute.table}.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    lines = [f"{header},{attribute.name}", *(f"{row}," for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (flaw,) = [flaw for flaw in check_grid(old).flaws if flaw.is_error]
    assert (flaw.code, flaw.file, flaw.row) == ("column-of-later-format", path.name, 1)
    assert attribute.name in flaw.message
    assert flaw.remedy == "write format = 2 in network.toml"
    with pytest.raises(GridInvalid):
        load_grid(old)


@pytest.mark.parametrize("table", LATER_TABLES)
def test_a_later_file_in_format_1_is_an_error(old: Path, table: str) -> None:
    save_grid(PLAIN, old.parent / "new")
    if table in LEFT_OUT_IF_EMPTY:
        (old / f"{table}.csv").write_text("id\n", encoding="utf-8")
    else:
        shutil.copy(old.parent / "new" / f"{table}.csv", old)
    (flaw,) = [flaw for flaw in check_grid(old).flaws if flaw.is_error]
    assert (flaw.code, flaw.file, flaw.row) == ("table-of-later-format", f"{table}.csv", None)
    assert flaw.remedy == "write format = 2 in network.toml"
    with pytest.raises(GridInvalid):
        load_grid(old)


def test_a_reference_into_a_later_file_is_not_blamed_twice(old: Path) -> None:
    save_grid(FULL, old)
    write_format_1(old)
    told = {flaw.code for flaw in read_grid(old).flaws if flaw.is_error}
    assert told == {"table-of-later-format", "column-of-later-format"}


FULL = replace(
    with_(
        "loads",
        "A",
        profile="day",
        p_w_average=40e3,
        constant_current_share=0.3,
        constant_impedance_share=0.25,
        transformer_power_va_rated=630e3,
    ),
    profiles=(
        Profile(id="day", name="Ngày", factors=tuple(0.5 + k / 96 for k in range(24))),
        Profile(id="flat", name="Flat", factors=(1.0,) * 96),
    ),
    generators=(
        Generator(
            id="PV1",
            name="Điện mặt trời",
            node="A",
            kind=GeneratorKind.PHOTOVOLTAIC,
            power_va_rated=250e3,
            p_w=-120.5e3,
            q_var=0.0,
            profile="day",
        ),
        Generator(
            id="G2",
            name="Máy phát",
            node="B",
            kind=GeneratorKind.THERMAL,
            power_va_rated=1e6,
            p_w=-1e5,
            q_var=2e4,
            island_capable=True,
        ),
    ),
    shunts=(
        Shunt(id="C1", name="Tụ bù", node="C", q_var=-300e3),
        Shunt(id="C2", name="Tụ bù 2", node="D", q_var=-3e5, p_w=450.25),
    ),
    phasing=with_phasing().phasing,
)


def test_profiles_generators_and_shunts_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    save_grid(FULL, tmp_path / "full")
    files = read_grid(tmp_path / "full")
    assert files.components == FULL
    assert files.flaws == ()
    assert load_grid(tmp_path / "full").generators["G2"].island_capable


@pytest.mark.parametrize("table", ["transformers", "generators", "shunts", "links", "points"])
def test_a_file_that_may_be_left_out_means_an_empty_table(tmp_path: Path, table: str) -> None:
    save_grid(FULL, tmp_path / "full")
    (tmp_path / "full" / f"{table}.csv").unlink()
    components: Components = read_grid(tmp_path / "full").components
    assert components == replace(FULL, **{table: ()})


def test_a_profile_file_that_is_left_out_leaves_its_references_dangling(tmp_path: Path) -> None:
    save_grid(FULL, tmp_path / "full")
    (tmp_path / "full" / "profiles.csv").unlink()
    flaws = read_grid(tmp_path / "full").flaws
    assert [(flaw.code, flaw.file, flaw.row) for flaw in flaws] == [
        ("dangling-profile", "loads.csv", 2),
        ("dangling-profile", "generators.csv", 2),
    ]


@pytest.mark.parametrize("cell", ["1;;1", ";", "1;x", "1,5;1", "1;nan", "1;1e999", "1 1"])
def test_a_bad_list_of_numbers_is_told(tmp_path: Path, cell: str) -> None:
    save_grid(FULL, tmp_path / "full")
    path = tmp_path / "full" / "profiles.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(text.splitlines()[2], f'flat,Flat,"{cell}"'), encoding="utf-8")
    flaws = read_grid(tmp_path / "full").flaws
    assert [(flaw.code, flaw.file, flaw.row) for flaw in flaws] == [("wrong-type", path.name, 3)]


def test_the_fingerprint_of_format_1_is_known_again_and_never_of_more_than_it_can_say() -> None:
    former = fingerprint_of(grid_texts(PLAIN, version=1))
    assert texts_of(PLAIN, former) == grid_texts(PLAIN, version=1)
    assert texts_of(PLAIN, grid_fingerprint(PLAIN)) == grid_texts(PLAIN)
    assert texts_of(PLAIN, "0" * 64) is None
    heated = with_("loads", "A", PLAIN, constant_impedance_share=0.4).loads
    for more in (
        {"shunts": FULL.shunts},
        {"generators": FULL.generators},
        {"loads": heated},
    ):
        assert texts_of(replace(PLAIN, **more), former) is None
        with pytest.raises(ValueError, match="format 1 has no"):
            grid_texts(replace(PLAIN, **more), version=1)
    with pytest.raises(ValueError, match="format 1 has no p_w_average"):
        grid_texts(replace(FULL, profiles=(), generators=(), shunts=(), phasing=()), version=1)
