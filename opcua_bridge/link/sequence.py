"""Whether a publish message was lost on the way."""

from collections import deque
from dataclasses import dataclass, field

_LAST = 0xFFFF_FFFF
_REMEMBERED = 64


@dataclass(slots=True)
class SequenceCheck:
    """Follows one subscription from its first message, which is number 1.

    A keep-alive carries the number that the *next* data message will have; taking it for a
    message of its own would hide a lost one.
    """

    expected: int = 1
    _taken: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def is_repeated(self, sequence: int, *, carries_data: bool) -> bool:
        """Whether this message was taken a moment ago."""
        return carries_data and sequence != self.expected and sequence in self._taken

    def missing(self, sequence: int) -> int:
        """How many messages before this one did not arrive. A number that goes back is counted
        all the way round."""
        return (sequence - self.expected) % _LAST

    def numbers(self, count: int) -> list[int]:
        """The next `count` that are expected."""
        return [(self.expected - 1 + n) % _LAST + 1 for n in range(count)]

    def take(self, sequence: int, *, carries_data: bool) -> None:
        self.expected = _after(sequence) if carries_data else sequence
        if carries_data:
            self._taken.append(sequence)


def _after(sequence: int) -> int:
    """After the highest number comes 1; 0 is never used."""
    return 1 if sequence >= _LAST else sequence + 1
