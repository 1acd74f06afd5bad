"""How fast a field plays, and what its devices stamp while it does."""

from datetime import datetime, timedelta

from gridops.errors import SettingsError
from gridops.ports import Clock

SPEED_MAX = 1_000.0


class Pace:
    """The time in a field, which may run faster or slower than `clock`, or stand still.

    Stamps that leave the field are those of `clock`: a foreign client sees changes when they
    come, however fast they follow each other. At speed 1 from the start both times are one.
    """

    def __init__(self, clock: Clock, *, start: datetime, speed: float = 1.0) -> None:
        """Raises: SettingsError for a speed that is negative or beyond `SPEED_MAX`."""
        self._clock = clock
        self._wall = self._field = start
        self.speed = _checked(speed)

    def now(self) -> datetime:
        """In the field."""
        return self._field + (self._clock.now() - self._wall) * self.speed

    def set_speed(self, speed: float) -> None:
        """From now on. Raises: SettingsError."""
        checked = _checked(speed)
        wall = self._clock.now()
        self._field += (wall - self._wall) * self.speed
        self._wall = wall
        self.speed = checked

    def stamp(self, at: datetime) -> datetime:
        """What `clock` showed when it was `at` in the field."""
        if self.speed == 1.0 or at <= self._field:
            return self._wall + (at - self._field)
        since = (at - self._field) / self.speed if self.speed else timedelta()
        return self._wall + since

    def wall(self) -> datetime:
        return self._clock.now()


def _checked(speed: float) -> float:
    if not 0.0 <= speed <= SPEED_MAX:
        raise SettingsError(
            f"a field cannot play at {speed:g} times the speed",
            where="speed",
            remedy=f"give 0 (it stands still) to {SPEED_MAX:g}",
        )
    return speed
