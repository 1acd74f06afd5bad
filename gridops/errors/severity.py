"""How grave a flaw of a grid is; apart, so that the command line can name it without a grid."""

from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    """The grid cannot be used."""
    WARNING = "warning"
    """The grid can be used, but something is probably not as meant."""
    NOTE = "note"
    """Worth knowing."""
