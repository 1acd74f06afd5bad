"""GridOps beside other software on the same input: `gridops bench` as a page.

`python benchmarks/against_peers.py` prints the table as Markdown; `--write` puts it into
benchmarks/README.md. Run it while nothing else runs.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from page import put_into_readme

from gridops.bench.rows import Row
from gridops.cli.bench import HEADER, cells

PART = "against_peers"


def measured(feeders: int, repeats: int, goals: Sequence[str]) -> dict[str, Any]:
    """In a process of its own, so that nothing is loaded that the command does not load."""
    asked = ["--against", "peers", "--feeders", str(feeders), "--repeats", str(repeats), "--json"]
    for goal in goals:
        asked += ["--goal", goal]
    done = subprocess.run(
        [sys.executable, "-m", "gridops", "bench", *asked], stdout=subprocess.PIPE, check=False
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def table(document: Mapping[str, Any], repeats: int) -> str:
    """Markdown: on what it ran, then a line for each peer."""
    on = document["machine"]
    versions = ", ".join(f"{name} {of}" for name, of in on["versions"].items() if of)
    lines = [
        f"Measured on {on['processor']}, {on['cores']} cores, {on['system']}, Python "
        f"{on['python']}; {versions}; one thread each; load average at the start "
        f"{on['load_average']:.1f}. Medians of {repeats}, quartiles in brackets; the ratio is "
        "theirs over ours.",
        "",
        f"| {' | '.join(name.removeprefix('>') for name in HEADER)} |",
        f"|{'---|' * len(HEADER)}",
    ]
    rows = [Row(**row) for row in document["rows"]]
    return "\n".join(lines + [f"| {' | '.join(cells(row))} |" for row in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeders", type=int, default=700)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--goal", nargs="*", default=[], metavar="G")
    parser.add_argument("--write", action="store_true", help="update README.md")
    asked = parser.parse_args()
    text = table(measured(asked.feeders, asked.repeats, asked.goal), asked.repeats)
    print(text)
    if asked.write:
        put_into_readme(PART, text)


if __name__ == "__main__":
    main()
