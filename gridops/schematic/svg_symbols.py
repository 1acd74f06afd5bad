"""Symbols after IEC 60617 as SVG, with the conductor along the x axis.

A cross is a breaker, R a recloser, a bar and a circle a load-break switch, a bar alone a
disconnector, a box with a line a fuse. Filled is closed, hollow is open.
"""

from collections.abc import Iterator

from gridops.network import SwitchKind

STYLE = """\
text{font:9px "DejaVu Sans",Arial,sans-serif;fill:#333;stroke:#fff;stroke-width:2.5px;\
stroke-linejoin:round;paint-order:stroke}
.h{font-size:18px;font-weight:bold}.n{font-size:11px}.f{font-size:11px;font-weight:bold}
.t{fill:#1d4f7c;font-weight:bold}.e{text-anchor:end}.m{text-anchor:middle}
path,circle,rect{fill:none;stroke:#555;stroke-width:1.3}
.bar{stroke:#222;stroke-width:5}.tie{stroke:#1d4f7c;stroke-width:1.6;stroke-dasharray:5 3}
.dark{stroke:#999;stroke-dasharray:2 3}.w,.w *{fill:#fff}.k,.k *{fill:#333}
.s,.s *{stroke:#333}.s .i{stroke:#fff}.o .i{stroke:#333}.l{fill:none}.d{fill:#555;stroke:none}"""
"""Calm greys on white; ties in a dark blue that a grey print still shows as dashed."""

KIND_NAMES = {
    SwitchKind.BREAKER: "breaker",
    SwitchKind.RECLOSER: "recloser",
    SwitchKind.LOAD_BREAK_SWITCH: "load-break switch",
    SwitchKind.DISCONNECTOR: "disconnector",
    SwitchKind.FUSE: "fuse",
}
_BODIES = {
    SwitchKind.BREAKER: (
        '<rect x="-5" y="-5" width="10" height="10"/><path class="i" d="M-3-3L3 3M-3 3L3-3"/>'
    ),
    SwitchKind.RECLOSER: (
        '<rect x="-5" y="-5" width="10" height="10"/>'
        '<path class="i l" d="M-2 3.5V-3.5H1A1.8 1.8 0 0 1 1 .2H-2M.6 .2L2.6 3.5"/>'
    ),
    SwitchKind.LOAD_BREAK_SWITCH: '<circle cx="1.6" r="3.6"/><path d="M-3.6-5.5V5.5"/>',
    SwitchKind.DISCONNECTOR: '<rect x="-1.7" y="-5.5" width="3.4" height="11"/>',
    SwitchKind.FUSE: (
        '<rect x="-6" y="-2.6" width="12" height="5.2"/><path class="i" d="M-6 0H6"/>'
    ),
}


def definitions() -> Iterator[str]:
    """What the drawing refers to by id: each kind of switch closed and open, and the rest."""
    for kind, body in _BODIES.items():
        yield f'<g id="{kind}-c" class="s k">{body}</g>'
        yield f'<g id="{kind}-o" class="s w o">{body}</g>'
    yield (
        '<g id="transformer" class="s"><circle class="w" cx="-4.5" r="6.5"/>'
        '<circle cx="4.5" r="6.5"/></g>'
    )
    yield (
        '<g id="source" class="s"><path d="M0 0V-12"/><circle class="w" cy="-20" r="8"/>'
        '<path d="M-5-20q2.5-6 5 0t5 0"/></g>'
    )
    yield '<circle id="station" class="w" r="3.4"/>'
    yield '<rect id="ring_main_unit" class="w" x="-3.6" y="-3.6" width="7.2" height="7.2"/>'
    yield '<circle id="pole" class="d" r="2.2"/>'
    yield '<circle id="joint" class="d" r="1.4"/>'
