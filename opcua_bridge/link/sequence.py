"""Whether a publish message was lost on the way."""

from dataclasses import dataclass

_LAST = 0xFFFF_FFFF


@dataclass(slots=True)
class SequenceCheck:
    """Follows one subscription from its first message, which is number 1.

    A keep-alive carries the number that the *next* data message will have; taking it for a
    message of its own would hide a lost one.
    """

    expected: int = 1

    def is_gap(self, sequence: int, *, carries_data: bool) -> bool:
        """Takes the next message in; True when one or more before it did not arrive."""
        gap = sequence != self.expected
        self.expected = _after(sequence) if carries_data else sequence
        return gap


def _after(sequence: int) -> int:
    """After the highest number comes 1; 0 is never used."""
    return 1 if sequence >= _LAST else sequence + 1
