"""Cold load pickup: what customers draw right after they were without supply.

Thermostats, compressors and chargers that take turns otherwise all want to run at once. The
longer the outage the fewer have had their turn; once supply is back they fall out of step
again. Described in "Cold Load Pickup Issues" (IEEE PES, Power System Relaying Committee, working
group D1, 2008) and, with a steady excess that then decays, by Ucak and Pahwa (Electric Power
Systems Research 32, 1995, p. 121). The factors here are of the order that both speak of, not read
from a table in them: every utility has its own customers and sets its own. Inrush of transformers
and motors, which passes in seconds, is left to the protection.
"""

from dataclasses import dataclass

from gridops.network.components import LoadClass


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdLoad:
    """Of what was drawn before the outage, by class of load: 1 up to `begins_s` without supply,
    rising evenly to the stated factor at `full_s`, which then stays."""

    residential: float = 2.0
    commercial: float = 1.5
    industrial: float = 1.2
    critical: float = 1.5
    begins_s: float = 5 * 60.0
    full_s: float = 30 * 60.0
    lasts_s: float = 60 * 60.0
    """After supply is back the excess has gone."""

    def __post_init__(self) -> None:
        """Raises: ValueError for a factor below 1, or times that do not follow each other."""
        low = [each.value for each in LoadClass if self.highest(each) < 1.0]
        if low:
            raise ValueError(f"cold load factors below 1: {', '.join(low)}")
        if not 0.0 <= self.begins_s < self.full_s or self.lasts_s < 0.0:
            raise ValueError("cold load: 0 <= begins_s < full_s and 0 <= lasts_s must hold")

    def highest(self, load_class: LoadClass) -> float:
        found: float = getattr(self, load_class.value)
        return found

    def share(self, dark_s: float) -> float:
        """Of the excess over 1, from 0 to 1, after `dark_s` without supply."""
        return min(max((dark_s - self.begins_s) / (self.full_s - self.begins_s), 0.0), 1.0)

    def factor(self, load_class: LoadClass, dark_s: float) -> float:
        """What such a load draws when supply returns after `dark_s`, of what it drew before."""
        return 1.0 + (self.highest(load_class) - 1.0) * self.share(dark_s)


COLD_LOAD = ColdLoad()
