"""Draws the map of docs/city.md: `python benchmarks/city_map.py` writes docs/img/city.png."""

import math
from pathlib import Path

import matplotlib as mpl

from gridops.city import HANOI, build_city
from gridops.network import BranchKind, Components, NodeKind

mpl.use("agg")
import matplotlib.pyplot as plt

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "img" / "city.png"
FEEDERS, SEED = 45, 1
COLOURS = ("#1b6ca8", "#c2571a")
"""Feeders on busbar C41 and on C42."""


def draw(grid: Components, picture: Path) -> None:
    places = {node.id: (node.longitude_deg or 0.0, node.latitude_deg or 0.0) for node in grid.nodes}
    figure, axes = plt.subplots(figsize=(8.0, 9.0))
    for branch in grid.branches:
        (x_a, y_a), (x_b, y_b) = places[branch.from_node], places[branch.to_node]
        line_number = int(branch.id.split("-")[1])
        is_cable = branch.kind is BranchKind.CABLE
        axes.plot(
            (x_a, x_b),
            (y_a, y_b),
            color=COLOURS[(line_number + 1) % 2],
            linestyle="-" if is_cable else (0, (3, 1)),
            linewidth=1.3 if branch.current_a_max > 300.0 else 0.6,
        )
    ties = [places[s.node_a] for s in grid.switches if not s.is_normally_closed]
    axes.plot(*zip(*ties, strict=True), "s", color="black", markersize=3.5, fillstyle="none")
    for node in grid.nodes:
        if node.kind is NodeKind.BUSBAR and node.id.endswith("C41"):
            axes.plot(*places[node.id], "^", color="black", markersize=8)
            axes.annotate(node.station, places[node.id], (6, 6), textcoords="offset points")
    axes.set_aspect(1.0 / math.cos(math.radians(HANOI.latitude_deg)))
    axes.set_axis_off()
    figure.tight_layout()
    figure.savefig(picture, dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    draw(build_city(FEEDERS, seed=SEED), PICTURE)
