"""What can be wrong between points.csv, the grid and a server that runs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

from gridops.errors.severity import Severity

LIVE_FLAWS: Mapping[str, tuple[Severity, str]] = MappingProxyType(
    {
        "live-no-endpoint": (Severity.WARNING, "no address is given for a link"),
        "live-unreachable": (Severity.ERROR, "the server does not answer, or does not let us in"),
        "live-namespace-missing": (Severity.ERROR, "the server does not have the link's namespace"),
        "live-identity-missing": (Severity.ERROR, "the server does not say which link it is"),
        "live-identity-other": (Severity.ERROR, "the server says that it is another link"),
        "live-identity-weak": (
            Severity.WARNING, "little or nothing makes sure which device answers",
        ),
        "live-node-missing": (Severity.ERROR, "the server has no node of this id"),
        "live-not-a-variable": (Severity.ERROR, "the node is an object or a method"),
        "live-not-a-method": (Severity.ERROR, "an order is sent as a method, and the node is none"),
        "live-type-wrong": (Severity.ERROR, "the variable's type cannot carry the signal"),
        "live-is-array": (Severity.ERROR, "the variable holds several values"),
        "live-not-readable": (Severity.ERROR, "we may not read the variable"),
        "live-not-writable": (Severity.ERROR, "we may not write or call the order"),
        "live-state-writable": (Severity.WARNING, "a state or measurement can be written by us"),
        "live-value-rejected": (Severity.ERROR, "the value is none of its signal"),
        "live-voltage-implausible": (Severity.WARNING, "a voltage far from the nominal one"),
        "live-current-implausible": (Severity.WARNING, "a current far above the rating"),
        "live-quality": (Severity.WARNING, "the server itself does not vouch for the value"),
        "live-servers-differ": (
            Severity.WARNING, "two servers of one link state different positions",
        ),
        "live-positions-swapped": (
            Severity.ERROR, "two positions fit what is measured only if they change places",
        ),
        "live-position-contradicted": (Severity.WARNING, "an open switch carries current"),
        "live-position-not-normal": (Severity.NOTE, "a switch is not where it usually is"),
    }
)  # fmt: skip
"""Stable codes; docs/opcua_engineering.md lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFlaw:
    code: str
    link: str
    place: str
    """File and line as an editor counts, or the address."""
    what: str
    remedy: str
    points: tuple[str, ...] = ()
    server: str = ""
    """Which of the servers of a link that has several."""

    @property
    def severity(self) -> Severity:
        return LIVE_FLAWS[self.code][0]

    def to_plain(self) -> dict[str, object]:
        return {"severity": self.severity.value, **asdict(self), "points": list(self.points)}
