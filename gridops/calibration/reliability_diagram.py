"""A reliability diagram as an SVG picture: what was stated against how often it was true."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

PLOT_PX = 300.0
LEFT_PX = 56.0
TOP_PX = 64.0
GAP_PX = 84.0
BARS_PX = 56.0
"""Height of the counts below each diagram."""
WIDTH_PX = LEFT_PX + 2 * PLOT_PX + GAP_PX + 24.0
HEIGHT_PX = TOP_PX + PLOT_PX + BARS_PX + 74.0
DOT_PX_MIN = 3.0
STYLE = (
    "text{font:11px sans-serif;fill:#333}.h{font-size:15px;font-weight:bold}"
    ".e{text-anchor:end}.m{text-anchor:middle}"
    "line,path{stroke:#bbb;fill:none}.axis{stroke:#333}.even{stroke:#888;stroke-dasharray:5 4}"
    ".bar{fill:#c9d6e3}.dot{fill:#1f5f99;stroke:#fff}.gap{stroke:#c0392b;stroke-width:2}"
)
PANELS = (("first", "likeliest section of each fault"), ("every", "every section that was named"))


def reliability_diagram(title: str, study: Mapping[str, Any]) -> str:
    """`study` is a document of `report.figures`. Plain text, the same bytes for the same study.

    On the left the likeliest section of each fault, on the right every section with its
    probability. A dot on the broken line is a bin whose statements were true as often as they
    said; the red line is how far off it is, the bars count its statements on a scale of roots.
    """
    return "\n".join(_lines(title, study)) + "\n"


def _lines(title: str, study: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX:g} {HEIGHT_PX:g}" '
        f'width="{WIDTH_PX:g}" height="{HEIGHT_PX:g}">'
    )
    yield f"<style>{STYLE}</style>"
    yield '<rect width="100%" height="100%" style="fill:#fff"/>'
    yield f'<text class="h" x="{LEFT_PX:g}" y="24">{escape(title)}</text>'
    held = study["held"]
    told = (
        f"{study['faults']:,} random faults; true section suspected {100 * held['share']:.2f} %, "
        f"named first {100 * study['top1']['share']:.1f} % "
        f"(possible {100 * study['top1']['possible']:.1f} %)"
    )
    yield f'<text x="{LEFT_PX:g}" y="42">{told}</text>'
    for number, (which, name) in enumerate(PANELS):
        left = LEFT_PX + number * (PLOT_PX + GAP_PX)
        yield from _panel(left, name, calibration=study["calibration"][which])
    yield "</svg>"


def _panel(left: float, name: str, *, calibration: Mapping[str, Any]) -> Iterator[str]:
    bottom = TOP_PX + PLOT_PX
    error = f"{name}: calibration error {calibration['error']:.4f}"
    yield f'<text x="{left:g}" y="{TOP_PX - 6:g}">{error}</text>'
    for tenth in range(0, 11, 2):
        x, y = left + PLOT_PX * tenth / 10, bottom - PLOT_PX * tenth / 10
        yield f'<line x1="{left:g}" y1="{y:g}" x2="{left + PLOT_PX:g}" y2="{y:g}"/>'
        yield f'<text class="e" x="{left - 6:g}" y="{y + 4:g}">{tenth / 10:g}</text>'
        below = bottom + BARS_PX + 16
        yield f'<text class="m" x="{x:g}" y="{below:g}">{tenth / 10:g}</text>'
    right = left + PLOT_PX
    yield f'<line class="even" x1="{left:g}" y1="{bottom:g}" x2="{right:g}" y2="{TOP_PX:g}"/>'
    yield from _dots(left, calibration["bins"])
    frame = f"M{left:g} {TOP_PX:g}V{bottom + BARS_PX:g}H{right:g}M{left:g} {bottom:g}H{right:g}"
    yield f'<path class="axis" d="{frame}"/>'
    middle = left + PLOT_PX / 2
    yield f'<text class="m" x="{middle:g}" y="{bottom + BARS_PX + 34:g}">stated probability</text>'
    turned = f"translate({left - 36:g} {TOP_PX + PLOT_PX / 2:g}) rotate(-90)"
    yield f'<text class="m" transform="{turned}">share that was true</text>'


def _dots(left: float, bins: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    bottom = TOP_PX + PLOT_PX
    most = max((each["count"] for each in bins), default=0) or 1
    wide = PLOT_PX / len(bins)
    for number, each in enumerate(bins):
        if not each["count"]:
            continue
        share = (each["count"] / most) ** 0.5
        tall = max(1.0, (BARS_PX - 6) * share)
        x, y = left + PLOT_PX * each["stated"], bottom - PLOT_PX * each["true"]
        even = bottom - PLOT_PX * each["stated"]
        title = (
            f"<title>{each['count']:,} statements: stated {each['stated']:.3f}, "
            f"true {each['true']:.3f}</title>"
        )
        yield (
            f'<rect class="bar" x="{left + number * wide + 1:.1f}" width="{wide - 2:.1f}" '
            f'y="{bottom + BARS_PX - tall:.1f}" height="{tall:.1f}">{title}</rect>'
        )
        yield f'<line class="gap" x1="{x:.1f}" y1="{even:.1f}" x2="{x:.1f}" y2="{y:.1f}"/>'
        size = DOT_PX_MIN + 4.0 * share
        yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}">{title}</circle>'
