"""What processes cost, by the kernel's account."""

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def children_of(process: int) -> list[int]:
    """Whichever of its threads started them."""
    threads = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for listed in threads for child in listed.read_text().split()]


def workers() -> list[int]:
    """Of the links of this process: the children of what they are forked from."""
    zygotes = [
        child
        for child in children_of(os.getpid())
        if b"opcua_bridge.worker" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return [worker for zygote in zygotes for worker in children_of(zygote) if _is_alive(worker)]


def _is_alive(process: int) -> bool:
    """Not one that has ended and that nobody has asked for yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def processor_s(process: int) -> float:
    """User and system time; steps of 10 ms."""
    rest = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(rest[11]) + int(rest[12])) / _TICKS_PER_S


def spent_s(process: int) -> float:
    """As `processor_s`, to the nanosecond, of the threads that there are now."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def resident_mb(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024.0
    return 0.0
