"""An imported grid -> a grid folder with the papers that say where each figure comes from."""

from dataclasses import dataclass, replace
from pathlib import Path

from gridops.adapters.completion import complete
from gridops.adapters.content import NETWORK_FILE
from gridops.adapters.grid_files import About, GridReport, check_grid, save_grid
from gridops.adapters.importers import import_grid
from gridops.adapters.importing import Imported
from gridops.errors import GridUnreadable
from gridops.network import Components

README = "README.md"
WRITTEN_BY_US = "<!-- written by `gridops import` -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFolder:
    """What `gridops import` has written."""

    folder: Path
    assumptions: tuple[str, ...]
    report: GridReport


def import_to_folder(
    name: str, source: str, *, folder: Path, bare: bool = False, force: bool = False
) -> ImportedFolder:
    """Imports, completes by rule unless `bare`, writes the folder, and checks what was written.

    The grid is written even if it has errors: they are mended in the files.

    Raises: GridUnreadable if the source cannot be read, or `folder` holds something else and
        `force` is not set.
    """
    if not force:
        try:
            refuse_what_is_not_ours(folder)
        except OSError as failure:
            raise GridUnreadable(
                f"cannot be looked at: {failure.strerror}",
                where=str(folder),
                remedy="choose another folder",
            ) from failure
    imported = import_grid(name, source)
    components, rules = (imported.components, ()) if bare else complete(imported)
    components = replace(components, name=folder_name(folder))
    about = About(
        title=imported.title,
        licence=imported.licence,
        source=imported.source,
        assumptions=(*imported.assumptions_of(components), *rules),
    )
    save_grid(components, folder, about=about)
    text = readme(components, imported, about=about, name=name)
    try:
        (folder / README).write_text(text, encoding="utf-8")
    except OSError as failure:
        raise GridUnreadable(
            f"cannot be written: {failure.strerror}",
            where=str(folder / README),
            remedy="choose another folder",
        ) from failure
    return ImportedFolder(folder=folder, assumptions=about.assumptions, report=check_grid(folder))


def refuse_what_is_not_ours(folder: Path) -> None:
    """Raises: GridUnreadable if writing into `folder` would mix a grid with something else."""
    if folder.exists() and not folder.is_dir():
        raise GridUnreadable(
            "is a file, a grid is a folder", where=str(folder), remedy="choose another name"
        )
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not (folder / NETWORK_FILE).is_file():
        raise GridUnreadable(
            "is not empty and no grid folder",
            where=str(folder),
            remedy="choose an empty one, or write into it all the same with --force",
        )
    papers = folder / README
    if papers.is_file() and WRITTEN_BY_US not in papers.read_text("utf-8", errors="replace"):
        raise GridUnreadable(
            f"holds a grid whose {README} somebody wrote by hand",
            where=str(folder),
            remedy="choose another folder, or overwrite it with --force",
        )


def folder_name(folder: Path) -> str:
    """The folder's name in ASCII, as a grid is named."""
    name = folder.resolve().name.lower()
    kept = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    return kept.strip("_") or "imported"


def readme(components: Components, imported: Imported, *, about: About, name: str) -> str:
    """What an engineer must know of the grid before trusting it."""
    taken = len(imported.assumptions_of(components))
    return "\n".join(
        (
            f"# {about.title or components.name}",
            "",
            WRITTEN_BY_US,
            "",
            f"Imported from {about.source or name} (format {name}).",
            "",
            f"**Licence.** {about.licence or 'The source states none: ask its owner.'}",
            "",
            f"**Counts.** {_counts(components)}.",
            "",
            f"**Ids.** {imported.ids or 'As in the source.'}",
            "",
            "**Taken over** as the source states it: everything that no sentence below names.",
            "",
            f"**Left out, converted or read in one of several ways** ({taken}):",
            "",
            *_list(about.assumptions[:taken]),
            "",
            f"**Added by rule, because the source does not say it** "
            f"({len(about.assumptions) - taken}); replace it by your own data where you have any:",
            "",
            *_list(about.assumptions[taken:]),
            "",
        )
    )


def _counts(components: Components) -> str:
    tables = (
        "nodes",
        "branches",
        "transformers",
        "switches",
        "sources",
        "loads",
        "generators",
        "shunts",
    )
    customers = sum(load.customers for load in components.loads)
    megawatts = sum(load.p_w for load in components.loads) / 1e6
    counted = [f"{len(getattr(components, table)):,} {table}" for table in tables]
    return f"{', '.join(counted)}; {customers:,} customers, {megawatts:.1f} MW"


def _list(sentences: tuple[str, ...]) -> list[str]:
    return [f"* {each}" for each in sentences] or ["* Nothing."]
