"""What people have said of work in the grid, field by field."""

from gridops.api.shapes import Shape


class SaidShape(Shape):
    by: str
    since: str
    reason: str


class PermitShape(SaidShape):
    """While it stands, its sections stay dead and its switches where they are."""

    id: str
    sections: list[str]
    isolated_by: list[str]
    holder: str


class WorkShape(Shape):
    permits: list[PermitShape]
    reclosing: dict[str, SaidShape]
    """Switches that may close by themselves."""
    phasing: dict[str, SaidShape]
    """Sections whose phases are unchecked since a repair."""
