"""A network namespace with a server in it, and a packet filter on its only wire. Needs root.

Here kernels retransmit, give up and reset as on a real network; a proxy cannot show that.
"""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from random import SystemRandom

_NAME = "gridops-chaos"
_TABLE = "inet gridops_chaos"


def can_filter_packets() -> str:
    """Why not, in words; nothing if this machine can."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    for tool in ("ip", "nft"):
        if shutil.which(tool) is None:
            return f"needs {tool}: apt-get install iproute2 nftables"
    if not Path("/proc/self/ns/net").exists():
        return "the kernel has no network namespaces"
    try:
        with Packets():
            return ""
    except (OSError, subprocess.CalledProcessError) as error:
        return f"the machine does not allow it: {error}"


class Packets:
    """Takes a number that no other run on this machine has."""

    def __init__(self) -> None:
        _sweep()
        taken = {name.split("-")[2] for name in _namespaces()}
        number = SystemRandom().choice([n for n in range(1, 255) if str(n) not in taken])
        self.namespace = f"{_NAME}-{number}-{os.getpid()}"
        self.host = f"10.231.{number}.2"
        self._here = f"goch{number}h"
        self._there = f"goch{number}p"
        self._number = number

    @property
    def prefix(self) -> tuple[str, ...]:
        """Put before a command it runs in the namespace."""
        return ("ip", "netns", "exec", self.namespace)

    def __enter__(self) -> "Packets":
        run("ip", "netns", "add", self.namespace)
        try:
            self._lay_wire()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    def lose(self, share: float) -> None:
        """Every packet is lost with this probability, both ways."""
        self._filter(f"numgen random mod 1000 < {round(share * 1000)} drop", "input", "output")

    def drop(self, *ways: str) -> None:
        """Nothing comes `input` to the server or goes `output` from it; both if none is named."""
        self._filter("drop", *(ways or ("input", "output")))

    def reject(self) -> None:
        """A firewall answers in the server's name with resets."""
        self._filter("meta l4proto tcp reject with tcp reset", "input")

    def heal(self) -> None:
        with suppress(subprocess.CalledProcessError):
            run(*self.prefix, "nft", "delete", "table", *_TABLE.split())

    def _filter(self, verdict: str, *hooks: str) -> None:
        self.heal()
        device = {"input": "iifname", "output": "oifname"}
        chains = "".join(
            f"chain {hook} {{ type filter hook {hook} priority 0; "
            f"{device[hook]} != lo {verdict}; }}\n"
            for hook in hooks
        )
        run(*self.prefix, "nft", "-f", "-", say=f"table {_TABLE} {{\n{chains}}}\n")

    def _lay_wire(self) -> None:
        here, there, net = self._here, self._there, f"10.231.{self._number}"
        run("ip", "link", "add", "name", here, "type", "veth", "peer", "name", there)
        run("ip", "link", "set", there, "netns", self.namespace)
        run("ip", "address", "add", f"{net}.1/30", "dev", here)
        run("ip", "link", "set", here, "up")
        for words in (
            ("ip", "address", "add", f"{net}.2/30", "dev", there),
            ("ip", "link", "set", there, "up"),
            ("ip", "link", "set", "lo", "up"),
        ):
            run(*self.prefix, *words)

    def _remove(self) -> None:
        for words in (("link", "delete", self._here), ("netns", "delete", self.namespace)):
            with suppress(subprocess.CalledProcessError):
                run("ip", *words)


def _namespaces() -> list[str]:
    folder = Path("/run/netns")
    return [each.name for each in folder.glob(f"{_NAME}-*-*")] if folder.is_dir() else []


def _sweep() -> None:
    """Removes what runs left behind that were killed."""
    for name in _namespaces():
        if not Path(f"/proc/{name.split('-')[3]}").exists():
            with suppress(subprocess.CalledProcessError):
                run("ip", "netns", "delete", name)  # its end of the wire goes with it


def run(*words: str, say: str = "") -> None:
    """Raises: CalledProcessError with what the tool said."""
    subprocess.run(words, check=True, input=say, text=True, capture_output=True)
