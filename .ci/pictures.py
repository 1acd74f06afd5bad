"""Draws the pictures that documents and READMEs show.

`python .ci/pictures.py` writes them; a test compares, so that no picture can fall behind.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from gridops.adapters.grid_files import load_grid
from gridops.network import draw
from gridops.schematic import layout, picture

ROOT = Path(__file__).resolve().parent.parent
SMALL = "S1 [b1] A [s1] B [s2] C (t1) E [s3] D [b2] S1\nB [r1] X [f1] Y"
GROWN = f"{SMALL}\nA [s4] N [s5] M"


def pictures() -> Iterator[tuple[str, str]]:
    """File and text of each, relative to the root."""
    for folder in sorted(path.parent for path in ROOT.glob("models/*/network.toml")):
        network = load_grid(folder)
        yield f"models/{folder.name}/picture.svg", picture(network, layout(network))
    small, grown = draw(SMALL), draw(GROWN)
    before = layout(small)
    yield "docs/img/schematic-before.svg", picture(small, before)
    yield "docs/img/schematic-kept.svg", picture(grown, layout(grown, before.places))
    yield "docs/img/schematic-anew.svg", picture(grown, layout(grown))


def main() -> int:
    for file, text in pictures():
        (ROOT / file).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
