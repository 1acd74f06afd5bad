"""What a running control room does not load: seconds of start, and libraries that clash."""

import subprocess
import sys

LIVE = """
import sys
from gridops.bootstrap.wiring import engines_of, load
from gridops.bootstrap import service, demo, simulate
from gridops.study.what_if import WhatIf, what_if
import gridops.api.app, gridops.control_room, opcua_bridge

_, network = load("hanoi_ring")
section = next(s for s in network.sections.values() if s.branches and s.customers)
outcome = what_if(network, engines_of(network), ask=WhatIf(faults=(section.branches[0],)))
loaded = {name.partition(".")[0] for name in sys.modules}
print(" ".join(sorted(loaded & set(sys.argv[1:]))))
"""
SERVE = """
import sys
import gridops.bootstrap.serve
import opcua_bridge
from opcua_bridge.wire.messages import prepare

prepare()  # the first kernel
print(" ".join(sorted(set(sys.modules) & set(sys.argv[1:]))))
"""
ROUTES = """
from gridops.api.app import bare_app
from gridops.api.routes import RouteOnDemand

ours = [route for route in bare_app().routes if isinstance(route, RouteOnDemand)]
print(" ".join(sorted(route.path_format for route in ours if "dependant" in vars(route))))
assert ours
"""
NOT_LIVE = ("pandapower", "ortools", "pandas", "rustworkx", "opendssdirect", "simbench")
IN_USE = ("gridops", "numba", "power_grid_model")


def loaded_by(script: str, names: tuple[str, ...]) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", script, *names], capture_output=True, text=True, check=True
    )
    return set(ran.stdout.split())


def test_the_live_path_loads_no_pandapower_and_no_ortools() -> None:
    assert loaded_by(LIVE, NOT_LIVE) == set()


def test_the_live_path_runs_on_the_kernels() -> None:
    assert loaded_by(LIVE, IN_USE) == set(IN_USE)


def test_what_starts_the_service_waits_for_no_library_of_studies() -> None:
    later = ("networkx", "alembic", "matplotlib", "scipy.linalg", "scipy.optimize", "scipy.sparse")
    assert loaded_by(SERVE, (*NOT_LIVE, *later)) == set()


def test_what_starts_the_service_works_no_route_out() -> None:
    assert loaded_by(ROUTES, ()) == set()
