"""Random drawn grids: feeders with laterals, ties between them, and one switch state."""

from hypothesis import strategies as st

KINDS = "sssdr"


@st.composite
def drawings(draw_: st.DrawFn, *, sections_max: int = 8, feeders: int = 3) -> str:
    """Two to `feeders` radial feeders, each from a source of its own, and some ties."""
    count = draw_(st.integers(2, feeders))
    lines = []
    names: list[list[str]] = []
    for f in range(1, count + 1):
        sections = [f"{chr(64 + f)}{k}" for k in range(draw_(st.integers(1, sections_max // 2)))]
        lines.append(f"S{f} [b{f}] {sections[0]}")
        for k in range(1, len(sections)):
            kind = draw_(st.sampled_from(KINDS))
            above = sections[draw_(st.integers(0, k - 1))]
            lines.append(f"{above} [{kind}{f}{k}] {sections[k]}")
        names.append(sections)
    for k in range(draw_(st.integers(0, 3))):
        one = draw_(st.integers(0, count - 1))
        other = draw_(st.integers(0, count - 1).filter(lambda x, one=one: x != one))
        a, b = draw_(st.sampled_from(names[one])), draw_(st.sampled_from(names[other]))
        lines.append(f"{a} (t{k}) {b}")
    return "\n".join(lines)
