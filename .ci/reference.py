"""Writes the reference pages that are made from code: settings, metrics, errors,
checks, grids, HTTP.

`python .ci/reference.py` writes them; the tests compare, so that no page can fall behind.
"""

import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gridops import errors
from gridops.adapters.content import models_dir, shipped_grids
from gridops.adapters.grid_files import read_grid
from gridops.adapters.metrics import METRICS
from gridops.api.app import bare_app
from gridops.errors import GridOpsError
from gridops.network import Control
from gridops.network.flaw_codes import FLAW_KINDS
from gridops.network.flaws import TOLD_MAX
from gridops.settings import Settings
from gridops.settings.identity import IdentitySettings
from gridops.settings.loading import variable_of
from gridops.settings.security import LinkSecuritySettings
from gridops.study.review_protection import REACH_MARGIN

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made by `python .ci/reference.py`; a test compares. -->"


def settings_page() -> str:
    lines = [
        "# Settings",
        "",
        MADE,
        "",
        "Every setting has a default. `gridops serve --settings FILE` reads a TOML file, the",
        "environment wins over the file, and options of the command line win over both. An",
        "unknown name is an error and names the ones that are near; nothing is ignored.",
        "",
        "```toml",
        'grid = "oberrhein"',
        "",
        "[server]",
        "port = 8443",
        'tls_certificate_file = "/etc/gridops/tls.pem"',
        'tls_key_file = "/etc/gridops/tls.key"',
        "",
        "[link.endpoints]",
        'RTU1 = "opc.tcp://10.0.0.1:4840"',
        "```",
        "",
        "Units stand at the end of a name: `_s` seconds, `_ms` milliseconds.",
    ]
    lines += _section(Settings, ())
    for name, field in Settings.model_fields.items():
        if _is_section(field):
            lines += _section(field.annotation, (name,))  # type: ignore[arg-type]  # _is_section
            if name == "link":
                lines += _one_link()
    return "\n".join(lines) + "\n"


