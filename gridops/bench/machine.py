"""On what the figures were taken."""

import os
import platform
from importlib import metadata
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""What libraries read, when they are loaded, to know how many threads they may use."""
PACKAGES = (
    "gridops",
    "numpy",
    "numba",
    "llvmlite",
    "power-grid-model",
    "pandapower",
    "opendssdirect.py",
    "networkx",
    "rustworkx",
    "scipy",
)


def one_thread_each() -> None:
    """Asks every library that is loaded from now on to use one thread, here and in the
    processes that are started."""
    os.environ.update(dict.fromkeys(THREADS, "1"))


def machine() -> dict[str, object]:
    """Processor, system, versions, and how many threads each library may use ("" for its own
    choice)."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "load_average": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "threads": {name: os.environ.get(name, "") for name in THREADS},
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
