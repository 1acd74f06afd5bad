"""A layout as an SVG picture: plain text, the same bytes for the same grid."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from math import atan2, degrees
from xml.sax.saxutils import escape

from gridops.ids import NodeId, SectionId, SwitchId
from gridops.network import Network, NodeKind, SwitchKind, Transformer
from gridops.schematic.graph import in_order
from gridops.schematic.shapes import Layout, Point, Wire
from gridops.schematic.shown import BOLT, CROSS, LOOKS, STATE_STYLE, Look, Shown
from gridops.schematic.svg_labels import BOLD_PX, Box, Label, Taken, around, placed, shortened
from gridops.schematic.svg_symbols import KIND_NAMES, STYLE, definitions
from gridops.state import energise

UNIT_PX = 20.0
MARGIN_PX = 40.0
SIDE_PX = 140.0
"""Left and right of the outermost places: room for their names."""
HEADER_PX = 100.0
LEGEND_PX = 40.0
WIDTH_PX_MIN = 860.0
SYMBOL_PX = 6.5
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LETTERED = str(SwitchKind.RECLOSER)
_LABELLED = (SwitchKind.BREAKER, SwitchKind.RECLOSER)


def picture(network: Network, layout: Layout, *, shown: Shown | None = None) -> str:
    """The whole grid in its normal state, or as `shown`.

    Names are escaped, whatever they hold. Every switch, branch and node carries id and name
    as a tooltip; a label that finds no room is left out, but those of feeders and ties.
    """
    drawing = _Picture(network, layout) if shown is None else _State(network, layout, shown=shown)
    return "\n".join(drawing.lines()) + "\n"


class _Picture:
    style = STYLE

    def __init__(self, network: Network, layout: Layout) -> None:
        self._network = network
        self._layout = layout
        xs = [place.x for place in layout.places.values()] or [0.0]
        ys = [place.y for place in layout.places.values()] or [0.0]
        wires = (*layout.branches.values(), *layout.switches.values())
        bends = [point for wire in wires for point in wire.points]
        self._left = min([*xs, *(point.x for point in bends)])
        self._top = min([*ys, *(point.y for point in bends)])
        wide = max([*xs, *(point.x for point in bends)]) - self._left
        tall = max([*ys, *(point.y for point in bends)]) - self._top
        self._width = max(wide * UNIT_PX + 2 * SIDE_PX, WIDTH_PX_MIN)
        self._height = tall * UNIT_PX + HEADER_PX + MARGIN_PX + LEGEND_PX
        self._supplied = energise(network, network.normally_closed).is_supplied
        self._taken = Taken()

    def _at(self, point: Point) -> tuple[float, float]:
        x = (point.x - self._left) * UNIT_PX + SIDE_PX
        return x, (point.y - self._top) * UNIT_PX + HEADER_PX

    def lines(self) -> Iterator[str]:
        size = f"{self._width:g} {self._height:g}"
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" '
            f'width="{self._width:g}" height="{self._height:g}">'
        )
        yield f"<style>{self.style}</style>"
        yield f"<defs>{''.join(definitions())}</defs>"
        yield '<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>'
        yield from self._header()
        yield from self._branches()
        yield from self._bars()
        yield from self._switches()
        yield from self._nodes()
        yield from self._labels()
        yield from self._legend()
        yield "</svg>"

    def _header(self) -> Iterator[str]:
        network = self._network
        ties = sum(not switch.is_normally_closed for switch in network.switches.values())
        counts = (
            f"{_count(len(network.heads), 'feeder')}, {_count(len(network.nodes), 'node')}, "
            f"{_count(len(network.switches), 'switch', more='switches')}, {ties:,} of them "
            f"normally open, {_count(network.customers, 'customer')}"
        )
        yield f'<text class="h" x="{MARGIN_PX:g}" y="34">{_text(network.name)}</text>'
        yield f'<text class="n" x="{MARGIN_PX:g}" y="52">{counts}</text>'

    def _branches(self) -> Iterator[str]:
        for ident in in_order(self._network.branches):
            branch = self._network.branches[ident]
            wire = self._layout.branches[ident]
            title = _title(ident, branch.name)
            section = self._network.section_of_branch[ident]
            yield from self._line(self._path(wire), section, title=title)
            if isinstance(branch, Transformer):
                yield self._symbol("transformer", wire, title=title)

    def _line(self, path: str, section: SectionId, *, title: str = "") -> Iterator[str]:
        dark = not self._supplied(section)
        yield f'<path{_class("dark" if dark else "")} d="{path}">{title}</path>'

    def _is_closed(self, switch: SwitchId) -> bool:
        return self._network.switches[switch].is_normally_closed

    def _switch_line(self, switch: SwitchId) -> Iterator[str]:
        wire = self._layout.switches[switch]
        is_tie = wire.linked and not self._is_closed(switch)
        yield f'<path{_class("tie" if is_tie else "")} d="{self._path(wire)}"/>'

    def _switches(self) -> Iterator[str]:
        for ident in in_order(self._network.switches):
            switch = self._network.switches[ident]
            wire = self._layout.switches[ident]
            yield from self._switch_line(ident)
            position = "c" if self._is_closed(ident) else "o"
            title = _title(ident, switch.name)
            yield self._symbol(f"{switch.kind}-{position}", wire, title=title)

    def _path(self, wire: Wire) -> str:
        points = [self._at(point) for point in wire.points]
        x, y = points[0]
        steps = [f"M{_number(x)} {_number(y)}"]
        for (x1, y1), (x2, y2) in pairwise(points):
            self._taken.add((min(x1, x2) - 1, min(y1, y2) - 1, max(x1, x2) + 1, max(y1, y2) + 1))
            if y1 == y2:
                steps.append(f"H{_number(x2)}")
            elif x1 == x2:
                steps.append(f"V{_number(y2)}")
            else:
                steps.append(f"L{_number(x2)} {_number(y2)}")
        return "".join(steps)

    def _symbol(self, name: str, wire: Wire, *, title: str) -> str:
        x, y = self._at(wire.mark)
        self._reserve(x, y)
        a, b = wire.points[0], wire.points[-1]
        turn = 90.0 if wire.upright and not name.startswith(_LETTERED) else 0.0
        if len(wire.points) == 2 and a.x != b.x and a.y != b.y:
            turn = degrees(atan2(b.y - a.y, b.x - a.x))
        rotated = f" rotate({_number(turn)})" if turn else ""
        place = f"translate({_number(x)} {_number(y)}){rotated}"
        return f'<use href="#{name}" transform="{place}">{title}</use>'

    def _reserve(self, x: float, y: float) -> None:
        self._taken.add((x - SYMBOL_PX, y - SYMBOL_PX, x + SYMBOL_PX, y + SYMBOL_PX))

    def _bars(self) -> Iterator[str]:
        for node in in_order(self._layout.bars):
            bar = self._layout.bars[node]
            (x1, y), (x2, _) = self._at(bar.left), self._at(bar.right)
            self._taken.add((x1, y - 4, x2, y + 4))
            title = _title(node, self._network.nodes[node].name)
            path = f"M{_number(x1)} {_number(y)}H{_number(x2)}"
            yield f'<path class="bar" d="{path}">{title}</path>'

    def _nodes(self) -> Iterator[str]:
        for ident in in_order(self._network.nodes):
            node = self._network.nodes[ident]
            if node.kind in (NodeKind.TERMINAL, NodeKind.BUSBAR) or ident in self._layout.bars:
                continue
            x, y = self._at(self._layout.places[ident])
            self._taken.add((x - 4, y - 4, x + 4, y + 4))
            title = _title(ident, node.name)
            yield f'<use href="#{node.kind}" x="{_number(x)}" y="{_number(y)}">{title}</use>'
        for source in in_order(self._network.sources):
            x, y = self._at(self._layout.places[self._network.sources[source].node])
            title = _title(source, self._network.sources[source].name)
            self._taken.add((x - 9, y - 29, x + 9, y))
            yield f'<use href="#source" x="{_number(x)}" y="{_number(y)}">{title}</use>'

    def _labels(self) -> Iterator[str]:
        for label, x, y, side in placed(list(self._wanted()), self._taken):
            style = f"{label.style} e" if side < 0 else label.style
            place = f'x="{_number(x)}" y="{_number(y)}"'
            yield f"<text{_class(style.strip())} {place}>{_text(label.text)}</text>"

    def _wanted(self) -> Iterator[Label]:
        """Labels from the most to the least important."""
        network, layout = self._network, self._layout
        for source in in_order(network.sources):
            x, y = self._at(layout.places[network.sources[source].node])
            name = shortened(network.sources[source].name)
            yield Label(name, [(x + 12, y - 17, 1), (x - 12, y - 17, -1)], "n", must=True)
        for feeder in in_order(network.heads):
            spots = around(*self._at(layout.switches[network.heads[feeder]].mark), gap=9.0)
            yield Label(shortened(feeder), spots, "f", letter_px=BOLD_PX, must=True)
        for ident in in_order(network.switches):
            switch = network.switches[ident]
            spots = around(*self._at(layout.switches[ident].mark), gap=9.0)
            if not switch.is_normally_closed:
                yield Label(shortened(ident), spots, "t", letter_px=BOLD_PX - 0.7, must=True)
        for node in in_order(layout.bars):
            yield self._bar_label(node)
        for node in in_order(network.nodes):
            if network.nodes[node].kind is not NodeKind.TERMINAL and node not in layout.bars:
                spots = around(*self._at(layout.places[node]), gap=7.0)
                yield Label(shortened(network.nodes[node].name), spots)
        yield from self._protection_labels()

    def _bar_label(self, node: NodeId) -> Label:
        bar = self._layout.bars[node]
        (x1, y), (x2, _) = self._at(bar.left), self._at(bar.right)
        name = shortened(self._network.nodes[node].name)
        return Label(name, [(x1, y - 6, 1), (x2, y - 6, -1), (x2 + 4, y + 3, 1)], "n")

    def _protection_labels(self) -> Iterator[Label]:
        for ident in in_order(self._network.switches):
            switch = self._network.switches[ident]
            if switch.kind in _LABELLED and switch.feeder is None and switch.is_normally_closed:
                spots = around(*self._at(self._layout.switches[ident].mark), gap=9.0)
                yield Label(shortened(ident), spots)

    def _legend(self) -> Iterator[str]:
        y = self._height - 22
        x = MARGIN_PX
        for kind, name in KIND_NAMES.items():
            yield f'<use href="#{kind}-c" x="{_number(x)}" y="{_number(y)}"/>'
            yield f'<use href="#{kind}-o" x="{_number(x + 16)}" y="{_number(y)}"/>'
            yield f'<text x="{_number(x + 26)}" y="{_number(y + 3)}">{name}</text>'
            x += 50 + len(name) * 5.7
        yield f'<text x="{_number(x)}" y="{_number(y + 3)}">filled closed, hollow open</text>'
        x += 160
        yield f'<path class="tie" d="M{_number(x)} {_number(y)}h30"/>'
        yield f'<text x="{_number(x + 36)}" y="{_number(y + 3)}">tie, normally open</text>'


class _State(_Picture):
    """The same drawing with a state on it."""

    style = STYLE + STATE_STYLE

    def __init__(self, network: Network, layout: Layout, *, shown: Shown) -> None:
        super().__init__(network, layout)
        self._shown = shown
        self._height += LEGEND_PX / 2

    def _header(self) -> Iterator[str]:
        shown = self._shown
        yield f'<text class="h" x="{MARGIN_PX:g}" y="34">{_text(shown.heading)}</text>'
        yield f'<text class="n" x="{MARGIN_PX:g}" y="52">{_text(shown.subheading)}</text>'

    def _is_closed(self, switch: SwitchId) -> bool:
        return switch in self._shown.closed

    def _line(self, path: str, section: SectionId, *, title: str = "") -> Iterator[str]:
        yield from _looking(self._shown.look(section), path, title=title)

    def _switch_line(self, switch: SwitchId) -> Iterator[str]:
        path = self._path(self._layout.switches[switch])
        if self._is_closed(switch):
            ends = self._network.section_ends[switch]
            lent = (end for end in ends if self._shown.look(end) is Look.LENT)
            yield from self._line(path, next(lent, ends[0]))
        else:
            yield f'<path class="off" d="{path}"/>'

    def _nodes(self) -> Iterator[str]:
        yield from super()._nodes()
        for node in in_order(self._network.nodes):
            kind = self._network.nodes[node].kind
            look = self._shown.look(self._network.section_of_node[node])
            if look in (Look.DARK, Look.FAULT) and kind is not NodeKind.TERMINAL:
                x, y = self._at(self._layout.places[node])
                yield f'<circle class="full" cx="{_number(x)}" cy="{_number(y)}" r="3.4"/>'
        for x, y in self._dead_sources():
            place = f"translate({_number(x)} {_number(y)})"
            yield f'<path class="cross" d="{CROSS}" transform="{place}"/>'
        for x, y in self._faults():
            self._taken.add((x - 8, y - 11, x + 8, y + 11))
            place = f"translate({_number(x)} {_number(y)})"
            yield f'<path class="bolt" d="{BOLT}" transform="{place}"/>'

    def _dead_sources(self) -> Iterator[tuple[float, float]]:
        for source in in_order(self._network.sources):
            node = self._network.sources[source].node
            if self._shown.look(self._network.section_of_node[node]) is Look.DARK:
                yield self._at(self._layout.places[node])

    def _faults(self) -> Iterator[tuple[float, float]]:
        """One place for each faulty section: on a line if it has one."""
        for section in in_order(s for s, look in self._shown.looks.items() if look is Look.FAULT):
            held = self._network.sections[section]
            if held.branches:
                yield self._at(self._layout.branches[in_order(held.branches)[0]].mark)
            else:
                yield self._at(self._layout.places[in_order(held.nodes)[0]])

    def _wanted(self) -> Iterator[Label]:
        for x, y in self._faults():
            yield Label("FAULT", around(x, y, gap=11.0), "b", letter_px=BOLD_PX + 1, must=True)
        for x, y in self._dead_sources():
            yield Label("DEAD", [(x - 14, y - 17, -1)], "a", letter_px=BOLD_PX, must=True)
        for switch in in_order(self._shown.notes):
            spots = around(*self._at(self._layout.switches[switch].mark), gap=9.0)
            said = f"{shortened(switch)}: {self._shown.notes[switch]}"
            label = Label(said, spots, "a", letter_px=BOLD_PX, must=True)
            inside = [spot for spot in spots if self._is_inside(label.box(spot))]
            yield replace(label, spots=inside or spots)
        noted = {shortened(switch) for switch in self._shown.notes}
        yield from (label for label in super()._wanted() if label.text not in noted)

    def _is_inside(self, box: Box) -> bool:
        return box[0] >= 0.0 and box[2] <= self._width

    def _legend(self) -> Iterator[str]:
        yield from super()._legend()
        x, y = MARGIN_PX, self._height - 44
        for look, words in LOOKS.items():
            yield from _looking(look, f"M{_number(x - 8)} {_number(y)}h34")
            yield f'<text x="{_number(x + 32)}" y="{_number(y + 3)}">{words}</text>'
            x += 70 + len(words) * 5.7
        yield f'<text x="{_number(x)}" y="{_number(y + 3)}">black node: dark</text>'


def _looking(look: Look, path: str, *, title: str = "") -> Iterator[str]:
    yield f'<path class="{look}" d="{path}">{title}</path>'
    if look is Look.LENT:
        yield f'<path class="core" d="{path}"/>'


def _number(value: float) -> str:
    return f"{round(value, 1):g}" if abs(value) < 1e5 else f"{round(value, 1)!r}"


def _count(number: int, one: str, *, more: str = "") -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _title(ident: str, name: str) -> str:
    return f"<title>{_text(ident if ident == name else f'{ident} {name}')}</title>"


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""


def _text(value: str) -> str:
    """As it may stand in XML: marks escaped, control characters shown as what they are not."""
    return escape(_ILLEGAL.sub("\ufffd", value), {'"': "&quot;"})