def _one_link() -> Iterator[str]:
    """What stands in the settings by the ids of links has no variable of its own."""
    yield ""
    yield "## `[link.security.ID]`"
    yield ""
    yield _one_line(inspect.getdoc(LinkSecuritySettings) or "")
    yield ""
    yield ", ".join(f"`{name}`" for name in LinkSecuritySettings.model_fields) + ": as there."
    yield ""
    yield "## `[link.commands.ID]`"
    yield ""
    yield "Who commands on one link, if not who `[commands]` names."
    yield ""
    yield ", ".join(f"`{name}`" for name in IdentitySettings.model_fields) + ": as there."


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _section(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    yield ""
    yield f"## {'`[' + path[0] + ']`' if path else 'Top of the file'}"
    yield ""
    yield _one_line(inspect.getdoc(model) or "")
    yield ""
    yield "| setting | default | meaning | environment |"
    yield "|---|---|---|---|"
    for name, field in model.model_fields.items():
        if not _is_section(field):
            yield _row(
                f"`{name}`",
                f"`{_shown(field.get_default(call_default_factory=True))}`",
                f"{_one_line(field.description or '')}{_choices(field)}",
                f"`{variable_of((*path, name))}`",
            )


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    return str(default).lower() if isinstance(default, bool) else str(default)


def _choices(field: FieldInfo) -> str:
    kind: Any = field.annotation
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f" One of {', '.join(f'`{each}`' for each in kind)}."
    words = [each for each in get_args(kind) if isinstance(each, str)]
    return f" One of {', '.join(f'`{each}`' for each in words)}." if words else ""


def metrics_page() -> str:
    lines = [
        "# Metrics",
        "",
        MADE,
        "",
        "`/metrics` speaks the Prometheus text format. Label values come from closed sets.",
        "",
        "| metric | kind | unit | labels | meaning |",
        "|---|---|---|---|---|",
    ]
    for metric in METRICS:
        labels = "; ".join(f"`{name}`: {_span(values)}" for name, values in metric.labels.items())
        lines.append(_row(f"`{metric.name}`", metric.kind, metric.unit, labels, metric.meaning))
    return "\n".join(lines) + "\n"


def _span(values: tuple[str, ...]) -> str:
    return ", ".join(values) if len(values) <= 5 else f"{values[0]} to {values[-1]}"


def errors_page() -> str:
    lines = [
        "# Errors",
        "",
        MADE,
        "",
        "Every error says what, where and the remedy. Its code is stable: HTTP problems carry it",
        "as the end of their `type`, scripts may depend on it.",
        "",
        "| code | Python | kind of | meaning |",
        "|---|---|---|---|",
    ]
    meanings = _meanings()
    for error in _tree(GridOpsError):
        above = error.__base__.__name__ if error.__base__ is not None else ""
        parent = f"`{above}`" if error is not GridOpsError else ""
        lines.append(
            _row(f"`{error.code}`", f"`{error.__name__}`", parent, meanings[error.__name__])
        )
    return "\n".join(lines) + "\n"


AREA_TITLES: Mapping[str, str] = {
    "files": "Files",
    "data": "Data: ids, names, references, coordinates, units",
    "electrics": "Electrics: impedances, ratings, voltages, loads",
    "topology": "Topology",
    "operations": "Operations: feeders, protection, switches, customers, profiles",
    "points": "Points",
    "review": "The normal state, by power flow and a walk along the feeders",
}


HOW_REVIEWED = f"""
## How the review reckons

- *Least fault current*: two phases, no fault resistance, `I = c U / (2 |Z|)`, the minimum of
  IEC 60909; `Z` is the positive sequence impedance of source (`short_circuit_va`, `r_to_x`),
  transformers at neutral tap and lines as stated; `c` is 1.0, at low voltage 0.95. Through a
  transformer it is referred by the rated voltages, in the phase that carries most. It agrees with
  power-grid-model and pandapower within 1e-9 (tests compare).
- *Reach*: a zone ends at the next protecting device, fuses included, and where a transformer steps
  down to low voltage. Below one pick-up at the far end is a warning, below {REACH_MARGIN:g} a note.
- *Order of tripping*: of two breakers or reclosers in a row the upper one has to wait longer, and
  picks up at no less. Fuses have curves that grids do not state: they are not graded.
- *Ties*: a tie helps after the fault of a section only if two operable switches on its ring cut
  that section out (one, if each arm has a source of its own). It can lift the smallest part at its
  end only within the ratings between the donor's head and the tie, reckoned with active power alone
  at the highest allowed voltage, and only if the voltage, losses left out, stays above the limit.
  Both bounds are on the safe side for the tie: what is told cannot help at the stated load; what is
  not told may still fail, which the power flow of a plan finds.
- *Customers beyond ties*: a section can be brought back after some fault above it exactly if the
  switches into and out of the faulted section lie on one ring, or on rings that share a switch.
- Not judged: transformers in parallel, settings of directional or earth-fault protection, loads at
  other hours than stated, single-phase data.
""".splitlines()


def checks_page() -> str:
    lines = [
        "# Checks",
        "",
        MADE,
        "",
        "`gridops check DIR` tells everything at once, each flaw with file, row and remedy. A code",
        "is stable: scripts may depend on it. An *error* means that the grid cannot be used; a",
        "*warning*, that something is probably not as meant; a *note* is worth knowing. What runs",
        f"through a whole table is told {TOLD_MAX} times and then counted; notes come once for all",
        f"rows together. There are {len(FLAW_KINDS)} kinds.",
        "",
        "A grid without errors is reviewed in its normal state: one power flow without generators,",
        "one with them, at the stated loads. Each feeder then gets a grade of readiness for outage",
        "automation, A to E, with its reasons: the largest zone that can be fenced remotely, the",
        "indicators on the way, ties to other feeders and what they can lift, the reach of its",
        "protection, broken limits. A feeder whose head is not remote, and any feeder of a grid",
        "with errors, is an E.",
        "",
        "On a terminal the gravest come first and long lists are cut; `--all` cuts nothing,",
        "`--severity warning` leaves out notes (in `--json` too, which is never cut). Opening a",
        "grid for a study or for operation does not wait for the review, nor for what is merely",
        "suspect.",
        *HOW_REVIEWED,
    ]
    for area, title in AREA_TITLES.items():
        lines += ["", f"## {title}", "", "| code | severity | meaning |", "|---|---|---|"]
        for kind in FLAW_KINDS.values():
            if kind.area == area:
                severity = " or ".join(kind.severities)
                lines.append(_row(f"`{kind.code}`", severity, kind.meaning))
    return "\n".join(lines) + "\n"


def grids_page() -> str:
    lines = [
        "# Shipped grids",
        "",
        MADE,
        "",
        "Each folder under `models/` has a README with a picture, its source and licence, what was",
        "taken over and what was assumed. `gridops check NAME` and `gridops whatif NAME ...`",
        "take the name as it stands here. Cities of 5 to 2,000 feeders are made, not shipped:",
        "[city.md](city.md). Your own grid: [importing.md](importing.md).",
        "",
        "| grid | what it is | feeders | nodes | switches | customers | MW | licence |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in shipped_grids():
        files = read_grid(models_dir() / name)
        components = files.components
        remote = sum(s.control is Control.REMOTE for s in components.switches)
        lines.append(
            _row(
                f"[{name}](../models/{name}/README.md)",
                files.about.title,
                str(sum(s.feeder is not None for s in components.switches)),
                f"{len(components.nodes):,}",
                f"{len(components.switches):,} ({remote:,} remote)",
                f"{sum(load.customers for load in components.loads):,}",
                f"{sum(load.p_w for load in components.loads) / 1e6:.1f}",
                files.about.licence,
            )
        )
    return "\n".join(lines) + "\n"


def openapi_document() -> str:
    return json.dumps(bare_app().openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _tree(error: type[GridOpsError]) -> Iterator[type[GridOpsError]]:
    yield error
    named = {name: at for at, name in enumerate(vars(errors))}
    own = [each for each in error.__subclasses__() if each.__module__ == errors.__name__]
    for each in sorted(own, key=lambda below: named[below.__name__]):
        yield from _tree(each)


def _meanings() -> Mapping[str, str]:
    """The words beside each name in the drawn tree at the top of `gridops.errors`."""
    drawn = [line.strip("│├└─ ") for line in (errors.__doc__ or "").splitlines()]
    pairs = (line.split(maxsplit=1) for line in drawn if line)
    return {name: meaning for name, meaning in pairs if name.isidentifier()}


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _one_line(text: str) -> str:
    return " ".join(text.split())


PAGES: Mapping[str, Callable[[], str]] = {
    "docs/settings.md": settings_page,
    "docs/metrics.md": metrics_page,
    "docs/errors.md": errors_page,
    "docs/checks.md": checks_page,
    "docs/grids.md": grids_page,
    "docs/openapi.json": openapi_document,
}


def main() -> int:
    for path, page in PAGES.items():
        (ROOT / path).write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
