"""Who is who and did what, field by field."""

from gridops.api.shapes import Shape
from gridops.events.people import Permission, Role


class SessionShape(Shape):
    user: str
    role: Role
    may: list[Permission]
    """What the role allows."""
    language: str
    csrf: str
    """To be sent back as X-CSRF-Token with everything that is not GET."""


class UserShape(Shape):
    name: str
    role: Role
    may: list[Permission]
    areas: list[str]
    """Feeders; empty: everywhere."""


class TokenShape(Shape):
    id: str
    name: str
    """What it is for."""
    scopes: list[Permission]
    expires_at: str


class NewTokenShape(TokenShape):
    token: str
    """To be sent as `Authorization: Bearer`; it is not shown again."""


class AuditShape(Shape):
    """docs/security.md says what each field holds."""

    at: str
    user: str
    role: str
    token: str
    address: str
    act: str
    path: str
    about: str
    status: int
    code: str
    times: int
