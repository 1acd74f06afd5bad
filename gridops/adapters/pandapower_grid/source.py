"""A pandapower JSON file -> net. The file may come from anywhere, so it is looked at first.

pandapower's reader imports the Python modules that a file names; here a file that names any
other than those that pandapower itself writes is refused before the reader sees it.
"""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gridops.adapters.importing import Imported
from gridops.adapters.pandapower_grid.conversion import convert
from gridops.adapters.pandapower_grid.coverage import READ, REFUSED
from gridops.errors import GridUnreadable

FILE_BYTES_MAX = 200 * 1024 * 1024
TRUSTED_PACKAGES = frozenset({"pandapower", "pandas", "numpy", "networkx", "geopandas"})
NESTING_MAX = 50
"""JSON inside JSON strings, as pandapower writes its tables; it needs three."""


def import_pandapower(source: str) -> Imported:
    """The grid of a pandapower JSON file. Needs the extra `pandapower`.

    Raises: GridUnreadable if the file is not there, is not JSON, holds no pandapower net or an
        empty one, was written by a newer pandapower, or has what the format cannot express.
    """
    net = read_net(Path(source))
    imported = convert(net)
    return replace(
        imported,
        title=imported.title or Path(source).stem,
        source=f"pandapower net {Path(source).name}",
    )


def read_net(path: Path) -> Any:
    """The net in `path`, brought to the format of the installed pandapower.

    Raises: GridUnreadable, see `import_pandapower`.
    """
    text = _text_of(path)
    document = _document_of(text, path)
    _refuse_strange_modules(document, path)
    if not isinstance(document, dict) or not _says_pandapower(document):
        raise GridUnreadable(
            "holds no pandapower net",
            where=str(path),
            remedy="write one with pandapower.to_json(net, file)",
        )
    pandapower = require_pandapower()
    try:
        with quiet():
            net = pandapower.from_json_string(text, convert=True)
    except (UserWarning, ValueError, KeyError, TypeError, AttributeError, LookupError) as failure:
        raise GridUnreadable(
            f"pandapower {pandapower.__version__} cannot read this net: {failure}",
            where=str(path),
            remedy="a newer pandapower wrote it: install that one, or save the net anew",
        ) from failure
    require_net(net, where=str(path))
    return net


def require_net(net: object, *, where: str) -> None:
    """Raises: GridUnreadable unless `net` is a pandapower net with at least one bus."""
    pandapower = require_pandapower()
    if not isinstance(net, pandapower.pandapowerNet):
        raise GridUnreadable(
            f"a {type(net).__name__} is no pandapower net",
            where=where,
            remedy="give what pandapower.create_empty_network() and its like make",
        )
    if not len(net["bus"]):
        raise GridUnreadable(
            "the net is empty: it has no bus", where=where, remedy="name the file that was meant"
        )
    _require_numbered(net, where=where)


def _require_numbered(net: Any, *, where: str) -> None:
    """Raises: GridUnreadable for a table whose rows cannot be told apart by a number each."""
    for table in (table for table in (*READ, *REFUSED) if table in net and len(net[table])):
        index = net[table].index
        if index.inferred_type != "integer" or not index.is_unique:
            raise GridUnreadable(
                f"the rows of table {table} are not numbered, each once",
                where=where,
                remedy="number them: pandapower.toolbox.create_continuous_elements_index(net)",
            )
    if "vn_kv" not in net["bus"]:
        raise GridUnreadable(
            "table bus has no column vn_kv", where=where, remedy="state the nominal voltages"
        )


def require_pandapower() -> Any:
    """The library; 2-3 s at the first call. Raises: GridUnreadable if it is not installed."""
    try:
        with quiet():
            import pandapower  # noqa: PLC0415  only whoever converts needs it
    except ImportError as failure:
        raise GridUnreadable(
            f"pandapower is not installed ({failure})", remedy="pip install gridops[pandapower]"
        ) from failure
    return pandapower


@contextmanager
def quiet() -> Iterator[None]:
    """What the library remarks about its own files and future is nothing to an engineer."""
    logger = logging.getLogger("pandapower")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logger.setLevel(level)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise GridUnreadable(
                f"larger than {FILE_BYTES_MAX // 2**20} MiB",
                where=str(path),
                remedy="save the net without its results and profiles",
            )
        return path.read_text(encoding="utf-8")
    except OSError as failure:
        raise GridUnreadable(
            f"cannot be read: {failure.strerror}", where=str(path), remedy="check the path"
        ) from failure
    except UnicodeDecodeError as failure:
        raise GridUnreadable(
            f"is not text: byte {failure.start} is not UTF-8",
            where=str(path),
            remedy="give a JSON file; save pickled nets with pandapower.to_json first",
        ) from failure


def _document_of(text: str, path: Path) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as failure:
        raise GridUnreadable(
            f"is not JSON: {failure.msg}",
            where=f"{path}:{failure.lineno}",
            remedy="write it with pandapower.to_json(net, file)",
        ) from failure
    except RecursionError as failure:
        raise GridUnreadable(
            "is nested too deeply", where=str(path), remedy="give a pandapower net"
        ) from failure


def _says_pandapower(document: dict[str, object]) -> bool:
    return document.get("_class") == "pandapowerNet" or "bus" in document


def _refuse_strange_modules(document: object, path: Path) -> None:
    """Walks the document and every JSON text inside it."""
    pending: list[tuple[object, int]] = [(document, 0)]
    while pending:
        value, depth = pending.pop()
        if depth > NESTING_MAX:
            raise GridUnreadable(
                "is nested too deeply", where=str(path), remedy="give a pandapower net"
            )
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            value = _inner(value)
        if isinstance(value, dict):
            _refuse_strange(value, path)
            pending += [(each, depth + 1) for each in value.values()]
        elif isinstance(value, list):
            pending += [(each, depth + 1) for each in value]


def _inner(text: str) -> object:
    """The JSON document in `text`; None if it is mere text, which the reader leaves alone."""
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None


def _refuse_strange(value: dict[str, object], path: Path) -> None:
    package = str(value.get("_module", "pandapower")).partition(".")[0]
    content = value.get("_object")
    is_file = isinstance(content, str) and Path(content[:1000]).is_absolute()
    if package not in TRUSTED_PACKAGES or value.get("_class") == "function" or is_file:
        named = content if is_file else f"{value.get('_module')}.{value.get('_class')}"
        raise GridUnreadable(
            f"wants to load {str(named)[:100]}, which no pandapower net needs",
            where=str(path),
            remedy="do not trust this file; ask its author for a net without own classes",
        )
