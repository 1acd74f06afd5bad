"""Where everything of a network stands on a drawing, and the drawing itself."""

from gridops.schematic.blocks import blocks
from gridops.schematic.geographic import geographic_layout
from gridops.schematic.layout import layout
from gridops.schematic.shapes import LANE, Bar, Layout, Point, Wire
from gridops.schematic.shown import Look, Shown
from gridops.schematic.svg import picture

__all__ = [
    "LANE",
    "Bar",
    "Layout",
    "Look",
    "Point",
    "Shown",
    "Wire",
    "blocks",
    "geographic_layout",
    "layout",
    "picture",
]
